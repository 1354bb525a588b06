package delavm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// maxAnswer bounds what is read of one answer: the largest batch fits.
const maxAnswer = 64 << 20

// Traffic counts what went over the wire.
type Traffic struct {
	RoundTrips uint64
	Sent       uint64 // bytes of request bodies
	Received   uint64 // bytes of answers' bodies
}

// ServerTime is what a server that was started with --timing says it spent on
// answers: in contracts and the host functions they called, and in all, from a
// request's last byte to its answer. It is this machine's, and no part of any
// outcome.
type ServerTime struct {
	Run, Total time.Duration
}

// Client calls one server. Each method is one attempt: an error of type
// *Refusal is the server's own word, any other says that nobody knows what
// happened. All calls may be repeated: none changes what a later one answers.
type Client struct {
	http *http.Client
	base string

	roundTrips, sent, received atomic.Uint64
	run, total                 atomic.Int64
}

// NewClient makes a client of a server at "HOST:PORT" or "unix:PATH". timeout
// bounds one attempt, connecting and reading the answer included.
func NewClient(address string, timeout time.Duration) *Client {
	transport := &http.Transport{
		MaxIdleConns:        16,
		MaxIdleConnsPerHost: 16,
		IdleConnTimeout:     time.Minute, // below the server's own
	}

	base := "http://" + address

	path, ok := strings.CutPrefix(address, "unix:")
	if ok {
		base = "http://localhost"
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		}
	}

	return &Client{
		http: &http.Client{Transport: transport, Timeout: timeout},
		base: base,
	}
}

// Close lets go of idle connections.
func (c *Client) Close() {
	c.http.CloseIdleConnections()
}

// Traffic returns what went over the wire so far.
func (c *Client) Traffic() Traffic {
	return Traffic{RoundTrips: c.roundTrips.Load(), Sent: c.sent.Load(), Received: c.received.Load()}
}

// ServerTime returns what the server spent on its answers so far; zeros if it
// does not say.
func (c *Client) ServerTime() ServerTime {
	return ServerTime{Run: time.Duration(c.run.Load()), Total: time.Duration(c.total.Load())}
}

// Execute runs one transaction.
func (c *Client) Execute(ctx context.Context, tx *Transaction) (*Outcome, error) {
	data, err := c.post(ctx, "/v1/execute", tx)
	if err != nil {
		return nil, err
	}

	return ParseOutcome(data)
}

// Batch runs transactions in order against one storage.
func (c *Client) Batch(ctx context.Context, batch *Batch) ([]*Outcome, error) {
	data, err := c.post(ctx, "/v1/batch", batch)
	if err != nil {
		return nil, err
	}

	return ParseBatch(data, len(batch.Transactions))
}

// AddModule has the server validate and store a module. A *Refusal with the
// code "module_refused" is its verdict.
func (c *Client) AddModule(ctx context.Context, wasm []byte) (Hash, error) {
	data, err := c.do(ctx, http.MethodPost, "/v1/modules", "application/wasm", wasm)
	if err != nil {
		return Hash{}, err
	}

	var answer struct {
		Module Hash `json:"module"`
	}

	err = unmarshal(data, &answer)
	if err != nil || answer.Module == (Hash{}) {
		return Hash{}, fmt.Errorf("no hash of the added module: %v", err)
	}

	return answer.Module, nil
}

// Module describes a stored module.
func (c *Client) Module(ctx context.Context, hash Hash) (*Module, error) {
	module := new(Module)

	err := c.get(ctx, "/v1/modules/"+hash.String(), module)
	if err != nil {
		return nil, err
	}

	if module.Module != hash || len(module.Entries) == 0 {
		return nil, errors.New("the description is of another module, or has no entries")
	}

	return module, nil
}

// Contracts lists the contracts that are bound in the server itself.
func (c *Client) Contracts(ctx context.Context) ([]Contract, error) {
	var answer struct {
		Contracts []Contract `json:"contracts"`
	}

	err := c.get(ctx, "/v1/contracts", &answer)

	return answer.Contracts, err
}

// Info asks the server what it is.
func (c *Client) Info(ctx context.Context) (*Info, error) {
	info := new(Info)

	err := c.get(ctx, "/v1/info", info)
	if err != nil {
		return nil, err
	}

	if info.Schedule == (Hash{}) || info.Limits == (Hash{}) || info.Engine == 0 || len(info.Features) == 0 {
		return nil, errors.New("schedule, limits, engine or features are missing")
	}

	return info, nil
}

func (c *Client) get(ctx context.Context, path string, into any) error {
	data, err := c.do(ctx, http.MethodGet, path, "", nil)
	if err != nil {
		return err
	}

	err = unmarshal(data, into)
	if err != nil {
		return fmt.Errorf("GET %s: %w", path, err)
	}

	return nil
}

func (c *Client) post(ctx context.Context, path string, value any) ([]byte, error) {
	body, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("request for %s: %w", path, err)
	}

	return c.do(ctx, http.MethodPost, path, "application/json", body)
}

// do sends one request and returns the body of a 2xx answer.
func (c *Client) do(ctx context.Context, method, path, contentType string, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}

	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}

	c.roundTrips.Add(1)
	c.sent.Add(uint64(len(body)))

	answer, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}

	defer answer.Body.Close()

	spent := parseServerTime(answer.Header.Get("Server-Timing"))
	c.run.Add(int64(spent.Run))
	c.total.Add(int64(spent.Total))

	data, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	c.received.Add(uint64(len(data)))

	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}

	if len(data) > maxAnswer {
		return nil, fmt.Errorf("%s %s: an answer of more than %d bytes", method, path, maxAnswer)
	}

	if answer.StatusCode/100 != 2 {
		return nil, parseRefusal(answer.StatusCode, data)
	}

	return data, nil
}
