package chain

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
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

// blockTimes is how long a block took, the first time and when it was validated
// again, what it took of processors in this process and in the server's, and how
// many round trips.
type blockTimes struct {
	first, again, processor time.Duration
	trips                   uint64
}

// A block of Dela's validation with each transaction in a round trip of its own,
// and run ahead in one: the same state, and how much faster. Signatures and the
// network are not in it; Dela's tree is. Others use the machine, too: so both are
// measured in turn, and the best of each counts. What must hold on any machine is
// that running ahead takes less of processors.
func TestBlock_Measured(t *testing.T) {
	const count, times = 500, 3

	batches := []int{1, 32, count}

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

	best := map[int]blockTimes{}
	root := ""

	for range times {
		for _, batch := range batches {
			took, came := measureBlock(t, server, txs, batch)

			if root == "" {
				root = came
			}

			require.Equal(t, root, came)

			so := best[batch]
			if so.trips == 0 {
				so = took
			}

			best[batch] = blockTimes{min(so.first, took.first), min(so.again, took.again),
				min(so.processor, took.processor), took.trips}
		}
	}

	for _, batch := range batches {
		so := best[batch]
		t.Logf("a block of %d, %3d at once: %3d round trips, %.0f transactions/s; %.0f/s when it is validated again; "+
			"%.2f ms of processor for each", count, batch, so.trips, count/so.first.Seconds(), count/so.again.Seconds(),
			so.processor.Seconds()*1e3/count)
	}

	require.Less(t, best[count].processor, best[1].processor)
	require.Less(t, best[32].processor, best[1].processor)
}

// measureBlock validates a block twice on a state of its own.
func measureBlock(t *testing.T, server *Process, txs []txn.Transaction, batch int) (blockTimes, string) {
	t.Helper()

	env := delavm.NewEnvironment(server.Address(), delavm.Settings{})
	service := wasm.NewService(native.NewExecution(), allowAll{}, env, wasm.Options{OneByOne: batch == 1, Batch: batch})
	defer service.Close()

	validation := wasm.NewValidation(simple.NewService(service, signed.NewTransactionFactory()), service)

	db, err := kv.New(filepath.Join(t.TempDir(), "db"))
	require.NoError(t, err)

	defer db.Close()

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

	trips, processor, start := env.Traffic().RoundTrips, processorTime(t, server), time.Now()
	root := string(staged(t, tree, validation, txs).GetRoot())
	took := blockTimes{first: time.Since(start), processor: processorTime(t, server) - processor,
		trips: env.Traffic().RoundTrips - trips}

	start = time.Now()
	require.Equal(t, root, string(staged(t, tree, validation, txs).GetRoot()))
	took.again = time.Since(start)

	return took, root
}

// processorTime is what this process and a server have used.
func processorTime(t *testing.T, server *Process) time.Duration {
	t.Helper()

	var usage syscall.Rusage

	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))

	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", server.PID()))
	require.NoError(t, err)

	// After the name, which is in brackets: user and system time are the 12th
	// and 13th, in hundredths of a second.
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	user, err := strconv.Atoi(fields[11])
	require.NoError(t, err)
	system, err := strconv.Atoi(fields[12])
	require.NoError(t, err)

	return time.Duration(usage.Utime.Nano()+usage.Stime.Nano()) + time.Duration(user+system)*10*time.Millisecond
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
