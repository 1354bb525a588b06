package wasm

import (
	"context"

	"delavm/server/dela/delavm"
	"go.dedis.ch/dela/core/execution"
	"go.dedis.ch/dela/core/execution/native"
	"go.dedis.ch/dela/core/store"
	"go.dedis.ch/dela/core/txn"
)

// defaultBatch is how many transactions go ahead in one batch if nobody says
// otherwise, and maxBatchBytes what their arguments and storage may have together.
const (
	defaultBatch  = 512
	maxBatchBytes = 2 << 20
)

// batch is calls of one contract in the order of the block, and what they will
// read as far as is known.
type batch struct {
	storage *supposed
	calls   []*call
	bundle  *bundle
	bytes   int
	closed  bool
}

// supposed is a contract's storage after calls whose outcomes are known.
//
// - implements store.Readable
type supposed struct {
	store.Readable
	written map[string][]byte // as it is stored; nil: deleted
}

// Get implements store.Readable.
func (s *supposed) Get(key []byte) ([]byte, error) {
	value, found := s.written[string(key)]
	if found {
		return value, nil
	}

	return s.Readable.Get(key)
}

func (s *supposed) apply(writes []delavm.Entry) {
	for _, write := range writes {
		s.written[string(write.Key)] = nil
		if write.Value != nil {
			s.written[string(write.Key)] = packValue(write.Value)
		}
	}
}

// ahead runs the transactions of a block before Dela asks for them: those of
// each contract in one round trip, on the supposition that each is executed and
// that nobody else touches the contract's storage. What comes out is remembered
// and used only if, when its turn comes, request and values read are the same;
// so whatever was supposed wrongly costs a round trip and changes nothing.
//
// Nothing is retried and nothing fails here: a call that could not be run ahead
// is run when its turn comes.
func (s *Service) ahead(snap store.Readable, txs []txn.Transaction) {
	if s.options.OneByOne || len(txs) < 2 {
		return
	}

	ctx, cancel := context.WithTimeout(s.ctx, s.options.Patience)
	defer cancel()

	batches := make(map[string]*batch)

	var order []*batch

	for _, tx := range txs {
		name := string(tx.GetArg(native.ContractArg))
		if !IsName(name) {
			continue
		}

		c, err := s.prepare(snap, name, execution.Step{Current: tx})
		if err != nil || c.version.Previous {
			continue
		}

		b := batches[name]
		if b == nil {
			b = &batch{storage: &supposed{readableStorage(name, snap), make(map[string][]byte)}}
			b.bundle = s.newBundle(b.storage)
			batches[name] = b
			order = append(order, b)
		}

		err = s.addAhead(ctx, b, c)
		if err != nil {
			return
		}
	}

	for _, b := range order {
		s.runBatch(ctx, b)
	}
}

// addAhead puts a call into its contract's batch, unless its outcome is known. A
// batch that is full is run, and the next one goes on with what it wrote.
func (s *Service) addAhead(ctx context.Context, b *batch, c *call) error {
	if b.closed {
		return nil
	}

	if len(b.calls) == 0 {
		outcome, err := s.remembered(b.storage, c)
		if err != nil {
			return err
		}

		if outcome != nil {
			b.storage.apply(outcome.Writes)
			return nil
		}
	}

	b.calls = append(b.calls, c)
	b.bytes += argumentBytes(c.tx.Arguments)

	err := s.footprint(c, b.bundle)
	if err != nil {
		return err
	}

	if len(b.calls) == s.options.Batch || b.bytes+b.bundle.bytes > maxBatchBytes {
		b.closed = !s.runBatch(ctx, b)
		b.calls, b.bytes, b.bundle = nil, 0, s.newBundle(b.storage)
	}

	return nil
}

func argumentBytes(args []delavm.Argument) int {
	size := 0
	for _, arg := range args {
		size += len(arg.Key) + len(arg.Value)
	}

	return size
}

// runBatch runs what is in a batch, and tells whether the contract's storage is
// known after it.
func (s *Service) runBatch(ctx context.Context, b *batch) bool {
	if len(b.calls) < 2 || !b.bundle.fits() {
		return false
	}

	env := s.ready(&b.calls[0].settings.ChainSettings)
	if env == nil {
		return false
	}

	request := &delavm.Batch{Storage: b.bundle.entries, NoPrevious: true}
	for _, c := range b.calls {
		request.Transactions = append(request.Transactions, c.tx)
	}

	outcomes, err := env.Batch(ctx, request)
	if err != nil {
		s.logger.Debug().Err(err).Int("transactions", len(b.calls)).Msg("not run ahead")
		return false
	}

	known := true

	for i, outcome := range outcomes {
		if outcome.Status == delavm.NeedKeys {
			s.footprints.learn(b.calls[i].version.Module, outcome.Needed, b.calls[i].tx.Arguments)

			known = false

			continue
		}

		s.remember(b.calls[i], outcome)
		b.storage.apply(outcome.Writes)
	}

	return known
}
