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
)

// request is what the command line asks of the chain.
type request struct {
	Arguments []string `json:"arguments"`
	Wasm      []byte   `json:"wasm,omitempty"`
}

// notAccepted is the reason of a rejection.
type notAccepted string

// Error implements error.
func (n notAccepted) Error() string { return string(n) }

// ask sends a command to the running chain and prints what it says.
func ask(args []string) error {
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

	body, err := json.Marshal(command)
	if err != nil {
		return err
	}

	client := http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket())
		},
	}}

	answer, err := client.Post("http://localhost/", "application/json", bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("no chain runs here (start one with `delachain start` or `make dela`): %w", err)
	}

	defer answer.Body.Close()

	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}

	words := strings.TrimSuffix(string(text), "\n")

	switch answer.StatusCode {
	case http.StatusOK:
		fmt.Println(words)
		return nil
	case http.StatusConflict:
		return notAccepted(words)
	default:
		return errors.New(words)
	}
}
