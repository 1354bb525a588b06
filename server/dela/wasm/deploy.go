package wasm

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"delavm/server/dela/delavm"
	"go.dedis.ch/dela/core/access"
	"go.dedis.ch/dela/core/execution"
	"go.dedis.ch/dela/core/execution/native"
	"go.dedis.ch/dela/core/store"
	"go.dedis.ch/dela/core/store/prefixed"
	"go.dedis.ch/dela/core/txn"
)

const (
	// DeployName is the name of the native contract that deploys wasm
	// contracts.
	DeployName = "dela.wasm.Deploy"

	// DeployUID is the identifier of its credentials.
	DeployUID = "WASM"

	// CommandArg says what to do: one of the Cmd constants.
	CommandArg = "deploy:command"

	// NameArg is the contract's name, "language/name".
	NameArg = "deploy:name"

	// WasmArg is the whole module, or one chunk of it.
	WasmArg = "deploy:wasm"

	// ModuleArg is the module's hash in hex: of what was sent in chunks, or
	// of a module that the chain has already.
	ModuleArg = "deploy:module"

	// ChunkArg counts chunks from 0.
	ChunkArg = "deploy:chunk"

	// SettingsArg says what environments this chain demands, as
	// Service.Settings has it. The first DEPLOY must have it, and records it;
	// a node whose environment is another one then knows it and halts.
	SettingsArg = "deploy:settings"

	// CmdChunk keeps a piece of a module for a later DEPLOY of the same
	// identity, which names as many chunks as there are.
	CmdChunk = "CHUNK"

	// CmdDeploy binds a name to a module: a new contract, which then belongs
	// to the identity that signed, or a new version.
	CmdDeploy = "DEPLOY"

	// CmdRemove forgets a contract's code. Its storage stays, and so does its
	// name: only its owner can deploy it again.
	CmdRemove = "REMOVE"

	// CmdDiscard forgets chunks that were not deployed.
	CmdDiscard = "DISCARD"

	// CmdSettings changes what the chain demands of environments to SettingsArg:
	// from the next transaction on, a node decides nothing until it has such an
	// environment. See ChangeSettings.
	CmdSettings = "SETTINGS"

	// OwnerCommand is the command of the credential that allows to upgrade and
	// remove a contract: NewCreds(name, OwnerCommand). Granting it to others
	// shares a contract.
	OwnerCommand = "deploy"

	// MaxChunk is what one chunk, and MaxCode what a module may have, in
	// bytes; MaxVersions is for one contract.
	MaxChunk    = 256 << 10
	MaxCode     = 4 << 20
	MaxVersions = 1024
)

// DeployCreds is the credential for deploying new contracts.
func DeployCreds() access.Credential {
	return access.NewContractCreds([]byte(DeployUID), DeployName, CmdDeploy)
}

// SettingsCreds is the credential for changing the chain's settings.
func SettingsCreds() access.Credential {
	return access.NewContractCreds([]byte(DeployUID), DeployName, CmdSettings)
}

// ChangeSettings returns the arguments of the transaction that changes what the
// chain demands of environments. settings comes from SettingsOf a server that is
// as they shall be: so it is sure that there is one.
func ChangeSettings(settings []byte) []txn.Arg {
	return []txn.Arg{
		{Key: native.ContractArg, Value: []byte(DeployName)},
		{Key: CommandArg, Value: []byte(CmdSettings)},
		{Key: SettingsArg, Value: settings},
	}
}

// DeployTransactions returns the arguments of the transactions that deploy a
// module, to be signed in this order: one, or one for each chunk and one more.
// settings, which may be empty unless this is the chain's first contract, comes
// from Service.Settings.
func DeployTransactions(name string, wasm []byte, module delavm.Hash, settings []byte, chunk int) [][]txn.Arg {
	contract := txn.Arg{Key: native.ContractArg, Value: []byte(DeployName)}
	command := func(name string) txn.Arg { return txn.Arg{Key: CommandArg, Value: []byte(name)} }
	bound := txn.Arg{Key: NameArg, Value: []byte(name)}

	deploy := []txn.Arg{contract, command(CmdDeploy), bound}

	if len(settings) > 0 {
		deploy = append(deploy, txn.Arg{Key: SettingsArg, Value: settings})
	}

	if len(wasm) <= chunk {
		return [][]txn.Arg{append(deploy, txn.Arg{Key: WasmArg, Value: wasm})}
	}

	hash := txn.Arg{Key: ModuleArg, Value: []byte(module.String())}
	number := func(n int) txn.Arg { return txn.Arg{Key: ChunkArg, Value: []byte(strconv.Itoa(n))} }

	var transactions [][]txn.Arg

	for piece := range slices.Chunk(wasm, chunk) {
		transactions = append(transactions, []txn.Arg{
			contract, command(CmdChunk), hash, number(len(transactions)), {Key: WasmArg, Value: piece},
		})
	}

	return append(transactions, append(deploy, hash, number(len(transactions))))
}

