package wasm

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"delavm/server/dela/delavm"
	"go.dedis.ch/dela/core/store"
	"go.dedis.ch/dela/core/store/prefixed"
)

// Everything the chain knows of wasm contracts lies below these prefixes, each a
// space of its own by core/store/prefixed: no contract can reach another's.
const (
	contractsSpace = "dela.wasm/contracts"
	codeSpace      = "dela.wasm/code"
	uploadsSpace   = "dela.wasm/uploads"
	chainSpace     = "dela.wasm/chain"
	storageSpace   = "dela.wasm/storage/"
)

var (
	settingsKey = []byte("settings")
	receiptsKey = []byte("receipts")
)

// StorageKey is the key in the chain's tree of a contract's own key: what to ask
// a proof for.
func StorageKey(name string, key []byte) []byte {
	return prefixed.NewPrefixedKey([]byte(storageSpace+name), key)
}

// GetStored reads a contract's own key; nil if it is absent.
func GetStored(state store.Readable, name string, key []byte) ([]byte, error) {
	stored, err := readableStorage(name, state).Get(key)

	return unpackValue(stored), err
}

func readableStorage(name string, state store.Readable) store.Readable {
	return prefixed.NewReadable(storageSpace+name, state)
}

// storageOf is the storage a contract sees.
func storageOf(name string, snap store.Snapshot) store.Snapshot {
	return prefixed.NewSnapshot(storageSpace+name, snap)
}

// The tree does not tell an empty value from none once it has been to the disk,
// so values that are empty, or begin with a zero byte, get a zero byte in front.
func packValue(value []byte) []byte {
	if len(value) > 0 && value[0] != 0 {
		return value
	}

	return append([]byte{0}, value...)
}

func unpackValue(stored []byte) []byte {
	if len(stored) == 0 {
		return nil
	}

	if stored[0] == 0 {
		return stored[1:]
	}

	return stored
}

// Version is one module that a name was bound to.
type Version struct {
	Module delavm.Hash `json:"module"`
	Size   int         `json:"size"`
	Reads  []string    `json:"reads,omitempty"`
	Access string      `json:"access,omitempty"`
	// Previous: the contract looks at the block's earlier transactions.
	Previous bool `json:"previous,omitempty"`
	// Era is how often the chain's settings had been changed before.
	Era int `json:"era,omitempty"`
}

// Record is what the chain knows of a contract.
type Record struct {
	Name     string    `json:"name"`
	Owner    string    `json:"owner"`
	Versions []Version `json:"versions"`
	Removed  bool      `json:"removed,omitempty"`
	// Dropped counts the oldest versions, whose code went with a removal.
	Dropped int `json:"dropped,omitempty"`
}

// Newest is the version that is called.
func (r *Record) Newest() *Version {
	return &r.Versions[len(r.Versions)-1]
}

// GetRecord returns the record of a contract, nil if there never was one.
func GetRecord(snap store.Readable, name string) (*Record, error) {
	record := new(Record)

	found, err := getJSON(prefixed.NewReadable(contractsSpace, snap), []byte(name), record)
	if err != nil || !found {
		return nil, err
	}

	if len(record.Versions) == 0 {
		return nil, fmt.Errorf("the record of %s has no versions", name)
	}

	return record, nil
}

// GetRecords returns the records of all contracts there are or were, in the
// order in which they came.
func GetRecords(state store.Readable) ([]*Record, error) {
	names, err := getNames(state)
	if err != nil {
		return nil, err
	}

	records := make([]*Record, 0, len(names))

	for _, name := range names {
		record, err := GetRecord(state, name)
		if err != nil {
			return nil, err
		}

		if record != nil {
			records = append(records, record)
		}
	}

	return records, nil
}

// namesOfPage is how many names one value of the list holds.
const namesOfPage = 64

func pageKey(page int) []byte {
	return binary.BigEndian.AppendUint32([]byte("names"), uint32(page))
}

// getNames reads the list of names: the tree has no iteration.
func getNames(state store.Readable) ([]string, error) {
	space := prefixed.NewReadable(chainSpace, state)

	var names []string

	for page := 0; ; page++ {
		var some []string

		found, err := getJSON(space, pageKey(page), &some)
		if err != nil || !found {
			return names, err
		}

		names = append(names, some...)
	}
}

