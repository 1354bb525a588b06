package dela

import (
	"strconv"
	"testing"
)

func TestIncrement(t *testing.T) {
	cases := map[string]string{"-0": "1", "007": "8", "-001": "0", "-1000": "-999", "999": "1000",
		"99999999999999999999": "100000000000000000000"}
	for value := -1200; value < 1200; value++ {
		cases[strconv.Itoa(value)] = strconv.Itoa(value + 1)
	}
	for number, want := range cases {
		if !IsDecimal([]byte(number)) {
			t.Errorf("%q is not decimal", number)
		}
		if have := string(Increment([]byte(number))); have != want {
			t.Errorf("%s + 1 is %s, should be %s", number, have, want)
		}
	}
	for _, bad := range []string{"", "-", "1x", " 1", "--1", "1.5"} {
		if IsDecimal([]byte(bad)) {
			t.Errorf("%q is decimal", bad)
		}
	}
}
