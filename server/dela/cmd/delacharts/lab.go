package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"delavm/server/dela/delavm"
	"delavm/server/dela/wasm"
	"github.com/rs/zerolog"
	"go.dedis.ch/dela/core/access"
	"go.dedis.ch/dela/core/execution"
	"go.dedis.ch/dela/core/execution/native"
	"go.dedis.ch/dela/core/store"
	"go.dedis.ch/dela/core/txn"
	"go.dedis.ch/dela/crypto/bls"
)

// point is one measurement: what Dela waited, and of it what the server spent
// in the contract (with the host functions that it calls), and in all.
type point struct {
	iterations         int
	total, run, server time.Duration
}

// around is what the server spent on HTTP and JSON, and let the request wait.
func (p point) around() time.Duration { return max(p.server-p.run, 0) }

// http is what was not spent in the server: Dela, JSON in Go, and the wire.
func (p point) http() time.Duration { return max(p.total-p.server, 0) }

type series struct {
	kind
	name   string
	points []point
}

// kind is one way to have a contract.
type kind struct {
	plain, crypto string // what it is called
	colour        string
	// language and suffix make the wasm contract's name; no language: native.
	language, suffix string
}

func (k kind) native() bool { return k.language == "" }

// of is what it is called in the chart of an operation, which may have no crypto
// in it.
func (k kind) of(o operation) string {
	if o.native == nil {
		return k.plain
	}

	return k.plain + k.crypto
}

var kinds = []kind{
	{"native Go", " (Kyber)", "#3d3d3d", "", ""},
	{"C to wasm", ", host crypto", "#1b6ca8", "c", ""},
	{"C to wasm", ", crypto compiled in", "#c8553d", "c", "_compiled"},
	{"Go to wasm", ", host crypto", "#2a9d6f", "go", ""},
	{"Go to wasm", ", crypto compiled in", "#8e5ea2", "go", "_compiled"},
}

type chart struct {
	operation
	series []series
}

// lab is an execution service before a server, with a state in memory.
type lab struct {
	build   string
	within  bounds
	env     *delavm.Environment
	service *wasm.Service
	exec    *native.Service
	state   memory
	nonce   uint64
	// executions of the contract that is measured
	executions int
}

func newLab(build, address string, within bounds) *lab {
	quiet := zerolog.Nop()
	l := &lab{build: build, within: within, exec: native.NewExecution(), state: memory{}}
	l.env = delavm.NewEnvironment(address, delavm.Settings{})
	l.service = wasm.NewService(l.exec, allowAll{}, l.env, wasm.Options{OneByOne: true, Logger: &quiet})

	return l
}

