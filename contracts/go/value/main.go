// value - keys and values, by the commands and in the words of Dela's native Value contract.  contracts/c/value says what
// it takes and gives.
package main

import (
	"bytes"
	"errors"
	"slices"

	"contracts/dela"
)

const (
	indexKey     = "dela.Value:index"
	longestKey   = 32
	longestValue = 65536
)

//dela:access {value:command}
//dela:reads dela.Value:index
//dela:reads {value:key}

//go:wasmexport call
func call() { dela.Enter(run) }

func main() {}

// keyArgument: doing is what the native contract says it failed to do.
func keyArgument(doing string) (string, error) {
	key, err := dela.Argument("value:key")
	switch {
	case err != nil:
		return "", err
	case len(key) > longestKey:
		return "", errors.New(doing + ": the key has more than 32 bytes")
	case string(key) == indexKey:
		return "", errors.New(doing + ": the key is the index's own")
	}
	return string(key), nil
}

// loadIndex reads the sorted keys, stored as each one's length in a byte and its bytes.
func loadIndex() []string {
	var index []string
	stored, _ := dela.Stored(indexKey)
	for len(stored) > 0 {
		size := int(stored[0])
		if size >= len(stored) {
			dela.Reject("the stored index is damaged")
		}
		index = append(index, string(stored[1:1+size]))
		stored = stored[1+size:]
	}
	return index
}

func asStored(index []string) []byte {
	var stored []byte
	for _, key := range index {
		stored = append(append(stored, byte(len(key))), key...)
	}
	return stored
}

func write() ([]byte, error) {
	key, err := keyArgument("failed to set value")
	if err != nil {
		return nil, err
	}
	value, err := dela.Argument("value:value")
	if err != nil {
		return nil, err
	}
	if len(value) > longestValue {
		return nil, errors.New("failed to set value: the value has more than 65536 bytes")
	}
	index := loadIndex()
	if at, found := slices.BinarySearch(index, key); !found {
		stored := asStored(slices.Insert(index, at, key))
		if len(stored) > longestValue {
			return nil, errors.New("failed to set value: the index is full")
		}
		dela.Store(indexKey, stored)
	}
	dela.Store(key, value)
	return nil, nil
}

func pair(key string) []byte {
	value, _ := dela.Stored(key)
	return append([]byte(key+"="), value...)
}

func read() ([]byte, error) {
	key, err := keyArgument("failed to get key")
	if err != nil {
		return nil, err
	}
	return pair(key), nil
}

func remove() ([]byte, error) {
	key, err := keyArgument("failed to delete key")
	if err != nil {
		return nil, err
	}
	index := loadIndex()
	dela.Unstore(key)
	if at, found := slices.BinarySearch(index, key); found {
		dela.Store(indexKey, asStored(slices.Delete(index, at, at+1)))
	}
	return nil, nil
}

// list expects the keys first, so that a caller who did not bring them hears of all at once.
func list() ([]byte, error) {
	index := loadIndex()
	for _, key := range index {
		dela.Expect(key)
	}
	pairs := make([][]byte, len(index))
	for i, key := range index {
		pairs[i] = pair(key)
	}
	return bytes.Join(pairs, []byte(",")), nil
}

var commands = map[string]func() ([]byte, error){"WRITE": write, "READ": read, "DELETE": remove, "LIST": list}

func run() ([]byte, error) {
	command, err := dela.Argument("value:command")
	if err != nil {
		return nil, err
	}
	do, known := commands[string(command)]
	if !known {
		return nil, errors.New("unknown command: " + string(command))
	}
	result, err := do()
	if err != nil {
		return nil, errors.New("failed to " + string(command) + ": " + err.Error())
	}
	return result, nil
}
