package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"delavm/server/dela/chain"
	"delavm/server/dela/delavm"
	"delavm/server/dela/wasm"
	"github.com/rs/zerolog"
	"go.dedis.ch/dela"
	"go.dedis.ch/dela/core/execution/native"
	"go.dedis.ch/dela/core/txn"
	"go.dedis.ch/dela/crypto/bls"
)

// blockTimeout bounds the wait for a transaction's block.
const blockTimeout = 2 * time.Minute

// host runs the chain and does what the command line asks.
type host struct {
	lock   sync.Mutex // one command at a time
	nodes  []*chain.Node
	wallet *chain.Wallet
	stop   chan struct{}
}

// binary finds delavm-server.
func binary() string {
	path := os.Getenv("DELAVM_SERVER_BINARY")
	if path != "" {
		return path
	}

	self, err := os.Executable()
	if err == nil {
		beside := filepath.Join(filepath.Dir(self), "delavm-server")

		_, err = os.Stat(beside)
		if err == nil {
			return beside
		}
	}

	return filepath.Join("build", "delavm-server")
}

func start(args []string) error {
	count := 4

	if len(args) == 1 {
		number, err := strconv.Atoi(args[0])
		if err != nil || number < 1 || number > 16 {
			return errUsage
		}

		count = number
	} else if len(args) > 1 {
		return errUsage
	}

	dela.Logger = dela.Logger.Level(zerolog.Disabled)

	// A chain begins anew each time: its nodes' keys are not kept.
	err := errors.Join(os.RemoveAll(directory()), os.MkdirAll(directory(), 0o700))
	if err != nil {
		return err
	}

	h := &host{stop: make(chan struct{}, 1)}
	defer h.close()

	err = h.begin(count)
	if err != nil {
		return err
	}

	return h.serve()
}

func (h *host) close() {
	for _, node := range h.nodes {
		_ = node.Close()
	}
}

// begin starts the nodes and their servers, and the chain.
func (h *host) begin(count int) error {
	quiet := zerolog.Nop()

	for i := range count {
		dir := filepath.Join(directory(), "node"+strconv.Itoa(i))

		err := os.MkdirAll(dir, 0o700)
		if err != nil {
			return err
		}

		process, err := chain.NewProcess(binary(), "", dir)
		if err == nil {
			err = process.Start()
		}

		if err != nil {
			return err
		}

		onet, err := chain.NewGRPC()
		if err != nil {
			process.Kill()
			return err
		}

		node, err := chain.NewNode(onet, dir, process, chain.Options{
			Environment: delavm.Settings{Trouble: trouble(i)},
			Wasm: wasm.Options{
				Logger: &quiet,
				Halt:   func(err error) { fmt.Printf("node %d must not go on: %v\n", i, err) },
			},
		})
		if err != nil {
			process.Kill()
			return err
		}

		h.nodes = append(h.nodes, node)
		fmt.Printf("node %d at %v, its delavm-server at %s\n", i, node.Mino.GetAddress(), process.Address())
	}

	ctx, cancel := context.WithTimeout(context.Background(), blockTimeout)
	defer cancel()

	err := chain.Acquaint(h.nodes...)
	if err == nil {
		err = chain.Begin(ctx, h.nodes...)
	}

	if err != nil {
		return err
	}

	h.wallet = chain.NewWallet(h.nodes[0], bls.NewSigner())
	for _, node := range h.nodes {
		err = node.Admit(h.wallet.Signer.GetPublicKey())
		if err != nil {
			return err
		}
	}

	args, err := chain.Grant(wasm.DeployUID, wasm.DeployName, wasm.CmdDeploy, h.wallet.Signer.GetPublicKey())
	if err != nil {
		return err
	}

	return h.wallet.Send(ctx, args...)
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

// serve answers the command line until the chain is stopped.
func (h *host) serve() error {
	listener, err := net.Listen("unix", socket())
	if err != nil {
		return err
	}

	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)

	go func() {
		select {
		case <-interrupted:
		case <-h.stop:
		}

		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()

		_ = server.Shutdown(ctx)
	}()

	fmt.Println("the chain runs; talk to it from another terminal with delachain, end it with Ctrl-C")

	err = server.Serve(listener)
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}

	return err
}

