package wasm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"delavm/server/dela/delavm"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.dedis.ch/dela/core/access"
	"go.dedis.ch/dela/core/execution"
	"go.dedis.ch/dela/core/execution/native"
	"go.dedis.ch/dela/core/store"
	"go.dedis.ch/dela/core/txn"
	"go.dedis.ch/dela/core/validation"
	"go.dedis.ch/dela/serde"
	"go.dedis.ch/dela/testing/fake"
)

// fakeEnvironment is a delavm-server whose contract is a Go function.
type fakeEnvironment struct {
	sync.Mutex
	info    delavm.Info
	modules map[delavm.Hash]bool
	// run is asked for each execution, with what was brought.
	run func(tx *delavm.Transaction) *delavm.Outcome
	// broken answers in place of the server while it is not nil.
	broken  http.HandlerFunc
	noBatch bool
	refuses bool // all modules, those that it has, too
	module  delavm.Module
	asked   []delavm.Transaction
	paths   []string
}

var testModule = delavm.Hash{1}

// accept is an outcome that accepts and writes.
func accept(writes ...delavm.Entry) *delavm.Outcome {
	return &delavm.Outcome{Status: delavm.Accepted, Writes: writes}
}

func (f *fakeEnvironment) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.Lock()
	defer f.Unlock()

	f.paths = append(f.paths, r.URL.Path)

	if f.broken != nil {
		f.broken(w, r)
		return
	}

	switch {
	case r.URL.Path == "/v1/info":
		f.say(w, 200, f.info)
	case r.URL.Path == "/v1/modules":
		body, _ := io.ReadAll(r.Body)
		if f.refuses || strings.HasPrefix(string(body), "bad") {
			f.refuse(w, 422, "module_refused")
			return
		}

		f.modules[testModule] = true
		f.say(w, 201, map[string]any{"module": testModule})
	case strings.HasPrefix(r.URL.Path, "/v1/modules/"):
		f.say(w, 200, f.module)
	case r.URL.Path == "/v1/execute":
		tx := new(delavm.Transaction)
		_ = json.NewDecoder(r.Body).Decode(tx)
		f.execute(w, tx)
	case r.URL.Path == "/v1/batch":
		f.batch(w, r)
	default:
		f.refuse(w, 404, "not_found")
	}
}

func (f *fakeEnvironment) execute(w http.ResponseWriter, tx *delavm.Transaction) {
	if !f.modules[tx.Module] {
		f.refuse(w, 404, "unknown_module")
		return
	}

	if f.refuses {
		f.refuse(w, 422, "module_refused")
		return
	}

	outcome := f.outcome(tx)
	if outcome == nil {
		f.refuse(w, 400, "over_limit")
		return
	}

	f.say(w, 200, outcome)
}

func (f *fakeEnvironment) outcome(tx *delavm.Transaction) *delavm.Outcome {
	f.asked = append(f.asked, *tx)

	outcome := f.run(tx)
	if outcome == nil {
		return nil
	}

	if outcome.Fuel.Limit == 0 {
		outcome.Fuel = delavm.Fuel{Limit: tx.Fuel, Used: 1}
	}

	outcome.Module, outcome.Schedule, outcome.Limits, outcome.Engine = tx.Module, f.info.Schedule, f.info.Limits, f.info.Engine

	if outcome.Receipt == (delavm.Hash{}) {
		outcome.Receipt = delavm.Hash{7}
	}

	return outcome
}

func (f *fakeEnvironment) batch(w http.ResponseWriter, r *http.Request) {
	batch := new(delavm.Batch)
	_ = json.NewDecoder(r.Body).Decode(batch)

	if f.noBatch {
		f.refuse(w, 400, "over_limit")
		return
	}

	storage := batch.Storage

	var outcomes []*delavm.Outcome

	for _, tx := range batch.Transactions {
		tx.Storage = storage
		outcome := f.outcome(&tx)
		outcomes = append(outcomes, outcome)

		for _, write := range outcome.Writes {
			storage = slices.DeleteFunc(slices.Clone(storage), func(entry delavm.Entry) bool {
				return bytes.Equal(entry.Key, write.Key)
			})
			storage = append(storage, write)
		}
	}

	f.say(w, 200, map[string]any{"transactions": outcomes})
}