// deployer is the native contract that deploys.
//
// - implements native.Contract
type deployer struct {
	service *Service
}

// UID implements native.Contract.
func (d deployer) UID() string {
	return DeployUID
}

// Execute implements native.Contract.
func (d deployer) Execute(snap store.Snapshot, step execution.Step) error {
	tx := step.Current
	command := string(tx.GetArg(CommandArg))

	identity, err := tx.GetIdentity().MarshalText()
	if err != nil {
		return fmt.Errorf("identity: %w", err)
	}

	do := map[string]func(context.Context, store.Snapshot, txn.Transaction, string) error{
		CmdChunk:    d.chunk,
		CmdDeploy:   d.deploy,
		CmdRemove:   d.remove,
		CmdDiscard:  d.discard,
		CmdSettings: d.change,
	}[command]

	if do == nil {
		return fmt.Errorf("unknown command: '%s'", command)
	}

	_, err = d.service.until(snap, func(ctx context.Context) (*delavm.Outcome, error) {
		return nil, do(ctx, snap, tx, string(identity))
	})
	if err != nil {
		return fmt.Errorf("failed to %s: %w", command, err)
	}

	return nil
}

// mayDeploy checks the credential for new contracts.
func (d deployer) mayDeploy(snap store.Readable, tx txn.Transaction) error {
	err := d.service.access.Match(snap, DeployCreds(), tx.GetIdentity())
	if err != nil {
		return reject("identity not authorized: %v (%w)", tx.GetIdentity(), err)
	}

	return nil
}

func (d deployer) chunk(_ context.Context, snap store.Snapshot, tx txn.Transaction, identity string) error {
	err := d.mayDeploy(snap, tx)
	if err != nil {
		return err
	}

	module, err := moduleArg(tx)
	if err != nil {
		return err
	}

	index, err := numberArg(tx, MaxCode/1024)
	if err != nil {
		return err
	}

	wasm := tx.GetArg(WasmArg)
	if len(wasm) == 0 || len(wasm) > MaxChunk {
		return reject("'%s' has %d bytes: a chunk has 1 to %d", WasmArg, len(wasm), MaxChunk)
	}

	return writeTrouble(uploadSpace(snap, identity, module).Set(uploadKey(index), wasm))
}

func (d deployer) discard(_ context.Context, snap store.Snapshot, tx txn.Transaction, identity string) error {
	module, err := moduleArg(tx)
	if err != nil {
		return err
	}

	count, err := numberArg(tx, MaxCode/1024)
	if err != nil {
		return err
	}

	return writeTrouble(dropUpload(snap, identity, module, count))
}

func (d deployer) deploy(ctx context.Context, snap store.Snapshot, tx txn.Transaction, identity string) error {
	name := string(tx.GetArg(NameArg))
	if !IsName(name) {
		return reject("'%s' is no name of a contract: it must be like c/counter", name)
	}

	record, err := GetRecord(snap, name)
	if err != nil {
		return storeTrouble(err)
	}

	err = d.mayBind(snap, tx, name, record)
	if err != nil {
		return err
	}

	code, chunks, err := codeOf(snap, tx, identity)
	if err != nil {
		return err
	}

	settings, recorded, err := chainSettings(snap, tx)
	if err != nil {
		return err
	}

	env, err := d.service.matching(ctx, settings)
	if err != nil {
		return err
	}

	version, err := validate(ctx, env, code)
	if err != nil {
		return err
	}

	if recorded != nil {
		version.Era, settings = recorded.Era, nil
	}

	if tx.GetArg(ModuleArg) != nil && string(tx.GetArg(ModuleArg)) != version.Module.String() {
		return reject("the module's hash is %s", version.Module)
	}

	// From here on nothing can be rejected any more.
	return writeTrouble(d.bind(snap, tx, binding{name, identity, record, settings, version, code, chunks}))
}

