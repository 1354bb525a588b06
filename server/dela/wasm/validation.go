package wasm

import (
	"go.dedis.ch/dela/core/store"
	"go.dedis.ch/dela/core/txn"
	"go.dedis.ch/dela/core/validation"
)

// Validation stands around another validation service, whose execution service
// must be the Service, and makes trouble of the environment an error of
// Validate: a leader then makes no block, a follower signs none, and both come
// back to it. It also runs the wasm transactions of a block ahead, those of each
// contract in one round trip. Without it a node waits inside of Execute until the trouble is
// over.
//
// - implements validation.Service
type Validation struct {
	validation.Service

	wasm *Service
}

// NewValidation makes a validation service around `inner`.
func NewValidation(inner validation.Service, wasm *Service) Validation {
	return Validation{Service: inner, wasm: wasm}
}

// validationRun is the snapshot of one Validate. Execute finds it again by its
// type, and leaves there what went wrong.
type validationRun struct {
	store.Snapshot

	err error
}

// Validate implements validation.Service.
func (v Validation) Validate(snap store.Snapshot, txs []txn.Transaction) (validation.Result, error) {
	run := &validationRun{Snapshot: snap}

	v.wasm.ahead(snap, txs)

	result, err := v.Service.Validate(run, txs)
	if run.err != nil {
		return nil, run.err
	}

	return result, err
}
