package delavm

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// serve is a server whose every answer is made by `handle`.
func serve(t *testing.T, handle http.HandlerFunc) string {
	t.Helper()

	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)

	return strings.TrimPrefix(server.URL, "http://")
}

func say(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

const info = `{"engine":1,"schedule":` + hash + `,"limits":` + hash + `,"features":[{"name":"mvp","on":true}]}`

// Servers that break off, or say what they should not, give an error and no
// result.
func TestClient_BrokenServers(t *testing.T) {
	ctx := context.Background()

	for name, handle := range map[string]http.HandlerFunc{
		"not found by a stranger": say(404, "404 page not found"),
		"a gateway":               say(502, "<html></html>"),
		"an empty answer":         say(200, ""),
		"an error as a result":    say(200, `{"error":{"code":"internal","message":"x"}}`),
		"a result as an error":    say(500, good[0]),
		"redirected to nowhere":   func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/x", 307) },
		"cut in the middle": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, good[0])
		},
		"hung up": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		client := NewClient(serve(t, handle), 5*time.Second)

		_, err := client.Execute(ctx, &Transaction{})
		require.Error(t, err, name)

		_, final := Verdict(err)
		require.False(t, final, name)

		_, err = client.Batch(ctx, &Batch{Transactions: []Transaction{{}}})
		require.Error(t, err, name)

		_, err = client.AddModule(ctx, nil)
		require.Error(t, err, name)

		_, err = client.Module(ctx, Hash{1})
		require.Error(t, err, name)

		_, err = client.Info(ctx)
		require.Error(t, err, name)
	}
}

// A server with --timing says how long its answers took; the sums are kept, and
// what makes no sense says nothing.
func TestClient_ServerTime(t *testing.T) {
	header := ""
	client := NewClient(serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if header != "" {
			w.Header().Set("Server-Timing", header)
		}

		_, _ = io.WriteString(w, info)
	}), 5*time.Second)

	for _, step := range []struct {
		header     string
		run, total time.Duration // so far
	}{
		{"", 0, 0},
		{"run;dur=0.042, total;dur=1.500", 42 * time.Microsecond, 1500 * time.Microsecond},
		{"total;dur=2,run;dur=1", 1042 * time.Microsecond, 3500 * time.Microsecond},
		{"run;dur=-1, total;dur=NaN", 1042 * time.Microsecond, 3500 * time.Microsecond},
		{"run;dur=1e300, total;dur=Inf, cache;dur=5", 1042 * time.Microsecond, 3500 * time.Microsecond},
		{"run, total;desc=x, ;dur=, ;;,", 1042 * time.Microsecond, 3500 * time.Microsecond},
	} {
		header = step.header

		_, err := client.Info(context.Background())
		require.NoError(t, err)
		require.Equal(t, ServerTime{Run: step.run, Total: step.total}, client.ServerTime(), step.header)
	}
}

func TestClient_EndlessAnswer(t *testing.T) {
	client := NewClient(serve(t, func(w http.ResponseWriter, _ *http.Request) {
		chunk := bytes.Repeat([]byte(" "), 1<<20)
		for range maxAnswer>>20 + 2 {
			_, err := w.Write(chunk)
			if err != nil {
				return
			}
		}
	}), time.Minute)

	_, err := client.Info(context.Background())
	require.ErrorContains(t, err, "more than")
}

func TestClient_Hanging(t *testing.T) {
	release := make(chan struct{})
	address := serve(t, func(http.ResponseWriter, *http.Request) { <-release })

	defer close(release)

	_, err := NewClient(address, 50*time.Millisecond).Info(context.Background())

	var timeout net.Error
	require.ErrorAs(t, err, &timeout)
	require.True(t, timeout.Timeout())
}

func TestClient_Refusals(t *testing.T) {
	for code, want := range map[string]bool{
		"over_limit": true, "bad_request": true, "module_refused": true, "unknown_module": true,
		"body_too_large": false, "json_values": false, "queue_full": false, "internal": false, "timeout": false,
	} {
		client := NewClient(serve(t, say(400, `{"error":{"code":"`+code+`","message":"words"}}`)), time.Minute)

		_, err := client.Execute(context.Background(), &Transaction{})
		require.EqualError(t, err, "delavm refuses (HTTP 400, "+code+"): words")

		refusal, final := Verdict(err)
		require.Equal(t, want, final, code)
		require.Equal(t, code, refusal.Code)
	}
}

