// Command delacharts measures the four operations of the environment of 2021
// from inside of Dela's execution service, and draws them: native Go with Kyber,
// a wasm contract that calls the host's libsodium, and one with the curve
// compiled in.
//
//	delacharts BUILD OUT    BUILD has delavm-server and contracts; OUT gets dela.csv, dela.html and SVG
package main

import (
	"context"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"delavm/server/dela/chain"
	"delavm/server/dela/delavm"
	"delavm/server/dela/wasm"
	"github.com/rs/zerolog"
	"go.dedis.ch/dela/core/access"
	"go.dedis.ch/dela/core/execution"
	"go.dedis.ch/dela/core/execution/native"
	"go.dedis.ch/dela/core/store"
	"go.dedis.ch/dela/core/txn"
	"go.dedis.ch/dela/crypto/bls"
	"go.dedis.ch/kyber/v3"
	"go.dedis.ch/kyber/v3/suites"
)

// point is one measurement: the median of several, in milliseconds. http is what
// of it was not spent in the server between a request's last byte and its answer.
type point struct {
	iterations  int
	total, http float64
}

type series struct {
	name   string
	points []point
}

type chart struct {
	file, title string
	series      []series
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "delacharts BUILD OUT")
		os.Exit(2)
	}

	err := run(os.Args[1], os.Args[2])
	if err != nil {
		fmt.Fprintf(os.Stderr, "delacharts: %v\n", err)
		os.Exit(1)
	}
}

func run(build, out string) error {
	err := os.MkdirAll(out, 0o755)
	if err != nil {
		return err
	}

	dir, err := os.MkdirTemp("", "delacharts")
	if err != nil {
		return err
	}

	defer os.RemoveAll(dir)

	process, err := chain.NewProcess(filepath.Join(build, "delavm-server"), "", dir)
	if err == nil {
		err = process.Start()
	}

	if err != nil {
		return err
	}

	defer process.Kill()

	l := newLab(build, process)
	defer l.service.Close()

	charts, err := l.measure()
	if err != nil {
		return err
	}

	return write(out, charts)
}

// lab is an execution service before a server, with a state in memory.
type lab struct {
	build   string
	address string
	service *wasm.Service
	exec    *native.Service
	state   memory
	nonce   uint64
	suite   suites.Suite
	random  cipher.Stream
}

func newLab(build string, process *chain.Process) *lab {
	quiet := zerolog.Nop()
	l := &lab{
		build: build, address: process.Address(), exec: native.NewExecution(), state: memory{},
		suite: suites.MustFind("Ed25519"),
	}
	l.random = l.suite.RandomStream()
	env := delavm.NewEnvironment(process.Address(), delavm.Settings{})
	l.service = wasm.NewService(l.exec, allowAll{}, env, wasm.Options{OneByOne: true, Logger: &quiet})

	return l
}

// measure makes all charts. The contracts' results are checked against Kyber's
// before they are timed.
func (l *lab) measure() ([]chart, error) {
	scalar, point1, point2 := l.suite.Scalar().Pick(l.random), l.suite.Point().Pick(l.random), l.suite.Point().Pick(l.random)
	args := []txn.Arg{textArg("scalar", scalar), textArg("point1", point1), textArg("point2", point2)}

	operations := []struct {
		name, contract, title string
		native                func(kyber.Point) kyber.Point
	}{
		{"counter", "counter", "Counter, executed N times", nil},
		{"base_multiplication", "ed25519_gen_mul", "Base-point multiplication, N times in one transaction",
			func(kyber.Point) kyber.Point { return l.suite.Point().Mul(scalar, nil) }},
		{"point_multiplication", "ed25519_mul", "Point multiplication, N times in one transaction",
			func(kyber.Point) kyber.Point { return l.suite.Point().Mul(scalar, point1) }},
		{"point_addition", "ed25519", "Point addition, N times in one transaction",
			func(p kyber.Point) kyber.Point { return l.suite.Point().Add(p, point2) }},
	}

	var charts []chart

	for _, operation := range operations {
		c := chart{file: operation.name, title: operation.title}

		l.exec.Set(operation.contract, contractOf(operation.native, point1, len(charts)))

		for _, kind := range []struct{ series, name string }{
			{"native Go (Kyber)", operation.contract},
			{"C to wasm, host crypto", "c/" + operation.contract},
			{"C to wasm, crypto compiled in", "c/" + operation.contract + "_compiled"},
		} {
			want := ""
			if operation.native != nil {
				want = string(textArg("", operation.native(point1)).Value)
			}

			s, err := l.series(kind.series, kind.name, want, args)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", kind.name, err)
			}

			if len(s.points) > 0 {
				c.series = append(c.series, s)
			}
		}

		charts = append(charts, c)
	}

	return charts, nil
}

// series measures one contract with growing numbers of iterations, until the
// fuel does not suffice. want is the result of one iteration; the counter has
// none.
func (l *lab) series(name, contract, want string, args []txn.Arg) (series, error) {
	s := series{name: name}
	counter := want == ""

	if wasm.IsName(contract) {
		there, err := l.deploy(contract)
		if err != nil || !there {
			return s, err
		}

		outcome, err := l.service.Query(context.Background(), l.state, contract,
			append(args, txn.Arg{Key: wasm.FuelArg, Value: []byte(strconv.Itoa(wasm.MaxFuel))})...)
		if err != nil {
			return s, err
		}

		if !counter && string(outcome.Result) != want {
			return s, fmt.Errorf("the result is %q (%s), not Kyber's %q", outcome.Result, outcome.Reason(), want)
		}
	}

	for _, n := range []int{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000} {
		times, inside := n, 1
		if !counter {
			times, inside = 1, n
		}

		p, ok, err := l.point(contract, times, inside, args)
		if err != nil {
			return s, err
		}

		if !ok {
			break
		}

		p.iterations = n
		s.points = append(s.points, p)
		fmt.Printf("%-32s %5d  %10.3f ms, of it HTTP %.3f ms\n", name, n, p.total, p.http)
	}

	return s, nil
}

