// Package chain puts nodes of a Dela chain together, each with a delavm-server
// of its own: for the command line's tour, and for tests.
package chain

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
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

// startTimeout is how long a program may take until it answers: milliseconds,
// but the machine may be busy.
const startTimeout = time.Minute

// Program is a program that runs on this machine, and can be started again when
// it has ended. It does not outlive whoever started it. The zero value does not
// run.
type Program struct {
	lock  sync.Mutex
	cmd   *exec.Cmd
	ended chan struct{}
}

// Run starts the program and waits until `up` finds that it answers: it is asked
// until it returns nil, the program ends or a minute is over.
func (p *Program) Run(cmd *exec.Cmd, up func(context.Context) error) error {
	p.lock.Lock()
	defer p.lock.Unlock()

	if p.runs() {
		return errors.New("it runs already")
	}

	dieWithParent(cmd)

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

	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()

	for {
		err := up(ctx)
		if err == nil {
			return nil
		}

		select {
		case <-ended:
			return fmt.Errorf("%s ended at once", cmd.Path)
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer: %w", cmd.Path, err)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// runs tells whether it does; the lock is held.
func (p *Program) runs() bool {
	if p.cmd == nil {
		return false
	}

	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// PID is the number of the running process, 0 if there is none.
func (p *Program) PID() int {
	p.lock.Lock()
	defer p.lock.Unlock()

	if !p.runs() {
		return 0
	}

	return p.cmd.Process.Pid
}

// Kill ends the program without warning.
func (p *Program) Kill() {
	_ = p.signal(syscall.SIGKILL)

	p.lock.Lock()
	defer p.lock.Unlock()

	if p.cmd != nil {
		<-p.ended
	}
}

// Stop asks the program to end, and kills it if it takes longer.
func (p *Program) Stop(patience time.Duration) {
	err := p.signal(syscall.SIGTERM)

	for end := time.Now().Add(patience); err == nil && p.PID() != 0 && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}

	p.Kill()
}

// Freeze stops it from answering, Thaw lets it go on.
func (p *Program) Freeze() error { return p.signal(syscall.SIGSTOP) }

// Thaw ends a Freeze.
func (p *Program) Thaw() error { return p.signal(syscall.SIGCONT) }

func (p *Program) signal(signal os.Signal) error {
	p.lock.Lock()
	defer p.lock.Unlock()

	if !p.runs() {
		return errors.New("it does not run")
	}

	return p.cmd.Process.Signal(signal)
}

// Process is a delavm-server that runs on this machine. It keeps its address
// when it is started again.
type Process struct {
	Program

	binary  string
	address string
	store   string
	args    []string
	output  bytes.Buffer
}

// NewProcess prepares a server: binary is delavm-server, address "HOST:PORT",
// "unix:PATH", or "" for a free port, dir is where its store will be. Nothing
// is started.
func NewProcess(binary, address, dir string, args ...string) (*Process, error) {
	if address == "" {
		free, err := FreeAddress()
		if err != nil {
			return nil, err
		}

		address = free
	}

	return &Process{binary: binary, address: address, store: filepath.Join(dir, "store"), args: args}, nil
}

// Ports are taken from below those that outgoing connections get: one of these
// could take a port while its program does not run.
const (
	firstPort = 20000
	countPort = 12000
)

// FreeAddress is a "HOST:PORT" of this machine that nobody listens on.
func FreeAddress() (address string, err error) {
	for range 100 {
		address = fmt.Sprintf("127.0.0.1:%d", firstPort+rand.IntN(countPort))

		var listener net.Listener

		listener, err = net.Listen("tcp", address)
		if err == nil {
			return address, listener.Close()
		}
	}

	return "", err
}

// Address is where it listens, as delavm.NewEnvironment takes it.
func (p *Process) Address() string {
	return p.address
}

// Start starts the server and waits until it answers. more are arguments of
// this start alone.
func (p *Process) Start(more ...string) error {
	if p.PID() != 0 {
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

	client := delavm.NewClient(p.address, startTimeout)
	defer client.Close()

	err := p.Run(cmd, func(ctx context.Context) error {
		_, err := client.Info(ctx)

		return err
	})
	if err != nil {
		return fmt.Errorf("%w: %s", err, p.output.String())
	}

	return nil
}

// LoseDisk removes the store of a server that does not run.
func (p *Process) LoseDisk() error {
	if p.PID() != 0 {
		return errors.New("it runs")
	}

	return os.RemoveAll(p.store)
}
