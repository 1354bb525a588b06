//go:build !compiled

// Package group is the group edwards25519: computed by the host, or, with the build tag `compiled`, by
// filippo.io/edwards25519 in the contract.  Points and scalars have 32 bytes; false: what was given is refused.
package group

import "contracts/dela"

var (
	Add            = dela.Ed25519Add
	Multiply       = dela.Ed25519Multiply
	BaseMultiply   = dela.Ed25519BaseMultiply
	IsValidPoint   = dela.Ed25519IsValidPoint
	ScalarMultiply = dela.Ed25519ScalarMultiply
)