// mayBind checks the credential for a name: of deploying, or of its owner.
func (d deployer) mayBind(snap store.Readable, tx txn.Transaction, name string, record *Record) error {
	if record == nil {
		return d.mayDeploy(snap, tx)
	}

	err := d.service.access.Match(snap, NewCreds(name, OwnerCommand), tx.GetIdentity())
	if err != nil {
		return reject("identity not authorized to change %s: %v (%w)", name, tx.GetIdentity(), err)
	}

	if len(record.Versions) >= MaxVersions {
		return reject("%s has %d versions, as many as can be", name, MaxVersions)
	}

	return nil
}

// codeOf finds the module that a DEPLOY speaks of: in the transaction, in
// chunks, or on the chain already.
func codeOf(snap store.Snapshot, tx txn.Transaction, identity string) (code []byte, chunks int, err error) {
	code = tx.GetArg(WasmArg)

	if code == nil {
		var module delavm.Hash

		module, err = moduleArg(tx)
		if err != nil {
			return nil, 0, err
		}

		if tx.GetArg(ChunkArg) == nil {
			code, err = GetCode(snap, module)
			if err == nil && code == nil {
				return nil, 0, reject("module %s is not on the chain", module)
			}

			return code, 0, storeTrouble(err)
		}

		chunks, err = numberArg(tx, MaxCode/1024)
		if err == nil {
			code, err = assemble(snap, identity, module, chunks)
		}

		if err != nil {
			return nil, 0, err
		}
	}

	if len(code) == 0 || len(code) > MaxCode {
		return nil, 0, reject("a module of %d bytes: it has 1 to %d", len(code), MaxCode)
	}

	return code, chunks, nil
}

// chainSettings returns what the chain demands, as it is recorded, or what the
// first deployment says it shall demand.
func chainSettings(snap store.Readable, tx txn.Transaction) (*ChainSettings, *recorded, error) {
	recorded, err := readSettings(snap)
	if err != nil {
		return nil, nil, storeTrouble(err)
	}

	stated := tx.GetArg(SettingsArg)
	if recorded != nil && stated == nil {
		return &recorded.ChainSettings, recorded, nil
	}

	said, err := parseSettings(stated)
	if err != nil {
		return nil, nil, reject("'%s': %w", SettingsArg, err)
	}

	if recorded != nil && recorded.differs(said) != "" {
		return nil, nil, reject("'%s' is not what the chain demands", SettingsArg)
	}

	return said, recorded, nil
}

// change changes what the chain demands.
func (d deployer) change(_ context.Context, snap store.Snapshot, tx txn.Transaction, _ string) error {
	err := d.service.access.Match(snap, SettingsCreds(), tx.GetIdentity())
	if err != nil {
		return reject("identity not authorized: %v (%w)", tx.GetIdentity(), err)
	}

	old, err := readSettings(snap)
	if err != nil {
		return storeTrouble(err)
	}

	if old == nil {
		return reject("there are no settings yet: the first deployment states them")
	}

	said, err := parseSettings(tx.GetArg(SettingsArg))
	if err != nil {
		return reject("'%s': %w", SettingsArg, err)
	}

	if old.differs(said) == "" {
		return reject("the chain demands these settings already")
	}

	return writeTrouble(putSettings(snap, said, old))
}

// validate has the environment judge a module, and makes a version of it.
func validate(ctx context.Context, env *environment, code []byte) (*Version, error) {
	hash, err := addModule(ctx, env, code)

	refusal, final := delavm.Verdict(err)
	if final && refusal.Code == "module_refused" {
		return nil, reject("%s (%s)", refusal.Message, refusal.Detail)
	}

	if err != nil {
		return nil, err
	}

	var module *delavm.Module

	err = env.Do(ctx, func(ctx context.Context, client *delavm.Client) (err error) {
		module, err = client.Module(ctx, hash)

		return err
	})
	if err != nil {
		return nil, err
	}

	if !slices.Contains(module.Entries, "call") {
		return nil, reject("the module exports no function \"call\" of type [] -> []")
	}

	version := &Version{
		Module:   hash,
		Size:     len(code),
		Previous: slices.ContainsFunc(module.Imports, func(name string) bool { return strings.HasPrefix(name, "previous_") }),
	}

	if module.Manifest != nil {
		version.Reads = module.Manifest.Reads
		if module.Manifest.Access != nil {
			version.Access = *module.Manifest.Access
		}
	}

	return version, checkTemplates(version)
}

