package chain

import (
	"context"
	"time"

	"go.dedis.ch/dela/core/ordering/cosipbft/blockstore"
	"go.dedis.ch/dela/core/txn"
	"go.dedis.ch/dela/core/txn/pool"
)

// hesitation is how long a node that was started again waits for others to put
// a transaction into a block before it does so itself: longer than that takes.
const hesitation = 2 * time.Second

// hesitantPool is the pool of a node that was started again. Who leads is not in
// Dela's database: such a node takes the first of the roster for the leader,
// though others may have been made that meanwhile. Were this node the first, it
// would prepare a block of its own, which nobody signs, and while that is
// prepared it could take none of the leader's. So as long as others make blocks
// it gathers nothing; by the first of these it learns who leads.
//
// - implements pool.Pool
type hesitantPool struct {
	pool.Pool

	blocks blockstore.BlockStore
	sure   bool // it led, and nobody else did; only Gather, which is never called twice at once, uses it
}

// Gather implements pool.Pool.
func (p *hesitantPool) Gather(ctx context.Context, config pool.Config) []txn.Transaction {
	txs := p.Pool.Gather(ctx, config)
	if len(txs) == 0 || p.sure {
		return txs
	}

	waiting, cancel := context.WithTimeout(ctx, hesitation)
	defer cancel()

	_, made := <-p.blocks.Watch(waiting) // closed when the time is over
	if made {
		return nil
	}

	p.sure = ctx.Err() == nil

	return txs
}
