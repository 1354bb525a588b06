package chain

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"delavm/server/dela/delavm"
	"delavm/server/dela/wasm"
	"github.com/stretchr/testify/require"
	"go.dedis.ch/dela/core/execution/native"
	"go.dedis.ch/dela/core/store"
	"go.dedis.ch/dela/core/store/hashtree"
	"go.dedis.ch/dela/core/store/hashtree/binprefix"
	"go.dedis.ch/dela/core/store/kv"
	"go.dedis.ch/dela/core/txn"
	"go.dedis.ch/dela/core/txn/signed"
	"go.dedis.ch/dela/core/validation"
	"go.dedis.ch/dela/core/validation/simple"
)

// A block of Dela's validation with each transaction in a round trip of its own,
// and run ahead in one: the same state, and how much faster. Signatures and the
// network are not in it; Dela's tree is.
func TestBlock_Measured(t *testing.T) {
	const count = 500

	server, err := NewProcess(filepath.Join(build(t), "delavm-server"), "", t.TempDir())
	require.NoError(t, err)
	require.NoError(t, server.Start())
	t.Cleanup(server.Kill)

	var txs []txn.Transaction

	for i := range count {
		tx := plainTx(call(t, "c/counter"))
		if i%4 == 3 {
			tx = plainTx(call(t, "c/value", "value:command", "WRITE", "value:key", fmt.Sprint(i), "value:value", "v"))
		}

		tx.nonce = uint64(i) + 2
		txs = append(txs, tx)
	}

	roots := map[bool]string{}

	for _, oneByOne := range []bool{true, false} {
		env := delavm.NewEnvironment(server.Address(), delavm.Settings{})
		service := wasm.NewService(native.NewExecution(), allowAll{}, env, wasm.Options{OneByOne: oneByOne})
		t.Cleanup(service.Close)

		validation := wasm.NewValidation(simple.NewService(service, signed.NewTransactionFactory()), service)

		db, err := kv.New(filepath.Join(t.TempDir(), "db"))
		require.NoError(t, err)
		t.Cleanup(func() { _ = db.Close() })

		settings, err := service.Settings(t.Context())
		require.NoError(t, err)

		deploy := make([]txn.Transaction, 2)
		for i, name := range []string{"c/counter", "c/value"} {
			tx := plainTx(wasm.DeployTransactions(name, contract(t, name), delavm.Hash{}, settings, wasm.MaxChunk)[0])
			tx.nonce = uint64(i)
			deploy[i] = tx
		}

		tree := staged(t, binprefix.NewMerkleTree(db, binprefix.Nonce{}), validation, deploy)
		require.NoError(t, tree.Commit())

		before, start := env.Traffic().RoundTrips, time.Now()
		roots[oneByOne] = string(staged(t, tree, validation, txs).GetRoot())
		first := time.Since(start)
		trips := env.Traffic().RoundTrips - before

		start = time.Now()
		require.Equal(t, roots[oneByOne], string(staged(t, tree, validation, txs).GetRoot()))
		again := time.Since(start)

		t.Logf("a block of %d, one by one %-5v: %d round trips, %.0f transactions/s; %.0f/s when it is validated again",
			count, oneByOne, trips, count/first.Seconds(), count/again.Seconds())
	}

	require.Equal(t, roots[true], roots[false])
}

// staged validates a block, of which all must be accepted, on top of a tree.
func staged(t *testing.T, tree hashtree.Tree, validation validation.Service,
	txs []txn.Transaction,
) hashtree.StagingTree {
	t.Helper()

	next, err := tree.Stage(func(snap store.Snapshot) error {
		result, err := validation.Validate(snap, txs)
		if err != nil {
			return err
		}

		for _, result := range result.GetTransactionResults() {
			accepted, reason := result.GetStatus()
			if !accepted {
				return errors.New(reason)
			}
		}

		return nil
	})
	require.NoError(t, err)

	return next
}
