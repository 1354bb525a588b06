//go:build compiled

package group

import (
	"bytes"

	"filippo.io/edwards25519"
)

// Only canonical encodings: what decodes and encodes to the same bytes.
func decode(encoded []byte) (*edwards25519.Point, bool) {
	point, err := new(edwards25519.Point).SetBytes(encoded)
	return point, err == nil && bytes.Equal(point.Bytes(), encoded)
}

// greatest is the group order l less 1: a point is of the prime-order group if (l - 1) * P = -P.
var greatest = new(edwards25519.Scalar).Negate(reduce([]byte{1}))

func decodeMain(encoded []byte) (*edwards25519.Point, bool) {
	point, good := decode(encoded)
	if !good || point.Equal(edwards25519.NewIdentityPoint()) == 1 {
		return nil, false
	}
	negated := new(edwards25519.Point).Negate(point)
	return point, new(edwards25519.Point).ScalarMult(greatest, point).Equal(negated) == 1
}

// reduce is a 256-bit number modulo the group order.
func reduce(number []byte) *edwards25519.Scalar {
	wide := make([]byte, 64)
	copy(wide, number)
	scalar, _ := new(edwards25519.Scalar).SetUniformBytes(wide)
	return scalar
}

func decodeScalar(number []byte) (*edwards25519.Scalar, bool) {
	scalar := reduce(number)
	return scalar, number[31] < 0x80 && scalar.Equal(edwards25519.NewScalar()) == 0
}

func Add(a, b []byte) ([]byte, bool) {
	left, good := decode(a)
	right, also := decode(b)
	if !good || !also {
		return nil, false
	}
	return new(edwards25519.Point).Add(left, right).Bytes(), true
}

func Multiply(scalar, point []byte) ([]byte, bool) {
	p, good := decodeMain(point)
	s, also := decodeScalar(scalar)
	if !good || !also {
		return nil, false
	}
	return new(edwards25519.Point).ScalarMult(s, p).Bytes(), true
}

func BaseMultiply(scalar []byte) ([]byte, bool) {
	s, good := decodeScalar(scalar)
	if !good {
		return nil, false
	}
	// ScalarBaseMult would fill its tables first, in each call anew: ten times the fuel.
	return new(edwards25519.Point).ScalarMult(s, edwards25519.NewGeneratorPoint()).Bytes(), true
}

func IsValidPoint(point []byte) bool {
	_, good := decodeMain(point)
	return good
}

func ScalarMultiply(a, b []byte) []byte {
	return new(edwards25519.Scalar).Multiply(reduce(a), reduce(b)).Bytes()
}
