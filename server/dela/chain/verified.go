package chain

import (
	"crypto/sha256"
	"sync"

	"go.dedis.ch/dela/core/txn"
	"go.dedis.ch/dela/serde"
)

// maxVerified is how many transactions are remembered: more than a pool and a
// block hold.
const maxVerified = 8192

// verifiedOnce is a factory that reads, and so verifies the signature of, each
// transaction once. A node reads it twice otherwise: when it is told of it, and
// in its block; and verifying is most of what a node does. What was read is a
// function of the bytes alone, and nobody changes it.
//
// - implements txn.Factory
type verifiedOnce struct {
	txn.Factory

	lock  sync.Mutex
	known map[[sha256.Size]byte]txn.Transaction
}

func newVerifiedOnce(factory txn.Factory) *verifiedOnce {
	return &verifiedOnce{Factory: factory, known: make(map[[sha256.Size]byte]txn.Transaction)}
}

// Deserialize implements serde.Factory.
func (f *verifiedOnce) Deserialize(ctx serde.Context, data []byte) (serde.Message, error) {
	return f.TransactionOf(ctx, data)
}

// TransactionOf implements txn.Factory. What is wrong is not remembered.
func (f *verifiedOnce) TransactionOf(ctx serde.Context, data []byte) (txn.Transaction, error) {
	key := sha256.Sum256(data)

	f.lock.Lock()
	tx := f.known[key]
	f.lock.Unlock()

	if tx != nil {
		return tx, nil
	}

	tx, err := f.Factory.TransactionOf(ctx, data)
	if err != nil {
		return nil, err
	}

	f.lock.Lock()
	defer f.lock.Unlock()

	if len(f.known) >= maxVerified {
		clear(f.known)
	}

	f.known[key] = tx

	return tx, nil
}