// point measures a few times and takes the quickest, which others disturbed
// least. False: out of fuel.
func (l *lab) point(contract string, times, inside int, args []txn.Arg) (point, bool, error) {
	best := point{}

	for try := range 3 {
		before, err := l.serverTime()
		if err != nil {
			return best, false, err
		}

		start := time.Now()

		for range times {
			result, err := l.execute(contract, append(args, txn.Arg{Key: "iterations", Value: []byte(strconv.Itoa(inside))},
				txn.Arg{Key: wasm.FuelArg, Value: []byte(strconv.Itoa(wasm.MaxFuel))}))
			if err != nil {
				return best, false, err
			}

			if !result.Accepted {
				return best, false, nil
			}
		}

		total := time.Since(start).Seconds() * 1e3

		after, err := l.serverTime()
		if err != nil {
			return best, false, err
		}

		p := point{total: total}
		if wasm.IsName(contract) {
			p.http = max(total-(after-before), 0)
		}

		if try == 0 || p.total < best.total {
			best = p
		}
	}

	return best, true, nil
}

var sum = regexp.MustCompile(`(?m)^delavm_request_seconds_sum ([0-9.]+)$`)

// serverTime is what the server spent on requests so far, in milliseconds.
func (l *lab) serverTime() (float64, error) {
	answer, err := http.Get("http://" + l.address + "/metrics")
	if err != nil {
		return 0, err
	}

	defer answer.Body.Close()

	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, err
	}

	found := sum.FindSubmatch(text)
	if found == nil {
		return 0, errors.New("/metrics has no delavm_request_seconds_sum")
	}

	seconds, err := strconv.ParseFloat(string(found[1]), 64)

	return seconds * 1e3, err
}

// deploy deploys a bundled contract. False: there is none of that name.
func (l *lab) deploy(name string) (bool, error) {
	code, err := os.ReadFile(filepath.Join(l.build, "contracts", name+".wasm"))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}

	if err != nil {
		return false, err
	}

	settings, err := l.service.Settings(context.Background())
	if err != nil {
		return false, err
	}

	result, err := l.run(wasm.DeployTransactions(name, code, delavm.Hash{}, settings, wasm.MaxChunk)[0])
	if err == nil && !result.Accepted {
		err = errors.New(result.Message)
	}

	return true, err
}

func (l *lab) execute(contract string, args []txn.Arg) (execution.Result, error) {
	if !wasm.IsName(contract) {
		return l.run(append([]txn.Arg{{Key: native.ContractArg, Value: []byte(contract)}}, args...))
	}

	call, err := wasm.Call(contract, args...)
	if err != nil {
		return execution.Result{}, err
	}

	return l.run(call)
}

func (l *lab) run(args []txn.Arg) (execution.Result, error) {
	l.nonce++

	return l.service.Execute(l.state, execution.Step{Current: transaction{args: args, nonce: l.nonce}})
}

func textArg(key string, value kyber.Marshaling) txn.Arg {
	data, _ := value.MarshalBinary()

	return txn.Arg{Key: key, Value: []byte(base64.StdEncoding.EncodeToString(data))}
}

// contractOf makes the native contract of an operation; without one it counts.
func contractOf(operation func(kyber.Point) kyber.Point, start kyber.Point, number int) native.Contract {
	return nativeContract{operation: operation, start: start, uid: "CH" + fmt.Sprintf("%02d", number)}
}

type nativeContract struct {
	operation func(kyber.Point) kyber.Point
	start     kyber.Point
	uid       string
}

// UID implements native.Contract.
func (c nativeContract) UID() string { return c.uid }

// Execute implements native.Contract.
func (c nativeContract) Execute(snap store.Snapshot, step execution.Step) error {
	if c.operation == nil {
		value, err := snap.Get([]byte("counter"))
		if err != nil {
			return err
		}

		number, _ := strconv.Atoi(string(value))

		return snap.Set([]byte("counter"), []byte(strconv.Itoa(number+1)))
	}

	iterations, err := strconv.Atoi(string(step.Current.GetArg("iterations")))
	if err != nil {
		return err
	}

	for at := c.start; iterations > 0; iterations-- {
		at = c.operation(at)
	}

	return nil
}

type transaction struct {
	txn.Transaction
	args  []txn.Arg
	nonce uint64
}

var signer = bls.NewSigner()

func (t transaction) GetID() []byte                { return strconv.AppendUint(nil, t.nonce, 10) }
func (t transaction) GetNonce() uint64             { return t.nonce }
func (t transaction) GetIdentity() access.Identity { return signer.GetPublicKey() }

func (t transaction) GetArg(key string) []byte {
	for _, arg := range t.args {
		if arg.Key == key {
			return arg.Value
		}
	}

	return nil
}

type memory map[string][]byte

func (m memory) Get(key []byte) ([]byte, error) { return m[string(key)], nil }
func (m memory) Set(key, value []byte) error    { m[string(key)] = value; return nil }
func (m memory) Delete(key []byte) error        { delete(m, string(key)); return nil }

type allowAll struct{}

func (allowAll) Match(store.Readable, access.Credential, ...access.Identity) error { return nil }
func (allowAll) Grant(store.Snapshot, access.Credential, ...access.Identity) error { return nil }
