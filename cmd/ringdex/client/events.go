package client

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"time"
)

// An Event is one request of an identity provider and what came of it. It has no
// values, only names of attributes.
type Event struct {
	ID         string      `json:"id"`
	Time       time.Time   `json:"time"`
	TookMs     float64     `json:"tookMs"`
	Method     string      `json:"method"`
	Endpoint   string      `json:"endpoint"` // "Users"
	Resource   string      `json:"resource"`
	Filter     string      `json:"filter"` // without its operands
	Status     int         `json:"status"`
	Outcome    string      `json:"outcome"` // "ok", "unchanged" or "failed"
	ScimType   string      `json:"scimType"`
	Path       string      `json:"path"`
	Detail     string      `json:"detail"`
	Advice     string      `json:"advice"`
	Dialect    string      `json:"dialect"`
	Traits     []string    `json:"traits"`
	Operations []Operation `json:"operations"`
	Changes    []Change    `json:"changes"`
	Hints      []Hint      `json:"hints"`
	Resend     int         `json:"resend"` // attributes that the next cycle would send again
	Bulk       Bulk        `json:"bulk"`

	Raw json.RawMessage `json:"-"` // as it came
}

// An Operation is one operation of a PATCH.
type Operation struct {
	Index int      `json:"index"`
	Op    string   `json:"op"`
	Path  string   `json:"path"`
	Notes []string `json:"notes"`
}

// A Change is an attribute that a request changed.
type Change struct {
	Change string `json:"change"` // "added", "changed" or "removed"
	Path   string `json:"path"`
	Count  int    `json:"count"` // of members; 0 for everything else
}

// A Hint is about something that was accepted and yet will not do what was
// meant.
type Hint struct {
	Path   string `json:"path"`
	Detail string `json:"detail"`
}

// Bulk is how many operations a Bulk request had and how many failed.
type Bulk struct {
	Operations int `json:"operations"`
	Failures   int `json:"failures"`
}

// An EventList is the answer to Events.
type EventList struct {
	Events  []Event      `json:"events"` // newest first
	Next    string       `json:"next"`   // Before of the next page; empty on the last
	Summary EventSummary `json:"summary"`
}

// An EventSummary is what the provisioning log of a directory comes to. Fields
// that no command shows are left out.
type EventSummary struct {
	Newest  string   `json:"newest"` // id; empty if there is no event
	Risk    Risk     `json:"risk"`
	Dialect string   `json:"dialect"`
	Reasons []Reason `json:"reasons"`
	Resend  Resend   `json:"resend"`
}

// A Risk says how near an identity provider is to stop provisioning.
type Risk struct {
	Level string `json:"level"` // "ok", "watch", "warning" or "danger"
	Text  string `json:"text"`
}

// String returns level and text.
//
//	"watch: 12 of 100 writes failed in the last 40 minutes; Entra ID stops provisioning at 40 %."
func (r Risk) String() string { return r.Level + ": " + r.Text }

// A Reason is a cause that failures share.
type Reason struct {
	Count    int    `json:"count"`
	Method   string `json:"method"`
	Endpoint string `json:"endpoint"`
	Status   int    `json:"status"`
	Path     string `json:"path"`
	Detail   string `json:"detail"`
}

// Resend is what the next cycle would send again although it was accepted.
type Resend struct {
	Resources  int `json:"resources"`
	Attributes int `json:"attributes"`
}

// An EventQuery chooses events; empty fields choose all.
type EventQuery struct {
	Outcome  string // "ok", "unchanged" or "failed"
	Method   string
	Status   string // "409" or "4xx"
	Endpoint string
	Resource string
	Path     string // of an attribute
	Dialect  string
	Text     string // words
	Since    string // a time in RFC 3339, or the id of an event
	Before   string // the same
	Limit    int    // 0: the server's default
}

// Events returns the newest events of a directory's provisioning log.
func (c *Client) Events(ctx context.Context, directory string, q EventQuery) (Answer[EventList], error) {
	query := url.Values{}
	for name, value := range map[string]string{
		"outcome": q.Outcome, "method": q.Method, "status": q.Status, "endpoint": q.Endpoint, "resource": q.Resource,
		"path": q.Path, "dialect": q.Dialect, "q": q.Text, "since": q.Since, "before": q.Before,
	} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if q.Limit > 0 {
		query.Set("limit", strconv.Itoa(q.Limit))
	}
	answer, err := call[EventList](ctx, c, request{method: "GET", path: []string{"v1", "directories", directory, "events"}, query: query})
	if err != nil {
		return answer, err
	}
	var raw struct {
		Events []json.RawMessage `json:"events"`
	}
	if err := json.Unmarshal(answer.Raw, &raw); err != nil {
		return answer, &NotRingdexError{Server: c.Server()}
	}
	for i := range answer.Value.Events {
		answer.Value.Events[i].Raw = raw.Events[i]
	}
	return answer, nil
}
