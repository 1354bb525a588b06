package chain

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"delavm/server/dela/delavm"
	"delavm/server/dela/wasm"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.dedis.ch/dela"
	"go.dedis.ch/dela/core/execution/native"
	"go.dedis.ch/dela/core/ordering/cosipbft/contracts/viewchange"
	"go.dedis.ch/dela/core/ordering/cosipbft/types"
	"go.dedis.ch/dela/core/txn"
	"go.dedis.ch/dela/crypto"
	"go.dedis.ch/dela/crypto/bls"
	"go.dedis.ch/dela/mino"
	"go.dedis.ch/dela/mino/minoch"
	"go.dedis.ch/dela/serde/json"
)

// patience bounds what a test waits for anything: only a failure takes that
// long, so it is no measure of speed.
const patience = 4 * time.Minute

func TestMain(m *testing.M) {
	dela.Logger = dela.Logger.Level(zerolog.Disabled)

	os.Exit(m.Run())
}

// build is the directory with delavm-server and the contracts.
func build(t testing.TB) string {
	t.Helper()

	dir := os.Getenv("BUILD")
	if dir == "" {
		dir = "build"
	}

	if !filepath.IsAbs(dir) {
		dir = filepath.Join("..", "..", "..", dir)
	}

	_, err := os.Stat(filepath.Join(dir, "delavm-server"))
	require.NoError(t, err, "run make first")

	return dir
}

// contract returns a bundled contract's module.
func contract(t testing.TB, name string) []byte {
	t.Helper()

	code, err := os.ReadFile(filepath.Join(build(t), "contracts", name+".wasm"))
	require.NoError(t, err, "run make first")

	return code
}

// network is a chain of nodes in this process, each with a server of its own.
type network struct {
	t       testing.TB
	ctx     context.Context
	manager *minoch.Manager
	nodes   []*Node
	servers []*Process
	wallet  *Wallet
	options Options
	halts   chan error
}

// quick are settings under which trouble is noticed soon and a busy machine is
// none.
func quick() Options {
	return Options{
		Environment: delavm.Settings{Attempt: 20 * time.Second, LongestWait: 200 * time.Millisecond},
		Wasm:        wasm.Options{Patience: 60 * time.Second},
		Round:       20 * time.Second,
		Failed:      30 * time.Second,
		Transaction: 2 * time.Minute,
	}
}

// newNetwork starts `count` nodes and begins a chain with the first `members`,
// if there are any.
func newNetwork(t testing.TB, count, members int, options Options) *network {
	t.Helper()

	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)

	n := &network{t: t, ctx: ctx, manager: minoch.NewManager(), options: options, halts: make(chan error, 1000)}

	n.options.Wasm.Halt = func(err error) {
		select {
		case n.halts <- err:
		default:
		}
	}

	for range count {
		n.addNode()
	}

	if members > 0 {
		n.begin(members)
	}

	return n
}

// begin begins the chain with the first `members` nodes, and makes a wallet.
func (n *network) begin(members int) {
	n.t.Helper()
	require.NoError(n.t, Begin(n.ctx, n.nodes[:members]...))

	n.wallet = NewWallet(n.nodes[0], bls.NewSigner())
	for _, node := range n.nodes {
		require.NoError(n.t, node.Admit(n.wallet.Signer.GetPublicKey()))
	}
}

// addNode starts a node that belongs to no chain yet. more are arguments of its
// server.
func (n *network) addNode(more ...string) *Node {
	n.t.Helper()

	i := len(n.nodes)

	onet, err := minoch.NewMinoch(n.manager, fmt.Sprintf("node%d", i))
	require.NoError(n.t, err)

	return n.addNodeOn(onet, more...)
}

func (n *network) addNodeOn(onet mino.Mino, more ...string) *Node {
	n.t.Helper()

	dir := n.t.TempDir()

	// One node in two is reached over a unix socket.
	address := ""
	if len(n.nodes)%2 == 1 {
		address = "unix:" + filepath.Join(dir, "delavm.sock")
	}

	process, err := NewProcess(filepath.Join(build(n.t), "delavm-server"), address, dir, more...)
	require.NoError(n.t, err)
	require.NoError(n.t, process.Start())

	n.t.Cleanup(process.Kill)

	node, err := NewNode(onet, dir, process.Address(), n.options)
	require.NoError(n.t, err)
	n.t.Cleanup(func() { _ = node.Close() })

	n.nodes, n.servers = append(n.nodes, node), append(n.servers, process)

	if n.wallet != nil {
		require.NoError(n.t, node.Admit(n.wallet.Signer.GetPublicKey()))
	}

	return node
}

