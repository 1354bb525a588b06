package wasm

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"delavm/server/dela/delavm"
	"github.com/stretchr/testify/require"
	"go.dedis.ch/dela/core/access"
	"go.dedis.ch/dela/core/execution"
	"go.dedis.ch/dela/core/store"
	"go.dedis.ch/dela/core/store/prefixed"
	"go.dedis.ch/dela/core/txn"
	"go.dedis.ch/dela/core/validation"
	"go.dedis.ch/dela/testing/fake"
)

// What Dela's own test of native execution checks, through the service.
func TestService_Native(t *testing.T) {
	t.Parallel()

	b := newBench(t, Options{})

	result, err := b.do(callTx("abc"))
	require.NoError(t, err)
	require.Equal(t, execution.Result{Accepted: true}, result)

	result, err = b.do(callTx("bad"))
	require.NoError(t, err)
	require.Equal(t, execution.Result{Message: fake.GetError().Error()}, result)

	for _, name := range []string{"none", "go.dedis.ch/dela.Value", "C/x", "c/", "/x", "c/x/y", "c/.x", "c/x.", ""} {
		_, err = b.do(callTx(name))
		require.EqualError(t, err, "unknown contract '"+name+"'")
	}

	require.PanicsWithError(t, "contract '"+DeployName+"' already registered", func() {
		NewService(b.native, grants{}, b.Service.environments[0].Environment, Options{})
	})
}

func TestService_Accepted(t *testing.T) {
	t.Parallel()

	b := deployed(t, Options{})
	b.env.run = func(tx *delavm.Transaction) *delavm.Outcome {
		return accept(
			delavm.Entry{Key: []byte("a"), Value: []byte("1")},
			delavm.Entry{Key: []byte("b"), Value: []byte{}},
			delavm.Entry{Key: []byte("c"), Value: []byte{0, 1}},
			delavm.Entry{Key: []byte("d")},
		)
	}

	require.NoError(t, storageOf("c/x", b.state).Set([]byte("d"), []byte("old")))
	tx := callTx("c/x", "key", "value")
	b.must(t)(b.do(tx))

	for key, want := range map[string][]byte{"a": []byte("1"), "b": {}, "c": {0, 1}, "d": nil} {
		value, err := GetStored(b.state, "c/x", []byte(key))
		require.NoError(t, err)
		require.Equal(t, want, value, key)
	}

	value, err := b.state.Get(StorageKey("c/x", []byte("a")))
	require.NoError(t, err)
	require.Equal(t, "1", string(value))

	asked := b.env.asked[0]
	require.Equal(t, testModule, asked.Module)
	require.Equal(t, []delavm.Argument{{Key: "key", Value: []byte("value")}}, asked.Arguments)
	require.Equal(t, delavm.Context{Caller: []byte("alice"), Transaction: []byte(tx.id), Nonce: 5}, asked.Context)
	require.Equal(t, uint64(DefaultFuel), asked.Fuel)

	receipts, err := GetReceipts(b.state)
	require.NoError(t, err)
	require.Equal(t, uint64(1), receipts.Count)
}

func TestService_NotAccepted(t *testing.T) {
	t.Parallel()

	b := deployed(t, Options{})

	var outcome *delavm.Outcome

	b.env.run = func(*delavm.Transaction) *delavm.Outcome { return outcome }

	outcome = &delavm.Outcome{Status: delavm.Rejected, Message: []byte("no money")}
	b.rejects(t, "no money", callTx("c/x"))

	outcome = &delavm.Outcome{Status: delavm.Trapped, Trap: &delavm.Trap{Code: "x", Words: "unreachable"}}
	b.rejects(t, "trapped: unreachable", callTx("c/x"))

	outcome = &delavm.Outcome{Status: delavm.OutOfFuel, Trap: &delavm.Trap{Code: "x", Words: "all fuel consumed"}}
	b.rejects(t, "out_of_fuel", callTx("c/x"))

	outcome = nil // refused with over_limit
	b.rejects(t, "over_limit", callTx("c/x"))

	receipts, err := GetReceipts(b.state)
	require.NoError(t, err)
	require.Equal(t, uint64(4), receipts.Count, "each is receipted")
}

