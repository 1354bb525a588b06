// Package wasm lets the nodes of a Dela chain run contracts compiled to
// WebAssembly, in delavm, beside the native ones.
//
// A Service stands around native.Service and is an execution.Service itself.
// The chain is the truth: code, names, versions and settings lie in its state
// and get there by transactions (see Deployer); the environment is a cache that
// may lose everything at any time.
//
// Dela executes on the live snapshot, does not roll a rejected transaction back,
// and takes any error of Execute for a rejection. So nothing is written before
// the outcome is known, writes are applied only when the contract accepted, and
// trouble with the environment never comes out of Execute as a result: it is
// retried until it passes or, inside of a Validation, until Patience ends and
// the whole validation fails; then no block is made or signed with it.
package wasm

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"regexp"
	"time"

	"delavm/server/dela/delavm"
	"github.com/rs/zerolog"
	"go.dedis.ch/dela"
	"go.dedis.ch/dela/core/access"
	"go.dedis.ch/dela/core/execution"
	"go.dedis.ch/dela/core/execution/native"
	"go.dedis.ch/dela/core/store"
	"go.dedis.ch/dela/core/txn"
)

// AllCommand is the command of the credential that allows all commands of a
// contract, as native contracts have it.
const AllCommand = "all"

// What one call may bring along: all nodes must have the same.
const (
	maxReads        = 1024    // keys a call may read
	maxReadBytes    = 4 << 20 // keys and values it may read
	maxPreviousArgs = 1 << 14 // arguments of earlier transactions of the block, together
)

// nameRule is what a contract is called: language and name. A language has no
// dots, so that Dela's own "go.dedis.ch/dela.Value" is none.
var nameRule = regexp.MustCompile(`^[a-z0-9+#_-]{1,16}/[A-Za-z0-9_+#@-]([A-Za-z0-9_+#@.-]{0,62}[A-Za-z0-9_+#@-])?$`)

// IsName tells whether a contract's name is one of a wasm contract.
func IsName(name string) bool {
	return nameRule.MatchString(name)
}

// NewCreds returns the credential that a contract with an `access` line demands
// of its callers for a command.
func NewCreds(name, command string) access.Credential {
	return access.NewContractCreds([]byte(name), name, command)
}

// Options of a Service.
type Options struct {
	// Halt is called, from the goroutine that executes, when this node must
	// not go on as it is: its environment has other settings than the chain
	// recorded, or refuses what the chain accepted. It may stop the node; if it
	// returns, the service keeps asking until the environment is right.
	Halt func(error)
	// Patience bounds how long a Validation waits for the environment; 0: 10
	// seconds. Without a Validation, Execute waits for ever.
	Patience time.Duration
	// Others are more environments of this node, beside the one that NewService
	// is given. Each transaction is run in that one that has the settings the
	// chain demands at that point: so a node that is to change to other
	// settings has an environment with them ready, and one that comes late
	// goes through old ones.
	Others []*delavm.Environment
	// NoFootprints makes calls begin without any keys, to measure what
	// footprints save.
	NoFootprints bool
	// OneByOne runs each transaction when its turn comes and as often as Dela
	// asks, to measure what running blocks ahead saves.
	OneByOne bool
	// Batch is how many transactions of a contract are run ahead in one round
	// trip; 0: 512.
	Batch int
	// Logger, if not nil, takes the place of dela.Logger.
	Logger *zerolog.Logger
}

// Service executes native contracts itself and has delavm execute wasm
// contracts.
//
// - implements execution.Service
type Service struct {
	native       *native.Service
	access       access.Service
	environments []*environment
	options      Options
	logger       zerolog.Logger
	footprints   footprints
	memos        memos
	callers      callers
	ctx          context.Context
	cancel       context.CancelFunc

	maxReadBytes int // but in tests the constant
}

// NewService makes a service around a native one. Native contracts are
// registered with that one, before or after; the Deployer already is.
func NewService(exec *native.Service, srvc access.Service, env *delavm.Environment, options Options) *Service {
	if options.Patience <= 0 {
		options.Patience = 10 * time.Second
	}

	if options.Batch <= 0 {
		options.Batch = defaultBatch
	}

	if options.Halt == nil {
		options.Halt = func(error) {}
	}

	logger := options.Logger
	if logger == nil {
		logger = &dela.Logger
	}

	s := &Service{
		native:  exec,
		access:  srvc,
		options: options,

		maxReadBytes: maxReadBytes,

		logger: logger.With().Str("service", "wasm").Logger(),
	}

	for _, env := range append([]*delavm.Environment{env}, options.Others...) {
		s.environments = append(s.environments, &environment{Environment: env})
	}

	s.ctx, s.cancel = context.WithCancel(context.Background())

	exec.Set(DeployName, deployer{s})

	return s
}

