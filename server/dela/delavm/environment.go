package delavm

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// ErrBusy is returned by TryDo when as many calls wait as may wait.
var ErrBusy = errors.New("too many calls are waiting for delavm")

// Settings are how an Environment behaves. The zero value is usable.
type Settings struct {
	// Attempt bounds one attempt; 0: a minute, more than any run takes.
	Attempt time.Duration
	// FirstWait and LongestWait bound the pause between attempts, which
	// doubles each time; 0: 20 ms and 2 s.
	FirstWait, LongestWait time.Duration
	// InFlight calls may be under way at once, Waiting more may queue for
	// their turn; 0: 8 and 256.
	InFlight, Waiting int
	// Trouble is told about each failed attempt (count from 1), and with a
	// nil error when an attempt succeeds after failed ones. It must not
	// block.
	Trouble func(attempt int, err error)
}

func (s Settings) withDefaults() Settings {
	set := func(value *time.Duration, fallback time.Duration) {
		if *value <= 0 {
			*value = fallback
		}
	}

	set(&s.Attempt, time.Minute)
	set(&s.FirstWait, 20*time.Millisecond)
	set(&s.LongestWait, 2*time.Second)

	if s.InFlight <= 0 {
		s.InFlight = 8
	}

	if s.Waiting <= 0 {
		s.Waiting = 256
	}

	if s.Trouble == nil {
		s.Trouble = func(int, error) {}
	}

	return s
}

// Environment is a server that may be away for a while: calls are repeated
// until they succeed, the server gives a verdict, or the context ends. So
// whoever asks it learns the truth or nothing.
type Environment struct {
	*Client

	settings   Settings
	slots      chan struct{}
	waiting    atomic.Int64
	generation atomic.Uint64
	retries    atomic.Uint64
}

// NewEnvironment makes an environment at "HOST:PORT" or "unix:PATH". Nothing is
// called yet.
func NewEnvironment(address string, settings Settings) *Environment {
	settings = settings.withDefaults()

	return &Environment{
		Client:   NewClient(address, settings.Attempt),
		settings: settings,
		slots:    make(chan struct{}, settings.InFlight),
	}
}

// Generation changes whenever the server may have been restarted, or replaced
// by another one: after each failed attempt.
func (e *Environment) Generation() uint64 {
	return e.generation.Load()
}

// Retries counts failed attempts.
func (e *Environment) Retries() uint64 {
	return e.retries.Load()
}

// Verdict tells whether an error is the server's word about the request, so
// that asking again would not help, and returns it.
func Verdict(err error) (*Refusal, bool) {
	var refusal *Refusal

	if !errors.As(err, &refusal) {
		return nil, false
	}

	switch refusal.Code {
	case "over_limit", "bad_request", "module_refused", "unknown_module":
		return refusal, true
	default:
		// All others speak of the server's state, or of a client that this
		// server does not understand.
		return refusal, false
	}
}

// Do repeats `call` until it returns nil or a verdict, which is returned, or
// until the context ends; then the last failure is returned with the context's
// error. It waits for its turn however long that takes.
func (e *Environment) Do(ctx context.Context, call func(context.Context, *Client) error) error {
	select {
	case e.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}

	defer func() { <-e.slots }()

	return e.repeat(ctx, call)
}

// TryDo is Do for callers that can be sent away: with ErrBusy, if as many wait
// as may wait.
func (e *Environment) TryDo(ctx context.Context, call func(context.Context, *Client) error) error {
	waiting := e.waiting.Add(1)
	defer e.waiting.Add(-1)

	if waiting > int64(e.settings.InFlight+e.settings.Waiting) {
		return ErrBusy
	}

	return e.Do(ctx, call)
}

func (e *Environment) repeat(ctx context.Context, call func(context.Context, *Client) error) error {
	wait := e.settings.FirstWait

	for attempt := 1; ; attempt++ {
		err := call(ctx, e.Client)
		if err == nil {
			if attempt > 1 {
				e.settings.Trouble(attempt, nil)
			}

			return nil
		}

		_, final := Verdict(err)
		if final {
			return err
		}

		e.generation.Add(1)
		e.retries.Add(1)
		e.settings.Trouble(attempt, err)

		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("%w; the last of %d attempts: %w", ctx.Err(), attempt, err)
		}

		wait = min(2*wait, e.settings.LongestWait)
	}
}
