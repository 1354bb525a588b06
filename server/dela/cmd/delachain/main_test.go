package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// asProgram makes the tests' own program be delachain.
const asProgram = "DELACHAIN_TEST_IS_PROGRAM"

// patience bounds what a test waits for anything.
const patience = 3 * time.Minute

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}

	os.Exit(m.Run())
}

// tested is a chain of processes in a directory of its own.
type tested struct {
	*testing.T

	env     []string
	program *exec.Cmd
}

func newTested(t *testing.T) *tested {
	t.Helper()

	build := os.Getenv("BUILD")
	if build == "" {
		build = "build"
	}

	if !filepath.IsAbs(build) {
		build = filepath.Join("..", "..", "..", "..", build)
	}

	server, err := filepath.Abs(filepath.Join(build, "delavm-server"))
	require.NoError(t, err)

	_, err = os.Stat(server)
	require.NoError(t, err, "run make first")

	dir, err := os.MkdirTemp("", "dela") // t.TempDir has too long a name for sockets
	require.NoError(t, err)

	c := &tested{T: t, env: append(os.Environ(), asProgram+"=1", "DELACHAIN_DIR="+filepath.Join(dir, "chain"),
		"DELAVM_SERVER_BINARY="+server)}

	t.Cleanup(func() {
		c.end(os.Kill)
		require.NoError(t, os.RemoveAll(dir))
	})

	return c
}

// command runs delachain and returns what it prints and its exit status.
func (c *tested) command(args ...string) (string, int) {
	c.Helper()

	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = c.env

	out, _ := cmd.CombinedOutput()

	return strings.TrimSpace(string(out)), cmd.ProcessState.ExitCode()
}

// must runs delachain, which must succeed and print something with these words.
func (c *tested) must(words string, args ...string) {
	c.Helper()

	out, status := c.command(args...)
	require.Zero(c, status, out)
	require.Contains(c, out, words)
}

// fail runs delachain, which must make a mistake of it and say so.
func (c *tested) fail(words string, args ...string) {
	c.Helper()

	out, status := c.command(args...)
	require.Equal(c, 2, status, out)
	require.Contains(c, out, words)
}

// begin starts the chain and waits until it runs.
func (c *tested) begin() {
	c.Helper()

	out := new(lines)

	c.program = exec.Command(os.Args[0], "run")
	c.program.Env, c.program.Stdout, c.program.Stderr = c.env, out, out
	out.want, out.seen = []byte("the chain runs"), make(chan struct{})

	require.NoError(c, c.program.Start())

	select {
	case <-out.seen:
	case <-time.After(patience):
		require.Fail(c, "the chain does not begin")
	}
}

// end ends the chain.
func (c *tested) end(how os.Signal) {
	if c.program != nil {
		_ = c.program.Process.Signal(how)
		_ = c.program.Wait()
		c.program = nil
	}
}

// lines tells when something was printed.
type lines struct {
	text, want []byte
	seen       chan struct{}
}

// Write implements io.Writer.
func (l *lines) Write(text []byte) (int, error) {
	had := bytes.Contains(l.text, l.want)
	l.text = append(l.text, text...)

	if !had && bytes.Contains(l.text, l.want) {
		close(l.seen)
	}

	return len(text), nil
}

// agree waits until all nodes have as many blocks and one root.
func (c *tested) agree() string {
	c.Helper()

	deadline := time.Now().Add(patience)

	for {
		out, _ := c.command("status")
		roots := make(map[string]bool)

		for _, line := range strings.Split(out, "\n")[1:] {
			words := strings.Fields(line)
			roots[words[3]+" "+words[4]] = true
		}

		if len(roots) == 1 && !strings.Contains(out, "away") {
			return out
		}

		require.True(c, time.Now().Before(deadline), "%s", out)
		time.Sleep(50 * time.Millisecond)
	}
}

// A chain goes on with what its nodes have on their disks, whether it was ended
// or killed; the nodes do not outlive what runs them.
func TestRun_Again(t *testing.T) {
	t.Parallel()

	c := newTested(t)
	counter := filepath.Join(filepath.Dir(c.value("DELAVM_SERVER_BINARY")), "contracts", "c", "counter.wasm")

	c.fail("no chain runs here", "status")
	c.fail("no chain runs here", "wait")
	c.fail("no chain runs here", "call", "c/counter")
	c.begin()
	c.fail("runs in", "run")
	c.must("version 1", "deploy", counter, "c/counter")
	c.must("accepted", "call", "c/counter")

	for i, how := range []os.Signal{os.Interrupt, os.Kill} {
		before := c.agree()
		c.end(how)
		c.fail("no chain runs here", "call", "c/counter")
		c.begin()
		require.Equal(t, before, c.agree())
		c.must("accepted", "call", "c/counter")
		c.must([]string{"2 (proved", "3 (proved"}[i], "get", "c/counter", "counter")
	}

	c.must("stopped", "stop")
	require.NoError(t, c.program.Wait())
	c.program = nil

	c.fail("has 4 nodes", "run", "5")
}

// What can't be done is said.
func TestMistakes(t *testing.T) {
	t.Parallel()

	c := newTested(t)
	c.begin()

	c.must("4 of 4 nodes have 1 blocks", "wait")
	c.must("killed node 3", "kill", "3")
	c.must("3 of 4 nodes have 1 blocks", "wait")
	c.fail("it does not run", "kill", "3")
	c.fail("its delavm-server does not run", "kill", "--environment", "3")
	c.fail("no chain runs here", "--node", "3", "contracts")
	c.must("started the delavm-server and the process of node 3", "start", "3")
	c.fail("it runs", "start", "3")
	c.must("killed the delavm-server of node 3", "kill", "--environment", "3")
	c.must("started the delavm-server of node 3", "start", "3")

	for _, args := range [][]string{{"kill", "4"}, {"kill", "x"}, {"start", "-1"}} {
		c.fail("there is no node", args...)
	}

	for _, args := range [][]string{{"fly"}, {"call"}, {"kill"}, {"get", "c/counter"}, {"run", "0"}, {"run", "4", "4"},
		{"--node", "x", "status"}, {"deploy", "x"}} {
		c.fail("run delachain without arguments for help", args...)
	}

	c.fail("is not KEY=VALUE", "call", "c/counter", "x")
	c.fail("unknown contract", "query", "c/counter")
	c.fail("no such file", "deploy", "none.wasm", "c/none")

	out, status := c.command("call", "c/counter")
	require.Equal(t, "rejected: unknown contract 'c/counter'", out)
	require.Equal(t, 1, status)

	out, status = c.command("get", "c/counter", "counter")
	require.Equal(t, "absent", out)
	require.Equal(t, 1, status)
	c.must("delachain run [NODES]")
}

// value of a variable of the environment.
func (c *tested) value(name string) string {
	for _, entry := range c.env {
		key, value, _ := strings.Cut(entry, "=")
		if key == name {
			return value
		}
	}

	return ""
}
