package chain

import (
	"crypto/rand"
	"testing"

	"delavm/server/dela/wasm"
	"github.com/stretchr/testify/require"
	"go.dedis.ch/dela/core/execution/native"
	"go.dedis.ch/dela/core/txn"
	"go.dedis.ch/dela/crypto/bls"
)

// Dela's own integration test (test/integration_test.go: grant, write, proof),
// with the wasm contract in the place of the native one: plain arguments as
// there, another contract's name, and a proof of its key.
func testValue(t *testing.T, n *network) {
	const name = "c/value"

	n.deploy(name)

	write := func(key []byte) []txn.Arg {
		return []txn.Arg{
			{Key: native.ContractArg, Value: []byte(name)},
			{Key: "value:key", Value: key},
			{Key: "value:value", Value: []byte("value1")},
			{Key: "value:command", Value: []byte("WRITE")},
		}
	}

	// Its owner may do all; somebody else must be granted it first.
	owner := n.wallet
	n.wallet = NewWallet(n.nodes[0], bls.NewSigner())
	n.refuse("identity not authorized", write([]byte("k"))...)

	somebody := n.wallet
	n.wallet = owner
	n.grant(name, name, "all", somebody.Signer.GetPublicKey())
	n.wallet = somebody

	for range 3 {
		key := make([]byte, 32)
		_, err := rand.Read(key)
		require.NoError(t, err)

		n.send(write(key)...)

		proof, err := n.nodes[0].Ordering.GetProof(wasm.StorageKey(name, key))
		require.NoError(t, err)
		require.Equal(t, []byte("value1"), proof.GetValue())
	}

	n.agree(n.nodes...)
	require.Empty(t, n.halts)
}

func TestChain_Value(t *testing.T) {
	t.Parallel()

	testValue(t, newNetwork(t, 4, 4, quick()))
}

// The same on a network of sockets and certificates.
func TestChain_ValueGRPC(t *testing.T) {
	t.Parallel()

	n := newNetwork(t, 0, 0, quick())

	for range 4 {
		onet, err := NewGRPC()
		require.NoError(t, err)
		t.Cleanup(func() { _ = onet.GracefulStop() })
		n.addNodeOn(onet)
	}

	require.NoError(t, Acquaint(n.nodes...))
	n.begin(4)
	testValue(t, n)
}