// addName appends to the list.
func addName(snap store.Snapshot, name string) error {
	space := prefixed.NewSnapshot(chainSpace, snap)

	for page := 0; ; page++ {
		var some []string

		_, err := getJSON(space, pageKey(page), &some)
		if err != nil {
			return err
		}

		if len(some) < namesOfPage {
			return putJSON(space, pageKey(page), append(some, name))
		}
	}
}

func putRecord(snap store.Snapshot, record *Record) error {
	return putJSON(prefixed.NewSnapshot(contractsSpace, snap), []byte(record.Name), record)
}

// ChainSettings is what the environments of all nodes must have in common.
type ChainSettings struct {
	Engine   uint32      `json:"engine"`
	Schedule delavm.Hash `json:"schedule"`
	Limits   delavm.Hash `json:"limits"`
	Policy   string      `json:"policy"`
	Features []string    `json:"features"`
}

func settingsOf(info *delavm.Info) *ChainSettings {
	settings := &ChainSettings{
		Engine:   info.Engine,
		Schedule: info.Schedule,
		Limits:   info.Limits,
		Policy:   info.Policy,
		Features: []string{},
	}

	for _, feature := range info.Features {
		if feature.On {
			settings.Features = append(settings.Features, feature.Name)
		}
	}

	slices.Sort(settings.Features)

	return settings
}

// parseSettings accepts the JSON of a ChainSettings, and no other way to write
// the same.
func parseSettings(text []byte) (*ChainSettings, error) {
	settings := new(ChainSettings)

	err := json.Unmarshal(text, settings)
	if err != nil {
		return nil, err
	}

	again, err := json.Marshal(settings)
	if err != nil {
		return nil, err
	}

	if !bytes.Equal(text, again) {
		return nil, errors.New("not as delavm's settings are written")
	}

	return settings, nil
}

// differs says in words where two settings are not the same, or "".
func (c *ChainSettings) differs(mine *ChainSettings) string {
	switch {
	case c.Engine != mine.Engine:
		return fmt.Sprintf("engine %d here, %d on the chain", mine.Engine, c.Engine)
	case c.Schedule != mine.Schedule:
		return fmt.Sprintf("fuel schedule %s here, %s on the chain", mine.Schedule, c.Schedule)
	case c.Limits != mine.Limits:
		return fmt.Sprintf("limits %s here, %s on the chain", mine.Limits, c.Limits)
	case c.Policy != mine.Policy:
		return fmt.Sprintf("policy %s here, %s on the chain", mine.Policy, c.Policy)
	case !slices.Equal(c.Features, mine.Features):
		return fmt.Sprintf("features %v here, %v on the chain", mine.Features, c.Features)
	default:
		return ""
	}
}

// recorded is how settings lie in the chain's state: with the number of times
// they were changed before.
type recorded struct {
	ChainSettings
	Era int `json:"era,omitempty"`
}

// GetSettings returns what the chain demands: what the first deployment
// recorded, or the last change; nil before there was one.
func GetSettings(snap store.Readable) (*ChainSettings, error) {
	settings, err := readSettings(snap)
	if err != nil || settings == nil {
		return nil, err
	}

	return &settings.ChainSettings, nil
}

// GetEra returns how often the settings were changed.
func GetEra(snap store.Readable) (int, error) {
	settings, err := readSettings(snap)
	if err != nil || settings == nil {
		return 0, err
	}

	return settings.Era, nil
}

// GetPastSettings returns what the chain demanded before its settings were
// changed for the (era+1)th time; nil if they were not.
func GetPastSettings(snap store.Readable, era int) (*ChainSettings, error) {
	settings := new(ChainSettings)

	found, err := getJSON(prefixed.NewReadable(chainSpace, snap), pastKey(era), settings)
	if err != nil || !found {
		return nil, err
	}

	return settings, nil
}

func pastKey(era int) []byte {
	return binary.BigEndian.AppendUint32(append([]byte{}, settingsKey...), uint32(era))
}

func readSettings(snap store.Readable) (*recorded, error) {
	settings := new(recorded)

	found, err := getJSON(prefixed.NewReadable(chainSpace, snap), settingsKey, settings)
	if err != nil || !found {
		return nil, err
	}

	return settings, nil
}

// putSettings records settings; old, which is not nil if there were others, is
// kept.
func putSettings(snap store.Snapshot, settings *ChainSettings, old *recorded) error {
	space := prefixed.NewSnapshot(chainSpace, snap)
	next := recorded{ChainSettings: *settings}

	if old != nil {
		next.Era = old.Era + 1

		err := putJSON(space, pastKey(old.Era), old.ChainSettings)
		if err != nil {
			return err
		}
	}

	return putJSON(space, settingsKey, next)
}

