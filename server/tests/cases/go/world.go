// world.go - a program and a library in one: what Go's runtime and standard library make of the world that host/wasi.def
// shows.  As a program it is entered at main; as a library (-buildmode=c-shared) at greet.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"sort"
	"strings"
	"sync"
	"time"
)

// sum lets goroutines wait for each other.
func sum(count int) int {
	var group sync.WaitGroup
	parts := make(chan int)
	for i := range count {
		group.Add(1)
		go func() {
			defer group.Done()
			time.Sleep(time.Duration(count-i) * time.Millisecond)
			parts <- i
		}()
	}
	go func() { group.Wait(); close(parts) }()
	total := 0
	for part := range parts {
		total += part
		runtime.Gosched()
	}
	return total
}

// garbage makes and drops 32 MiB.
func garbage() int {
	kept := 0
	for i := range 2048 {
		kept += len(make([]byte, 16384+i%2))
	}
	return kept
}

func main() {
	before := time.Now()
	text, err := io.ReadAll(os.Stdin)
	fields := map[string]any{}
	if err == nil {
		err = json.Unmarshal(text, &fields)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "the request is no JSON object:", err)
		os.Exit(3)
	}
	counter, _ := fields["counter"].(float64)
	keys := []string{}
	for key := range fields { // in an order that random bytes decide
		keys = append(keys, key)
	}
	order := strings.Join(keys, " ")
	sort.Strings(keys)
	_, opened := os.ReadFile("/etc/passwd")
	fmt.Fprintf(os.Stderr, "%d fields\n", len(fields))
	result := []string{
		fmt.Sprint("counter ", counter+0.5),
		"keys " + strings.Join(keys, " "),
		"order " + order,
		"args " + strings.Join(os.Args[1:], " "),
		"nonce " + os.Getenv("DELA_NONCE"),
		"time " + before.UTC().Format(time.RFC3339Nano),
		fmt.Sprint("sum ", sum(20)),
		fmt.Sprint("garbage ", garbage()),
		fmt.Sprint("slept ", time.Since(before)),
		fmt.Sprint("random ", rand.Uint64()),
		fmt.Sprint("file ", opened),
	}
	answer, _ := json.Marshal(map[string]any{"Accepted": "true", "result": strings.Join(result, "\n")})
	os.Stdout.Write(answer)
}

//go:wasmexport greet
func greet() {
	name := struct{ Name string }{"nobody"}
	if err := json.NewDecoder(os.Stdin).Decode(&name); err != nil {
		panic(err)
	}
	fmt.Print("hello, ", name.Name)
}
