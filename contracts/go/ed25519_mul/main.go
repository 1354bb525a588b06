// ed25519_mul - multiplies a point by a scalar.  contracts/c/ed25519_mul says more.
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
	point, err := dela.Argument32("point1")
	if err != nil {
		return nil, err
	}
	scalar, err := dela.Argument32("scalar")
	if err != nil {
		return nil, err
	}
	left, err := dela.Iterations()
	if err != nil {
		return nil, err
	}
	for ; left > 0; left-- {
		next, good := group.Multiply(scalar, point)
		switch {
		case good:
			point = next
		case group.IsValidPoint(point):
			return nil, errors.New("scalar is zero modulo the group order, or not below 2^255")
		default:
			return nil, errors.New("point1 is not a point of the prime-order group")
		}
	}
	return dela.Base64(point), nil
}
