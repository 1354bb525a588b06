// ed25519_gen_mul - multiplies the base point by a scalar.  contracts/c/ed25519_gen_mul says more.
package main

import (
	"errors"

	"contracts/dela"
	"contracts/group"
)

//go:wasmexport call
func call() { dela.Enter(run) }

func main() {}

func run() ([]byte, error) {
	scalar, err := dela.Argument32("scalar")
	if err != nil {
		return nil, err
	}
	left, err := dela.Iterations()
	if err != nil {
		return nil, err
	}
	power, point, good := scalar, []byte(nil), false
	for ; left > 0; left-- {
		if point, good = group.BaseMultiply(power); !good {
			return nil, errors.New("scalar is zero modulo the group order, or not below 2^255")
		}
		if left > 1 {
			power = group.ScalarMultiply(power, scalar)
		}
	}
	return dela.Base64(point), nil
}
