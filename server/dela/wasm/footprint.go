package wasm

import (
	"sync"

	"delavm/server/dela/delavm"
)

const (
	maxRemembered = 1024 // modules
	maxLearned    = 64   // templates of one module
)

// footprints remembers which keys the calls of a module read, besides those its
// manifest names. It is a cache: what is in it decides how many round trips a
// call takes and never how it ends, so nodes may remember different things.
type footprints struct {
	sync.Mutex
	learned map[delavm.Hash]map[string]template
}

// of returns what was learned about a module.
func (f *footprints) of(module delavm.Hash) []template {
	f.Lock()
	defer f.Unlock()

	known := make([]template, 0, len(f.learned[module]))
	for _, t := range f.learned[module] {
		known = append(known, t)
	}

	return known
}

// learn notes keys that a call needed and did not bring.
func (f *footprints) learn(module delavm.Hash, keys [][]byte, args []delavm.Argument) {
	f.Lock()
	defer f.Unlock()

	if f.learned == nil || len(f.learned) >= maxRemembered {
		f.learned = make(map[delavm.Hash]map[string]template)
	}

	known := f.learned[module]
	if known == nil {
		known = make(map[string]template)
		f.learned[module] = known
	}

	for _, key := range keys {
		if len(known) >= maxLearned {
			clear(known) // keys that never come back fill it: begin anew
		}

		t := learnTemplate(key, args)
		known[t.id()] = t
	}
}
