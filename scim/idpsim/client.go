package idpsim

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// The limits of one request, as the vendors have them.
const (
	answerTimeout  = time.Minute
	maxAnswerBytes = 64 << 20
	maxTries       = 10
	firstWait      = time.Second
	longestWait    = 5 * time.Minute // also for a Retry-After that is no number
)

// A session is the requests of one call of a Provider's method.
type session struct {
	p     *Provider
	tally *tally
}

// A request is one SCIM request.
type request struct {
	operation string // "create user": for reports, never a name
	method    string
	path      string // "/Users", "/Users/" and an id
	query     string // encoded
	body      any    // nil for none
}

// An answer is what came back with a status below 300.
type answer struct {
	status   int
	location string
	body     resource // nil for 204
}

// do sends a request, again after 429 and 503, and reads the answer. Its
// errors are ctx's, *transportError, *ResponseError, ErrNotSCIM, ErrBadAnswer.
func (s *session) do(ctx context.Context, r request) (answer, error) {
	var body []byte
	if r.body != nil {
		var b bytes.Buffer
		if err := write(&b, r.body); err != nil {
			return answer{}, fmt.Errorf("%s: %w", r.operation, err)
		}
		body = b.Bytes()
	}
	for try := range maxTries {
		a, wait, err := s.try(ctx, r, body, try)
		if wait < 0 || try == maxTries-1 {
			return a, err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return answer{}, context.Cause(ctx)
		}
	}
	return answer{}, fmt.Errorf("%s: %w", r.operation, ErrUnreachable)
}

// try sends the request once. wait is how long to wait before the next try;
// below 0 there is none.
func (s *session) try(ctx context.Context, r request, body []byte, try int) (a answer, wait time.Duration, err error) {
	limited, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	began := time.Now()
	status, header, raw, err := s.send(limited, r, body)
	if err != nil {
		if ctx.Err() != nil {
			return answer{}, -1, context.Cause(ctx)
		}
		s.tally.unanswered()
		return answer{}, -1, &transportError{operation: r.operation, err: err}
	}
	s.tally.answered(r.operation, time.Since(began), try > 0)
	if status >= 300 {
		return answer{}, retryAfter(status, header, try), s.refusal(r.operation, status, header, raw)
	}
	a, err = s.read(r.operation, status, header, raw)
	return a, -1, err
}

// retryAfter returns how long to wait before another try, or less than 0 if
// there is to be none.
func retryAfter(status int, header http.Header, try int) time.Duration {
	if status != http.StatusTooManyRequests && status != http.StatusServiceUnavailable {
		return -1
	}
	text := header.Get("Retry-After")
	if text == "" {
		return min(firstWait<<try, longestWait)
	}
	seconds, err := strconv.Atoi(text)
	if err != nil || seconds < 0 {
		return longestWait
	}
	return min(time.Duration(seconds)*time.Second, longestWait)
}

// send makes one HTTP request and reads the whole answer.
func (s *session) send(ctx context.Context, r request, body []byte) (status int, header http.Header, raw []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, r.method, s.p.url(r), bytes.NewReader(body))
	if err != nil {
		return 0, nil, nil, withoutURL(err)
	}
	s.p.dress(req, body != nil)
	resp, err := s.p.client.Do(req)
	if err != nil {
		return 0, nil, nil, withoutURL(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswerBytes+1))
	if err != nil {
		return 0, nil, nil, err
	}
	return resp.StatusCode, resp.Header, raw, nil
}

// withoutURL takes the address, which holds a user name, out of an error.
func withoutURL(err error) error {
	if inner, ok := err.(*url.Error); ok { //nolint:errorlint // the client returns it bare
		return inner.Err
	}
	return err
}

// dress sets the headers that the vendor's client sends.
func (p *Provider) dress(req *http.Request, hasBody bool) {
	h := req.Header
	if p.cfg.Profile == Okta {
		h.Set("Authorization", "bearer "+p.cfg.Token)
		h.Set("User-Agent", "Okta SCIM Client 1.0.0")
		h.Set("Accept", "application/scim+json")
		h.Set("Accept-Charset", "utf-8")
		if hasBody {
			h.Set("Content-Type", "application/json")
		}
		return
	}
	h.Set("Authorization", "Bearer "+p.cfg.Token)
	h.Set("User-Agent", "") // Entra sends none
	h.Set("Accept", "application/scim+json")
	if hasBody {
		h.Set("Content-Type", "application/scim+json; charset=utf-8")
	}
}

func (p *Provider) url(r request) string {
	u := p.base + r.path
	if query := strings.Trim(r.query+"&"+p.query, "&"); query != "" {
		u += "?" + query
	}
	return u
}

// eq writes the filter `attribute eq "value"`.
func eq(attribute, value string) string {
	value = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value)
	return attribute + ` eq "` + value + `"`
}

// encode encodes a filter for a query, with %20 for blanks as the vendors do.
func encode(filter string) string {
	return strings.ReplaceAll(url.QueryEscape(filter), "+", "%20")
}
