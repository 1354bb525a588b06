// counter - the smallest contract with storage: each accepted call adds one to a stored number.  contracts/c/counter says
// more.
package main

import (
	"errors"

	"contracts/dela"
)

//dela:reads counter

//go:wasmexport call
func call() { dela.Enter(run) }

func main() {}

func run() ([]byte, error) {
	number, found := dela.Stored("counter")
	if !found {
		number = []byte("0")
	}
	if !dela.IsDecimal(number) {
		return nil, errors.New("the stored counter is not a whole number")
	}
	next := dela.Increment(number)
	dela.Store("counter", next)
	dela.Event("counter", next)
	return next, nil
}
