package wasm

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"delavm/server/dela/delavm"
)

// template is a text with holes, as manifests have them: "balance:{from}".
// contracts/README.md says what may stand in it.
type template []piece

// piece is fixed bytes, or a hole.
type piece struct {
	fixed    []byte
	argument string
	caller   bool
}

// parseTemplate reads a template that delavm has checked; what it can't read is
// still an error and no panic.
func parseTemplate(text string) (template, error) {
	var pieces template

	for text != "" {
		before, rest, hole := strings.Cut(text, "{")
		if before != "" {
			pieces = append(pieces, piece{fixed: []byte(before)})
		}

		if !hole {
			break
		}

		inside, rest, closed := strings.Cut(rest, "}")
		if !closed || inside == "" {
			return nil, fmt.Errorf("template %q: braces", text)
		}

		switch {
		case inside == "@caller":
			pieces = append(pieces, piece{caller: true})
		case inside[0] == '#':
			fixed, err := hex.DecodeString(inside[1:])
			if err != nil {
				return nil, fmt.Errorf("template %q: %w", text, err)
			}

			pieces = append(pieces, piece{fixed: fixed})
		default:
			pieces = append(pieces, piece{argument: inside})
		}

		text = rest
	}

	if len(pieces) == 0 {
		return nil, errors.New("an empty template")
	}

	return pieces, nil
}

// expand fills the holes. False: an argument is not there.
func (t template) expand(args []delavm.Argument, caller []byte) ([]byte, bool) {
	var out []byte

	for _, p := range t {
		switch {
		case p.caller:
			out = append(out, caller...)
		case p.argument != "":
			value, found := find(args, p.argument)
			if !found {
				return nil, false
			}

			out = append(out, value...)
		default:
			out = append(out, p.fixed...)
		}
	}

	return out, true
}

// leastLearned is the shortest argument for which a learned template has a
// hole: shorter ones stand in a key by chance.
const leastLearned = 3

// learnTemplate makes a template of a key that was missing: the longest
// argument that stands in it becomes a hole, the rest is fixed.
func learnTemplate(key []byte, args []delavm.Argument) template {
	var longest delavm.Argument

	for _, arg := range args {
		if len(arg.Value) >= leastLearned && len(arg.Value) > len(longest.Value) && bytes.Contains(key, arg.Value) {
			longest = arg
		}
	}

	if longest.Key == "" {
		return template{{fixed: bytes.Clone(key)}}
	}

	var learned template

	before, after, _ := bytes.Cut(key, longest.Value)
	if len(before) > 0 {
		learned = append(learned, piece{fixed: bytes.Clone(before)})
	}

	learned = append(learned, piece{argument: longest.Key})

	if len(after) > 0 {
		learned = append(learned, piece{fixed: bytes.Clone(after)})
	}

	return learned
}

// id tells templates apart.
func (t template) id() string {
	var out strings.Builder

	for _, p := range t {
		fmt.Fprintf(&out, "%x/%q/%v;", p.fixed, p.argument, p.caller)
	}

	return out.String()
}
