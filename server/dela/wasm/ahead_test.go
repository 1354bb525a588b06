package wasm

import (
	"fmt"
	"strconv"
	"testing"

	"delavm/server/dela/delavm"
	"github.com/stretchr/testify/require"
	"go.dedis.ch/dela/core/txn"
)

// counting is a contract that adds to a number.
func counting(tx *delavm.Transaction) *delavm.Outcome {
	outcome := reads(tx, "number")
	if outcome.Status != delavm.Accepted {
		return outcome
	}

	number, _ := strconv.Atoi(string(outcome.Reads[0].Value))
	outcome.Writes = []delavm.Entry{{Key: []byte("number"), Value: []byte(strconv.Itoa(number + 1))}}
	outcome.Receipt = delavm.Hash{1, byte(number)}

	return outcome
}

// block makes transactions.
func block(t *testing.T, count int) []txn.Transaction {
	t.Helper()

	var txs []txn.Transaction
	for i := range count {
		txs = append(txs, callTx("c/x", "i", fmt.Sprint(i)))
	}

	return txs
}

// A block in one round trip, or one for each batch, whose transactions see what
// earlier ones wrote; executed again it needs none. The state is that of one by
// one.
func TestAhead_Block(t *testing.T) {
	const count = 100

	txs := block(t, count)
	var states []memory

	for _, c := range []struct {
		options Options
		trips   uint64
	}{
		{Options{OneByOne: true}, 2 * count},
		{Options{Batch: count}, 1},
		{Options{}, 1},
		{Options{Batch: 32}, 4},
		{Options{Batch: 7}, 15},
	} {
		b := newBench(t, c.options)
		b.env.module.Manifest = &delavm.Manifest{Reads: []string{"number"}}
		b.env.run = counting
		b.must(t)(b.do(deployTx("c/x", "code")))

		validation := NewValidation(executing{b.Service}, b.Service)
		fork := b.state.clone()
		before := b.Service.environments[0].Traffic().RoundTrips

		for _, state := range []memory{fork, b.state} {
			_, err := validation.Validate(state, txs)
			require.NoError(t, err)
		}

		require.Equal(t, fork, b.state)

		trips := b.Service.environments[0].Traffic().RoundTrips - before
		require.Equal(t, c.trips, trips)

		value, err := GetStored(b.state, "c/x", []byte("number"))
		require.NoError(t, err)
		require.Equal(t, fmt.Sprint(count), string(value))

		states = append(states, b.state)
	}

	for _, state := range states {
		require.Equal(t, states[0], state)
	}
}

// What was supposed wrongly is found out: a transaction of the batch that Dela
// does not execute, keys that nobody knew of, a batch that is refused.
func TestAhead_Wrong(t *testing.T) {
	for name, change := range map[string]func(*bench){
		"a transaction is left out": func(*bench) {},
		"a footprint is not known":  func(b *bench) { b.env.module.Manifest = nil },
		"the batch is refused": func(b *bench) {
			b.env.noBatch = true
		},
	} {
		b := newBench(t, Options{})
		b.env.module.Manifest = &delavm.Manifest{Reads: []string{"number"}}
		b.env.run = counting
		change(b)
		b.must(t)(b.do(deployTx("c/x", "code")))

		txs := block(t, 10)
		inner := leavingOut{executing{b.Service}, txs[3]}
		_, err := NewValidation(inner, b.Service).Validate(b.state, txs)
		require.NoError(t, err, name)

		value, err := GetStored(b.state, "c/x", []byte("number"))
		require.NoError(t, err)
		require.Equal(t, "9", string(value), name)

		receipts, err := GetReceipts(b.state)
		require.NoError(t, err)
		require.Equal(t, uint64(9), receipts.Count, name)
	}
}

// Two transactions of one identifier, whose arguments Dela does not tell apart,
// are two.
func TestAhead_SameID(t *testing.T) {
	b := deployed(t, Options{})
	b.env.run = func(tx *delavm.Transaction) *delavm.Outcome {
		return accept(delavm.Entry{Key: []byte(arg(tx, "k")), Value: []byte("1")})
	}

	one, two := callTx("c/x", "k", "one"), callTx("c/x", "k", "two")
	two.id = one.id
	b.must(t)(b.do(one))
	b.must(t)(b.do(two))

	value, err := GetStored(b.state, "c/x", []byte("two"))
	require.NoError(t, err)
	require.Equal(t, "1", string(value))
}

func TestMemos_Bounded(t *testing.T) {
	var m memos

	for i := range 3 * maxMemos {
		m.put([32]byte{byte(i), byte(i >> 8), byte(i >> 16)}, &delavm.Outcome{Result: make([]byte, 1<<10)})
	}

	require.LessOrEqual(t, len(m.outcomes), maxMemos)

	for i := range 100 {
		m.put([32]byte{31: byte(i)}, &delavm.Outcome{Result: make([]byte, 1<<20)})
	}

	require.LessOrEqual(t, m.bytes, maxMemoBytes)
}
