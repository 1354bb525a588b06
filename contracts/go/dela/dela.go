//go:build wasip1

// Package dela is what makes writing a contract in Go comfortable: arguments, storage, rejection by an error, big decimal
// numbers.  A contract is a main package whose exported function `call` a call enters:
//
//	//go:wasmexport call
//	func call() { dela.Enter(run) }
//
//	func main() {}
//
//	func run() ([]byte, error) {
//		name, err := dela.Argument("name")
//		if err != nil {
//			return nil, err
//		}
//		return fmt.Appendf(nil, "Hello, %s!", name), nil
//	}
//
// built with GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared.  Every call starts from a fresh memory in which Go's
// runtime has been initialized.  A program with main() that reads a request from standard input and writes an answer to
// standard output is a contract too, and may call this package.
package dela

import (
	"errors"
	"unsafe"
)

func pointer(b []byte) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(b)) }

func text(s string) (unsafe.Pointer, uint32) {
	return unsafe.Pointer(unsafe.StringData(s)), uint32(len(s))
}

// Enter runs a contract: with an error the call is rejected, nothing is written and the error's text goes back; else the
// bytes are its result.
func Enter(run func() ([]byte, error)) {
	result, err := run()
	if err != nil {
		Reject(err.Error())
	}
	hostResult(pointer(result), uint32(len(result)))
}

// Reject ends the call at once.
func Reject(message string) {
	at, size := text(message)
	hostReject(at, size)
}

// Log writes a line for people; it is never part of the receipt.
func Log(line string) {
	at, size := text(line)
	hostLog(at, size)
}

// Event tells the caller something, if the contract accepts.
func Event(name string, data []byte) {
	at, size := text(name)
	hostEvent(at, size, pointer(data), uint32(len(data)))
}

// receive asks get for bytes until there is room for all; false if the length is -1.
func receive(get func(to unsafe.Pointer, room uint32) int32) ([]byte, bool) {
	for room := int32(64); ; {
		bytes := make([]byte, room)
		size := get(pointer(bytes), uint32(room))
		if size < 0 {
			return nil, false
		}
		if size <= room {
			return bytes[:size], true
		}
		room = size
	}
}

// FindArgument is the argument of that name, and whether there is one.
func FindArgument(name string) ([]byte, bool) {
	at, size := text(name)
	return receive(func(to unsafe.Pointer, room uint32) int32 { return hostArgument(at, size, to, room) })
}

// Argument is the argument of that name; an error, in Dela's words, if there is none or it is empty.
func Argument(name string) ([]byte, error) {
	value, found := FindArgument(name)
	if !found || len(value) == 0 {
		return nil, errors.New("'" + name + "' not found in tx arg")
	}
	return value, nil
}

// Argument32 is the argument of that name, base64 of exactly 32 bytes.
func Argument32(name string) ([]byte, error) {
	encoded, err := Argument(name)
	if err != nil {
		return nil, err
	}
	bytes := make([]byte, 32)
	size := hostBase64Decode(pointer(encoded), uint32(len(encoded)), pointer(bytes), 32)
	if size < 0 {
		return nil, errors.New(name + " is not base64")
	}
	if size != 32 {
		return nil, errors.New(name + " has not the 32 bytes it must have")
	}
	return bytes, nil
}

// Iterations is the optional argument of that name, 1 if there is none.
func Iterations() (uint32, error) {
	digits, found := FindArgument("iterations")
	if !found {
		return 1, nil
	}
	count := uint64(0)
	for _, digit := range digits {
		if digit < '0' || digit > '9' || count > 1<<32 {
			count = 0
			break
		}
		count = count*10 + uint64(digit-'0')
	}
	if count == 0 || count >= 1<<32 {
		return 0, errors.New("iterations is not a number from 1 to 4294967295")
	}
	return uint32(count), nil
}

// Base64 is the standard encoding with padding.
func Base64(bytes []byte) []byte {
	encoded := make([]byte, (len(bytes)+2)/3*4)
	hostBase64Encode(pointer(bytes), uint32(len(bytes)), pointer(encoded), uint32(len(encoded)))
	return encoded
}

// Input is the request's raw input.
func Input() []byte {
	bytes, _ := receive(func(to unsafe.Pointer, room uint32) int32 { return hostInput(to, room) })
	return bytes
}

// Caller is who signed the transaction.
func Caller() []byte {
	bytes, _ := receive(func(to unsafe.Pointer, room uint32) int32 { return hostCaller(to, room) })
	return bytes
}

// Stored is the stored value, and whether there is one.  Keys have 1 to 32 bytes, values up to 65536.
func Stored(key string) ([]byte, bool) {
	at, size := text(key)
	return receive(func(to unsafe.Pointer, room uint32) int32 { return hostStorageGet(at, size, to, room) })
}

// Store stores a value when the contract accepts.
func Store(key string, value []byte) {
	at, size := text(key)
	hostStorageSet(at, size, pointer(value), uint32(len(value)))
}

// Unstore deletes a key when the contract accepts.
func Unstore(key string) {
	at, size := text(key)
	hostStorageDelete(at, size)
}

// Expect says that this key will be read, so that a caller who did not bring it hears of all such keys at once.
func Expect(key string) {
	at, size := text(key)
	hostStorageExpect(at, size)
}

// Ed25519Add is a + b; false if one is not a point of the curve.
func Ed25519Add(a, b []byte) ([]byte, bool) {
	to := make([]byte, 32)
	return to, hostEd25519Add(pointer(a[:32]), pointer(b[:32]), pointer(to)) != 0
}

// Ed25519Multiply is scalar * point; false if the point is not of the prime-order group, or the scalar zero modulo its
// order or not below 2^255.
func Ed25519Multiply(scalar, point []byte) ([]byte, bool) {
	to := make([]byte, 32)
	return to, hostEd25519Multiply(pointer(scalar[:32]), pointer(point[:32]), pointer(to)) != 0
}

// Ed25519BaseMultiply is scalar * the base point.
func Ed25519BaseMultiply(scalar []byte) ([]byte, bool) {
	to := make([]byte, 32)
	return to, hostEd25519BaseMultiply(pointer(scalar[:32]), pointer(to)) != 0
}

// Ed25519IsValidPoint tells whether this is a canonical encoding of a point of the prime-order group, not its identity.
func Ed25519IsValidPoint(point []byte) bool {
	return hostEd25519IsValidPoint(pointer(point[:32])) != 0
}

// Ed25519ScalarMultiply is a * b modulo the group order.
func Ed25519ScalarMultiply(a, b []byte) []byte {
	to := make([]byte, 32)
	hostEd25519ScalarMultiply(pointer(a[:32]), pointer(b[:32]), pointer(to))
	return to
}
