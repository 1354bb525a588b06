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
	"sync"
	"syscall"
	"time"

	"delavm/server/dela/chain"
)

// blockTimeout bounds the wait for a transaction's block.
const blockTimeout = 2 * time.Minute

// longestSocket is what the path of a unix socket may have, in bytes.
const longestSocket = 107

// command is something that can be asked for: `least` is how many arguments it
// needs.
type command struct {
	least int
	do    func(context.Context, request) (string, error)
}

// words makes a command of a function of its arguments.
func words(least int, do func(context.Context, []string) (string, error)) command {
	return command{least, func(ctx context.Context, r request) (string, error) { return do(ctx, r.Arguments[1:]) }}
}

// desk answers requests on a socket.
//
// - implements http.Handler
type desk struct {
	lock     sync.Mutex // one that changes something at a time
	commands map[string]command
}

// serve answers until the program is interrupted or `stop` is closed.
func (d *desk) serve(socket string, stop <-chan struct{}, ready func()) error {
	if len(socket) > longestSocket {
		return fmt.Errorf("%s is too long for a socket: set DELACHAIN_DIR to a shorter path", socket)
	}

	// Who was killed has left it; that nobody listens there was asked.
	_ = os.Remove(socket)

	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}

	server := &http.Server{Handler: d, ReadHeaderTimeout: time.Minute}
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)

	go func() {
		select {
		case <-interrupted:
		case <-stop:
		}

		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()

		_ = server.Shutdown(ctx)
	}()

	ready()

	err = server.Serve(listener)
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}

	return err
}

// ServeHTTP answers one request.
func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var asked request

	err := json.NewDecoder(r.Body).Decode(&asked)
	if err != nil || len(asked.Arguments) == 0 {
		http.Error(w, errUsage.Error(), http.StatusBadRequest)
		return
	}

	command, found := d.commands[asked.Arguments[0]]
	if !found || len(asked.Arguments)-1 < command.least {
		http.Error(w, errUsage.Error(), http.StatusBadRequest)
		return
	}

	ctx, cancel := context.WithTimeout(r.Context(), blockTimeout)
	defer cancel()

	if asked.Arguments[0] != "state" {
		d.lock.Lock()
		defer d.lock.Unlock()
	}

	text, err := command.do(ctx, asked)

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
