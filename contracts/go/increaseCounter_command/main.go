// increaseCounter_command - the same as a program: the request's JSON on standard input, the answer's on standard output,
// as the old environment's contracts in Go had it.
package main

import (
	"encoding/json"
	"os"

	"contracts/dela"
)

// answer is what a program may say besides plain text.
type answer struct {
	Result   string `json:"result"`
	Accepted string `json:"Accepted"`
}

func increase(request map[string]json.RawMessage) answer {
	counter := []byte(request["counter"])
	var text string
	if json.Unmarshal(counter, &text) == nil && string(counter) != "null" {
		counter = []byte(text)
	}
	switch {
	case len(counter) == 0:
		return answer{"'counter' not found in tx arg", "false"}
	case !dela.IsDecimal(counter):
		return answer{"counter is not a whole number: " + string(counter), "false"}
	}
	return answer{string(dela.Increment(counter)), "true"}
}

func main() {
	var request map[string]json.RawMessage
	if err := json.NewDecoder(os.Stdin).Decode(&request); err != nil {
		dela.Reject("the request is not JSON: " + err.Error())
	}
	if err := json.NewEncoder(os.Stdout).Encode(increase(request)); err != nil {
		dela.Reject(err.Error())
	}
}
