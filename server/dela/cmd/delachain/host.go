package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"

	"delavm/server/dela/chain"
)

// layout is what a directory with a chain says of its nodes: chain.json.
type layout struct {
	Nodes []place `json:"nodes"`
}

// place is where a node and its environment listen.
type place struct {
	Node        string `json:"node"`
	Environment string `json:"environment"`
}

func layoutFile() string {
	return filepath.Join(directory(), "chain.json")
}

func readLayout() (*layout, error) {
	data, err := os.ReadFile(layoutFile())
	if err != nil {
		return nil, err
	}

	found := new(layout)

	err = json.Unmarshal(data, found)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", layoutFile(), err)
	}

	return found, nil
}

// host runs the nodes and their environments, each in a process of its own.
type host struct {
	desk

	places []place
	nodes  []*chain.Program
	envs   []*chain.Process
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

// runChain goes on with the chain in the directory, or begins one.
func runChain(args []string) error {
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

	_, err := tell(socket(), request{Arguments: []string{"state"}})
	if !errors.Is(err, errAway) {
		return fmt.Errorf("a chain runs in %s already", directory())
	}

	h := &host{stop: make(chan struct{}, 1)}
	h.commands = map[string]command{
		"start": words(1, h.start),
		"kill":  words(1, h.kill),
		"stop":  words(0, h.end),
	}

	defer h.close()

	found, err := readLayout()

	switch {
	case err == nil && len(args) == 1 && count != len(found.Nodes):
		return fmt.Errorf("the chain in %s has %d nodes: remove it for another one", directory(), len(found.Nodes))
	case err == nil:
		err = h.resume(found)
	case errors.Is(err, os.ErrNotExist):
		err = h.begin(count)
	}

	if err != nil {
		return err
	}

	return h.serve(socket(), h.stop, func() {
		fmt.Println("the chain runs; talk to it from another terminal with delachain, end it with Ctrl-C")
	})
}

func (h *host) close() {
	var group sync.WaitGroup

	for i := range h.nodes {
		group.Add(1)

		go func() {
			defer group.Done()

			h.nodes[i].Stop(2 * closeTimeout)
			h.envs[i].Stop(closeTimeout)
		}()
	}

	group.Wait()
}

// add prepares a node and its environment.
func (h *host) add(at place) error {
	dir := nodeDirectory(len(h.nodes))

	err := os.MkdirAll(dir, 0o700)
	if err != nil {
		return err
	}

	env, err := chain.NewProcess(binary(), at.Environment, dir)
	if err != nil {
		return err
	}

	h.places = append(h.places, at)
	h.nodes = append(h.nodes, new(chain.Program))
	h.envs = append(h.envs, env)

	return nil
}

// runNode starts a node, if it does not run.
func (h *host) runNode(number int) error {
	if h.nodes[number].PID() != 0 {
		return nil
	}

	self, err := os.Executable()
	if err != nil {
		return err
	}

	cmd := exec.Command(self, "node", strconv.Itoa(number), h.places[number].Node, h.places[number].Environment)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr

	err = h.nodes[number].Run(cmd, func(ctx context.Context) error {
		_, err := tellWithin(ctx, nodeSocket(number), request{Arguments: []string{"state"}})

		return err
	})
	if err != nil {
		return fmt.Errorf("node %d: %w", number, err)
	}

	return nil
}

// runBoth starts what does not run of a node and its environment.
func (h *host) runBoth(number int) error {
	if h.envs[number].PID() == 0 {
		err := h.envs[number].Start()
		if err != nil {
			return err
		}
	}

	err := h.runNode(number)
	if err != nil {
		return err
	}

	fmt.Printf("node %d at %s is process %d, its delavm-server at %s is process %d\n", number,
		h.places[number].Node, h.nodes[number].PID(), h.places[number].Environment, h.envs[number].PID())

	return nil
}

// resume starts the nodes of a chain again.
func (h *host) resume(found *layout) error {
	for number, at := range found.Nodes {
		err := h.add(at)
		if err == nil {
			err = h.runBoth(number)
		}

		if err != nil {
			return err
		}
	}

	return nil
}

// begin makes new nodes, and a chain of them.
func (h *host) begin(count int) error {
	// What lies there of a chain that never began is of no use.
	left, err := filepath.Glob(filepath.Join(directory(), "node[0-9]*"))
	if err != nil {
		return err
	}

	for _, path := range left {
		err = os.RemoveAll(path)
		if err != nil {
			return err
		}
	}

	for number := range count {
		address, err := chain.FreeAddress()
		if err != nil {
			return err
		}

		environment, err := chain.FreeAddress()
		if err == nil {
			err = h.add(place{address, environment})
		}

		if err == nil {
			err = h.runBoth(number)
		}

		if err != nil {
			return err
		}
	}

	err = h.setup()
	if err != nil {
		return err
	}

	data, err := json.MarshalIndent(layout{h.places}, "", "  ")
	if err != nil {
		return err
	}

	return os.WriteFile(layoutFile(), append(data, '\n'), 0o600)
}

// setup has the nodes exchange certificates and begin a chain.
func (h *host) setup() error {
	invitation, err := tell(nodeSocket(0), request{Arguments: []string{"invite"}})
	if err != nil {
		return err
	}

	setup := []string{"setup"}

	for number := range h.nodes {
		if number > 0 {
			_, err = tell(nodeSocket(number), request{Arguments: []string{"join", invitation}})
			if err != nil {
				return err
			}
		}

		identity, err := tell(nodeSocket(number), request{Arguments: []string{"identity"}})
		if err != nil {
			return err
		}

		setup = append(setup, identity)
	}

	_, err = tell(nodeSocket(0), request{Arguments: setup})

	return err
}

func (h *host) number(word string) (int, error) {
	number, err := strconv.Atoi(word)
	if err != nil || number < 0 || number >= len(h.nodes) {
		return 0, fmt.Errorf("there is no node %q", word)
	}

	return number, nil
}

func (h *host) kill(_ context.Context, words []string) (string, error) {
	environment := words[0] == "--environment"
	if environment {
		words = words[1:]
	}

	if len(words) != 1 {
		return "", errUsage
	}

	number, err := h.number(words[0])
	if err != nil {
		return "", err
	}

	env, node := h.envs[number], h.nodes[number]

	switch {
	case environment && env.PID() == 0:
		return "", errors.New("its delavm-server does not run")
	case environment:
		env.Kill()

		return "killed the delavm-server of node " + words[0] + " and lost its disk", env.LoseDisk()
	case node.PID() == 0 && env.PID() == 0:
		return "", errors.New("it does not run")
	default:
		node.Kill()
		env.Kill()

		return "killed node " + words[0] + " and its delavm-server", nil
	}
}

func (h *host) start(_ context.Context, words []string) (string, error) {
	number, err := h.number(words[0])
	if err != nil {
		return "", err
	}

	env, node := h.envs[number].PID() == 0, h.nodes[number].PID() == 0
	if !env && !node {
		return "", errors.New("it runs")
	}

	err = h.runBoth(number)
	if err != nil {
		return "", err
	}

	what := map[[2]bool]string{
		{true, false}: "the delavm-server of node ",
		{false, true}: "node ",
		{true, true}:  "the delavm-server and the process of node ",
	}[[2]bool{env, node}]

	return "started " + what + words[0], nil
}

func (h *host) end(context.Context, []string) (string, error) {
	select {
	case h.stop <- struct{}{}:
	default:
	}

	return "stopped", nil
}