// What is the transaction's fault is rejected without asking anybody.
func TestService_BadTransactions(t *testing.T) {
	t.Parallel()

	b := deployed(t, Options{})
	asked := len(b.env.paths)

	b.rejects(t, "unknown contract 'c/y'", callTx("c/y"))
	b.rejects(t, "must be a decimal", callTx("c/x", FuelArg, "1e6"))
	b.rejects(t, "must be a decimal", callTx("c/x", FuelArg, "0"))
	b.rejects(t, "not text", callTx("c/x", "\xff", ""))
	b.rejects(t, "not text", callTx("c/x", "a\x00b", ""))
	b.rejects(t, "not text", callTx("c/x", "", ""))
	b.rejects(t, "identity", callTx("c/x").signedBy("unwritable"))
	b.rejects(t, "must be the only argument", callTx("c/x", ArgumentsArg, "\x01\x00\x00\x00\x00", "more", ""))
	b.rejects(t, "canonical", callTx("c/x", ArgumentsArg, "?"))

	many := callTx("c/x")
	for i := range MaxArguments + 1 {
		many.args[string(rune('a'+i))] = ""
	}

	b.rejects(t, "257 arguments", many)
	require.Len(t, b.env.paths, asked)
}

func TestService_Fuel(t *testing.T) {
	t.Parallel()

	b := deployed(t, Options{})
	b.must(t)(b.do(callTx("c/x", FuelArg, "123")))
	b.must(t)(b.do(callTx("c/x", FuelArg, "999999999999")))
	require.Equal(t, uint64(123), b.env.asked[0].Fuel)
	require.Equal(t, uint64(MaxFuel), b.env.asked[1].Fuel)
}

func TestService_Access(t *testing.T) {
	t.Parallel()

	b := newBench(t, Options{})
	command := "{command}"
	b.env.module.Manifest = &delavm.Manifest{Access: &command}
	b.must(t)(b.do(deployTx("c/x", "code")))

	b.must(t)(b.do(callTx("c/x", "command", "PAY"))) // the owner may do all
	b.rejects(t, "not authorized", callTx("c/x", "command", "PAY").signedBy("bob"))
	require.NoError(t, b.access.Grant(b.state, NewCreds("c/x", "PAY"), identity("bob")))
	b.must(t)(b.do(callTx("c/x", "command", "PAY").signedBy("bob")))
	b.rejects(t, "not authorized", callTx("c/x", "command", "TAKE").signedBy("bob"))
	b.rejects(t, "not authorized", callTx("c/x").signedBy("bob"))
}

// The keys of the manifest are brought at once; others are brought when they are
// missed, and from then on at once, with the arguments of the new call.
func TestService_Footprint(t *testing.T) {
	t.Parallel()

	b := newBench(t, Options{})
	b.env.module.Manifest = &delavm.Manifest{Reads: []string{"fixed", "balance:{from}", "{none}", "{long}"}}
	b.must(t)(b.do(deployTx("c/x", "code")))
	require.NoError(t, storageOf("c/x", b.state).Set([]byte("fixed"), []byte("F")))

	b.env.run = func(tx *delavm.Transaction) *delavm.Outcome { return reads(tx, "fixed", "balance:"+arg(tx, "from")) }
	b.must(t)(b.do(callTx("c/x", "from", "alice", "long", strings.Repeat("x", 33))))
	require.Len(t, b.env.asked, 1)
	require.ElementsMatch(t, []delavm.Entry{
		{Key: []byte("fixed"), Value: []byte("F")}, {Key: []byte("balance:alice")},
	}, b.env.asked[0].Storage)

	b.env.run = func(tx *delavm.Transaction) *delavm.Outcome { return reads(tx, "to:"+arg(tx, "to")+"!") }
	b.env.asked = nil
	b.must(t)(b.do(callTx("c/x", "to", "bob")))
	require.Len(t, b.env.asked, 2, "need_keys, once")
	b.must(t)(b.do(callTx("c/x", "to", "carol")))
	require.Len(t, b.env.asked, 3, "and never again")
	require.Contains(t, b.env.asked[2].Storage, delavm.Entry{Key: []byte("to:carol!")})
}

