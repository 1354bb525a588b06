package chain

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"testing"

	"delavm/server/dela/delavm"
	"delavm/server/dela/wasm"
	"github.com/stretchr/testify/require"
	"go.dedis.ch/dela/core/access"
	"go.dedis.ch/dela/core/execution"
	"go.dedis.ch/dela/core/execution/native"
	"go.dedis.ch/dela/core/store"
	"go.dedis.ch/dela/core/txn"
	"go.dedis.ch/dela/crypto/bls"
	"go.dedis.ch/kyber/v3/suites"
)

// oldService does what the execution service of the environment of 2021 does:
// posts the transaction's argument "json" to / and takes result and Accepted out
// of the answer.
//
// - implements execution.Service
type oldService struct{ address string }

func (s oldService) Execute(_ store.Snapshot, step execution.Step) (execution.Result, error) {
	answer, err := http.Post("http://"+s.address+"/", "application/json", bytes.NewReader(step.Current.GetArg("json")))
	if err != nil {
		return execution.Result{}, err
	}

	defer answer.Body.Close()

	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return execution.Result{}, err
	}

	fields := make(map[string]any)

	err = json.Unmarshal(body, &fields)
	if err != nil {
		return execution.Result{}, err
	}

	return execution.Result{Accepted: fields["Accepted"] == "true", Message: fmt.Sprint(fields["result"])}, nil
}

type jsonTx struct {
	txn.Transaction
	json []byte
}

func (tx jsonTx) GetArg(string) []byte { return tx.json }

// The old client's calls, against a server with the bundled contracts: where it
// expects it if that port is free.
func TestOldProtocol(t *testing.T) {
	server, err := NewProcess(filepath.Join(build(t), "delavm-server"), "127.0.0.1:3000", t.TempDir(),
		"--contracts", filepath.Join(build(t), "contracts"))
	require.NoError(t, err)

	if server.Start() != nil {
		server, err = NewProcess(filepath.Join(build(t), "delavm-server"), "", t.TempDir(),
			"--contracts", filepath.Join(build(t), "contracts"))
		require.NoError(t, err)
		require.NoError(t, server.Start())
	}

	t.Cleanup(server.Kill)

	execute := func(fields map[string]any) execution.Result {
		body, err := json.Marshal(fields)
		require.NoError(t, err)

		result, err := oldService{server.Address()}.Execute(nil, execution.Step{Current: jsonTx{json: body}})
		require.NoError(t, err)

		return result
	}

	result := execute(map[string]any{"counter": 41, "contractName": "increaseCounter", "contractLanguage": "c"})
	require.Equal(t, execution.Result{Accepted: true, Message: "42"}, result)

	result = execute(map[string]any{"counter": "x", "contractName": "increaseCounter", "contractLanguage": "c"})
	require.False(t, result.Accepted)

	result = execute(map[string]any{"contractName": "none", "contractLanguage": "c"})
	require.False(t, result.Accepted)

	// The three operations on the curve, against Kyber.
	suite := suites.MustFind("Ed25519")
	scalar := suite.Scalar().Pick(suite.RandomStream())
	point1, point2 := suite.Point().Pick(suite.RandomStream()), suite.Point().Pick(suite.RandomStream())
	text := func(value interface{ MarshalBinary() ([]byte, error) }) string {
		data, err := value.MarshalBinary()
		require.NoError(t, err)

		return base64.StdEncoding.EncodeToString(data)
	}

	for name, want := range map[string]string{
		"ed25519":         text(suite.Point().Add(point1, point2)),
		"ed25519_mul":     text(suite.Point().Mul(scalar, point1)),
		"ed25519_gen_mul": text(suite.Point().Mul(scalar, nil)),
	} {
		result = execute(map[string]any{
			"point1": text(point1), "point2": text(point2), "scalar": text(scalar),
			"contractName": name, "contractLanguage": "c",
		})
		require.Equal(t, execution.Result{Accepted: true, Message: want}, result, name)
	}
}

// measured is a state in memory.
type measured map[string][]byte