// checkTemplates makes sure that what is recorded can be read again.
func checkTemplates(version *Version) error {
	for _, text := range append(slices.Clone(version.Reads), version.Access) {
		_, err := parseTemplate(text)
		if text != "" && err != nil {
			return fmt.Errorf("the environment admits a manifest that this client can't read: %w", err)
		}
	}

	return nil
}

// binding is all that a DEPLOY writes.
type binding struct {
	name, identity string
	record         *Record
	settings       *ChainSettings // nil: they are there
	version        *Version
	code           []byte
	chunks         int
}

func (d deployer) bind(snap store.Snapshot, tx txn.Transaction, b binding) error {
	if b.settings != nil {
		err := putSettings(snap, b.settings, nil)
		if err != nil {
			return err
		}
	}

	if b.record == nil {
		b.record = &Record{Name: b.name, Owner: b.identity}

		err := addName(snap, b.name)
		if err != nil {
			return err
		}

		for _, command := range []string{OwnerCommand, AllCommand} {
			err := d.service.access.Grant(snap, NewCreds(b.name, command), tx.GetIdentity())
			if err != nil {
				return err
			}
		}
	}

	b.record.Removed = false
	b.record.Versions = append(b.record.Versions, *b.version)

	err := holdCode(snap, b.version.Module, b.code)
	if err != nil {
		return err
	}

	err = dropUpload(snap, b.identity, b.version.Module, b.chunks)
	if err != nil {
		return err
	}

	return putRecord(snap, b.record)
}

func (d deployer) remove(_ context.Context, snap store.Snapshot, tx txn.Transaction, _ string) error {
	name := string(tx.GetArg(NameArg))

	record, err := GetRecord(snap, name)
	if err != nil {
		return storeTrouble(err)
	}

	if record == nil || record.Removed {
		return reject("unknown contract '%s'", name)
	}

	err = d.service.access.Match(snap, NewCreds(name, OwnerCommand), tx.GetIdentity())
	if err != nil {
		return reject("identity not authorized to change %s: %v (%w)", name, tx.GetIdentity(), err)
	}

	for _, version := range record.Versions[record.Dropped:] {
		err = dropCode(snap, version.Module)
		if err != nil {
			return writeTrouble(err)
		}
	}

	record.Dropped = len(record.Versions)
	record.Removed = true

	return writeTrouble(putRecord(snap, record))
}

// uploadSpace holds the chunks that an identity sent of a module.
func uploadSpace(snap store.Snapshot, identity string, module delavm.Hash) store.Snapshot {
	return prefixed.NewSnapshot(uploadsSpace+"/"+module.String()+"/"+identity, snap)
}

func uploadKey(index int) []byte {
	return binary.BigEndian.AppendUint32(nil, uint32(index))
}

func assemble(snap store.Snapshot, identity string, module delavm.Hash, chunks int) ([]byte, error) {
	space := uploadSpace(snap, identity, module)

	var code []byte

	for i := range chunks {
		chunk, err := space.Get(uploadKey(i))
		if err != nil {
			return nil, storeTrouble(err)
		}

		if len(chunk) == 0 {
			return nil, reject("chunk %d of module %s was not sent", i, module)
		}

		code = append(code, chunk...)
		if len(code) > MaxCode {
			break // which is refused
		}
	}

	return code, nil
}

func dropUpload(snap store.Snapshot, identity string, module delavm.Hash, chunks int) error {
	space := uploadSpace(snap, identity, module)

	for i := range chunks {
		err := space.Delete(uploadKey(i))
		if err != nil {
			return err
		}
	}

	return nil
}

func moduleArg(tx txn.Transaction) (delavm.Hash, error) {
	var module delavm.Hash

	text := tx.GetArg(ModuleArg)

	err := module.UnmarshalText(text)
	if err != nil || string(text) != hex.EncodeToString(module[:]) {
		return module, reject("'%s' must be a hash of 64 lower-case hex digits", ModuleArg)
	}

	return module, nil
}

func numberArg(tx txn.Transaction, most int) (int, error) {
	text := string(tx.GetArg(ChunkArg))

	number, err := strconv.Atoi(text)
	if err != nil || number < 0 || number > most || strconv.Itoa(number) != text {
		return 0, reject("'%s' must be a number from 0 to %d", ChunkArg, most)
	}

	return number, nil
}
