package chain

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"delavm/server/dela/delavm"
	"delavm/server/dela/wasm"
	"github.com/stretchr/testify/require"
	"go.dedis.ch/dela/core/txn"
	"go.dedis.ch/dela/crypto/bls"
)

// assemble makes a module of WebAssembly text.
func assemble(t testing.TB, text string) []byte {
	t.Helper()

	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.wat"), filepath.Join(dir, "out.wasm")

	require.NoError(t, os.WriteFile(in, []byte(text), 0o600))

	said, err := exec.Command(filepath.Join(build(t), "delavm"), "asm", in, "-o", out).CombinedOutput()
	require.NoError(t, err, "%s", said)

	code, err := os.ReadFile(out)
	require.NoError(t, err)

	return code
}

// trouble ends in each way a call can end, by its argument "how", after it has
// written a key: nothing of that may stay.
const trouble = `(module
  (import "dela" "argument" (func $argument (param i32 i32 i32 i32) (result i32)))
  (import "dela" "storage_set" (func $set (param i32 i32 i32 i32)))
  (import "dela" "reject" (func $reject (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "how")
  (func (export "call")
    (call $set (i32.const 0) (i32.const 3) (i32.const 0) (i32.const 3))
    (drop (call $argument (i32.const 0) (i32.const 3) (i32.const 8) (i32.const 8)))
    (if (i32.eq (i32.load8_u (i32.const 8)) (i32.const 116)) (then (unreachable)))
    (if (i32.eq (i32.load8_u (i32.const 8)) (i32.const 102)) (then (loop (br 0))))
    (if (i32.eq (i32.load8_u (i32.const 8)) (i32.const 114)) (then (call $reject (i32.const 0) (i32.const 3))))))`

// Contracts arrive by transaction, run, and fail in each way they can; the nodes
// agree on everything.
func TestChain_Contracts(t *testing.T) {
	t.Parallel()

	n := newNetwork(t, 4, 4, quick())
	n.refuse("identity not authorized", n.deployArgs("c/counter", contract(t, "c/counter"))...)
	n.refuse("unknown contract 'c/counter'", call(t, "c/counter")...)
	n.deploy("c/counter", "c/value", "c/ed25519")
	n.send(n.deployArgs("wat/trouble", assemble(t, trouble))...)

	n.send(call(t, "c/counter")...)
	n.send(call(t, "c/counter")...)
	require.Equal(t, "2", n.stored("c/counter", "counter"))

	n.deployChunks("c/chunked", contract(t, "c/counter"), 300)
	n.send(call(t, "c/chunked")...)
	require.Equal(t, "1", n.stored("c/chunked", "counter"))

	n.send(call(t, "c/value", "value:command", "WRITE", "value:key", "counter", "value:value", "v")...)
	require.Equal(t, "v", n.stored("c/value", "counter"))
	require.Equal(t, "2", n.stored("c/counter", "counter"), "contracts must not share keys")

	const base = "WGZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmY="
	n.send(call(t, "c/ed25519", "point1", base, "point2", base)...)
	n.refuse("point1 is not base64", call(t, "c/ed25519", "point1", "?", "point2", base)...)

	before := n.agree(n.nodes...)

	n.refuse("unreachable", call(t, "wat/trouble", "how", "trap")...)
	n.refuse("all fuel consumed", call(t, "wat/trouble", "how", "fuel")...)
	n.refuse("how", call(t, "wat/trouble", "how", "reject")...)
	require.Empty(t, n.stored("wat/trouble", "how"), "a rejected call must leave nothing")
	n.send(call(t, "wat/trouble", "how", "accept")...)
	require.Equal(t, "how", n.stored("wat/trouble", "how"))

	require.NotEqual(t, before, n.agree(n.nodes...))

	require.Equal(t, uint64(10), n.receipts(n.nodes[3]).Count, "each run is receipted, the rejected ones too")
	require.Empty(t, n.halts)

	outcome, err := n.nodes[2].Wasm.Query(n.ctx, n.nodes[2].Ordering.GetStore(), "c/value",
		txn.Arg{Key: "value:command", Value: []byte("LIST")})
	require.NoError(t, err)
	require.Equal(t, "counter=v", string(outcome.Result))
}