// Receipts is the root over the receipts of all runs so far, in order, whether
// their transactions were accepted or not: root = SHA-256(root, receipt).
// A receipt covers module, schedule, limits, engine, request, reads, writes,
// result and fuel, so nodes that differ in any of these have different trees.
type Receipts struct {
	Count uint64
	Root  [sha256.Size]byte
}

// GetReceipts returns the root over all runs so far.
func GetReceipts(snap store.Readable) (Receipts, error) {
	var receipts Receipts

	value, err := prefixed.NewReadable(chainSpace, snap).Get(receiptsKey)
	if err != nil {
		return receipts, err
	}

	if len(value) == 0 {
		return receipts, nil
	}

	if len(value) != 8+sha256.Size {
		return receipts, errors.New("the root of the receipts is damaged")
	}

	receipts.Count = binary.BigEndian.Uint64(value)
	copy(receipts.Root[:], value[8:])

	return receipts, nil
}

// addReceipt appends to the root.
func addReceipt(snap store.Snapshot, receipt []byte) error {
	receipts, err := GetReceipts(snap)
	if err != nil {
		return err
	}

	root := sha256.Sum256(append(receipts.Root[:], receipt...))
	value := binary.BigEndian.AppendUint64(nil, receipts.Count+1)

	return prefixed.NewSnapshot(chainSpace, snap).Set(receiptsKey, append(value, root[:]...))
}

// CodeChunk is how a module is cut in the tree, in bytes.
const CodeChunk = 64 << 10

// codeHead says how a module is stored; references counts the versions of
// contracts that are bound to it.
type codeHead struct {
	Size       int `json:"size"`
	References int `json:"references"`
}

func chunkKey(module delavm.Hash, index int) []byte {
	return binary.BigEndian.AppendUint32(bytes.Clone(module[:]), uint32(index))
}

// GetCode returns a module's bytes from the chain's state, nil if it has none.
func GetCode(snap store.Readable, module delavm.Hash) ([]byte, error) {
	space := prefixed.NewReadable(codeSpace, snap)

	var head codeHead

	found, err := getJSON(space, module[:], &head)
	if err != nil || !found {
		return nil, err
	}

	code := make([]byte, 0, head.Size)

	for i := 0; len(code) < head.Size; i++ {
		chunk, err := space.Get(chunkKey(module, i))
		if err != nil {
			return nil, err
		}

		if len(chunk) == 0 {
			return nil, fmt.Errorf("chunk %d of module %s is missing", i, module)
		}

		code = append(code, chunk...)
	}

	if len(code) != head.Size {
		return nil, fmt.Errorf("module %s has %d bytes, not %d", module, len(code), head.Size)
	}

	return code, nil
}

// holdCode stores a module, or counts one reference more.
func holdCode(snap store.Snapshot, module delavm.Hash, code []byte) error {
	space := prefixed.NewSnapshot(codeSpace, snap)

	var head codeHead

	found, err := getJSON(space, module[:], &head)
	if err != nil {
		return err
	}

	for i := 0; !found && i*CodeChunk < len(code); i++ {
		err = space.Set(chunkKey(module, i), code[i*CodeChunk:min(len(code), (i+1)*CodeChunk)])
		if err != nil {
			return err
		}
	}

	head.Size = len(code)
	head.References++

	return putJSON(space, module[:], head)
}

// dropCode gives a reference up, and the code with the last one.
func dropCode(snap store.Snapshot, module delavm.Hash) error {
	space := prefixed.NewSnapshot(codeSpace, snap)

	var head codeHead

	found, err := getJSON(space, module[:], &head)
	if err != nil || !found {
		return err
	}

	head.References--
	if head.References > 0 {
		return putJSON(space, module[:], head)
	}

	for i := 0; i*CodeChunk < head.Size; i++ {
		err = space.Delete(chunkKey(module, i))
		if err != nil {
			return err
		}
	}

	return space.Delete(module[:])
}

func getJSON(space store.Readable, key []byte, into any) (bool, error) {
	data, err := space.Get(key)
	if err != nil || len(data) == 0 {
		return false, err
	}

	err = json.Unmarshal(data, into)
	if err != nil {
		return false, fmt.Errorf("the chain's state at %q: %w", key, err)
	}

	return true, nil
}

// putJSON writes what has one encoding: structs without maps.
func putJSON(space store.Snapshot, key []byte, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}

	return space.Set(key, data)
}
