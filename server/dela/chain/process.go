// Package chain puts nodes of a Dela chain together, each with a delavm-server
// of its own: for the command line's tour, and for tests.
package chain

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"delavm/server/dela/delavm"
)

// Process is a delavm-server that runs on this machine. It keeps its address
// when it is started again.
type Process struct {
	binary  string
	address string
	store   string
	args    []string

	lock   sync.Mutex
	cmd    *exec.Cmd
	ended  chan struct{}
	output bytes.Buffer
}

// startTimeout is how long a server may take until it answers: milliseconds,
// but the machine may be busy.
const startTimeout = time.Minute

// NewProcess prepares a server: binary is delavm-server, address "HOST:PORT",
// "unix:PATH", or "" for a free port, dir is where its store will be. Nothing
// is started.
func NewProcess(binary, address, dir string, args ...string) (*Process, error) {
	if address == "" {
		free, err := freePort()
		if err != nil {
			return nil, err
		}

		address = free
	}

	return &Process{binary: binary, address: address, store: filepath.Join(dir, "store"), args: args}, nil
}

func freePort() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}

	defer listener.Close()

	return listener.Addr().String(), nil
}

// Address is where it listens, as delavm.NewEnvironment takes it.
func (p *Process) Address() string {
	return p.address
}

// PID is the number of the running process, 0 if there is none.
func (p *Process) PID() int {
	p.lock.Lock()
	defer p.lock.Unlock()

	if p.cmd == nil {
		return 0
	}

	return p.cmd.Process.Pid
}

// Start starts the server and waits until it answers. more are arguments of
// this start alone.
func (p *Process) Start(more ...string) error {
	p.lock.Lock()
	defer p.lock.Unlock()

	if p.cmd != nil {
		return errors.New("it runs already")
	}

	listen := []string{"--listen", p.address}

	path, unix := strings.CutPrefix(p.address, "unix:")
	if unix {
		listen = []string{"--unix", path}
	}

	args := append(listen, "--store", p.store, "--no-contracts", "--workers", "1", "--quiet")
	args = append(append(args, p.args...), more...)

	p.output.Reset()

	cmd := exec.Command(p.binary, args...)
	cmd.Stdout, cmd.Stderr = &p.output, &p.output

	err := cmd.Start()
	if err != nil {
		return err
	}

	ended := make(chan struct{})

	go func() {
		_ = cmd.Wait()
		close(ended)
	}()

	p.cmd, p.ended = cmd, ended

	return p.waitUntilUp()
}

// waitUntilUp asks until the server answers; the lock is held.
func (p *Process) waitUntilUp() error {
	client := delavm.NewClient(p.address, startTimeout)
	defer client.Close()

	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()

	for {
		_, err := client.Info(ctx)
		if err == nil {
			return nil
		}

		select {
		case <-p.ended:
			p.cmd = nil
			return fmt.Errorf("%s ended at once: %s", p.binary, p.output.String())
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer: %w", p.binary, err)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// Kill ends the server without warning.
func (p *Process) Kill() {
	p.lock.Lock()
	defer p.lock.Unlock()

	if p.cmd != nil {
		_ = p.cmd.Process.Kill()
		<-p.ended
		p.cmd = nil
	}
}

// Freeze stops it from answering, Thaw lets it go on.
func (p *Process) Freeze() error { return p.signal(syscall.SIGSTOP) }

// Thaw ends a Freeze.
func (p *Process) Thaw() error { return p.signal(syscall.SIGCONT) }

func (p *Process) signal(signal os.Signal) error {
	p.lock.Lock()
	defer p.lock.Unlock()

	if p.cmd == nil {
		return errors.New("it does not run")
	}

	return p.cmd.Process.Signal(signal)
}

// LoseDisk removes the store of a server that does not run.
func (p *Process) LoseDisk() error {
	p.lock.Lock()
	defer p.lock.Unlock()

	if p.cmd != nil {
		return errors.New("it runs")
	}

	return os.RemoveAll(p.store)
}
