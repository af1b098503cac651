package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// A Brief is the short answer to one of many lookups.
type Brief struct {
	Status string `json:"status"` // as in LookupResult
	Rung   string `json:"rung"`
	E164   string `json:"e164"`
	People int    `json:"people"` // how many fit
	ID     string `json:"id"`     // of the one who does; empty if nobody or several
	Name   string `json:"name"`
	Range  string `json:"range"` // label, of StatusRange
	Seq    uint64 `json:"seq"`   // the state of the index that answered
	// Error says why the number could not be looked up; nil if it was.
	Error *struct {
		Detail string `json:"detail"`
	} `json:"error"`
}

// A BatchQuery asks for many numbers at once.
type BatchQuery struct {
	Numbers []string
	Region  string // as in LookupQuery
	Site    string // a site's id; may be empty
}

// LookupLines asks who each number belongs to, as lines, and returns an answer
// for each, in order.
func (c *Client) LookupLines(ctx context.Context, q BatchQuery) ([]Brief, error) {
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false)
	for _, n := range q.Numbers {
		if err := enc.Encode(n); err != nil {
			return nil, err
		}
	}
	query := url.Values{"answer": {"brief"}}
	if q.Region != "" {
		query.Set("region", q.Region)
	}
	if q.Site != "" {
		query.Set("site", q.Site)
	}
	req, err := c.newRequest(ctx, request{method: "POST", path: []string{"v1", "lookup:batch"}, query: query})
	if err != nil {
		return nil, err
	}
	req.Body, req.ContentLength = io.NopCloser(&body), int64(body.Len())
	req.Header.Set("Content-Type", "application/x-ndjson")
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		text, err := io.ReadAll(io.LimitReader(resp.Body, c.maxBytes))
		if err != nil {
			return nil, c.unreachable(ctx, err)
		}
		return nil, c.problem(resp, text)
	}
	return c.readBriefs(ctx, io.LimitReader(resp.Body, c.maxBytes), len(q.Numbers))
}

// errCutShort: the server stopped in the middle of an answer.
var errCutShort = errors.New("the answer is cut short")

// readBriefs reads n answers.
func (c *Client) readBriefs(ctx context.Context, r io.Reader, n int) ([]Brief, error) {
	list := make([]Brief, 0, n)
	for lines := bufio.NewReaderSize(r, 64<<10); ; {
		line, err := lines.ReadBytes('\n')
		switch {
		case errors.Is(err, io.EOF) && len(line) == 0 && len(list) == n:
			return list, nil
		case errors.Is(err, io.EOF):
			return nil, &UnreachableError{Server: c.Server(), Err: fmt.Errorf("%w: %d of %d", errCutShort, len(list), n)}
		case err != nil: // whatever part of a line came before
			return nil, c.unreachable(ctx, err)
		}
		var b Brief
		if len(list) == n || json.Unmarshal(line, &b) != nil {
			return nil, &NotRingdexError{Server: c.Server()}
		}
		list = append(list, b)
	}
}
