// Command delachain runs a small Dela chain on this machine, each node of it and
// each node's delavm-server in a process of its own, and talks to it.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

const usage = `delachain: a small Dela chain on this machine, with contracts in delavm.

  delachain run [NODES]                    run the chain in DELACHAIN_DIR, a new one (of 4 nodes) if there is none
  delachain deploy FILE.wasm LANGUAGE/NAME deploy a contract, or a new version of it, by transaction
  delachain call LANGUAGE/NAME [KEY=VALUE ...]   sign a transaction and wait for its block
  delachain query LANGUAGE/NAME [KEY=VALUE ...]  ask one node, without a transaction
  delachain get LANGUAGE/NAME KEY          a stored key, with a proof that it is in the chain
  delachain remove LANGUAGE/NAME           forget a contract's code
  delachain contracts                      what is deployed
  delachain status                         nodes, their environments, blocks and roots
  delachain wait                           until all nodes that run have the same blocks and root, a minute at most
  delachain kill NODE                      kill a node and its delavm-server
  delachain kill --environment NODE        kill a node's delavm-server alone, and lose its disk
  delachain start NODE                     start again what was killed of a node
  delachain stop                           end the chain; run goes on with it

--node NODE before a command says which node is asked; else it is the first of those with most blocks.  A chain of four
decides while three of its nodes run.  DELACHAIN_DIR is where all is kept (build/dela); DELAVM_SERVER_BINARY is delavm-server
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
	chosen := -1

	if len(args) > 2 && args[0] == "--node" {
		number, err := strconv.Atoi(args[1])
		if err != nil || number < 0 {
			return errUsage
		}

		chosen, args = number, args[2:]
	}

	if len(args) == 0 {
		fmt.Print(usage)
		return nil
	}

	switch args[0] {
	case "run":
		return runChain(args[1:])
	case "node": // what run does for each: its number and addresses
		return runNode(args[1:])
	case "status":
		return status()
	case "wait":
		return show(wait())
	case "kill", "start", "stop":
		return show(tell(socket(), request{Arguments: args}))
	default:
		return ask(chosen, args)
	}
}

func directory() string {
	dir := os.Getenv("DELACHAIN_DIR")
	if dir == "" {
		dir = filepath.Join("build", "dela")
	}

	return dir
}

// socket is where the process that runs the nodes listens.
func socket() string {
	return filepath.Join(directory(), "control.sock")
}

func nodeDirectory(number int) string {
	return filepath.Join(directory(), "node"+strconv.Itoa(number))
}

// nodeSocket is where a node listens for the command line.
func nodeSocket(number int) string {
	return filepath.Join(nodeDirectory(number), "control.sock")
}
