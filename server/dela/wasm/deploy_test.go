package wasm

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"strings"
	"testing"

	"delavm/server/dela/delavm"
	"github.com/stretchr/testify/require"
	"go.dedis.ch/dela/core/store/prefixed"
)

func (b *bench) record(t *testing.T, name string) *Record {
	t.Helper()

	record, err := GetRecord(b.state, name)
	require.NoError(t, err)

	return record
}

func TestDeploy_Rejections(t *testing.T) {
	t.Parallel()

	b := newBench(t, Options{})
	deploy := deployTx("c/x", "code")

	b.rejects(t, "unknown command: 'x'", deploy.with(CommandArg, "x"))
	b.rejects(t, "unknown command: ''", deploy.without(CommandArg))
	b.rejects(t, "identity", deploy.signedBy("unwritable"))
	b.rejects(t, "no name of a contract", deploy.with(NameArg, "go.dedis.ch/x"))
	b.rejects(t, "not authorized", deploy.signedBy("bob"))
	b.rejects(t, "64 lower-case hex digits", deploy.without(WasmArg))
	b.rejects(t, "is not on the chain", deploy.without(WasmArg).with(ModuleArg, testModule.String()))
	b.rejects(t, "0 bytes", deploy.with(WasmArg, ""))
	b.rejects(t, "4194305 bytes", deploy.with(WasmArg, strings.Repeat("x", MaxCode+1)))
	b.rejects(t, "words", deploy.with(WasmArg, "bad code")) // the environment's
	b.rejects(t, "hash is 01", deploy.with(ModuleArg, strings.Repeat("0", 64)))
	b.rejects(t, SettingsArg, deploy.without(SettingsArg))
	b.rejects(t, SettingsArg, deploy.with(SettingsArg, " "+fakeSettings))

	b.env.module.Entries = []string{"run"}
	b.rejects(t, "exports no function", deploy)
	b.env.module.Entries = []string{"call"}

	b.must(t)(b.do(deploy))
	b.rejects(t, "not what the chain demands", deploy.with(SettingsArg, strings.Replace(fakeSettings, "02", "09", 1)))
	b.rejects(t, "not authorized to change", deploy.signedBy("bob"))
	require.Empty(t, b.halts)
}

// A node whose environment is not what the first deployment demands halts, and
// says why.
func TestDeploy_OtherSettings(t *testing.T) {
	t.Parallel()

	b := newBench(t, Options{})
	err := b.validate(deployTx("c/x", "code").with(SettingsArg, strings.Replace(fakeSettings, "02", "09", 1)))
	require.ErrorContains(t, err, "fuel schedule 02")
	require.NotEmpty(t, b.halts)
	require.Empty(t, b.state)
}

func TestDeploy_Versions(t *testing.T) {
	t.Parallel()

	b := newBench(t, Options{})
	deploy := deployTx("c/x", "code")
	access := "all"
	b.must(t)(b.do(deploy))

	b.env.module.Manifest = &delavm.Manifest{Reads: []string{"a"}, Access: &access}
	b.must(t)(b.do(deploy.without(SettingsArg)))
	b.must(t)(b.do(deploy.without(WasmArg).with(ModuleArg, testModule.String()))) // of the chain's own code

	record := b.record(t, "c/x")
	require.Equal(t, "alice", record.Owner)
	require.Len(t, record.Versions, 3)
	require.Equal(t, Version{Module: testModule, Size: 4}, record.Versions[0])
	require.Equal(t, Version{Module: testModule, Size: 4, Reads: []string{"a"}, Access: "all"}, *record.Newest())

	code, err := GetCode(b.state, testModule)
	require.NoError(t, err)
	require.Equal(t, "code", string(code))

	// A manifest this client can't read is no verdict on the module.
	b.env.module.Manifest.Reads = []string{"{"}
	require.ErrorContains(t, b.validate(deploy), "can't read")

	for len(record.Versions) < MaxVersions {
		record.Versions = append(record.Versions, record.Versions[0])
	}

	require.NoError(t, putRecord(b.state, record))
	b.rejects(t, "1024 versions", deploy)
}