// Thousands of transactions of many identities, in blocks of many.
func TestChain_Thousands(t *testing.T) {
	t.Parallel()

	const wallets, each, waves = 10, 10, 20

	n := newNetwork(t, 4, 4, quick())
	n.deploy("c/counter", "c/value")

	var cancel context.CancelFunc

	n.ctx, cancel = context.WithTimeout(context.Background(), 3*patience)
	defer cancel()

	// All go to the leader's pool: Dela rejects, and forgets, what overtakes an
	// earlier transaction of the same identity on its way there.
	senders := make([]*Wallet, wallets)
	for i := range senders {
		senders[i] = NewWallet(n.nodes[0], bls.NewSigner())
	}

	start := time.Now()

	for wave := range waves {
		var group sync.WaitGroup

		for _, wallet := range senders {
			group.Add(1)

			go func() {
				defer group.Done()

				for i := range each {
					args := call(t, "c/counter")
					if i == 0 {
						args = call(t, "c/ed25519") // of no such contract: rejected
					}

					_, err := wallet.Add(args...)
					if err != nil {
						t.Error(err)
					}
				}
			}()
		}

		group.Wait()

		want := fmt.Sprint((wave + 1) * wallets * (each - 1))

		eventually(t, n.ctx, func() bool { return n.stored("c/counter", "counter") == want },
			"the counter does not come to %s", want)
	}

	took := time.Since(start)
	n.agree(n.nodes...)

	_, blocks, err := n.nodes[0].Root()
	require.NoError(t, err)
	t.Logf("%d transactions in %d blocks on %d nodes: %.0f/s, signatures and all",
		wallets*each*waves, blocks, len(n.nodes), wallets*each*waves/took.Seconds())
	require.Empty(t, n.halts)
}

// Environments die, hang and lose their disks in the middle of blocks: nothing
// is ever rejected for it, and all nodes come to the same state.
func TestChain_EnvironmentTrouble(t *testing.T) {
	t.Parallel()

	options := quick()
	options.Environment.Attempt = 2 * time.Second
	n := newNetwork(t, 4, 4, options)
	n.deploy("c/counter")

	add := func(count int) {
		for range count {
			_, err := n.wallet.Add(call(t, "c/counter")...)
			require.NoError(t, err)
		}
	}

	counted := 0
	reach := func(count int) {
		counted += count
		want := fmt.Sprint(counted)
		eventually(t, n.ctx, func() bool { return n.stored("c/counter", "counter") == want },
			"the counter does not come to %s", want)
		n.agree(n.nodes...)
	}

	// A follower's environment is killed while blocks are made, and comes back
	// with an empty disk.
	n.servers[2].Kill()
	require.NoError(t, n.servers[2].LoseDisk())
	add(10)
	time.Sleep(300 * time.Millisecond)
	require.NoError(t, n.servers[2].Start())
	reach(10)

	// The leader's hangs for longer than an attempt may take.
	require.NoError(t, n.servers[0].Freeze())
	add(10)
	eventually(t, n.ctx, func() bool { return n.nodes[0].Env.Retries() > 0 }, "the leader noticed nothing")
	require.NoError(t, n.servers[0].Thaw())
	reach(10)

	// All are gone at once.
	for _, server := range n.servers {
		server.Kill()
		require.NoError(t, server.LoseDisk())
	}

	add(10)
	time.Sleep(300 * time.Millisecond)

	for _, server := range n.servers {
		require.NoError(t, server.Start())
	}

	reach(10)

	// Killed and started again, over and over, while blocks are made.
	stop := make(chan struct{})

	var group sync.WaitGroup

	group.Add(1)

	go func() {
		defer group.Done()

		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			case <-time.After(300 * time.Millisecond):
			}

			process := n.servers[i%len(n.servers)]
			process.Kill()

			err := process.Start()
			if err != nil {
				t.Error(err)
				return
			}
		}
	}()

	for range 3 {
		add(10)
		reach(10)
	}

	close(stop)
	group.Wait()

	require.Equal(t, uint64(counted), n.receipts(n.nodes[0]).Count, "each transaction ran once, and none was rejected")
	require.Empty(t, n.halts)
}

// The same without wasm.Validation: Execute waits until the environment is back.
func TestChain_SimpleValidation(t *testing.T) {
	t.Parallel()

	options := quick()
	options.Simple = true
	n := newNetwork(t, 4, 4, options)
	n.deploy("c/counter")

	n.servers[0].Kill()
	n.servers[3].Kill()

	_, err := n.wallet.Add(call(t, "c/counter")...)
	require.NoError(t, err)
	eventually(t, n.ctx, func() bool { return n.nodes[0].Env.Retries() > 2 }, "the leader noticed nothing")
	require.NoError(t, n.servers[0].Start())
	require.NoError(t, n.servers[3].Start())

	eventually(t, n.ctx, func() bool { return n.stored("c/counter", "counter") == "1" }, "the counter stays")
	n.agree(n.nodes...)
}

