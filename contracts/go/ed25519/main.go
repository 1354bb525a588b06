// ed25519 - adds points of the curve.  contracts/c/ed25519 says more.
package main

import (
	"errors"

	"contracts/dela"
	"contracts/group"
)

//go:wasmexport call
func call() { dela.Enter(run) }

func main() {}

// isPoint adds the identity, which tells.
func isPoint(point []byte) bool {
	_, good := group.Add(point, append([]byte{1}, make([]byte, 31)...))
	return good
}

func run() ([]byte, error) {
	sum, err := dela.Argument32("point1")
	if err != nil {
		return nil, err
	}
	point, err := dela.Argument32("point2")
	if err != nil {
		return nil, err
	}
	left, err := dela.Iterations()
	if err != nil {
		return nil, err
	}
	for ; left > 0; left-- {
		next, good := group.Add(sum, point)
		switch {
		case good:
			sum = next
		case isPoint(sum):
			return nil, errors.New("point2 is not a point of the curve")
		default:
			return nil, errors.New("point1 is not a point of the curve")
		}
	}
	return dela.Base64(sum), nil
}