func TestClient_Answers(t *testing.T) {
	ctx := context.Background()
	asked := ""
	answers := map[string]string{
		"GET /v1/info":      info,
		"POST /v1/execute":  good[1],
		"POST /v1/batch":    `{"transactions":[` + good[0] + `]}`,
		"POST /v1/modules":  `{"module":` + hash + `}`,
		"GET /v1/contracts": `{"contracts":[{"language":"c","name":"x","version":2,"module":` + hash + `,"manifest":{"reads":["a"],"access":null}}]}`,
		"GET /v1/modules/" + strings.Trim(hash, `"`): `{"module":` + hash + `,"entries":["call"],"manifest":null}`,
	}
	client := NewClient(serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked = string(body)

		say(200, answers[r.Method+" "+r.URL.Path])(w, r)
	}), time.Minute)

	defer client.Close()

	tx := &Transaction{
		Module:    Hash{255},
		Arguments: []Argument{{Key: "k", Value: []byte("v")}},
		Storage:   []Entry{{Key: []byte("a")}, {Key: []byte("b"), Value: []byte{}}},
		Context:   Context{Caller: []byte("me"), Nonce: 1 << 63},
		Fuel:      7,
	}

	outcome, err := client.Execute(ctx, tx)
	require.NoError(t, err)
	require.Equal(t, Accepted, outcome.Status)
	require.JSONEq(t, `{"module":"ff`+strings.Repeat("00", 31)+`","arguments":[{"key":"k","value":"dg=="}],
		"storage":[{"key":"YQ==","value":null},{"key":"Yg==","value":""}],
		"context":{"caller":"bWU=","nonce":"9223372036854775808"},"fuel":"7"}`, asked)

	outcomes, err := client.Batch(ctx, &Batch{Transactions: []Transaction{*tx}})
	require.NoError(t, err)
	require.Len(t, outcomes, 1)

	module, err := client.AddModule(ctx, []byte{0})
	require.NoError(t, err)
	require.Equal(t, "\x00", asked)

	described, err := client.Module(ctx, module)
	require.NoError(t, err)
	require.Equal(t, []string{"call"}, described.Entries)

	contracts, err := client.Contracts(ctx)
	require.NoError(t, err)
	require.Equal(t, []string{"a"}, contracts[0].Manifest.Reads)

	said, err := client.Info(ctx)
	require.NoError(t, err)
	require.Equal(t, uint32(1), said.Engine)
	require.Equal(t, uint64(6), client.Traffic().RoundTrips)
	require.Positive(t, client.Traffic().Sent)
	require.Positive(t, client.Traffic().Received)
}

// The server is not there at first, then refuses, then answers.
func TestEnvironment_Patience(t *testing.T) {
	path := filepath.Join(t.TempDir(), "socket")

	var troubles []error

	env := NewEnvironment("unix:"+path, Settings{
		FirstWait: time.Millisecond, LongestWait: 5 * time.Millisecond,
		Trouble: func(attempt int, err error) { troubles = append(troubles, err) },
	})
	defer env.Close()

	starting := sync.OnceFunc(func() {
		listener, err := net.Listen("unix", path)
		require.NoError(t, err)

		count := 0
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			count++
			if count == 1 {
				say(503, `{"error":{"code":"queue_full","message":"later"}}`)(w, r)
			} else {
				say(200, info)(w, r)
			}
		})}

		go func() { _ = server.Serve(listener) }()
		t.Cleanup(func() { _ = server.Close() })
	})

	attempts := 0
	err := env.Do(context.Background(), func(ctx context.Context, client *Client) error {
		attempts++
		if attempts == 3 {
			starting()
		}

		_, err := client.Info(ctx)

		return err
	})

	require.NoError(t, err)
	require.Equal(t, 4, attempts)
	require.Len(t, troubles, 4)
	require.NoError(t, troubles[3], "told that it is over")
	require.Equal(t, uint64(3), env.Generation())
	require.Equal(t, uint64(3), env.Retries())
}

func TestEnvironment_Ends(t *testing.T) {
	env := NewEnvironment("127.0.0.1:1", Settings{InFlight: 1, Waiting: 1, FirstWait: time.Millisecond})

	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer cancel()

	cause := errors.New("cause")
	err := env.Do(ctx, func(context.Context, *Client) error { return cause })
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorIs(t, err, cause)

	// A verdict is not asked for again.
	count := 0
	err = env.Do(context.Background(), func(context.Context, *Client) error {
		count++
		return &Refusal{Code: "over_limit"}
	})
	require.Error(t, err)
	require.Equal(t, 1, count)
}

func TestEnvironment_Busy(t *testing.T) {
	env := NewEnvironment("127.0.0.1:1", Settings{InFlight: 1, Waiting: 1})
	running, release := make(chan struct{}), make(chan struct{})
	waiting := func(context.Context, *Client) error { return nil }

	var group sync.WaitGroup

	group.Add(1)

	go func() {
		defer group.Done()

		_ = env.TryDo(context.Background(), func(context.Context, *Client) error {
			close(running)
			<-release

			return nil
		})
	}()

	<-running
	group.Add(1)

	go func() {
		defer group.Done()

		_ = env.TryDo(context.Background(), waiting)
	}()

	for env.waiting.Load() < 2 {
		time.Sleep(time.Millisecond)
	}

	require.ErrorIs(t, env.TryDo(context.Background(), waiting), ErrBusy)

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, env.Do(ctx, waiting), context.Canceled)
	close(release)
	group.Wait()
	require.NoError(t, env.TryDo(context.Background(), waiting))
}