// A node that joins late, with an empty environment, runs what happened before
// it came and then takes part.
func TestChain_LateJoiner(t *testing.T) {
	t.Parallel()

	n := newNetwork(t, 4, 4, quick())
	n.deploy("c/counter", "c/value")

	for range 3 {
		n.send(call(t, "c/counter")...)
	}

	late := n.join()

	n.send(call(t, "c/counter")...)
	n.agree(n.nodes[0], late)

	// It signs, too: with it, three of five are enough no more.
	n.send(call(t, "c/value", "value:command", "WRITE", "value:key", "late", "value:value", "yes")...)
	n.agree(n.nodes...)

	outcome, err := late.Wasm.Query(n.ctx, late.Ordering.GetStore(), "c/counter")
	require.NoError(t, err)
	require.Equal(t, "5", string(outcome.Result))

	modules, err := late.Env.Module(n.ctx, moduleOf(t, late, "c/counter"))
	require.NoError(t, err)
	require.Equal(t, len(contract(t, "c/counter")), int(modules.Size))
}

func moduleOf(t testing.TB, node *Node, name string) delavm.Hash {
	t.Helper()

	record, err := wasm.GetRecord(node.Ordering.GetStore(), name)
	require.NoError(t, err)
	require.NotNil(t, record)

	return record.Newest().Module
}

// A node with another fuel schedule is found out at the first deployment, and
// one that gets it later with the first transaction; both say why, and the
// others go on.
func TestChain_OtherSchedule(t *testing.T) {
	t.Parallel()

	options := quick()
	options.Wasm.Patience = 500 * time.Millisecond

	n := newNetwork(t, 4, 0, options)
	schedule := filepath.Join(t.TempDir(), "schedule")
	require.NoError(t, os.WriteFile(schedule, []byte("instruction i32.add 2\n"), 0o600))

	odd := n.nodes[3]
	n.servers[3].Kill()
	require.NoError(t, n.servers[3].Start("--schedule", schedule))
	n.begin(4)
	n.deploy("c/counter")

	halt := <-n.halts
	require.ErrorContains(t, halt, "fuel schedule")
	n.send(call(t, "c/counter")...)
	n.agree(n.nodes[:3]...)

	_, blocks, err := odd.Root()
	require.NoError(t, err)
	require.Equal(t, uint64(1), blocks, "it must not have gone beyond the granting of access")

	// With the right schedule it catches up, at the next block.
	n.servers[3].Kill()
	require.NoError(t, n.servers[3].Start())
	eventually(t, n.ctx, func() bool {
		n.send(call(t, "c/counter")...)

		_, blocks, err := odd.Root()

		return err == nil && blocks > 2
	}, "it does not catch up")
	n.agree(n.nodes...)
}

// The chain changes to another fuel schedule by transaction. Nodes that have an
// environment with it ready go on at once; one that has none stops there until it
// has; one that joins later goes through both.
func TestChain_SettingsChange(t *testing.T) {
	t.Parallel()

	options := quick()
	options.Wasm.Patience = 500 * time.Millisecond

	n := newNetwork(t, 0, 0, options)
	schedule := filepath.Join(t.TempDir(), "schedule")
	require.NoError(t, os.WriteFile(schedule, []byte("instruction i32.add 2\n"), 0o600))

	next := func() *delavm.Environment {
		server, err := NewProcess(filepath.Join(build(t), "delavm-server"), "", t.TempDir(), "--schedule", schedule)
		require.NoError(t, err)
		require.NoError(t, server.Start())
		t.Cleanup(server.Kill)

		return delavm.NewEnvironment(server.Address(), options.Environment)
	}

	for range 3 {
		n.options.Wasm.Others = []*delavm.Environment{next()}
		n.addNode()
	}

	other := n.options.Wasm.Others[0].Client
	n.options.Wasm.Others = nil
	unready := n.addNode()

	n.begin(4)
	n.deploy("c/counter")
	n.send(call(t, "c/counter")...)

	settings, err := wasm.SettingsOf(n.ctx, other)
	require.NoError(t, err)
	n.refuse("identity not authorized", wasm.ChangeSettings(settings)...)
	n.grant(wasm.DeployUID, wasm.DeployName, wasm.CmdSettings, n.wallet.Signer.GetPublicKey())
	n.agree(n.nodes...)
	n.send(wasm.ChangeSettings(settings)...)

	n.send(call(t, "c/counter")...)
	require.ErrorContains(t, <-n.halts, "fuel schedule")
	n.agree(n.nodes[:3]...)
	n.refuse("demands these settings already", wasm.ChangeSettings(settings)...)

	era, err := wasm.GetEra(n.nodes[0].Ordering.GetStore())
	require.NoError(t, err)
	require.Equal(t, 1, era)

	value, err := unready.Stored("c/counter", []byte("counter"))
	require.NoError(t, err)
	require.Equal(t, "1", string(value), "it must have decided nothing")

	n.servers[3].Kill()
	require.NoError(t, n.servers[3].Start("--schedule", schedule))
	n.agree(n.nodes...)

	n.options.Wasm.Others = []*delavm.Environment{next()}
	late := n.join()
	n.send(call(t, "c/counter")...)
	n.agree(n.nodes...)

	value, err = late.Stored("c/counter", []byte("counter"))
	require.NoError(t, err)
	require.Equal(t, "3", string(value))
}
