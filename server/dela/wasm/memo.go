package wasm

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"sync"

	"delavm/server/dela/delavm"
	"go.dedis.ch/dela/core/store"
)

const (
	maxMemos     = 8192
	maxMemoBytes = 64 << 20
)

// memos holds outcomes of calls that were run: for the node executes a block's
// transactions more than once, and a whole block can be run ahead in one batch.
// An outcome is a function of the request and of the values that were read, so
// it may be used again exactly while these are the same.
type memos struct {
	sync.Mutex
	outcomes map[[sha256.Size]byte]*delavm.Outcome
	bytes    int
}

// key is over everything in a request but the storage it brings, and over what the
// chain demands of whoever runs it.
func (c *call) key() ([sha256.Size]byte, error) {
	tx := c.tx
	tx.Storage = nil

	data, err := json.Marshal(struct {
		Settings    *recorded
		Transaction *delavm.Transaction
	}{c.settings, &tx})

	return sha256.Sum256(append([]byte(c.name+"\x00"), data...)), err
}

func (m *memos) get(key [sha256.Size]byte) *delavm.Outcome {
	m.Lock()
	defer m.Unlock()

	return m.outcomes[key]
}

func (m *memos) put(key [sha256.Size]byte, outcome *delavm.Outcome) {
	size := len(outcome.Result) + len(outcome.Message) + sizeOf(outcome.Reads) + sizeOf(outcome.Writes)

	m.Lock()
	defer m.Unlock()

	if m.outcomes == nil || len(m.outcomes) >= maxMemos || m.bytes+size > maxMemoBytes {
		m.outcomes, m.bytes = make(map[[sha256.Size]byte]*delavm.Outcome), 0
	}

	m.outcomes[key] = outcome
	m.bytes += size
}

func sizeOf(entries []delavm.Entry) int {
	size := 0
	for _, entry := range entries {
		size += len(entry.Key) + len(entry.Value)
	}

	return size
}

// remembered returns the outcome of a call that was run before, if all it read
// is as it was in the contract's storage.
func (s *Service) remembered(storage store.Readable, c *call) (*delavm.Outcome, error) {
	if s.options.OneByOne {
		return nil, nil
	}

	key, err := c.key()
	if err != nil {
		return nil, err
	}

	outcome := s.memos.get(key)
	if outcome == nil {
		return nil, nil
	}

	for _, read := range outcome.Reads {
		stored, err := storage.Get(read.Key)
		if err != nil {
			return nil, storeTrouble(err)
		}

		value := unpackValue(stored)
		if (value == nil) != (read.Value == nil) || !bytes.Equal(value, read.Value) {
			return nil, nil
		}
	}

	return outcome, nil
}

// remember keeps an outcome. Errors only cost a round trip later.
func (s *Service) remember(c *call, outcome *delavm.Outcome) {
	key, err := c.key()
	if err == nil {
		s.memos.put(key, outcome)
	}
}
