// increaseCounter - argument in, result out: counter + 1.  contracts/c/increaseCounter says more.
package main

import (
	"errors"

	"contracts/dela"
)

//go:wasmexport call
func call() { dela.Enter(run) }

func main() {}

func run() ([]byte, error) {
	counter, err := dela.Argument("counter")
	if err != nil {
		return nil, err
	}
	if !dela.IsDecimal(counter) {
		return nil, errors.New("counter is not a whole number: " + string(counter))
	}
	return dela.Increment(counter), nil
}
