package wasm

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"delavm/server/dela/delavm"
	"go.dedis.ch/dela/core/execution/native"
	"go.dedis.ch/dela/core/txn"
)

const (
	// ArgumentsArg is the argument that holds all arguments of a call in
	// canonical encoding; see EncodeArguments.
	ArgumentsArg = "dela.wasm:arguments"

	// FuelArg is the contract's argument with the most fuel the call may use,
	// in decimal. It counts as DefaultFuel when it is not there.
	FuelArg = "dela.wasm:fuel"

	// DefaultFuel and MaxFuel are the limit of a call that names none, and
	// the greatest one. All nodes have the same.
	DefaultFuel = 10_000_000
	MaxFuel     = 100_000_000

	// MaxArguments is how many arguments a call may have.
	MaxArguments = 256
)

// encodingVersion is the first byte of the canonical encoding.
const encodingVersion = 1

// Call makes the arguments of a transaction that calls a contract, by its name
// "language/name". They are in canonical encoding, so that the signature covers
// where each key and value ends: Dela signs keys and values concatenated
// without lengths, and plain arguments can be cut anew by whoever passes the
// transaction on.
func Call(name string, args ...txn.Arg) ([]txn.Arg, error) {
	encoded, err := EncodeArguments(args)
	if err != nil {
		return nil, err
	}

	return []txn.Arg{
		{Key: native.ContractArg, Value: []byte(name)},
		{Key: ArgumentsArg, Value: encoded},
	}, nil
}

// EncodeArguments returns the canonical encoding: a version byte, the number of
// arguments, then each one in the order of the keys as length and bytes of the
// key, length and bytes of the value. Numbers have 32 bits, big endian.
func EncodeArguments(args []txn.Arg) ([]byte, error) {
	sorted := slices.Clone(args)
	slices.SortFunc(sorted, func(a, b txn.Arg) int { return strings.Compare(a.Key, b.Key) })

	out := binary.BigEndian.AppendUint32([]byte{encodingVersion}, uint32(len(sorted)))

	for i, arg := range sorted {
		if i > 0 && sorted[i-1].Key == arg.Key {
			return nil, fmt.Errorf("argument %q is there twice", arg.Key)
		}

		out = binary.BigEndian.AppendUint32(out, uint32(len(arg.Key)))
		out = append(out, arg.Key...)
		out = binary.BigEndian.AppendUint32(out, uint32(len(arg.Value)))
		out = append(out, arg.Value...)
	}

	return out, nil
}

// decodeArguments accepts what EncodeArguments returns and nothing else.
func decodeArguments(data []byte) ([]delavm.Argument, error) {
	if len(data) < 5 || data[0] != encodingVersion {
		return nil, errors.New("not the canonical encoding, version 1")
	}

	count := binary.BigEndian.Uint32(data[1:])
	data = data[5:]

	if count > MaxArguments {
		return nil, fmt.Errorf("%d arguments, at most %d", count, MaxArguments)
	}

	args := make([]delavm.Argument, count)

	for i := range args {
		key, rest, ok := cutBytes(data)
		if !ok {
			return nil, errors.New("it ends too early")
		}

		value, rest, ok := cutBytes(rest)
		if !ok {
			return nil, errors.New("it ends too early")
		}

		if i > 0 && args[i-1].Key >= string(key) {
			return nil, errors.New("the keys are not in order, each once")
		}

		args[i] = delavm.Argument{Key: string(key), Value: value}
		data = rest
	}

	if len(data) > 0 {
		return nil, errors.New("something follows its end")
	}

	return args, nil
}

// cutBytes takes a length and that many bytes. The bytes are never nil.
func cutBytes(data []byte) (bytes, rest []byte, ok bool) {
	if len(data) < 4 {
		return nil, nil, false
	}

	size := binary.BigEndian.Uint32(data)
	data = data[4:]

	if uint64(size) > uint64(len(data)) {
		return nil, nil, false
	}

	return data[:size:size], data[size:], true
}

// argumentLister is what a transaction must implement besides
// txn.Transaction when its arguments are not in canonical encoding; those of
// package signed do.
type argumentLister interface {
	GetArgs() []string
}

// argumentsOf returns the arguments a contract sees, in the order of the keys:
// those of the canonical encoding if the transaction has it, else all but the
// contract's name. Errors are the transaction's own fault.
func argumentsOf(tx txn.Transaction) ([]delavm.Argument, error) {
	lister, canList := tx.(argumentLister)
	encoded := tx.GetArg(ArgumentsArg)

	var args []delavm.Argument

	switch {
	case encoded != nil:
		if canList && len(lister.GetArgs()) != 2 {
			return nil, fmt.Errorf("'%s' must be the only argument beside '%s'", ArgumentsArg, native.ContractArg)
		}

		decoded, err := decodeArguments(encoded)
		if err != nil {
			return nil, fmt.Errorf("'%s': %w", ArgumentsArg, err)
		}

		args = decoded
	case canList:
		args = plainArguments(tx, lister.GetArgs())
	default:
		return nil, fmt.Errorf("transaction of type %T needs '%s'", tx, ArgumentsArg)
	}

	if len(args) > MaxArguments {
		return nil, fmt.Errorf("%d arguments, at most %d", len(args), MaxArguments)
	}

	for _, arg := range args {
		if arg.Key == "" || strings.ContainsRune(arg.Key, 0) || !utf8.ValidString(arg.Key) {
			return nil, fmt.Errorf("argument name %q is empty or not text", arg.Key)
		}
	}

	return args, nil
}

func plainArguments(tx txn.Transaction, keys []string) []delavm.Argument {
	args := make([]delavm.Argument, 0, len(keys))

	for _, key := range keys {
		if key == native.ContractArg {
			continue
		}

		// A value that is nil or empty must be one and the same on all
		// nodes, whether they had the transaction over the wire or not.
		args = append(args, delavm.Argument{Key: key, Value: append([]byte{}, tx.GetArg(key)...)})
	}

	slices.SortFunc(args, func(a, b delavm.Argument) int { return strings.Compare(a.Key, b.Key) })

	return args
}

// find returns the value of an argument.
func find(args []delavm.Argument, key string) ([]byte, bool) {
	at, found := slices.BinarySearchFunc(args, key, func(arg delavm.Argument, key string) int {
		return strings.Compare(arg.Key, key)
	})
	if !found {
		return nil, false
	}

	return args[at].Value, true
}

// fuelOf returns the fuel limit of a call.
func fuelOf(args []delavm.Argument) (uint64, error) {
	text, found := find(args, FuelArg)
	if !found {
		return DefaultFuel, nil
	}

	fuel, err := strconv.ParseUint(string(text), 10, 64)
	if err != nil || fuel == 0 || strconv.FormatUint(fuel, 10) != string(text) {
		return 0, fmt.Errorf("'%s' must be a decimal number from 1", FuelArg)
	}

	return min(fuel, MaxFuel), nil
}
