package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

// request is what the command line asks of a node, or of what runs the nodes.
type request struct {
	Arguments []string `json:"arguments"`
	Wasm      []byte   `json:"wasm,omitempty"`
}

// notAccepted is the reason of a rejection.
type notAccepted string

// Error implements error.
func (n notAccepted) Error() string { return string(n) }

// errAway is wrapped when nobody listens on a socket.
var errAway = errors.New("no chain runs here (start one with `delachain run` or `make dela`)")

// waitTimeout bounds the command wait, waitPause is between two looks.
const (
	waitTimeout = 50 * time.Second
	waitPause   = 100 * time.Millisecond
)

// statusTimeout is how long a node may take to tell its state.
const statusTimeout = 5 * time.Second

// tell sends a request to a socket and returns what it says.
func tell(socket string, command request) (string, error) {
	return tellWithin(context.Background(), socket, command)
}

func tellWithin(ctx context.Context, socket string, command request) (string, error) {
	body, err := json.Marshal(command)
	if err != nil {
		return "", err
	}

	post, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://localhost/", bytes.NewReader(body))
	if err != nil {
		return "", err
	}

	transport := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, "unix", socket)
			if err != nil {
				return nil, fmt.Errorf("%w: %w", errAway, err)
			}

			return conn, nil
		},
	}
	defer transport.CloseIdleConnections()

	answer, err := (&http.Client{Transport: transport}).Do(post)
	if err != nil {
		return "", err
	}

	defer answer.Body.Close()

	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return "", err
	}

	words := strings.TrimSuffix(string(text), "\n")

	switch answer.StatusCode {
	case http.StatusOK:
		return words, nil
	case http.StatusConflict:
		return "", notAccepted(words)
	default:
		return "", errors.New(words)
	}
}

// show prints what was said.
func show(words string, err error) error {
	if err == nil {
		fmt.Println(words)
	}

	return err
}

// ask sends a command to a node and prints what it says. If none was chosen
// (-1), the first is asked of those that have most blocks.
func ask(chosen int, args []string) error {
	command := request{Arguments: args}

	if args[0] == "deploy" {
		if len(args) != 3 {
			return errUsage
		}

		wasm, err := os.ReadFile(args[1])
		if err != nil {
			return err
		}

		command.Wasm = wasm
	}

	if chosen < 0 {
		states, err := states()
		if err != nil {
			return err
		}

		for number, is := range states {
			if is != nil && (chosen < 0 || is.Blocks > states[chosen].Blocks) {
				chosen = number
			}
		}

		if chosen < 0 {
			return errAway
		}
	}

	return show(tell(nodeSocket(chosen), command))
}

// state is what a node says of itself.
type state struct {
	Environment bool   `json:"environment"`
	Blocks      uint64 `json:"blocks"`
	Root        []byte `json:"root"`
}

// states asks all nodes at once; nil: it does not answer.
func states() ([]*state, error) {
	layout, err := readLayout()
	if err != nil {
		return nil, errAway
	}

	ctx, cancel := context.WithTimeout(context.Background(), statusTimeout)
	defer cancel()

	var group sync.WaitGroup

	found := make([]*state, len(layout.Nodes))

	for number := range found {
		group.Add(1)

		go func() {
			defer group.Done()

			text, err := tellWithin(ctx, nodeSocket(number), request{Arguments: []string{"state"}})
			is := new(state)

			if err == nil && json.Unmarshal([]byte(text), is) == nil {
				found[number] = is
			}
		}()
	}

	group.Wait()

	return found, nil
}

// status prints the state of all nodes.
func status() error {
	states, err := states()
	if err != nil {
		return err
	}

	fmt.Println("node  process  environment  blocks  root")

	words := map[bool]string{true: "up", false: "away"}

	for number, is := range states {
		if is == nil {
			fmt.Printf("%-4d  away     -            -       -\n", number)
		} else {
			fmt.Printf("%-4d  up       %-11s  %-6d  %x\n", number, words[is.Environment], is.Blocks, is.Root[:8])
		}
	}

	return nil
}

// wait waits until all nodes that run, with their environments, have the same
// blocks and root, and says which.
func wait() (string, error) {
	for end := time.Now().Add(waitTimeout); ; time.Sleep(waitPause) {
		states, err := states()
		if err != nil {
			return "", err
		}

		var first *state

		count, same := 0, true

		for _, is := range states {
			if is == nil || !is.Environment {
				continue
			}

			if first == nil {
				first = is
			}

			count++
			same = same && is.Blocks == first.Blocks && bytes.Equal(is.Root, first.Root)
		}

		if first == nil {
			return "", errAway
		}

		if same {
			return fmt.Sprintf("%d of %d nodes have %d blocks and the root %x", count, len(states), first.Blocks,
				first.Root[:8]), nil
		}

		if time.Now().After(end) {
			return "", errors.New("they have not come together: see delachain status")
		}
	}
}
