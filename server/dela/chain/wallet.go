package chain

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	accesscontract "go.dedis.ch/dela/contracts/access"
	"go.dedis.ch/dela/core/access"
	"go.dedis.ch/dela/core/execution/native"
	"go.dedis.ch/dela/core/ordering"
	"go.dedis.ch/dela/core/txn"
	"go.dedis.ch/dela/core/txn/signed"
	"go.dedis.ch/dela/crypto"
)

// Wallet signs transactions of one identity for one node.
type Wallet struct {
	Signer crypto.Signer

	node    *Node
	manager *signed.TransactionManager
	lock    sync.Mutex
}

// NewWallet makes a wallet for transactions that go to `node`.
func NewWallet(node *Node, signer crypto.Signer) *Wallet {
	w := &Wallet{Signer: signer, node: node}
	w.manager = signed.NewManager(signer, w)

	return w
}

// readingTries is how often reading the state is tried: Dela's tree can fail for
// a moment ("not in database") while a block is committed.
const readingTries = 50

// steadily tries to read the state until it can.
func steadily(read func() error) error {
	for try := 1; ; try++ {
		err := read()
		if err == nil || try == readingTries {
			return err
		}

		time.Sleep(10 * time.Millisecond)
	}
}

// GetNonce implements signed.Client.
func (w *Wallet) GetNonce(identity access.Identity) (nonce uint64, err error) {
	err = steadily(func() (err error) {
		nonce, err = w.node.Validation.GetNonce(w.node.Ordering.GetStore(), identity)

		return err
	})

	return nonce, err
}

// Add signs a transaction and gives it to the pool.
func (w *Wallet) Add(args ...txn.Arg) (txn.Transaction, error) {
	w.lock.Lock()
	defer w.lock.Unlock()

	tx, err := w.manager.Make(args...)
	if err != nil {
		return nil, fmt.Errorf("transaction: %w", err)
	}

	// The pool reads the state, too.
	return tx, steadily(func() error { return w.node.Pool.Add(tx) })
}

// ErrRejected is wrapped by what Send returns for a transaction that was put
// into a block but not accepted.
var ErrRejected = errors.New("rejected")

// Send adds a transaction and waits until it is in a block.
func (w *Wallet) Send(ctx context.Context, args ...txn.Arg) error {
	ctx, cancel := context.WithCancel(ctx)
	events := w.node.Ordering.Watch(ctx)

	defer func() {
		cancel()

		for range events { // the service may be about to tell us more
		}
	}()

	tx, err := w.Add(args...)
	if err != nil {
		return err
	}

	for {
		select {
		case event := <-events:
			found, err := resultIn(event, tx)
			if found {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func resultIn(event ordering.Event, tx txn.Transaction) (bool, error) {
	for _, result := range event.Transactions {
		if !bytes.Equal(result.GetTransaction().GetID(), tx.GetID()) {
			continue
		}

		accepted, reason := result.GetStatus()
		if !accepted {
			return true, fmt.Errorf("%w: %s", ErrRejected, reason)
		}

		return true, nil
	}

	return false, nil
}

// Grant makes the arguments of a transaction that allows an identity a command
// of a contract, by Dela's access contract. id is the credential's: the
// contract's name for wasm contracts.
func Grant(id, contract, command string, identity crypto.PublicKey) ([]txn.Arg, error) {
	key, err := identity.MarshalBinary()
	if err != nil {
		return nil, err
	}

	return []txn.Arg{
		{Key: native.ContractArg, Value: []byte(accesscontract.ContractName)},
		{Key: accesscontract.CmdArg, Value: []byte(accesscontract.CmdSet)},
		{Key: accesscontract.GrantIDArg, Value: []byte(hex.EncodeToString([]byte(id)))},
		{Key: accesscontract.GrantContractArg, Value: []byte(contract)},
		{Key: accesscontract.GrantCommandArg, Value: []byte(command)},
		{Key: accesscontract.IdentityArg, Value: []byte(base64.StdEncoding.EncodeToString(key))},
	}, nil
}