func TestDeploy_Remove(t *testing.T) {
	t.Parallel()

	b := newBench(t, Options{})
	b.must(t)(b.do(deployTx("c/x", "code")))
	b.must(t)(b.do(deployTx("c/y", "code")))
	b.must(t)(b.do(deployTx("c/x", "code")))

	remove := callTx(DeployName, CommandArg, CmdRemove, NameArg, "c/x")
	b.rejects(t, "unknown contract", remove.with(NameArg, "c/none"))
	b.rejects(t, "not authorized", remove.signedBy("bob"))
	b.must(t)(b.do(remove))
	b.rejects(t, "unknown contract", remove)
	b.rejects(t, "unknown contract 'c/x'", callTx("c/x"))
	b.must(t)(b.do(callTx("c/y")))

	records, err := GetRecords(b.state)
	require.NoError(t, err)
	require.Len(t, records, 2)
	require.True(t, records[0].Removed)

	code, err := GetCode(b.state, testModule)
	require.NoError(t, err)
	require.NotNil(t, code, "another contract has it too")

	b.must(t)(b.do(remove.with(NameArg, "c/y")))

	code, err = GetCode(b.state, testModule)
	require.NoError(t, err)
	require.Nil(t, code)

	// The name stays its owner's, and its history stays.
	b.rejects(t, "not authorized", deployTx("c/x", "code").signedBy("bob"))
	b.must(t)(b.do(deployTx("c/x", "code")))
	b.must(t)(b.do(callTx("c/x")))
	require.Len(t, b.record(t, "c/x").Versions, 3)
	b.must(t)(b.do(remove))

	code, err = GetCode(b.state, testModule)
	require.NoError(t, err)
	require.Nil(t, code)
}

func TestDeploy_Chunks(t *testing.T) {
	t.Parallel()

	b := newBench(t, Options{})
	wasm := bytes.Repeat([]byte("0123456789"), 20000)
	transactions := DeployTransactions("c/x", wasm, testModule, []byte(fakeSettings), 70000)
	require.Len(t, transactions, 4)

	var txs []fakeTx

	for _, args := range transactions {
		tx := callTx("")
		for _, arg := range args {
			tx.args[arg.Key] = string(arg.Value)
		}

		txs = append(txs, tx)
	}

	b.rejects(t, "not authorized", txs[0].signedBy("bob"))
	b.rejects(t, "hex digits", txs[0].with(ModuleArg, strings.ToUpper(hex.EncodeToString(bytes.Repeat([]byte{0xab}, 32)))))
	b.rejects(t, "must be a number", txs[0].with(ChunkArg, "-1"))
	b.rejects(t, "must be a number", txs[0].with(ChunkArg, "01"))
	b.rejects(t, "a chunk has 1 to", txs[0].with(WasmArg, ""))
	b.rejects(t, "a chunk has 1 to", txs[0].with(WasmArg, strings.Repeat("x", MaxChunk+1)))

	b.must(t)(b.do(txs[0]))
	b.must(t)(b.do(txs[2]))
	b.rejects(t, "chunk 1 of module", txs[3])
	b.rejects(t, "must be a number", txs[3].with(ChunkArg, "x"))
	b.must(t)(b.do(txs[1]))
	require.NoError(t, b.access.Grant(b.state, DeployCreds(), identity("bob")))
	b.rejects(t, "was not sent", txs[3].signedBy("bob")) // chunks are their sender's
	b.must(t)(b.do(txs[3]))

	code, err := GetCode(b.state, testModule)
	require.NoError(t, err)
	require.Equal(t, wasm, code)

	// The chunks are gone; discarding forgets those of a deployment that never
	// came.
	b.rejects(t, "was not sent", txs[3])
	before := len(b.state)
	b.must(t)(b.do(txs[0]))
	require.Len(t, b.state, before+1)

	discard := txs[3].with(CommandArg, CmdDiscard)
	b.rejects(t, "must be a number", discard.without(ChunkArg))
	b.rejects(t, "hex digits", discard.without(ModuleArg))
	b.must(t)(b.do(discard))
	require.Len(t, b.state, before)

	// More than a module may have, in chunks.
	for i := range 17 {
		b.must(t)(b.do(txs[0].with(WasmArg, strings.Repeat("x", MaxChunk), ChunkArg, strconv.Itoa(i))))
	}

	b.rejects(t, "it has 1 to", txs[3].with(ChunkArg, "17"))
}

// Damaged state is an error and no panic.
func TestState_Damaged(t *testing.T) {
	t.Parallel()

	b := deployed(t, Options{})
	code := prefixed.NewSnapshot(codeSpace, b.state)

	require.NoError(t, code.Set(chunkKey(testModule, 0), []byte("more than it says")))
	_, err := GetCode(b.state, testModule)
	require.Error(t, err)

	require.NoError(t, code.Delete(chunkKey(testModule, 0)))
	_, err = GetCode(b.state, testModule)
	require.Error(t, err)

	require.NoError(t, code.Set(testModule[:], []byte("{")))
	_, err = GetCode(b.state, testModule)
	require.Error(t, err)
	require.Error(t, holdCode(b.state, testModule, nil))
	require.Error(t, dropCode(b.state, testModule))

	records := prefixed.NewSnapshot(contractsSpace, b.state)
	require.NoError(t, records.Set([]byte("c/x"), []byte("{}")))
	_, err = GetRecord(b.state, "c/x")
	require.Error(t, err)

	require.NoError(t, prefixed.NewSnapshot(chainSpace, b.state).Set(settingsKey, []byte("[]")))
	_, err = GetSettings(b.state)
	require.Error(t, err)
}
