// Command delacharts measures the four operations of the environment of 2021
// from inside of Dela's execution service, and draws them: native Go with Kyber,
// and contracts in C and Go, with the host's libsodium and with the curve
// compiled in.
//
//	delacharts BUILD OUT    BUILD has delavm-server and contracts; OUT gets dela.csv, dela.html and SVG
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"delavm/server/dela/chain"
)

// bounds are how far the measurements go: numbers of iterations, and how often
// each is tried: at least `tries` times, and short ones for `patience`. The
// quickest counts, which others disturbed least.
type bounds struct {
	iterations []int
	tries      int
	patience   time.Duration
}

// standard is what is drawn.
var standard = bounds{
	iterations: []int{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000},
	tries:      3,
	patience:   300 * time.Millisecond,
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "delacharts BUILD OUT")
		os.Exit(2)
	}

	err := run(os.Args[1], os.Args[2], standard)
	if err != nil {
		fmt.Fprintf(os.Stderr, "delacharts: %v\n", err)
		os.Exit(1)
	}

	fmt.Println(filepath.Join(os.Args[2], "dela.html"))
}

func run(build, out string, within bounds) error {
	err := os.MkdirAll(out, 0o755)
	if err != nil {
		return err
	}

	dir, err := os.MkdirTemp("", "delacharts")
	if err != nil {
		return err
	}

	defer os.RemoveAll(dir)

	// Contracts in Go are larger than the strict profile allows.
	process, err := chain.NewProcess(filepath.Join(build, "delavm-server"), "", dir, "--profile", "compat", "--timing")
	if err == nil {
		err = process.Start()
	}

	if err != nil {
		return err
	}

	defer process.Kill()

	l := newLab(build, process.Address(), within)
	defer l.service.Close()

	charts, err := l.measure()
	if err != nil {
		return err
	}

	return write(out, charts, within)
}
