package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"delavm/server/dela/chain"
	"delavm/server/dela/wasm"
)

func (h *host) contracts(context.Context, []string) (string, error) {
	records, err := wasm.GetRecords(h.nodes[0].Ordering.GetStore())
	if err != nil {
		return "", err
	}

	var out strings.Builder

	for _, record := range records {
		state := ""
		if record.Removed {
			state = "  removed"
		}

		fmt.Fprintf(&out, "%s  version %d  %s  %d bytes  reads %v%s\n", record.Name, len(record.Versions),
			record.Newest().Module, record.Newest().Size, record.Newest().Reads, state)
	}

	return strings.TrimSuffix(out.String(), "\n"), nil
}

// statusTimeout is how long an environment may take to be called up.
const statusTimeout = 2 * time.Second

func (h *host) status(ctx context.Context, _ []string) (string, error) {
	var out strings.Builder

	fmt.Fprintf(&out, "node  environment  blocks  root")

	for i, node := range h.nodes {
		ctx, cancel := context.WithTimeout(ctx, statusTimeout)
		state := "up"

		_, err := node.Env.Info(ctx)
		if err != nil {
			state = "away"
		}

		cancel()

		root, blocks, err := node.Root()
		if err != nil {
			return "", err
		}

		fmt.Fprintf(&out, "\n%-4d  %-11s  %-6d  %x", i, state, blocks, root[:8])
	}

	return out.String(), nil
}

func (h *host) node(word string) (*chain.Node, error) {
	number, err := strconv.Atoi(word)
	if err != nil || number < 0 || number >= len(h.nodes) {
		return nil, fmt.Errorf("there is no node %q", word)
	}

	return h.nodes[number], nil
}

func (h *host) kill(_ context.Context, words []string) (string, error) {
	node, err := h.node(words[0])
	if err != nil {
		return "", err
	}

	if node.Process.PID() == 0 {
		return "", errors.New("its delavm-server does not run")
	}

	node.Process.Kill()

	return "killed the delavm-server of node " + words[0] + " and lost its disk", node.Process.LoseDisk()
}

func (h *host) revive(_ context.Context, words []string) (string, error) {
	node, err := h.node(words[0])
	if err != nil {
		return "", err
	}

	err = node.Process.Start()
	if err != nil {
		return "", err
	}

	return "started the delavm-server of node " + words[0] + " with an empty disk", nil
}
