package wasm

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"delavm/server/dela/delavm"
	"github.com/stretchr/testify/require"
)

// changeTx changes the schedule that the chain demands.
func changeTx(schedule string) fakeTx {
	return callTx(DeployName, CommandArg, CmdSettings,
		SettingsArg, strings.Replace(fakeSettings, `"schedule":"02`, `"schedule":"`+schedule, 1))
}

// changing is a bench where alice may change the settings.
func changing(t *testing.T, options Options) *bench {
	t.Helper()

	b := newBench(t, options)
	require.NoError(t, grants{}.Grant(b.state, SettingsCreds(), identity("alice")))

	return b
}

func TestSettings_Rejections(t *testing.T) {
	t.Parallel()

	b := changing(t, Options{})
	b.rejects(t, "there are no settings yet", changeTx("0a"))
	b.must(t)(b.do(deployTx("c/x", "code")))
	b.rejects(t, "not authorized", changeTx("0a").signedBy("bob"))
	b.rejects(t, "demands these settings already", changeTx("02"))
	b.rejects(t, "not as delavm's settings are written", changeTx("0A"))
	b.rejects(t, "deploy:settings", changeTx("0a").without(SettingsArg))
	b.must(t)(b.do(callTx("c/x")))
	require.Empty(t, b.halts)
}

// From the next transaction on a node decides nothing, until its environment is
// as the chain demands. What was remembered of the old one is not used, and the
// deployments that come then are of that era.
func TestSettings_Changed(t *testing.T) {
	t.Parallel()

	b := changing(t, Options{Patience: 300 * time.Millisecond})
	b.must(t)(b.do(deployTx("c/x", "code")))

	call := callTx("c/x")
	b.must(t)(b.do(call))
	b.must(t)(b.do(changeTx("0a")))

	before := b.state.clone()
	require.ErrorContains(t, b.validate(call), "fuel schedule 02")
	require.ErrorContains(t, b.validate(deployTx("c/y", "code").without(SettingsArg)), "fuel schedule 02")
	require.NotEmpty(t, b.halts)
	require.Equal(t, before, b.state)

	b.env.Lock()
	b.env.info.Schedule = delavm.Hash{10}
	b.env.Unlock()

	asked := len(b.env.asked)
	require.NoError(t, b.validate(call))
	require.Len(t, b.env.asked, asked+1)
	b.rejects(t, "is not what the chain demands", deployTx("c/y", "code"))
	b.must(t)(b.do(deployTx("c/y", "code").without(SettingsArg)))
	require.Equal(t, 0, b.record(t, "c/x").Newest().Era)
	require.Equal(t, 1, b.record(t, "c/y").Newest().Era)

	b.must(t)(b.do(changeTx("0b")))

	era, err := GetEra(b.state)
	require.NoError(t, err)
	require.Equal(t, 2, era)

	for past, schedule := range []delavm.Hash{{2}, {10}} {
		settings, err := GetPastSettings(b.state, past)
		require.NoError(t, err)
		require.Equal(t, schedule, settings.Schedule)
	}

	none, err := GetPastSettings(b.state, 2)
	require.NoError(t, err)
	require.Nil(t, none)
}

// A module that is not taken under the new settings is rejected by all; under
// those that it was deployed with, that is this node's trouble.
func TestSettings_ModuleRefused(t *testing.T) {
	t.Parallel()

	for _, changed := range []bool{true, false} {
		for _, lost := range []bool{true, false} {
			b := changing(t, Options{})
			b.must(t)(b.do(deployTx("c/x", "code")))

			if changed {
				b.must(t)(b.do(changeTx("0a")))
				b.env.info.Schedule = delavm.Hash{10}
			}

			b.env.refuses = true
			if lost {
				clear(b.env.modules)
			}

			if !changed {
				require.ErrorContains(t, b.validate(callTx("c/x")), "which the chain accepted, is refused here")
				require.NotEmpty(t, b.halts)

				continue
			}

			b.rejects(t, "was changed after c/x was deployed", callTx("c/x"))
			require.Empty(t, b.halts)

			receipts, err := GetReceipts(b.state)
			require.NoError(t, err)
			require.Equal(t, uint64(1), receipts.Count)
		}
	}
}

// A node with both environments goes from one to the other by itself, and runs
// what is of the past in the old one; that the other is away is no trouble.
func TestSettings_Others(t *testing.T) {
	t.Parallel()

	other, env := newFake(t)
	other.info.Schedule = delavm.Hash{10}
	other.breakWith(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })

	b := changing(t, Options{Others: []*delavm.Environment{env}, Patience: 20 * time.Second})
	b.must(t)(b.do(deployTx("c/x", "code")))

	past := b.state.clone()

	b.must(t)(b.do(callTx("c/x")))
	b.must(t)(b.do(changeTx("0a")))

	// It waits for the one that is away: it may be the right one.
	time.AfterFunc(20*time.Millisecond, func() { other.breakWith(nil) })
	require.NoError(t, b.validate(callTx("c/x")))
	require.NoError(t, b.validate(callTx("c/x")))
	require.Len(t, b.env.asked, 1)
	require.Len(t, other.asked, 2)

	b.state = past
	require.NoError(t, b.validate(callTx("c/x")))
	require.Len(t, b.env.asked, 2)
	require.Empty(t, b.halts)
}
