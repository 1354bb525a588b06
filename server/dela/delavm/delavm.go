// Package delavm is a client of delavm-server: the types of its interface, one
// call for each route, and an Environment that keeps calling while the server
// is away.
//
// The server is one machine away at most (TCP on loopback or a unix socket),
// but its answers are read as if a stranger had written them: whatever does not
// have exactly the form it must have is an error and never a result.
package delavm

import (
	"encoding/hex"
	"fmt"
)

// MaxKey and MaxValue are what a stored key and a stored value may have at
// most, in bytes.
const (
	MaxKey   = 32
	MaxValue = 65536
)

// Hash names a module, a schedule, a set of limits or a receipt: BLAKE2b-256.
type Hash [32]byte

// MarshalText implements encoding.TextMarshaler: 64 hex digits.
func (h Hash) MarshalText() ([]byte, error) {
	return []byte(h.String()), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *Hash) UnmarshalText(text []byte) error {
	if len(text) != 2*len(h) {
		return fmt.Errorf("a hash has %d hex digits, not %d", 2*len(h), len(text))
	}

	_, err := hex.Decode(h[:], text)

	return err
}

// String returns the hex digits.
func (h Hash) String() string {
	return hex.EncodeToString(h[:])
}

// Argument is a named value of a transaction. Keys are text.
type Argument struct {
	Key   string `json:"key"`
	Value []byte `json:"value"`
}

// Entry is a stored key. A nil Value says that it is absent (or, as a write,
// deleted); an empty one that is not nil is an empty value.
type Entry struct {
	Key   []byte `json:"key"`
	Value []byte `json:"value"`
}

// Previous is a transaction that came earlier in the block.
type Previous struct {
	ID        []byte     `json:"id"`
	Arguments []Argument `json:"arguments,omitempty"`
}

// Context is what a contract can learn about where its transaction stands.
type Context struct {
	Caller      []byte     `json:"caller,omitempty"`
	Transaction []byte     `json:"transaction,omitempty"`
	Nonce       uint64     `json:"nonce,string"`
	Previous    []Previous `json:"previous,omitempty"`
}

// Transaction is one call of a contract.
type Transaction struct {
	Module    Hash       `json:"module"`
	Arguments []Argument `json:"arguments,omitempty"`
	Storage   []Entry    `json:"storage,omitempty"`
	Context   Context    `json:"context"`
	Fuel      uint64     `json:"fuel,string"`
}

// Batch is a list of transactions that run in order against one storage. The
// transactions have no Storage and no Previous of their own.
type Batch struct {
	Storage      []Entry       `json:"storage,omitempty"`
	Transactions []Transaction `json:"transactions"`
	// NoPrevious: no transaction is told of those before it in the batch.
	NoPrevious bool `json:"no_previous,omitempty"`
}

// Status says how a run ended.
type Status string

// The ways a run can end.
const (
	Accepted  Status = "accepted"
	Rejected  Status = "rejected"
	Trapped   Status = "trapped"
	OutOfFuel Status = "out_of_fuel"
	NeedKeys  Status = "need_keys"
)

// Fuel is what a run was allowed and what it used.
type Fuel struct {
	Limit uint64 `json:"limit,string"`
	Used  uint64 `json:"used,string"`
}

// Trap says why a run trapped.
type Trap struct {
	Code  string `json:"code"`
	Words string `json:"words"`
}

// Event is something a contract told its callers.
type Event struct {
	Name []byte `json:"name"`
	Data []byte `json:"data"`
}

// Outcome is how a run ended, and what it did.
type Outcome struct {
	Status  Status  `json:"status"`
	Result  []byte  `json:"result"`
	Message []byte  `json:"message"`
	Writes  []Entry `json:"writes"`
	Reads   []Entry `json:"reads"`
	// Needed are keys the run would have read but did not find in the
	// request; NeededRead is the one of them whose read ended it.
	Needed     [][]byte `json:"needed"`
	NeededRead []byte   `json:"needed_read"`
	Events     []Event  `json:"events"`
	Fuel       Fuel     `json:"fuel"`
	Trap       *Trap    `json:"trap"`
	Receipt    Hash     `json:"receipt"`
	Module     Hash     `json:"module"`
	Schedule   Hash     `json:"schedule"`
	Limits     Hash     `json:"limits"`
	Engine     uint32   `json:"engine"`
}

// Reason is the outcome in words.
func (o *Outcome) Reason() string {
	switch {
	case o.Status == Rejected:
		return string(o.Message)
	case o.Trap != nil:
		return fmt.Sprintf("%s: %s", o.Status, o.Trap.Words)
	default:
		return string(o.Status)
	}
}

// Manifest is what a contract says about itself; see contracts/README.md.
type Manifest struct {
	Reads  []string `json:"reads"`
	Access *string  `json:"access"`
}

// Module describes a stored module.
type Module struct {
	Module   Hash      `json:"module"`
	Size     uint64    `json:"size"`
	Imports  []string  `json:"imports"`
	Entries  []string  `json:"entries"`
	Manifest *Manifest `json:"manifest"`
}

// Contract is a name bound to a module in the server itself.
type Contract struct {
	Language string    `json:"language"`
	Name     string    `json:"name"`
	Version  uint64    `json:"version"`
	Module   Hash      `json:"module"`
	Manifest *Manifest `json:"manifest"`
}

// Feature is a part of WebAssembly that is on or off.
type Feature struct {
	Name string `json:"name"`
	On   bool   `json:"on"`
}

// Info is what a server says about itself.
type Info struct {
	Version  string    `json:"version"`
	Engine   uint32    `json:"engine"`
	Profile  string    `json:"profile"`
	Policy   string    `json:"policy"`
	Schedule Hash      `json:"schedule"`
	Limits   Hash      `json:"limits"`
	Features []Feature `json:"features"`
}

// Refusal is an answer that is not a result: {"error": {"code", "message"}}.
type Refusal struct {
	HTTPStatus int    `json:"-"`
	Code       string `json:"code"`
	Message    string `json:"message"`
	Detail     string `json:"detail"`
}

// Error implements error.
func (r *Refusal) Error() string {
	return fmt.Sprintf("delavm refuses (HTTP %d, %s): %s", r.HTTPStatus, r.Code, r.Message)
}