// reads is the outcome of a contract that reads these keys, one after the other.
func reads(tx *delavm.Transaction, keys ...string) *delavm.Outcome {
	outcome := accept()

	for _, key := range keys {
		found := false

		for _, entry := range tx.Storage {
			if string(entry.Key) == key {
				outcome.Reads = append(outcome.Reads, entry)
				found = true
			}
		}

		if !found {
			outcome.Status = delavm.NeedKeys
			outcome.Needed = [][]byte{[]byte(key)}
			outcome.NeededRead = []byte(key)

			return outcome
		}
	}

	return outcome
}

func arg(tx *delavm.Transaction, key string) string {
	value, _ := find(tx.Arguments, key)

	return string(value)
}

// A call may read just so much, and whether it does never depends on what else
// was brought: here, on keys that the manifest or an earlier call made this node
// bring.
func TestService_Bounds(t *testing.T) {
	t.Parallel()

	value := strings.Repeat("v", 600)

	for _, surplus := range []int{0, 30, 64} {
		b := newBench(t, Options{})
		b.maxReadBytes = 69 * 602
		manifest := &delavm.Manifest{}

		for i := range surplus {
			manifest.Reads = append(manifest.Reads, "surplus"+strconv.Itoa(i))
		}

		b.env.module.Manifest = manifest
		b.must(t)(b.do(deployTx("c/x", "code")))

		storage := storageOf("c/x", b.state)
		for i := range 80 {
			require.NoError(t, storage.Set([]byte("surplus"+strconv.Itoa(i)), []byte(value)))
			require.NoError(t, storage.Set([]byte("k"+string([]byte{byte(i)})), []byte(value)))
		}

		count := 0
		b.env.run = func(tx *delavm.Transaction) *delavm.Outcome {
			var keys []string
			for i := range count {
				keys = append(keys, "k"+string([]byte{byte(i)}))
			}

			outcome := reads(tx, keys...)
			if outcome.Status == delavm.NeedKeys { // others were announced
				outcome.Needed = append(outcome.Needed, []byte("surplus1"), []byte("surplus70"))
			}

			return outcome
		}

		// Each key has 2 bytes and a value of 600.
		count = 69
		b.must(t)(b.do(callTx("c/x")))

		count = 70
		b.rejects(t, "reads more than", callTx("c/x"))
	}
}

// The environment lost its disk: the code goes up from the chain.
func TestService_Upload(t *testing.T) {
	t.Parallel()

	b := deployed(t, Options{})
	b.env.modules = map[delavm.Hash]bool{}
	b.must(t)(b.do(callTx("c/x")))
	require.True(t, b.env.modules[testModule])

	// And if it can't be had, that is no rejection.
	b.env.modules = map[delavm.Hash]bool{}
	code := prefixed.NewSnapshot(codeSpace, b.state)
	require.NoError(t, code.Set(chunkKey(testModule, 0), []byte("bad!")))
	require.Error(t, b.validate(callTx("c/x")))
	require.NotEmpty(t, b.halts)

	b = deployed(t, Options{Patience: 300 * time.Millisecond})
	b.env.modules = map[delavm.Hash]bool{}
	require.NoError(t, prefixed.NewSnapshot(codeSpace, b.state).Delete(testModule[:]))
	require.ErrorIs(t, b.validate(callTx("c/x")), errStore)
}

// validate executes a transaction inside of a Validation.
func (b *bench) validate(tx fakeTx) error {
	b.options.Patience = min(b.options.Patience, 300*time.Millisecond)

	_, err := NewValidation(executing{b.Service}, b.Service).Validate(b.state, []txn.Transaction{tx})

	return err
}

// executing is a validation service that does nothing but execute, and takes an
// error for a rejection as Dela's does.
type executing struct{ execution.Service }

func (e executing) Validate(snap store.Snapshot, txs []txn.Transaction) (validation.Result, error) {
	for _, tx := range txs {
		_, _ = e.Execute(snap, execution.Step{Current: tx})
	}

	return nil, nil
}

func (executing) GetFactory() validation.ResultFactory                            { return nil }
func (executing) GetNonce(store.Readable, access.Identity) (uint64, error)        { return 0, nil }
func (executing) Accept(store.Readable, txn.Transaction, validation.Leeway) error { return nil }