// ServeHTTP answers one command.
func (h *host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.lock.Lock()
	defer h.lock.Unlock()

	var command request

	err := json.NewDecoder(r.Body).Decode(&command)
	if err != nil || len(command.Arguments) == 0 {
		http.Error(w, errUsage.Error(), http.StatusBadRequest)
		return
	}

	ctx, cancel := context.WithTimeout(r.Context(), blockTimeout)
	defer cancel()

	text, err := h.do(ctx, command)

	var failed notAccepted

	switch {
	case errors.Is(err, chain.ErrRejected):
		http.Error(w, err.Error(), http.StatusConflict)
	case errors.As(err, &failed):
		http.Error(w, failed.Error(), http.StatusConflict)
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadRequest)
	default:
		_, _ = fmt.Fprintln(w, text)
	}
}

func (h *host) do(ctx context.Context, command request) (string, error) {
	name, args := command.Arguments[0], command.Arguments[1:]

	do, found := map[string]struct {
		least int
		do    func(context.Context, []string) (string, error)
	}{
		"deploy":    {2, func(ctx context.Context, args []string) (string, error) { return h.deploy(ctx, args[1], command.Wasm) }},
		"call":      {1, h.call},
		"query":     {1, h.query},
		"get":       {2, h.get},
		"remove":    {1, h.remove},
		"contracts": {0, h.contracts},
		"status":    {0, h.status},
		"kill":      {1, h.kill},
		"revive":    {1, h.revive},
		"stop":      {0, func(context.Context, []string) (string, error) { h.stop <- struct{}{}; return "stopped", nil }},
	}[name]

	if !found || len(args) < do.least {
		return "", errUsage
	}

	return do.do(ctx, args)
}

func (h *host) deploy(ctx context.Context, name string, code []byte) (string, error) {
	// The hash is needed for a module in chunks alone; the server knows it.
	module, err := h.nodes[0].Env.AddModule(ctx, code)

	refusal, final := delavm.Verdict(err)
	if final {
		return "", notAccepted("refused: " + refusal.Message)
	}

	if err != nil {
		return "", err
	}

	settings, err := h.nodes[0].Wasm.Settings(ctx)
	if err != nil {
		return "", err
	}

	transactions := wasm.DeployTransactions(name, code, module, settings, wasm.MaxChunk)
	for _, args := range transactions {
		err = h.wallet.Send(ctx, args...)
		if err != nil {
			return "", err
		}
	}

	record, err := wasm.GetRecord(h.nodes[0].Ordering.GetStore(), name)
	if err != nil || record == nil {
		return "", fmt.Errorf("it is not on the chain: %w", err)
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

func (h *host) call(ctx context.Context, words []string) (string, error) {
	args, err := pairs(words[1:])
	if err != nil {
		return "", err
	}

	args, err = wasm.Call(words[0], args...)
	if err != nil {
		return "", err
	}

	err = h.wallet.Send(ctx, args...)
	if err != nil {
		return "", err
	}

	_, blocks, err := h.nodes[0].Root()

	return fmt.Sprintf("accepted, in block %d", blocks-1), err
}

func (h *host) query(ctx context.Context, words []string) (string, error) {
	args, err := pairs(words[1:])
	if err != nil {
		return "", err
	}

	outcome, err := h.nodes[0].Wasm.Query(ctx, h.nodes[0].Ordering.GetStore(), words[0], args...)
	if err != nil {
		return "", err
	}

	if outcome.Status != delavm.Accepted {
		return "", notAccepted(outcome.Reason())
	}

	return string(outcome.Result), nil
}

func (h *host) get(_ context.Context, words []string) (string, error) {
	key := wasm.StorageKey(words[0], []byte(words[1]))

	proof, err := h.nodes[0].Ordering.GetProof(key)
	if err != nil {
		return "", err
	}

	if len(proof.GetValue()) == 0 {
		return "", notAccepted("absent")
	}

	return fmt.Sprintf("%s (proved, at %x in the tree)", proof.GetValue(), key[:8]), nil
}

func (h *host) remove(ctx context.Context, words []string) (string, error) {
	err := h.wallet.Send(ctx,
		txn.Arg{Key: native.ContractArg, Value: []byte(wasm.DeployName)},
		txn.Arg{Key: wasm.CommandArg, Value: []byte(wasm.CmdRemove)},
		txn.Arg{Key: wasm.NameArg, Value: []byte(words[0])})

	return "removed " + words[0], err
}