// Close ends what waits for the environment.
func (s *Service) Close() {
	s.cancel()

	for _, env := range s.environments {
		env.Close()
	}
}

// rejection is an error that is the transaction's own fault: the same on all
// nodes.
type rejection struct{ error }

func reject(format string, args ...any) error {
	return rejection{fmt.Errorf(format, args...)}
}

// Execute implements execution.Service.
func (s *Service) Execute(snap store.Snapshot, step execution.Step) (execution.Result, error) {
	name := string(step.Current.GetArg(native.ContractArg))

	if !IsName(name) {
		return s.native.Execute(snap, step)
	}

	outcome, err := s.until(snap, func(ctx context.Context) (*delavm.Outcome, error) {
		return s.execute(ctx, snap, name, step)
	})

	var fault rejection

	switch {
	case errors.As(err, &fault):
		return execution.Result{Message: fault.Error()}, nil
	case err != nil:
		return execution.Result{}, err
	case outcome.Status != delavm.Accepted:
		return execution.Result{Message: outcome.Reason()}, nil
	default:
		return execution.Result{Accepted: true}, nil
	}
}

// until makes sure that trouble does not come out as a rejection: what is not
// one fails the validation that the snapshot belongs to; if it belongs to none,
// it is tried again until the service is closed.
func (s *Service) until(snap store.Snapshot,
	try func(context.Context) (*delavm.Outcome, error),
) (*delavm.Outcome, error) {
	run, validated := snap.(*validationRun)
	if validated && run.err != nil {
		return nil, run.err
	}

	ctx, cancel := s.ctx, context.CancelFunc(func() {})
	if validated {
		ctx, cancel = context.WithTimeout(s.ctx, s.options.Patience)
	}

	defer cancel()

	outcome, err := s.repeat(ctx, try)

	var fault rejection
	if err != nil && !errors.As(err, &fault) && validated {
		run.err = err
	}

	return outcome, err
}

// repeat tries until there is an outcome, a rejection, or the context ends.
func (s *Service) repeat(ctx context.Context,
	try func(context.Context) (*delavm.Outcome, error),
) (*delavm.Outcome, error) {
	var last error

	for attempt := 1; ; attempt++ {
		outcome, err := try(ctx)

		var fault rejection
		if err == nil || errors.As(err, &fault) {
			return outcome, err
		}

		// That time was up says less than what it was spent on.
		if ctx.Err() != nil && last != nil {
			return nil, fmt.Errorf("%w (before: %w)", err, last)
		}

		err = fmt.Errorf("nothing is decided: %w", err)
		last = err
		s.logger.Error().Err(err).Int("attempt", attempt).Msg("this node can't execute and waits")

		wait := time.After(min(time.Duration(attempt)*20*time.Millisecond, time.Second))

		if errors.Is(err, errWrite) {
			// A part may have been written: trying again would be wrong.
			s.halt(err)

			wait = nil
		}

		select {
		case <-wait:
		case <-ctx.Done():
			return nil, err
		}
	}
}

// errStore marks trouble with the node's own store, errWrite such that may have
// left a part of an outcome written. Reading is tried again: Dela's tree can
// fail for a moment while a block is committed.
var (
	errStore = errors.New("the node's store")
	errWrite = fmt.Errorf("%w, while writing", errStore)
)

func storeTrouble(err error) error {
	if err == nil {
		return nil
	}

	return fmt.Errorf("%w: %w", errStore, err)
}

func writeTrouble(err error) error {
	if err == nil {
		return nil
	}

	return fmt.Errorf("%w: %w", errWrite, err)
}

// execute runs one transaction and applies what it did. Nothing is written
// before the outcome is known.
func (s *Service) execute(ctx context.Context, snap store.Snapshot, name string,
	step execution.Step,
) (*delavm.Outcome, error) {
	call, err := s.prepare(snap, name, step)
	if err != nil {
		return nil, err
	}

	call.env, err = s.matching(ctx, &call.settings.ChainSettings)
	if err != nil {
		return nil, err
	}

	outcome, err := s.outcomeOf(ctx, snap, call)

	var fault refused
	if errors.As(err, &fault) {
		// What the environment refuses to run is rejected on all nodes, and
		// receipted by the refusal's code.
		receipt := sha256.Sum256([]byte("refused\x00" + fault.code + "\x00" + string(step.Current.GetID())))

		err = addReceipt(snap, receipt[:])
		if err != nil {
			return nil, writeTrouble(err)
		}

		return nil, rejection{fault}
	}

	if err != nil {
		return nil, err
	}

	return outcome, writeTrouble(apply(snap, call, outcome))
}

