package wasm

import (
	"reflect"
	"sync"

	"go.dedis.ch/dela/core/access"
)

const maxCallers = 8192

// callers remembers how identities are written: for keys on a pairing-friendly
// curve that takes longer than many a contract runs.
type callers struct {
	sync.Mutex
	known map[access.Identity][]byte
}

// text is the identity as MarshalText has it.
func (c *callers) text(identity access.Identity) ([]byte, error) {
	if !reflect.ValueOf(identity).Comparable() {
		return identity.MarshalText()
	}

	c.Lock()
	text := c.known[identity]
	c.Unlock()

	if text != nil {
		return text, nil
	}

	text, err := identity.MarshalText()
	if err != nil {
		return nil, err
	}

	c.Lock()
	defer c.Unlock()

	if c.known == nil || len(c.known) >= maxCallers {
		c.known = make(map[access.Identity][]byte)
	}

	c.known[identity] = text

	return text, nil
}