// join starts a node and makes it a member of the chain.
func (n *network) join() *Node {
	n.t.Helper()

	late := n.addNode()

	roster, err := Roster(n.nodes...).Serialize(json.NewContext())
	require.NoError(n.t, err)

	// Members of the roster may change it.
	member := NewWallet(n.nodes[0], n.nodes[0].cosi.GetSigner())
	require.NoError(n.t, member.Send(n.ctx,
		txn.Arg{Key: native.ContractArg, Value: []byte(viewchange.ContractName)},
		txn.Arg{Key: viewchange.AuthorityArg, Value: roster}))

	return late
}

// send sends a transaction that must be accepted.
func (n *network) send(args ...txn.Arg) {
	n.t.Helper()
	require.NoError(n.t, n.wallet.Send(n.ctx, args...))
}

// refuse sends a transaction that must be rejected with these words in its
// reason.
func (n *network) refuse(words string, args ...txn.Arg) {
	n.t.Helper()

	err := n.wallet.Send(n.ctx, args...)
	require.ErrorIs(n.t, err, ErrRejected)
	require.ErrorContains(n.t, err, words)
}

// grant lets an identity use a command of a contract.
func (n *network) grant(id, contract, command string, identity crypto.PublicKey) {
	n.t.Helper()

	args, err := Grant(id, contract, command, identity)
	require.NoError(n.t, err)
	n.send(args...)
}

// deploy deploys a bundled contract, by transactions.
func (n *network) deploy(names ...string) {
	n.t.Helper()

	n.grant(wasm.DeployUID, wasm.DeployName, wasm.CmdDeploy, n.wallet.Signer.GetPublicKey())

	for _, name := range names {
		n.send(n.deployArgs(name, contract(n.t, name))...)
	}
}

// call makes the arguments of a call, from keys and values.
func call(t testing.TB, name string, pairs ...string) []txn.Arg {
	t.Helper()

	args := make([]txn.Arg, 0, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		args = append(args, txn.Arg{Key: pairs[i], Value: []byte(pairs[i+1])})
	}

	out, err := wasm.Call(name, args...)
	require.NoError(t, err)

	return out
}

// stored reads a contract's key from the state of the first node.
func (n *network) stored(name, key string) string {
	n.t.Helper()

	value, err := n.nodes[0].Stored(name, []byte(key))
	require.NoError(n.t, err)

	return string(value)
}

// agree waits until these nodes have as many blocks as the first, and checks
// that all have the same root and the same receipts.
func (n *network) agree(nodes ...*Node) types.Digest {
	n.t.Helper()

	root, count, err := nodes[0].Root()
	require.NoError(n.t, err)

	for _, node := range nodes[1:] {
		eventually(n.t, n.ctx, func() bool {
			_, mine, err := node.Root()
			return err == nil && mine >= count
		}, "node %v has not all %d blocks", node.Mino.GetAddress(), count)

		link, err := node.Blocks.GetByIndex(count - 1)
		require.NoError(n.t, err)
		require.Equal(n.t, root, link.GetBlock().GetTreeRoot())

		// A block counts a moment before its tree is there.
		eventually(n.t, n.ctx, func() bool { return n.receipts(nodes[0]) == n.receipts(node) },
			"node %v has other receipts", node.Mino.GetAddress())
	}

	return root
}

// receipts reads the root over all receipts.
func (n *network) receipts(node *Node) (receipts wasm.Receipts) {
	n.t.Helper()
	require.NoError(n.t, steadily(func() (err error) {
		receipts, err = wasm.GetReceipts(node.Ordering.GetStore())

		return err
	}))

	return receipts
}

func eventually(t testing.TB, ctx context.Context, what func() bool, format string, args ...any) {
	t.Helper()

	for !what() {
		select {
		case <-ctx.Done():
			require.FailNow(t, fmt.Sprintf(format, args...))
		case <-time.After(25 * time.Millisecond):
		}
	}
}

// deployArgs deploys a module in one transaction.
func (n *network) deployArgs(name string, code []byte) []txn.Arg {
	n.t.Helper()

	settings, err := n.nodes[0].Wasm.Settings(n.ctx)
	require.NoError(n.t, err)

	transactions := wasm.DeployTransactions(name, code, delavm.Hash{}, settings, wasm.MaxChunk)
	require.Len(n.t, transactions, 1)

	return transactions[0]
}

// deployChunks deploys a module in chunks of some bytes.
func (n *network) deployChunks(name string, code []byte, chunk int) {
	n.t.Helper()

	module, err := n.nodes[0].Env.AddModule(n.ctx, code)
	require.NoError(n.t, err)

	transactions := wasm.DeployTransactions(name, code, module, nil, chunk)
	require.Greater(n.t, len(transactions), 2)

	for _, args := range transactions {
		n.send(args...)
	}
}
