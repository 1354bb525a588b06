// @NAME@ - greets, and counts.
//
// name      whom to greet
// storage   "greetings": how many there were, in decimal
// result    the greeting
package main

import (
	"fmt"

	"contract/dela"
)

//dela:reads greetings

//go:wasmexport call
func call() { dela.Enter(run) }

func main() {}

func run() ([]byte, error) {
	name, err := dela.Argument("name")
	if err != nil {
		return nil, err
	}
	count, found := dela.Stored("greetings")
	if !found {
		count = []byte("0")
	}
	next := dela.Increment(count)
	dela.Store("greetings", next)
	return fmt.Appendf(nil, "Hello, %s! You are number %s.", name, next), nil
}