// measure makes all charts. Contracts that were not built are left out.
func (l *lab) measure() ([]chart, error) {
	var charts []chart

	all, args := operations()

	for number, o := range all {
		c := chart{operation: o}

		l.exec.Set(o.contract, nativeContract{operation: o, uid: fmt.Sprintf("CH%02d", number)})

		for _, k := range kinds {
			if o.native == nil && k.suffix != "" {
				continue // there is no crypto in it
			}

			s, err := l.series(o, k, args)
			if err != nil {
				return nil, fmt.Errorf("%s, %s: %w", o.contract, k.of(o), err)
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
// fuel does not suffice. Its results are compared with Kyber's first.
func (l *lab) series(o operation, k kind, args []txn.Arg) (series, error) {
	s := series{kind: k, name: k.of(o)}
	contract := o.contract
	l.executions = 0

	if !k.native() {
		contract = k.language + "/" + o.contract + k.suffix

		there, err := l.deploy(contract)
		if err != nil || !there {
			return s, err
		}

		err = l.check(o, contract, args)
		if err != nil {
			return s, err
		}
	}

	for _, n := range l.within.iterations {
		times, inside := n, 1
		if o.native != nil {
			times, inside = 1, n
		}

		p, ok, err := l.point(contract, times, append(args, iterations(inside)...))
		if err != nil {
			return s, err
		}

		if !ok {
			break
		}

		p.iterations = n
		s.points = append(s.points, p)
		report(o, s)
	}

	if o.native == nil && !k.native() {
		return s, l.checkCount(contract)
	}

	return s, nil
}

// report shows the last point.
func report(o operation, s series) {
	p := s.points[len(s.points)-1]
	rounded := func(d time.Duration) string { return d.Round(time.Microsecond).String() }

	fmt.Printf("%-15s  %-29s  N = %-4d  %10s", o.contract, s.name, p.iterations, rounded(p.total))

	if !s.native() {
		fmt.Printf(" = interpreter %10s + around it %9s + HTTP and Dela %10s", rounded(p.run), rounded(p.around()), rounded(p.http()))
	}

	fmt.Println()
}

// iterations are the arguments that ask for so many, and for the fuel to do them.
func iterations(n int) []txn.Arg {
	return []txn.Arg{
		{Key: "iterations", Value: []byte(strconv.Itoa(n))},
		{Key: wasm.FuelArg, Value: []byte(strconv.Itoa(wasm.MaxFuel))},
	}
}

// check compares a contract's results with Kyber's.
func (l *lab) check(o operation, contract string, args []txn.Arg) error {
	for n := 1; n <= 3; n++ {
		outcome, err := l.service.Query(context.Background(), l.state, contract, append(args, iterations(n)...)...)
		if err != nil {
			return err
		}

		want := "1"
		if o.native != nil {
			want = textOf(o.native(n))
		}

		// Not all contracts have the fuel for three.
		if string(outcome.Result) != want && (n == 1 || outcome.Status != delavm.OutOfFuel) {
			return fmt.Errorf("%d iterations: the result is %q (%s), not %q", n, outcome.Result, outcome.Reason(), want)
		}
	}

	return nil
}

// checkCount tells whether a counter has counted all executions.
func (l *lab) checkCount(contract string) error {
	want := l.executions + 1 // with the query's own

	outcome, err := l.service.Query(context.Background(), l.state, contract, iterations(1)...)
	if err == nil && string(outcome.Result) != strconv.Itoa(want) {
		err = fmt.Errorf("it counted to %q (%s), not to %d", outcome.Result, outcome.Reason(), want)
	}

	return err
}

// point measures a few times and takes the quickest. False: out of fuel.
func (l *lab) point(contract string, times int, args []txn.Arg) (point, bool, error) {
	best, begun := point{}, time.Now()

	for try := 0; try < l.within.tries || time.Since(begun) < l.within.patience; try++ {
		before, start := l.env.ServerTime(), time.Now()

		for range times {
			result, err := l.execute(contract, args)
			if err != nil {
				return best, false, err
			}

			if strings.HasPrefix(result.Message, string(delavm.OutOfFuel)) {
				return best, false, nil
			}

			if !result.Accepted {
				return best, false, errors.New(result.Message)
			}

			l.executions++
		}

		p, after := point{total: time.Since(start)}, l.env.ServerTime()
		p.run, p.server = after.Run-before.Run, after.Total-before.Total

		if try == 0 || p.total < best.total {
			best = p
		}
	}

	return best, true, nil
}

// deploy deploys a bundled contract. False: it was not built.
func (l *lab) deploy(name string) (bool, error) {
	var code []byte

	err := os.ErrNotExist
	for _, folder := range []string{"contracts", "compat"} {
		if errors.Is(err, os.ErrNotExist) {
			code, err = os.ReadFile(filepath.Join(l.build, folder, name+".wasm"))
		}
	}

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

	module, err := l.env.AddModule(context.Background(), code)
	if err != nil {
		return false, err
	}

	for _, args := range wasm.DeployTransactions(name, code, module, settings, wasm.MaxChunk) {
		result, err := l.run(args)
		if err != nil {
			return false, err
		}

		if !result.Accepted {
			return false, errors.New(result.Message)
		}
	}

	return true, nil
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
