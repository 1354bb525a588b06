package delavm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// unmarshal reads exactly one JSON value: nothing may follow it.
func unmarshal(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))

	err := decoder.Decode(into)
	if err != nil {
		return err
	}

	_, err = decoder.Token()
	if !errors.Is(err, io.EOF) {
		return errors.New("something follows the JSON value")
	}

	return nil
}

// ParseOutcome reads the answer to /v1/execute. It returns an error unless the
// answer is whole and makes sense; what it returns can be acted on.
func ParseOutcome(data []byte) (*Outcome, error) {
	outcome := new(Outcome)

	err := unmarshal(data, outcome)
	if err != nil {
		return nil, fmt.Errorf("outcome: %w", err)
	}

	err = outcome.check()
	if err != nil {
		return nil, fmt.Errorf("outcome: %w", err)
	}

	return outcome, nil
}

// ParseBatch reads the answer to a /v1/batch of `count` transactions.
func ParseBatch(data []byte, count int) ([]*Outcome, error) {
	var answer struct {
		Transactions []*Outcome `json:"transactions"`
	}

	err := unmarshal(data, &answer)
	if err != nil {
		return nil, fmt.Errorf("batch: %w", err)
	}

	if len(answer.Transactions) != count {
		return nil, fmt.Errorf("batch: %d outcomes for %d transactions", len(answer.Transactions), count)
	}

	for i, outcome := range answer.Transactions {
		if outcome == nil {
			return nil, fmt.Errorf("batch: outcome %d is null", i)
		}

		err = outcome.check()
		if err != nil {
			return nil, fmt.Errorf("batch: outcome %d: %w", i, err)
		}
	}

	return answer.Transactions, nil
}

func (o *Outcome) check() error {
	switch o.Status {
	case Accepted, Rejected, Trapped, OutOfFuel, NeedKeys:
	default:
		return fmt.Errorf("unknown status %q", o.Status)
	}

	if o.Receipt == (Hash{}) || o.Module == (Hash{}) || o.Schedule == (Hash{}) || o.Limits == (Hash{}) ||
		o.Engine == 0 {
		return errors.New("receipt, module, schedule, limits or engine is missing")
	}

	if o.Fuel.Limit == 0 || o.Fuel.Used > o.Fuel.Limit {
		return fmt.Errorf("fuel used %d of %d", o.Fuel.Used, o.Fuel.Limit)
	}

	if o.Status != Accepted && (len(o.Writes) > 0 || len(o.Events) > 0 || len(o.Result) > 0) {
		return fmt.Errorf("%s, but with writes, events or a result", o.Status)
	}

	if (o.Trap != nil) != (o.Status == Trapped || o.Status == OutOfFuel) {
		return fmt.Errorf("%s, and trap present is %v", o.Status, o.Trap != nil)
	}

	err := checkEntries(o.Writes)
	if err != nil {
		return fmt.Errorf("writes: %w", err)
	}

	err = checkEntries(o.Reads)
	if err != nil {
		return fmt.Errorf("reads: %w", err)
	}

	return o.checkNeeded()
}

func checkEntries(entries []Entry) error {
	seen := make(map[string]bool, len(entries))

	for _, entry := range entries {
		if !isKey(entry.Key) || seen[string(entry.Key)] {
			return fmt.Errorf("key %x is too short, too long or there twice", entry.Key)
		}

		if len(entry.Value) > MaxValue {
			return fmt.Errorf("a value of %d bytes", len(entry.Value))
		}

		seen[string(entry.Key)] = true
	}

	return nil
}

func (o *Outcome) checkNeeded() error {
	if o.Status != NeedKeys {
		if len(o.Needed) > 0 || len(o.NeededRead) > 0 {
			return fmt.Errorf("%s, but keys are needed", o.Status)
		}

		return nil
	}

	found := false

	for _, key := range o.Needed {
		if !isKey(key) {
			return fmt.Errorf("needed key %x is too short or too long", key)
		}

		found = found || bytes.Equal(key, o.NeededRead)
	}

	if !found {
		return errors.New("the key whose read ended the run is not among those needed")
	}

	return nil
}

func isKey(key []byte) bool {
	return len(key) > 0 && len(key) <= MaxKey
}

// parseServerTime reads a Server-Timing header as delavm writes it:
// "run;dur=0.042, total;dur=0.118", in milliseconds. What is not like that says
// nothing.
func parseServerTime(header string) ServerTime {
	const most = 24 * time.Hour

	var spent ServerTime

	for metric := range strings.SplitSeq(header, ",") {
		name, text, _ := strings.Cut(strings.TrimSpace(metric), ";dur=")

		value, err := strconv.ParseFloat(text, 64)
		if err != nil || !(value >= 0 && value <= most.Seconds()*1e3) {
			continue
		}

		switch duration := time.Duration(value * float64(time.Millisecond)); name {
		case "run":
			spent.Run = duration
		case "total":
			spent.Total = duration
		}
	}

	return spent
}

// parseRefusal reads {"error": {…}}, or makes a refusal of what else there is.
func parseRefusal(status int, data []byte) error {
	var answer struct {
		Error *Refusal `json:"error"`
	}

	err := unmarshal(data, &answer)
	if err != nil || answer.Error == nil || answer.Error.Code == "" {
		return fmt.Errorf("HTTP %d without an error of delavm's", status)
	}

	answer.Error.HTTPStatus = status

	return answer.Error
}