// Trouble of every kind fails the validation, changes nothing, and is no
// rejection.
func TestService_Trouble(t *testing.T) {
	t.Parallel()

	for name, broken := range map[string]http.HandlerFunc{
		"away":      func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"a gateway": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) },
		"queue full": func(w http.ResponseWriter, _ *http.Request) {
			new(fakeEnvironment).refuse(w, 503, "queue_full")
		},
		"a wrong request": func(w http.ResponseWriter, _ *http.Request) {
			new(fakeEnvironment).refuse(w, 400, "unknown_field")
		},
		"nonsense": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"status":"accepted"}`)) },
	} {
		b := deployed(t, Options{})
		before := b.state.clone()
		b.env.breakWith(broken)
		require.Error(t, b.validate(callTx("c/x")), name)
		require.Error(t, b.validate(deployTx("c/y", "code")), name)
		require.Equal(t, before, b.state, name)

		b.env.breakWith(nil)
		require.NoError(t, b.validate(callTx("c/x")), name)
		require.NotEqual(t, before, b.state, name)
	}
}

// Without a Validation around it, Execute comes back only with the truth.
func TestService_Waits(t *testing.T) {
	t.Parallel()

	b := deployed(t, Options{})
	b.env.breakWith(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })

	done := make(chan execution.Result)

	go func() {
		result, _ := b.do(callTx("c/x"))
		done <- result
	}()

	for b.Service.environments[0].Retries() < 3 {
		time.Sleep(time.Millisecond)
	}

	select {
	case <-done:
		require.Fail(t, "it came back")
	default:
	}

	b.env.breakWith(nil)
	require.True(t, (<-done).Accepted)

	// Closing ends the waiting, with an error.
	b.env.breakWith(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })

	ended := make(chan error)

	go func() {
		_, err := b.do(callTx("c/x"))
		ended <- err
	}()

	b.Close()
	require.ErrorIs(t, <-ended, context.Canceled)
}

// Answers that are well-formed but not to the question.
func TestService_OtherAnswers(t *testing.T) {
	t.Parallel()

	b := deployed(t, Options{})
	b.env.run = func(tx *delavm.Transaction) *delavm.Outcome {
		outcome := accept()
		outcome.Fuel = delavm.Fuel{Limit: tx.Fuel + 1}

		return outcome
	}
	require.ErrorContains(t, b.validate(callTx("c/x")), "another question")

	b.env.run = func(*delavm.Transaction) *delavm.Outcome {
		return &delavm.Outcome{Status: delavm.NeedKeys, Needed: [][]byte{[]byte("k")}, NeededRead: []byte("k")}
	}
	require.ErrorContains(t, b.validate(callTx("c/x")), "keys that it was brought")
	require.Empty(t, b.halts)
}

// The environment is replaced by one with other settings, with and without a
// failed attempt that would make the service ask again.
func TestService_OtherSettings(t *testing.T) {
	t.Parallel()

	for _, change := range []func(*delavm.Info){
		func(info *delavm.Info) { info.Schedule = delavm.Hash{9} },
		func(info *delavm.Info) { info.Limits = delavm.Hash{9} },
		func(info *delavm.Info) { info.Engine = 9 },
	} {
		b := deployed(t, Options{})
		before := b.state.clone()
		change(&b.env.info)
		require.ErrorContains(t, b.validate(callTx("c/x")), "not the one the chain demands")
		require.NotEmpty(t, b.halts)
		require.Equal(t, before, b.state)
	}

	for _, change := range []func(*delavm.Info){
		func(info *delavm.Info) { info.Policy = "lazy" },
		func(info *delavm.Info) { info.Features[1].On = true },
	} {
		b := deployed(t, Options{})
		change(&b.env.info)
		b.Service.environments[0].forget() // as after a restart of the node
		require.ErrorContains(t, b.validate(callTx("c/x")), "not the one the chain demands")
		require.NotEmpty(t, b.halts)
	}
}

func TestService_Previous(t *testing.T) {
	t.Parallel()

	b := newBench(t, Options{})
	b.env.module.Imports = []string{"log", "previous_count"}
	b.must(t)(b.do(deployTx("c/x", "code")))

	earlier := callTx("c/x", "k", "v")
	earlier.id = "earlier"
	odd := callTx("abc", "\xff", "")
	step := execution.Step{Current: callTx("c/x"), Previous: []txn.Transaction{earlier, odd}}

	b.must(t)(b.Execute(b.state, step))
	require.Equal(t, []delavm.Previous{
		{ID: []byte("earlier"), Arguments: []delavm.Argument{{Key: "k", Value: []byte("v")}}},
		{ID: []byte(odd.id)},
	}, b.env.asked[0].Context.Previous)

	for i := range 200 {
		earlier.args[string(rune('a'+i))] = ""
	}

	for range 100 {
		step.Previous = append(step.Previous, earlier)
	}

	result, err := b.Execute(b.state, step)
	require.NoError(t, err)
	require.Contains(t, result.Message, "earlier transactions")

	// A contract that does not look is not told.
	b.env.module.Imports = nil
	b.must(t)(b.do(deployTx("c/x", "code")))
	b.must(t)(b.Execute(b.state, step))
	require.Empty(t, b.env.asked[1].Context.Previous)
}

func TestService_Query(t *testing.T) {
	t.Parallel()

	b := deployed(t, Options{})
	b.env.run = func(tx *delavm.Transaction) *delavm.Outcome {
		return accept(delavm.Entry{Key: []byte("a"), Value: []byte("1")})
	}
	before := b.state.clone()
	ctx := context.Background()

	outcome, err := b.Query(ctx, b.state, "c/x", txn.Arg{Key: "b"}, txn.Arg{Key: "a"})
	require.NoError(t, err)
	require.Len(t, outcome.Writes, 1)
	require.Equal(t, before, b.state)

	_, err = b.Query(ctx, b.state, "c/y")
	require.EqualError(t, err, "unknown contract 'c/y'")
	_, err = b.Query(ctx, b.state, "c/x", txn.Arg{Key: "a"}, txn.Arg{Key: "a"})
	require.ErrorContains(t, err, "twice")
	_, err = b.Query(ctx, b.state, "c/x", txn.Arg{Key: FuelArg, Value: []byte("-")})
	require.ErrorContains(t, err, "decimal")
}

// A store that fails halts the node, and is not tried again on half-written
// state.
func TestService_StoreTrouble(t *testing.T) {
	t.Parallel()

	b := deployed(t, Options{})
	b.options.Patience = 100 * time.Millisecond

	b.env.run = func(*delavm.Transaction) *delavm.Outcome {
		return accept(delavm.Entry{Key: []byte("a"), Value: []byte("1")})
	}

	for _, broken := range []brokenStore{{memory: b.state, get: true}, {memory: b.state, set: true}} {
		asked := len(b.env.asked)
		_, err := NewValidation(executing{b.Service}, b.Service).Validate(broken, []txn.Transaction{callTx("c/x")})
		require.ErrorIs(t, err, errStore)
		require.LessOrEqual(t, len(b.env.asked), asked+1)
		require.Equal(t, broken.set, len(b.halts) > 0, "reading is tried again, writing is not")
	}

	require.NoError(t, prefixed.NewSnapshot(chainSpace, b.state).Set(receiptsKey, []byte("damaged")))
	require.ErrorIs(t, b.validate(callTx("c/x")), errStore)
}

type brokenStore struct {
	memory
	get, set bool
}

func (b brokenStore) Get(key []byte) ([]byte, error) {
	if b.get {
		return nil, fake.GetError()
	}

	return b.memory.Get(key)
}

func (b brokenStore) Set(key, value []byte) error {
	if b.set {
		return fake.GetError()
	}

	return b.memory.Set(key, value)
}

func TestArguments_Encoding(t *testing.T) {
	t.Parallel()

	args := []txn.Arg{{Key: "b", Value: []byte("2")}, {Key: "a"}, {Key: "ab", Value: []byte{}}}

	encoded, err := EncodeArguments(args)
	require.NoError(t, err)

	decoded, err := decodeArguments(encoded)
	require.NoError(t, err)
	require.Equal(t, []delavm.Argument{{Key: "a", Value: []byte{}}, {Key: "ab", Value: []byte{}}, {Key: "b", Value: []byte("2")}}, decoded)

	// No part of it, and nothing longer, is an encoding of anything.
	for size := range encoded {
		_, err = decodeArguments(encoded[:size])
		require.Error(t, err)
	}

	_, err = decodeArguments(append(encoded, 0))
	require.Error(t, err)

	for _, broken := range [][]byte{
		{2, 0, 0, 0, 0},
		{1, 255, 255, 255, 255},
		binary.BigEndian.AppendUint32([]byte{1}, MaxArguments+1),
		[]byte("\x01\x00\x00\x00\x02\x00\x00\x00\x01b\x00\x00\x00\x00\x00\x00\x00\x01a\x00\x00\x00\x00"),
		[]byte("\x01\x00\x00\x00\x02\x00\x00\x00\x01a\x00\x00\x00\x00\x00\x00\x00\x01a\x00\x00\x00\x00"),
	} {
		_, err = decodeArguments(broken)
		require.Error(t, err, "%x", broken)
	}

	_, err = Call("c/x", txn.Arg{Key: "a"}, txn.Arg{Key: "a"})
	require.ErrorContains(t, err, "twice")
}

func FuzzArguments(f *testing.F) {
	f.Add([]byte("\x01\x00\x00\x00\x01\x00\x00\x00\x01a\x00\x00\x00\x01b"))
	f.Fuzz(func(t *testing.T, data []byte) {
		decoded, err := decodeArguments(data)
		if err != nil {
			return
		}

		var args []txn.Arg
		for _, arg := range decoded {
			args = append(args, txn.Arg{Key: arg.Key, Value: arg.Value})
		}

		again, err := EncodeArguments(args)
		require.NoError(t, err)
		require.Equal(t, data, again, "there is one encoding")
	})
}

func TestTemplate(t *testing.T) {
	t.Parallel()

	args := []delavm.Argument{{Key: "from", Value: []byte("alice")}, {Key: "x y", Value: []byte{}}}

	for text, want := range map[string]string{
		"counter":                "counter",
		"balance:{from}":         "balance:alice",
		"{from}{x y}{from}!":     "alicealice!",
		"{#007b}{@caller}{#7d}a": "\x00{me}a",
	} {
		parsed, err := parseTemplate(text)
		require.NoError(t, err, text)
		key, whole := parsed.expand(args, []byte("me"))
		require.True(t, whole, text)
		require.Equal(t, want, string(key))
	}

	for _, text := range []string{"", "{", "{}", "a{b", "{#0}", "{#zz}"} {
		_, err := parseTemplate(text)
		require.Error(t, err, text)
	}

	parsed, err := parseTemplate("{to}")
	require.NoError(t, err)
	_, whole := parsed.expand(args, nil)
	require.False(t, whole)
}

func TestFootprints_Bounded(t *testing.T) {
	t.Parallel()

	var f footprints

	for i := range 3 * maxRemembered {
		module := delavm.Hash{}
		binary.BigEndian.PutUint32(module[:], uint32(i))
		f.learn(module, [][]byte{[]byte("k")}, nil)
	}

	require.LessOrEqual(t, len(f.learned), maxRemembered)

	for i := range 3 * maxLearned {
		f.learn(delavm.Hash{255}, [][]byte{{byte(i), 1}}, nil)
	}

	require.LessOrEqual(t, len(f.of(delavm.Hash{255})), maxLearned)
}

func TestPackValue(t *testing.T) {
	t.Parallel()

	for _, value := range [][]byte{{}, {0}, {0, 0}, {0, 1}, {1}, {1, 0}, []byte("text")} {
		packed := packValue(value)
		require.NotEmpty(t, packed)
		require.Equal(t, value, unpackValue(packed))
	}

	require.Nil(t, unpackValue(nil))
	require.Equal(t, "text", string(packValue([]byte("text"))))
}

// listed is an identity that can't be a key of a map.
type listed struct {
	identity
	_ []byte
}

func TestCallers(t *testing.T) {
	t.Parallel()

	var c callers

	for i := range 2 * maxCallers {
		text, err := c.text(identity(fmt.Sprint(i)))
		require.NoError(t, err)
		require.Equal(t, fmt.Sprint(i), string(text))
	}

	require.LessOrEqual(t, len(c.known), maxCallers)

	text, err := c.text(listed{identity: "alice"})
	require.NoError(t, err)
	require.Equal(t, "alice", string(text))

	_, err = c.text(identity("unwritable"))
	require.Error(t, err)
}
