package chain

import (
	"context"
	"sync/atomic"
	"time"

	"go.dedis.ch/dela/core/ordering/cosipbft/blockstore"
	"go.dedis.ch/dela/core/ordering/cosipbft/types"
	"go.dedis.ch/dela/core/validation/simple"
	"go.dedis.ch/dela/cosi"
	"go.dedis.ch/dela/mino"
	"go.dedis.ch/dela/serde"
)

const (
	// orderingName is the name of the RPC of Dela's ordering.
	orderingName = "cosipbft"

	// firstFetch and longestFetch bound the pause before a block that did not
	// come is asked for, which doubles each time.
	firstFetch   = 300 * time.Millisecond
	longestFetch = 5 * time.Second
)

// fetcher has a node fetch the block that it was told is done, if it does not
// get it. Dela's own nodes miss it when they were slower than those whose
// signatures were enough: the request to sign is taken back then, and what is
// done can't be finished. Or they ask the leader for it before that has stored
// it itself. They would stay behind until the next block; with an environment
// that is away, likewise, after it is back.
//
// A node fetches blocks when it is asked to sign one from after those that come
// next; so that is what it is asked here, with an empty one.
type fetcher struct {
	blocks  blockstore.BlockStore
	ctx     context.Context
	reactor cosi.Reactor
	busy    atomic.Bool
}

// until fetches until there are more blocks than that many.
func (f *fetcher) until(from mino.Address, count uint64) {
	if !f.busy.CompareAndSwap(false, true) {
		return
	}

	defer f.busy.Store(false)

	for wait := firstFetch; !f.comes(wait, count); wait = min(2*wait, longestFetch) {
		block, err := types.NewBlock(simple.NewResult(nil), types.WithIndex(count+1))
		if err != nil {
			return
		}

		// It returns an error in any case, and what it fetches comes later.
		_, _ = f.reactor.Invoke(from, types.NewBlockMessage(block, nil))
	}
}

// comes waits for a block, but not longer than that. It is true when there is
// nothing to wait for.
func (f *fetcher) comes(wait time.Duration, count uint64) bool {
	ctx, cancel := context.WithTimeout(f.ctx, wait)
	defer cancel()

	blocks := f.blocks.Watch(ctx)

	for f.blocks.Len() <= count {
		_, more := <-blocks // closed when the time is over
		if !more {
			return f.blocks.Len() > count || f.ctx.Err() != nil
		}
	}

	return true
}

// fetchingCosi lets the fetcher know what is asked to sign.
//
// - implements cosi.CollectiveSigning
type fetchingCosi struct {
	cosi.CollectiveSigning

	fetcher *fetcher
}

// Listen implements cosi.CollectiveSigning.
func (c fetchingCosi) Listen(reactor cosi.Reactor) (cosi.Actor, error) {
	c.fetcher.reactor = reactor

	return c.CollectiveSigning.Listen(reactor)
}

// fetchingMino lets the fetcher know of each block that is done.
//
// - implements mino.Mino
type fetchingMino struct {
	mino.Mino

	fetcher *fetcher
}

// CreateRPC implements mino.Mino.
func (m fetchingMino) CreateRPC(name string, h mino.Handler, f serde.Factory) (mino.RPC, error) {
	if name == orderingName {
		h = fetchingHandler{h, m.fetcher}
	}

	return m.Mino.CreateRPC(name, h, f)
}

// fetchingHandler is the handler of the ordering's messages.
//
// - implements mino.Handler
type fetchingHandler struct {
	mino.Handler

	fetcher *fetcher
}

// Process implements mino.Handler.
func (h fetchingHandler) Process(request mino.Request) (serde.Message, error) {
	_, done := request.Message.(types.DoneMessage)
	before := h.fetcher.blocks.Len()

	answer, err := h.Handler.Process(request)

	if done && h.fetcher.blocks.Len() == before {
		go h.fetcher.until(request.Address, before)
	}

	return answer, err
}