func (f *fakeEnvironment) say(w http.ResponseWriter, status int, value any) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}

func (f *fakeEnvironment) refuse(w http.ResponseWriter, status int, code string) {
	f.say(w, status, map[string]any{"error": map[string]string{"code": code, "message": "words"}})
}

func (f *fakeEnvironment) breakWith(handle http.HandlerFunc) {
	f.Lock()
	f.broken = handle
	f.Unlock()
}

// newFake starts a fake environment.
func newFake(t *testing.T) (*fakeEnvironment, *delavm.Environment) {
	t.Helper()

	f := &fakeEnvironment{
		modules: map[delavm.Hash]bool{},
		info: delavm.Info{
			Engine: 1, Schedule: delavm.Hash{2}, Limits: delavm.Hash{3}, Policy: "strict",
			Features: []delavm.Feature{{Name: "mvp", On: true}, {Name: "float"}},
		},
		module: delavm.Module{Module: testModule, Entries: []string{"call"}},
		run:    func(*delavm.Transaction) *delavm.Outcome { return accept() },
	}

	server := httptest.NewServer(f)
	t.Cleanup(server.Close)

	return f, delavm.NewEnvironment(strings.TrimPrefix(server.URL, "http://"),
		delavm.Settings{FirstWait: time.Millisecond, LongestWait: 5 * time.Millisecond, Attempt: 10 * time.Second})
}

// bench is a service before a fake environment, and a state.
type bench struct {
	*Service
	env   *fakeEnvironment
	state memory
	halts []error
}

func newBench(t *testing.T, options Options) *bench {
	t.Helper()

	server, env := newFake(t)
	b := &bench{state: memory{}, env: server}

	quiet := zerolog.Nop()
	options.Logger = &quiet
	options.Halt = func(err error) { b.halts = append(b.halts, err) }

	if options.Patience == 0 {
		options.Patience = 20 * time.Second
	}

	exec := native.NewExecution()
	exec.Set("abc", fakeContract{uid: "abcd"})
	exec.Set("bad", fakeContract{uid: "badd", err: fake.GetError()})

	b.Service = NewService(exec, grants{}, env, options)
	t.Cleanup(b.Close)

	return b
}

// deployed makes a bench with a contract "c/x".
func deployed(t *testing.T, options Options) *bench {
	t.Helper()

	b := newBench(t, options)
	b.must(t)(b.do(deployTx("c/x", "code")))

	return b
}

// do executes a transaction as Dela does.
func (b *bench) do(tx fakeTx) (execution.Result, error) {
	return b.Execute(b.state, execution.Step{Current: tx})
}

// must takes what do returns: it must be accepted.
func (b *bench) must(t *testing.T) func(execution.Result, error) {
	t.Helper()

	return func(result execution.Result, err error) {
		t.Helper()
		require.NoError(t, err)
		require.True(t, result.Accepted, result.Message)
	}
}

// rejects executes a transaction that must be rejected, and must change nothing
// but `changes` keys.
func (b *bench) rejects(t *testing.T, words string, tx fakeTx) {
	t.Helper()

	before := b.state.clone()
	result, err := b.do(tx)
	require.NoError(t, err)
	require.False(t, result.Accepted)
	require.Contains(t, result.Message, words)

	for key, value := range b.state {
		if string(before[key]) != string(value) {
			require.Len(t, value, 40, "only the root of the receipts may change")
		}
	}
}

type fakeContract struct {
	uid string
	err error
}

func (c fakeContract) Execute(store.Snapshot, execution.Step) error { return c.err }
func (c fakeContract) UID() string                                  { return c.uid }

// memory is a snapshot. Like Dela's it does not tell an empty value from none.
type memory map[string][]byte

func (m memory) Get(key []byte) ([]byte, error) {
	if len(m[string(key)]) == 0 {
		return nil, nil
	}

	return append([]byte{}, m[string(key)]...), nil
}

