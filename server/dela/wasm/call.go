package wasm

import (
	"context"
	"errors"
	"fmt"

	"delavm/server/dela/delavm"
	"go.dedis.ch/dela/core/store"
)

// call is one call on its way to the environment.
type call struct {
	name     string
	version  *Version
	settings *recorded // what the chain demands
	env      *environment
	query    bool
	tx       delavm.Transaction
}

// refused is the environment's word that it will not run such a request, which
// is the request's fault and the same on all nodes.
type refused struct {
	code, message string
}

// Error implements error.
func (r refused) Error() string {
	return r.code + ": " + r.message
}

// bundle is the storage a call brings: each key once.
type bundle struct {
	snap    store.Readable // of the contract
	entries []delavm.Entry
	known   map[string]bool
	bytes   int
	most    int // bytes
}

func (s *Service) newBundle(storage store.Readable) *bundle {
	return &bundle{
		snap:  storage,
		known: make(map[string]bool),
		most:  s.maxReadBytes,
	}
}

// add reads a key and brings it, unless it is there or can't be one.
func (b *bundle) add(key []byte) error {
	if b.known[string(key)] || len(key) == 0 || len(key) > delavm.MaxKey {
		return nil
	}

	stored, err := b.snap.Get(key)
	if err != nil {
		return storeTrouble(err)
	}

	entry := delavm.Entry{Key: key, Value: unpackValue(stored)}
	b.entries = append(b.entries, entry)
	b.known[string(key)] = true
	b.bytes += len(entry.Key) + len(entry.Value)

	return nil
}

func (b *bundle) fits() bool {
	return len(b.entries) <= maxReads && b.bytes <= b.most
}

// footprint are the keys a call will read, as far as the manifest and earlier
// calls tell.
func (s *Service) footprint(c *call, b *bundle) error {
	if s.options.NoFootprints {
		return nil
	}

	templates := s.footprints.of(c.version.Module)

	for _, text := range c.version.Reads {
		t, err := parseTemplate(text)
		if err != nil {
			return storeTrouble(err) // it was checked before it was recorded
		}

		templates = append(templates, t)
	}

	for _, t := range templates {
		key, whole := t.expand(c.tx.Arguments, c.tx.Context.Caller)
		if !whole {
			continue
		}

		err := b.add(key)
		if err != nil {
			return err
		}
	}

	return nil
}

// outcomeOf runs a call: with the keys of its footprint, then again with those
// that turned out to be needed, until it has all.
//
// How a call ends must not depend on what this node remembered and so brought.
// Within the bounds of a bundle it does not: surplus keys change nothing. When
// a bundle would go over them, only keys that the call has really read are
// brought, one more each time, so a call goes over exactly if what it reads
// does, on every node.
func (s *Service) outcomeOf(ctx context.Context, state store.Readable, c *call) (*delavm.Outcome, error) {
	storage := readableStorage(c.name, state)

	known, err := s.remembered(storage, c)
	if err != nil {
		return nil, err
	}

	if known != nil {
		return known, s.checkOutcome(c, known)
	}

	b := s.newBundle(storage)

	err = s.footprint(c, b)
	if err != nil {
		return nil, err
	}

	exact := false

	if !b.fits() {
		b, exact = s.newBundle(storage), true
	}

	for {
		c.tx.Storage = b.entries

		outcome, err := s.runOnce(ctx, state, c)
		if err != nil {
			return nil, err
		}

		if outcome.Status != delavm.NeedKeys {
			s.remember(c, outcome)
			return outcome, nil
		}

		if !exact {
			s.footprints.learn(c.version.Module, outcome.Needed, c.tx.Arguments)

			err = b.addAll(outcome.Needed)
			if err != nil {
				return nil, err
			}

			if b.fits() {
				continue
			}

			exact = true
		}

		// The next bundle is what was read so far, and what ended the run.
		b = s.newBundle(storage)

		for _, read := range outcome.Reads {
			err = b.add(read.Key)
			if err != nil {
				return nil, err
			}
		}

		err = b.add(outcome.NeededRead)
		if err != nil {
			return nil, err
		}

		if !b.fits() {
			return nil, refused{"reads", fmt.Sprintf("the call reads more than %d keys or %d bytes", maxReads, maxReadBytes)}
		}
	}
}

