package delavm

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const hash = `"0101010101010101010101010101010101010101010101010101010101010101"`

// answer makes an answer of the parts that matter to a test.
func answer(status, more string) string {
	return `{"status":"` + status + `","fuel":{"limit":"9","used":"3"},"receipt":` + hash + `,"module":` + hash +
		`,"schedule":` + hash + `,"limits":` + hash + `,"engine":1` + more + `}`
}

var good = []string{
	answer("accepted", ``),
	answer("accepted", `,"result":"NDI=","writes":[{"key":"YQ==","value":null},{"key":"Yg==","value":""}]`),
	answer("accepted", `,"something":"new","needed":[],"events":[{"name":"YQ==","data":""}]`),
	answer("rejected", `,"message":"bm8="`),
	answer("trapped", `,"trap":{"code":"unreachable","words":"unreachable"}`),
	answer("out_of_fuel", `,"trap":{"code":"out_of_fuel","words":"all fuel consumed"}`),
	answer("need_keys", `,"needed":["YQ==","Yg=="],"needed_read":"Yg=="`),
}

var bad = map[string]string{
	"nothing":               ``,
	"null":                  `null`,
	"not JSON":              `<html>502 Bad Gateway</html>`,
	"cut":                   answer("accepted", ``)[:40],
	"something behind":      answer("accepted", ``) + `{}`,
	"an array":              `[` + answer("accepted", ``) + `]`,
	"no status":             answer("", ``),
	"another status":        answer("maybe", ``),
	"no receipt":            strings.Replace(answer("accepted", ``), "receipt", "receipts", 1),
	"a short hash":          strings.Replace(answer("accepted", ``), "0101", "01", 1),
	"a hash that is none":   strings.Replace(answer("accepted", ``), "0101", "zz01", 1),
	"no engine":             strings.Replace(answer("accepted", ``), `"engine":1`, `"engine":0`, 1),
	"more fuel than there":  strings.Replace(answer("accepted", ``), `"used":"3"`, `"used":"10"`, 1),
	"fuel as a number":      strings.Replace(answer("accepted", ``), `"3"`, `3`, 1),
	"writes, rejected":      answer("rejected", `,"writes":[{"key":"YQ==","value":null}]`),
	"events, trapped":       answer("trapped", `,"trap":{"code":"x","words":"x"},"events":[{"name":"","data":""}]`),
	"a result, rejected":    answer("rejected", `,"result":"YQ=="`),
	"trapped without trap":  answer("trapped", ``),
	"a trap, accepted":      answer("accepted", `,"trap":{"code":"x","words":"x"}`),
	"an empty key":          answer("accepted", `,"writes":[{"key":"","value":null}]`),
	"a key of 33 bytes":     answer("accepted", `,"writes":[{"key":"`+strings.Repeat("YWFh", 11)+`","value":null}]`),
	"a key twice":           answer("accepted", `,"writes":[{"key":"YQ==","value":null},{"key":"YQ==","value":""}]`),
	"a long value":          answer("accepted", `,"writes":[{"key":"YQ==","value":"`+strings.Repeat("YWFh", 21846)+`"}]`),
	"not base64":            answer("accepted", `,"result":"%"`),
	"keys needed, accepted": answer("accepted", `,"needed":["YQ=="]`),
	"no keys needed":        answer("need_keys", `,"needed":[]`),
	"another key read":      answer("need_keys", `,"needed":["YQ=="],"needed_read":"Yg=="`),
	"null needed":           answer("need_keys", `,"needed":[null],"needed_read":""`),
}

func TestParseOutcome(t *testing.T) {
	for _, text := range good {
		outcome, err := ParseOutcome([]byte(text))
		require.NoError(t, err, text)
		require.NotEmpty(t, outcome.Reason())
	}

	for name, text := range bad {
		_, err := ParseOutcome([]byte(text))
		require.Error(t, err, name)
	}

	outcome, err := ParseOutcome([]byte(good[1]))
	require.NoError(t, err)
	require.Equal(t, []Entry{{Key: []byte("a")}, {Key: []byte("b"), Value: []byte{}}}, outcome.Writes)
	require.Nil(t, outcome.Writes[0].Value, "deleted")
	require.NotNil(t, outcome.Writes[1].Value, "empty, but there")
	require.Equal(t, "42", string(outcome.Result))
}

func TestParseBatch(t *testing.T) {
	batch := `{"transactions":[` + good[0] + `,` + good[3] + `],"writes":[]}`

	outcomes, err := ParseBatch([]byte(batch), 2)
	require.NoError(t, err)
	require.Equal(t, Rejected, outcomes[1].Status)

	for _, text := range []string{`{}`, `{"transactions":[null,null]}`, `{"transactions":[` + good[0] + `,{}]}`, `nothing`} {
		_, err = ParseBatch([]byte(text), 2)
		require.Error(t, err, text)
	}

	_, err = ParseBatch([]byte(batch), 3)
	require.Error(t, err)
}

// Whatever the bytes are: no panic, and what is returned can be acted on.
func FuzzParseOutcome(f *testing.F) {
	for _, text := range good {
		f.Add([]byte(text))
	}

	for _, text := range bad {
		f.Add([]byte(text))
	}

	f.Fuzz(func(t *testing.T, data []byte) {
		outcome, err := ParseOutcome(data)
		if err != nil {
			require.Nil(t, outcome)

			return
		}

		require.NoError(t, outcome.check())
		require.True(t, outcome.Status == Accepted || len(outcome.Writes) == 0)
		require.Equal(t, outcome.Status == NeedKeys, len(outcome.Needed) > 0)

		for _, write := range outcome.Writes {
			require.True(t, len(write.Key) > 0 && len(write.Key) <= MaxKey && len(write.Value) <= MaxValue)
		}

		_ = outcome.Reason()
	})
}