func (m memory) Set(key, value []byte) error {
	if len(key) > 32 {
		return fake.GetError()
	}

	m[string(key)] = append([]byte{}, value...)

	return nil
}

func (m memory) Delete(key []byte) error {
	delete(m, string(key))

	return nil
}

func (m memory) clone() memory {
	out := memory{}
	for key, value := range m {
		out[key] = value
	}

	return out
}

// fakeTx is a transaction of an identity by its name.
type fakeTx struct {
	txn.Transaction
	args map[string]string
	by   string
	id   string
}

// ids makes each transaction another one: outcomes are remembered.
var ids atomic.Int64

func callTx(name string, pairs ...string) fakeTx {
	tx := fakeTx{args: map[string]string{native.ContractArg: name}, by: "alice", id: fmt.Sprint("id", ids.Add(1))}
	for i := 0; i < len(pairs); i += 2 {
		tx.args[pairs[i]] = pairs[i+1]
	}

	return tx
}

// deployTx deploys code under a name; its settings are those of the fake.
func deployTx(name, code string) fakeTx {
	return callTx(DeployName, CommandArg, CmdDeploy, NameArg, name, WasmArg, code, SettingsArg, fakeSettings)
}

const fakeSettings = `{"engine":1,"schedule":"0200000000000000000000000000000000000000000000000000000000000000",` +
	`"limits":"0300000000000000000000000000000000000000000000000000000000000000","policy":"strict","features":["mvp"]}`

func (tx fakeTx) GetID() []byte                { return []byte(tx.id) }
func (tx fakeTx) GetNonce() uint64             { return 5 }
func (tx fakeTx) GetIdentity() access.Identity { return identity(tx.by) }

func (tx fakeTx) GetArg(key string) []byte {
	value, found := tx.args[key]
	if !found {
		return nil
	}

	return []byte(value)
}

func (tx fakeTx) GetArgs() []string {
	var keys []string
	for key := range tx.args {
		keys = append(keys, key)
	}

	return keys
}

func (tx fakeTx) signedBy(name string) fakeTx {
	tx.by = name

	return tx
}

func (tx fakeTx) with(pairs ...string) fakeTx {
	args := map[string]string{}
	for key, value := range tx.args {
		args[key] = value
	}

	for i := 0; i < len(pairs); i += 2 {
		args[pairs[i]] = pairs[i+1]
	}

	tx.args = args

	return tx
}

func (tx fakeTx) without(key string) fakeTx {
	tx = tx.with()
	delete(tx.args, key)

	return tx
}

// identity is one by its name. Mallory can't be written down.
type identity string

func (i identity) MarshalText() ([]byte, error) {
	if i == "unwritable" {
		return nil, fake.GetError()
	}

	return []byte(i), nil
}

func (i identity) Equal(other any) bool                    { return i == other }
func (i identity) Serialize(serde.Context) ([]byte, error) { return nil, nil }

// grants is an access service: alice may deploy, all else must be granted.
type grants struct{}

func (grants) key(creds access.Credential, who access.Identity) []byte {
	text, _ := who.MarshalText()

	return []byte(string(creds.GetID()) + creds.GetRule() + string(text))[:min(32, len(creds.GetID())+len(creds.GetRule())+len(text))]
}

func (g grants) Match(state store.Readable, creds access.Credential, who ...access.Identity) error {
	value, err := state.Get(g.key(creds, who[0]))
	if err == nil && (value != nil || (creds.GetRule() == DeployCreds().GetRule() && who[0] == identity("alice"))) {
		return nil
	}

	return fake.GetError()
}

func (g grants) Grant(state store.Snapshot, creds access.Credential, who ...access.Identity) error {
	return state.Set(g.key(creds, who[0]), []byte("yes"))
}

// leavingOut executes all transactions but one.
type leavingOut struct {
	executing
	without txn.Transaction
}

func (l leavingOut) Validate(snap store.Snapshot, txs []txn.Transaction) (validation.Result, error) {
	return l.executing.Validate(snap, slices.DeleteFunc(slices.Clone(txs), func(tx txn.Transaction) bool {
		return string(tx.GetID()) == string(l.without.GetID())
	}))
}
