// Command delachain starts a small Dela chain on this machine, whose nodes have
// their contracts run by delavm, and talks to it.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

const usage = `delachain: a small Dela chain on this machine, with contracts in delavm.

  delachain start [NODES]                  start a chain (of 4 nodes) and keep it running
  delachain deploy FILE.wasm LANGUAGE/NAME deploy a contract, or a new version of it, by transaction
  delachain call LANGUAGE/NAME [KEY=VALUE ...]   sign a transaction and wait for its block
  delachain query LANGUAGE/NAME [KEY=VALUE ...]  ask one node, without a transaction
  delachain get LANGUAGE/NAME KEY          a stored key, with a proof that it is in the chain
  delachain remove LANGUAGE/NAME           forget a contract's code
  delachain contracts                      what is deployed
  delachain status                         nodes, their environments, blocks and roots
  delachain kill NODE                      kill a node's delavm-server and lose its disk
  delachain revive NODE                    start it again, empty
  delachain stop                           end the chain

DELACHAIN_DIR is where it keeps its files and its socket (build/dela); DELAVM_SERVER_BINARY is delavm-server
(beside this program, else build/delavm-server).  A call that is not accepted ends with 1, a mistake with 2.
`

// errUsage is a mistake on the command line.
var errUsage = errors.New("run delachain without arguments for help")

func main() {
	err := run(os.Args[1:])

	var failed notAccepted

	switch {
	case err == nil:
	case errors.As(err, &failed):
		fmt.Println(failed)
		os.Exit(1)
	default:
		fmt.Fprintf(os.Stderr, "delachain: %v\n", err)
		os.Exit(2)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		fmt.Print(usage)
		return nil
	}

	if args[0] == "start" {
		return start(args[1:])
	}

	return ask(args)
}

func directory() string {
	dir := os.Getenv("DELACHAIN_DIR")
	if dir == "" {
		dir = filepath.Join("build", "dela")
	}

	return dir
}

func socket() string {
	return filepath.Join(directory(), "control.sock")
}
