package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"delavm/server/dela/chain"
	"delavm/server/dela/delavm"
	"delavm/server/dela/wasm"
	"github.com/rs/zerolog"
	"go.dedis.ch/dela"
	"go.dedis.ch/dela/core/execution/native"
	"go.dedis.ch/dela/core/txn"
	"go.dedis.ch/dela/crypto"
	"go.dedis.ch/dela/crypto/bls"
)

const (
	// When nothing is put into blocks for oldTransaction and what is left of a
	// round, the nodes make another one the leader. Dela's own times are 5 and
	// 10 minutes.
	oldTransaction = 10 * time.Second
	round          = 5 * time.Second
	failedRound    = 10 * time.Second

	// queryTimeout bounds a query, environmentTimeout the question whether an
	// environment is there, closeTimeout how long a node takes to end.
	queryTimeout       = 10 * time.Second
	environmentTimeout = 2 * time.Second
	closeTimeout       = 3 * time.Second
)

// member is one node of the chain, in this process.
type member struct {
	*chain.Node
	desk

	operator crypto.Signer
	stop     chan struct{}
}

// send signs a transaction as the operator and waits for its block. The nonce
// is the chain's each time, so what got lost on its way is no gap.
func (m *member) send(ctx context.Context, args ...txn.Arg) error {
	return chain.NewWallet(m.Node, m.operator).Send(ctx, args...)
}

// runNode runs one node: its number, its address and its environment's.
func runNode(args []string) error {
	if len(args) != 3 {
		return errUsage
	}

	number, err := strconv.Atoi(args[0])
	if err != nil {
		return errUsage
	}

	// Dela's own variable for how much it logs; here nothing, if it is not set.
	if os.Getenv(dela.EnvLogLevel) == "" {
		dela.Logger = dela.Logger.Level(zerolog.Disabled)
	}

	node, err := chain.OpenNode(nodeDirectory(number), args[1], args[2], chain.Options{
		Environment: delavm.Settings{Trouble: trouble(number)},
		Wasm: wasm.Options{
			Halt: func(err error) { fmt.Printf("node %d must not go on: %v\n", number, err) },
		},
		Round:       round,
		Failed:      failedRound,
		Transaction: oldTransaction,
	})
	if err != nil {
		return err
	}

	// One key for all, that of whoever runs this chain: each node lets it use
	// the access contract, and signs with it what the command line asks for.
	operator, err := chain.LoadSigner(operatorKey())
	if err == nil {
		err = node.Admit(operator.GetPublicKey())
	}

	if err != nil {
		return err
	}

	m := &member{Node: node, operator: operator, stop: make(chan struct{})}
	m.commands = map[string]command{
		"state":     words(0, m.state),
		"invite":    words(0, m.invite),
		"join":      words(1, m.join),
		"identity":  words(0, m.identity),
		"setup":     words(1, m.setup),
		"deploy":    {2, m.deploy},
		"call":      words(1, m.call),
		"query":     words(1, m.query),
		"get":       words(2, m.get),
		"remove":    words(1, m.remove),
		"contracts": words(0, m.contracts),
	}

	err = m.serve(nodeSocket(number), m.stop, func() {})

	// The database is whole at any time, so nobody waits for Dela's pauses.
	closed := make(chan error, 1)
	go func() { closed <- node.Close() }()

	select {
	case <-closed:
	case <-time.After(closeTimeout):
	}

	return err
}

func operatorKey() string {
	return filepath.Join(directory(), "operator.key")
}

// trouble says once that an environment is away, and once that it is back.
func trouble(node int) func(int, error) {
	return func(attempt int, err error) {
		switch {
		case err == nil:
			fmt.Printf("node %d: its environment is back\n", node)
		case attempt == 1:
			fmt.Printf("node %d: its environment is away, nothing is decided without it: %v\n", node, err)
		}
	}
}

func (m *member) state(ctx context.Context, _ []string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, environmentTimeout)
	defer cancel()

	_, away := m.Env.Info(ctx)

	root, blocks, err := m.Root()
	if err != nil {
		return "", err
	}

	text, err := json.Marshal(state{Environment: away == nil, Blocks: blocks, Root: root[:]})

	return string(text), err
}

func (m *member) invite(context.Context, []string) (string, error) {
	invitation, err := m.Invite()
	if err != nil {
		return "", err
	}

	text, err := json.Marshal(invitation)

	return string(text), err
}

func (m *member) join(_ context.Context, words []string) (string, error) {
	var invitation chain.Invitation

	err := json.Unmarshal([]byte(words[0]), &invitation)
	if err != nil {
		return "", err
	}

	return "joined", m.Join(invitation)
}

// identity is what a roster needs to know of a node, in JSON.
type identity struct {
	Address []byte `json:"address"`
	Key     []byte `json:"key"`
}

func (m *member) identity(context.Context, []string) (string, error) {
	address, err := m.Member().Address.MarshalText()
	if err != nil {
		return "", err
	}

	key, err := m.PublicKey().MarshalBinary()
	if err != nil {
		return "", err
	}

	text, err := json.Marshal(identity{address, key})

	return string(text), err
}

