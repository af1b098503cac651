// Package client speaks Ringdex's HTTP API for the commands: typed requests,
// typed answers beside the JSON they came from, and errors a person can act on.
//
// It owns the rules of being a polite and careful caller: a bounded answer
// size, a time limit for each request, no redirects (a key goes to the server
// it was meant for and nowhere else), and no URL in an error, since a lookup's
// URL holds a number. It knows nothing of terminals. A Client starts no
// goroutine of its own and is safe for concurrent use.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	maxAnswerBytes = 64 << 20
	requestTimeout = 60 * time.Second
)

// A Client asks one server with one key.
type Client struct {
	base     *url.URL
	key      string
	http     *http.Client
	maxBytes int64 // of one answer
}

// An Answer is a decoded body beside the bytes it came from, for callers that
// print the server's own JSON.
type Answer[T any] struct {
	Value T
	Raw   json.RawMessage
}

// New returns a client for the server at a base URL,
//
//	New("http://127.0.0.1:8080", "rdx_api_…")
//
// which may have a path and must not have a query. An empty key sends none.
// It returns ErrServerURL if the URL is not usable; it does not connect.
func New(server, key string) (*Client, error) {
	u, err := url.Parse(server)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: it cannot be parsed", ErrServerURL)
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("%w: it must begin with http:// or https://", ErrServerURL)
	case u.Host == "":
		return nil, fmt.Errorf("%w: it names no host", ErrServerURL)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("%w: it must have no user, query or fragment", ErrServerURL)
	}
	return &Client{
		base:     u,
		key:      key,
		maxBytes: maxAnswerBytes,
		http: &http.Client{
			Timeout:       requestTimeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// Server returns the base URL: "http://127.0.0.1:8080".
func (c *Client) Server() string { return c.base.String() }

// StreamURL returns the address of the live stream. It is an HTTP URL, which
// WebSocket clients upgrade.
func (c *Client) StreamURL() string { return c.base.JoinPath("/v1/stream").String() }

// Key returns the key that requests carry; empty if there is none.
func (c *Client) Key() string { return c.key }

// A request is one call of the API.
type request struct {
	method string
	path   []string   // segments below the base, not escaped
	query  url.Values // may be nil
	body   any        // JSON; nil for none
}

// call sends r and decodes the answer into a T.
func call[T any](ctx context.Context, c *Client, r request) (Answer[T], error) {
	var answer Answer[T]
	raw, err := c.send(ctx, r)
	if err != nil {
		return answer, err
	}
	answer.Raw = raw
	if err := json.Unmarshal(raw, &answer.Value); err != nil {
		return answer, &NotRingdexError{Server: c.Server()}
	}
	return answer, nil
}

// send sends r and returns the body of a successful answer.
func (c *Client) send(ctx context.Context, r request) (json.RawMessage, error) {
	req, err := c.newRequest(ctx, r)
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, c.maxBytes+1))
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	if int64(len(body)) > c.maxBytes {
		return nil, ErrAnswerTooLarge
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return nil, c.problem(resp, body)
	}
	if len(body) > 0 && !isJSON(resp.Header) {
		return nil, &NotRingdexError{Server: c.Server()}
	}
	return body, nil
}

func (c *Client) newRequest(ctx context.Context, r request) (*http.Request, error) {
	var body io.Reader = http.NoBody
	if r.body != nil {
		text, err := json.Marshal(r.body)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(text)
	}
	segments := make([]string, len(r.path))
	for i, s := range r.path {
		if s == "" || s == "." || s == ".." {
			return nil, ErrID // it would ask for another path
		}
		segments[i] = url.PathEscape(s)
	}
	u := c.base.JoinPath(segments...)
	u.RawQuery = r.query.Encode()
	req, err := http.NewRequestWithContext(ctx, r.method, u.String(), body)
	if err != nil {
		return nil, withoutURL(err)
	}
	req.Header.Set("Accept", "application/json, application/problem+json")
	if r.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.key != "" {
		req.Header.Set("Authorization", "Bearer "+c.key)
	}
	return req, nil
}

// unreachable describes a request that got no answer. The caller's own
// cancellation is returned as it is.
func (c *Client) unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	err = withoutURL(err)
	if op, ok := errors.AsType[*net.OpError](err); ok {
		err = op.Err // the address is in Server
	}
	return &UnreachableError{Server: c.Server(), Err: err}
}

// problem reads a refusal, whoever wrote it.
func (c *Client) problem(resp *http.Response, body []byte) error {
	p := &Problem{}
	if !isJSON(resp.Header) || json.Unmarshal(body, p) != nil || p.Title == "" && p.Detail == "" {
		*p = Problem{Title: strings.ToLower(http.StatusText(resp.StatusCode))}
		if resp.StatusCode >= 300 && resp.StatusCode < 400 {
			p.Detail = "the server at " + c.Server() + " sends callers elsewhere"
		}
	}
	p.Status = resp.StatusCode
	p.RetryAfter = resp.Header.Get("Retry-After")
	return p
}

// isJSON tells whether a body is said to be JSON of any kind.
func isJSON(h http.Header) bool {
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && (kind == "application/json" || strings.HasSuffix(kind, "+json"))
}

// withoutURL takes the URL, which may hold a number or a name, out of an error.
func withoutURL(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}
