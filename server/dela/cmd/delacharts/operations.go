package main

import (
	"encoding/base64"
	"strconv"

	"go.dedis.ch/dela/core/execution"
	"go.dedis.ch/dela/core/store"
	"go.dedis.ch/dela/core/txn"
	"go.dedis.ch/kyber/v3"
	"go.dedis.ch/kyber/v3/suites"
)

// operation is what one chart is about.
type operation struct {
	file, title string
	contract    string // the wasm contracts' name
	// native does it n times with Kyber. Without it the operation is to count:
	// one execution for each iteration.
	native func(n int) kyber.Point
}

// operations returns all four, and the arguments that their contracts take.
func operations() ([]operation, []txn.Arg) {
	suite := suites.MustFind("Ed25519")
	random := suite.RandomStream()
	scalar, point1, point2 := suite.Scalar().Pick(random), suite.Point().Pick(random), suite.Point().Pick(random)

	return []operation{
		{"counter", "Counter, executed N times", "counter", nil},
		{
			"base_multiplication", "Base-point multiplication, N times in one transaction", "ed25519_gen_mul",
			func(n int) kyber.Point {
				power, point := scalar.Clone(), suite.Point()
				for ; n > 0; n-- {
					point.Mul(power, nil)
					power.Mul(power, scalar)
				}

				return point
			},
		},
		{
			"point_multiplication", "Point multiplication, N times in one transaction", "ed25519_mul",
			func(n int) kyber.Point {
				point := point1.Clone()
				for ; n > 0; n-- {
					point.Mul(scalar, point)
				}

				return point
			},
		},
		{
			"point_addition", "Point addition, N times in one transaction", "ed25519",
			func(n int) kyber.Point {
				point := point1.Clone()
				for ; n > 0; n-- {
					point.Add(point, point2)
				}

				return point
			},
		},
	}, []txn.Arg{textArg("scalar", scalar), textArg("point1", point1), textArg("point2", point2)}
}

func textArg(key string, value kyber.Marshaling) txn.Arg {
	return txn.Arg{Key: key, Value: []byte(textOf(value))}
}

func textOf(value kyber.Marshaling) string {
	data, _ := value.MarshalBinary()

	return base64.StdEncoding.EncodeToString(data)
}

// nativeContract is an operation as a native contract of Dela's.
//
// - implements native.Contract
type nativeContract struct {
	operation
	uid string // four characters
}

// UID implements native.Contract.
func (c nativeContract) UID() string { return c.uid }

// Execute implements native.Contract.
func (c nativeContract) Execute(snap store.Snapshot, step execution.Step) error {
	if c.native == nil {
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

	c.native(iterations)

	return nil
}