// setup begins a chain of the nodes with these identities, and lets the operator
// deploy contracts.
func (m *member) setup(ctx context.Context, words []string) (string, error) {
	members := make([]chain.Member, len(words))

	for i, text := range words {
		var is identity

		err := json.Unmarshal([]byte(text), &is)
		if err != nil {
			return "", err
		}

		key, err := bls.NewPublicKey(is.Key)
		if err != nil {
			return "", err
		}

		members[i] = chain.Member{Address: m.Mino.GetAddressFactory().FromText(is.Address), Key: key}
	}

	err := m.Ordering.Setup(ctx, chain.NewRoster(members...))
	if err != nil {
		return "", err
	}

	args, err := chain.Grant(wasm.DeployUID, wasm.DeployName, wasm.CmdDeploy, m.operator.GetPublicKey())
	if err != nil {
		return "", err
	}

	return "the chain has begun", m.send(ctx, args...)
}

func (m *member) deploy(ctx context.Context, asked request) (string, error) {
	name, code := asked.Arguments[2], asked.Wasm

	// The hash is needed for a module in chunks alone; the server knows it.
	module, err := m.Env.AddModule(ctx, code)

	refusal, final := delavm.Verdict(err)
	if final {
		return "", notAccepted("refused: " + refusal.Message)
	}

	if err != nil {
		return "", fmt.Errorf("this node's environment is away (ask another one: delachain --node NODE deploy): %w", err)
	}

	settings, err := m.Wasm.Settings(ctx)
	if err != nil {
		return "", err
	}

	transactions := wasm.DeployTransactions(name, code, module, settings, wasm.MaxChunk)
	for _, args := range transactions {
		err = m.send(ctx, args...)
		if err != nil {
			return "", err
		}
	}

	record, err := wasm.GetRecord(m.Ordering.GetStore(), name)
	if err != nil || record == nil {
		return "", errors.Join(errors.New("it is not on the chain"), err)
	}

	return fmt.Sprintf("deployed %s, version %d, module %s, in %d transaction(s)",
		name, len(record.Versions), module, len(transactions)), nil
}

// pairs reads KEY=VALUE.
func pairs(words []string) ([]txn.Arg, error) {
	var args []txn.Arg

	for _, word := range words {
		key, value, found := strings.Cut(word, "=")
		if !found {
			return nil, fmt.Errorf("%q is not KEY=VALUE", word)
		}

		args = append(args, txn.Arg{Key: key, Value: []byte(value)})
	}

	return args, nil
}

func (m *member) call(ctx context.Context, words []string) (string, error) {
	args, err := pairs(words[1:])
	if err != nil {
		return "", err
	}

	args, err = wasm.Call(words[0], args...)
	if err != nil {
		return "", err
	}

	err = m.send(ctx, args...)
	if err != nil {
		return "", err
	}

	_, blocks, err := m.Root()

	return fmt.Sprintf("accepted, in block %d", blocks-1), err
}

func (m *member) query(ctx context.Context, words []string) (string, error) {
	args, err := pairs(words[1:])
	if err != nil {
		return "", err
	}

	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()

	outcome, err := m.Wasm.Query(ctx, m.Ordering.GetStore(), words[0], args...)
	if err != nil {
		return "", err
	}

	if outcome.Status != delavm.Accepted {
		return "", notAccepted(outcome.Reason())
	}

	return string(outcome.Result), nil
}

func (m *member) get(_ context.Context, words []string) (string, error) {
	value, err := m.Stored(words[0], []byte(words[1]))
	if err != nil {
		return "", err
	}

	// Dela's proof that a key is absent has a value, too: that of another key.
	if value == nil {
		return "", notAccepted("absent")
	}

	proof, err := m.Ordering.GetProof(wasm.StorageKey(words[0], []byte(words[1])))
	if err != nil {
		return "", err
	}

	return fmt.Sprintf("%s (proved, at %x in the tree)", value, proof.GetKey()[:8]), nil
}

func (m *member) remove(ctx context.Context, words []string) (string, error) {
	err := m.send(ctx,
		txn.Arg{Key: native.ContractArg, Value: []byte(wasm.DeployName)},
		txn.Arg{Key: wasm.CommandArg, Value: []byte(wasm.CmdRemove)},
		txn.Arg{Key: wasm.NameArg, Value: []byte(words[0])})

	return "removed " + words[0], err
}

func (m *member) contracts(context.Context, []string) (string, error) {
	records, err := wasm.GetRecords(m.Ordering.GetStore())
	if err != nil {
		return "", err
	}

	lines := make([]string, len(records))

	for i, record := range records {
		lines[i] = fmt.Sprintf("%s  version %d  %s  %d bytes  reads %v", record.Name, len(record.Versions),
			record.Newest().Module, record.Newest().Size, record.Newest().Reads)
		if record.Removed {
			lines[i] += "  removed"
		}
	}

	return strings.Join(lines, "\n"), nil
}