func (b *bundle) addAll(keys [][]byte) error {
	before := len(b.entries)

	for _, key := range keys {
		err := b.add(key)
		if err != nil {
			return err
		}
	}

	if len(b.entries) == before {
		return errors.New("delavm needs keys that it was brought")
	}

	return nil
}

// runOnce has the environment run the call as it is, and checks that the answer
// is to this question. The code is uploaded if the environment lost it.
func (s *Service) runOnce(ctx context.Context, state store.Readable, c *call) (*delavm.Outcome, error) {
	outcome, err := s.ask(ctx, c)

	refusal, final := delavm.Verdict(err)
	if final && refusal.Code == "unknown_module" {
		err = s.upload(ctx, state, c)
		if err != nil {
			return nil, err
		}

		outcome, err = s.ask(ctx, c)
		refusal, final = delavm.Verdict(err)
	}

	if final && refusal.Code == "module_refused" {
		return nil, s.moduleRefused(c, refusal)
	}

	if final && (refusal.Code == "over_limit" || refusal.Code == "bad_request") {
		return nil, refused{refusal.Code, refusal.Message}
	}

	if err != nil {
		return nil, err
	}

	return outcome, s.checkOutcome(c, outcome)
}

func (s *Service) ask(ctx context.Context, c *call) (*delavm.Outcome, error) {
	var outcome *delavm.Outcome

	do := c.env.Do
	if c.query {
		do = c.env.TryDo
	}

	err := do(ctx, func(ctx context.Context, client *delavm.Client) (err error) {
		outcome, err = client.Execute(ctx, &c.tx)

		return err
	})

	return outcome, err
}

// upload gives the environment a module of the chain's.
func (s *Service) upload(ctx context.Context, state store.Readable, c *call) error {
	module := c.version.Module

	code, err := GetCode(state, module)
	if err != nil {
		return storeTrouble(err)
	}

	if code == nil {
		return storeTrouble(fmt.Errorf("module %s is not on the chain", module))
	}

	hash, err := addModule(ctx, c.env, code)

	refusal, final := delavm.Verdict(err)
	if final {
		return s.moduleRefused(c, refusal)
	}

	if err != nil {
		return err
	}

	if hash != module {
		return fmt.Errorf("the environment hashes module %s to %s", module, hash)
	}

	s.logger.Info().Stringer("module", module).Int("bytes", len(code)).Msg("uploaded from the chain")

	return nil
}

// moduleRefused is what follows when the environment does not take a module that
// the chain has.
func (s *Service) moduleRefused(c *call, refusal *delavm.Refusal) error {
	if c.version.Era < c.settings.Era {
		// It was accepted under other settings; under these no node takes it.
		return refused{refusal.Code, fmt.Sprintf("%s; what the chain demands was changed after %s was deployed",
			refusal.Message, c.name)}
	}

	err := fmt.Errorf("module %s, which the chain accepted, is refused here: %w", c.version.Module, refusal)
	s.halt(err)

	return err
}

func addModule(ctx context.Context, env *environment, code []byte) (delavm.Hash, error) {
	var hash delavm.Hash

	err := env.Do(ctx, func(ctx context.Context, client *delavm.Client) (err error) {
		hash, err = client.AddModule(ctx, code)

		return err
	})

	return hash, err
}

// checkOutcome compares an outcome with the question and with the chain's
// settings: an environment that was replaced unseen is found out here.
func (s *Service) checkOutcome(c *call, outcome *delavm.Outcome) error {
	if outcome.Module != c.tx.Module || outcome.Fuel.Limit > c.tx.Fuel {
		return errors.New("delavm answered another question")
	}

	mine := c.settings.ChainSettings
	mine.Engine, mine.Schedule, mine.Limits = outcome.Engine, outcome.Schedule, outcome.Limits

	return s.compare(&c.settings.ChainSettings, &mine)
}