// apply writes what an outcome says, in order.
func apply(snap store.Snapshot, call *call, outcome *delavm.Outcome) error {
	err := addReceipt(snap, outcome.Receipt[:])
	if err != nil {
		return err
	}

	storage := storageOf(call.name, snap)

	for _, write := range outcome.Writes {
		if write.Value == nil {
			err = storage.Delete(write.Key)
		} else {
			err = storage.Set(write.Key, packValue(write.Value))
		}

		if err != nil {
			return err
		}
	}

	return nil
}

// prepare reads the transaction and the chain's record, and checks access:
// everything that needs no environment.
func (s *Service) prepare(snap store.Readable, name string, step execution.Step) (*call, error) {
	record, err := GetRecord(snap, name)
	if err != nil {
		return nil, storeTrouble(err)
	}

	if record == nil || record.Removed {
		return nil, reject("unknown contract '%s'", name)
	}

	settings, err := settingsThere(snap)
	if err != nil {
		return nil, err
	}

	version := record.Newest()

	args, err := argumentsOf(step.Current)
	if err != nil {
		return nil, reject("%w", err)
	}

	caller, err := s.callers.text(step.Current.GetIdentity())
	if err != nil {
		return nil, reject("identity: %w", err)
	}

	err = s.checkAccess(snap, name, version, args, caller, step.Current.GetIdentity())
	if err != nil {
		return nil, err
	}

	fuel, err := fuelOf(args)
	if err != nil {
		return nil, reject("%w", err)
	}

	c := &call{
		name:     name,
		version:  version,
		settings: settings,
		tx: delavm.Transaction{
			Module:    version.Module,
			Arguments: args,
			Fuel:      fuel,
			Context: delavm.Context{
				Caller:      caller,
				Transaction: step.Current.GetID(),
				Nonce:       step.Current.GetNonce(),
			},
		},
	}

	if version.Previous {
		c.tx.Context.Previous, err = previousOf(step.Previous)
	}

	return c, err
}

func (s *Service) checkAccess(snap store.Readable, name string, version *Version, args []delavm.Argument,
	caller []byte, identity access.Identity,
) error {
	if version.Access == "" {
		return nil
	}

	t, err := parseTemplate(version.Access)
	if err != nil {
		return storeTrouble(err) // it was checked before it was recorded
	}

	command, whole := t.expand(args, caller)

	err = s.access.Match(snap, NewCreds(name, AllCommand), identity)
	if err != nil && whole && string(command) != AllCommand {
		err = s.access.Match(snap, NewCreds(name, string(command)), identity)
	}

	if err != nil {
		return reject("identity not authorized: %v (%w)", identity, err)
	}

	return nil
}

// previousOf are the block's earlier transactions as a contract sees them; one
// whose arguments can't be read, as a native contract may have it, has none.
func previousOf(txs []txn.Transaction) ([]delavm.Previous, error) {
	previous := make([]delavm.Previous, len(txs))
	count := 0

	for i, tx := range txs {
		args, err := argumentsOf(tx)
		if err != nil {
			args = nil
		}

		count += len(args)
		if count > maxPreviousArgs {
			return nil, reject("the block's earlier transactions have more than %d arguments", maxPreviousArgs)
		}

		previous[i] = delavm.Previous{ID: tx.GetID(), Arguments: args}
	}

	return previous, nil
}

// settingsThere reads the settings, which there are where there are contracts.
func settingsThere(snap store.Readable) (*recorded, error) {
	settings, err := readSettings(snap)
	if err == nil && settings == nil {
		err = errors.New("contracts, but no settings")
	}

	return settings, storeTrouble(err)
}

func (s *Service) halt(err error) {
	s.logger.Error().Err(err).Msg("HALT: this node must not go on with this environment")
	s.options.Halt(err)
}

// Query calls a contract without a transaction: nothing is written, nobody else
// hears of it, and access is not asked for, as whoever has the state can read
// it. It fails when the environment is away or busy.
func (s *Service) Query(ctx context.Context, state store.Readable, name string,
	args ...txn.Arg,
) (*delavm.Outcome, error) {
	record, err := GetRecord(state, name)
	if err != nil {
		return nil, err
	}

	if record == nil || record.Removed {
		return nil, fmt.Errorf("unknown contract '%s'", name)
	}

	encoded, err := EncodeArguments(args)
	if err != nil {
		return nil, err
	}

	decoded, err := decodeArguments(encoded)
	if err != nil {
		return nil, err
	}

	fuel, err := fuelOf(decoded)
	if err != nil {
		return nil, err
	}

	settings, err := settingsThere(state)
	if err != nil {
		return nil, err
	}

	env, err := s.matching(ctx, &settings.ChainSettings)
	if err != nil {
		return nil, err
	}

	return s.outcomeOf(ctx, state, &call{
		name:     name,
		version:  record.Newest(),
		settings: settings,
		env:      env,
		query:    true,
		tx:       delavm.Transaction{Module: record.Newest().Module, Arguments: decoded, Fuel: fuel},
	})
}