func (m measured) Get(key []byte) ([]byte, error) { return m[string(key)], nil }
func (m measured) Set(key, value []byte) error    { m[string(key)] = value; return nil }
func (m measured) Delete(key []byte) error        { delete(m, string(key)); return nil }

// What footprints save, in bytes and round trips for each call of a contract that
// holds 60 keys: against bringing nothing, and bringing everything.
func TestFootprints_Measured(t *testing.T) {
	const keys, calls = 60, 60

	server, err := NewProcess(filepath.Join(build(t), "delavm-server"), "", t.TempDir())
	require.NoError(t, err)
	require.NoError(t, server.Start())
	t.Cleanup(server.Kill)

	// Everything there is is brought where a manifest names it; it can name 64
	// keys, so those of the contract are as many.
	for _, mode := range []string{"nothing", "footprint", "everything"} {
		options := wasm.Options{NoFootprints: mode == "nothing"}
		env := delavm.NewEnvironment(server.Address(), delavm.Settings{})
		service := wasm.NewService(native.NewExecution(), allowAll{}, env, options)
		t.Cleanup(service.Close)

		code := contract(t, "c/value")
		if mode == "everything" {
			code = readingAll(code, keys)
		}

		state := measured{}
		execute := func(args []txn.Arg) {
			result, err := service.Execute(state, execution.Step{Current: plainTx(args)})
			require.NoError(t, err)
			require.True(t, result.Accepted, result.Message)
		}

		settings, err := service.Settings(t.Context())
		require.NoError(t, err)
		execute(wasm.DeployTransactions("c/value", code, delavm.Hash{}, settings, wasm.MaxChunk)[0])

		for i := range keys {
			require.NoError(t, state.Set(wasm.StorageKey("c/value", fmt.Appendf(nil, "k%d", i)), bytes.Repeat([]byte("v"), 64)))
		}

		before := env.Traffic()

		for i := range calls {
			execute(call(t, "c/value", "value:command", "READ", "value:key", fmt.Sprintf("k%d", i)))
		}

		after := env.Traffic()
		t.Logf("bringing %-10s %5.2f round trips and %6d bytes sent for each call", mode,
			float64(after.RoundTrips-before.RoundTrips)/calls, (after.Sent-before.Sent)/calls)

		want := map[string]uint64{"nothing": 2 * calls, "footprint": calls, "everything": calls}[mode]
		require.InDelta(t, want, after.RoundTrips-before.RoundTrips, 1)
	}
}

// readingAll gives a module another manifest, which names all of its keys.
func readingAll(code []byte, keys int) []byte {
	lines := []byte("reads dela.Value:index\n")
	for i := range keys {
		lines = fmt.Appendf(lines, "reads k%d\n", i)
	}

	const name = "dela.manifest"

	at := bytes.Index(code, []byte(name)) - 1 // its length stands before it
	size, width := binary.Uvarint(code[at-1:])

	if width != 1 { // a size of two bytes
		at--
		size, width = binary.Uvarint(code[at-1:])
	}

	content := append(append([]byte{byte(len(name))}, name...), lines...)
	out := binary.AppendUvarint(bytes.Clone(code[:at-1]), uint64(len(content)))

	return append(append(out, content...), code[at-1+width+int(size):]...)
}

type plainTransaction struct {
	txn.Transaction
	args  []txn.Arg
	nonce uint64
}

func plainTx(args []txn.Arg) plainTransaction { return plainTransaction{args: args} }

func (tx plainTransaction) GetID() []byte                { return fmt.Appendf(nil, "transaction %d", tx.nonce) }
func (tx plainTransaction) GetNonce() uint64             { return tx.nonce }
func (tx plainTransaction) GetIdentity() access.Identity { return anyone.GetPublicKey() }

func (tx plainTransaction) GetArg(key string) []byte {
	for _, arg := range tx.args {
		if arg.Key == key {
			return arg.Value
		}
	}

	return nil
}

var anyone = bls.NewSigner()

type allowAll struct{}

func (allowAll) Match(store.Readable, access.Credential, ...access.Identity) error { return nil }
func (allowAll) Grant(store.Snapshot, access.Credential, ...access.Identity) error { return nil }
