package server

import (
	"strconv"
	"time"

	"github.com/ringdex/ringdex/scim/journal"
)

// eventBody is a request of an identity provider as the provisioning log shows
// it.
type eventBody struct {
	ID         string          `json:"id"`
	Time       time.Time       `json:"time"`
	TookMs     float64         `json:"tookMs"`
	Method     string          `json:"method"`
	Endpoint   string          `json:"endpoint"`
	Resource   string          `json:"resource,omitempty"`
	Filter     string          `json:"filter,omitempty"` // operands left out
	Status     int             `json:"status"`
	Outcome    journal.Outcome `json:"outcome"`
	ScimType   string          `json:"scimType,omitempty"`
	Path       string          `json:"path,omitempty"`
	Detail     string          `json:"detail,omitempty"`
	Advice     string          `json:"advice,omitempty"`
	Dialect    string          `json:"dialect,omitempty"`
	Traits     []string        `json:"traits,omitempty"`
	Operations []operationBody `json:"operations,omitempty"`
	Changes    []changeBody    `json:"changes,omitempty"`
	Hints      []hintBody      `json:"hints,omitempty"`
	Resend     int             `json:"resend"` // attributes that the next cycle would send again
	Bulk       *bulkBody       `json:"bulk,omitempty"`
	KeyID      string          `json:"keyId,omitempty"`
}

type operationBody struct {
	Index int      `json:"index"`
	Op    string   `json:"op"`
	Path  string   `json:"path,omitempty"`
	Notes []string `json:"notes,omitempty"`
}

type changeBody struct {
	Change string `json:"change"` // added, changed or removed
	Path   string `json:"path"`
	Count  int32  `json:"count,omitempty"` // of members
}

type hintBody struct {
	Path   string `json:"path,omitempty"`
	Detail string `json:"detail"`
}

type bulkBody struct {
	Operations int `json:"operations"`
	Failures   int `json:"failures"`
}

func showEvent(e *journal.Event) eventBody {
	b := eventBody{
		ID: strconv.FormatUint(e.ID, 10), Time: e.Time.UTC(), TookMs: float64(e.Duration.Microseconds()) / 1000,
		Method: e.Method, Endpoint: e.Endpoint, Resource: e.Resource, Filter: e.Filter,
		Status: e.Status, Outcome: e.Outcome(), ScimType: e.ScimType, Path: e.Path, Detail: e.Detail, Advice: e.Advice(),
		Dialect: e.Dialect.String(), Traits: e.Traits.Strings(), Resend: e.Resend, KeyID: e.KeyID,
	}
	for _, op := range e.Operations {
		b.Operations = append(b.Operations, operationBody(op))
	}
	for _, c := range e.Changes {
		b.Changes = append(b.Changes, changeBody{c.Kind.String(), c.Path, c.Count})
	}
	for _, h := range e.Hints {
		b.Hints = append(b.Hints, hintBody(h))
	}
	if e.Attempts > 0 {
		b.Bulk = &bulkBody{e.Attempts, e.Failures}
	}
	return b
}

// summaryBody is what the provisioning log of a directory comes to.
type summaryBody struct {
	Since         time.Time     `json:"since"`         // of all numbers; the log begins anew when the server starts
	LastRequestAt *time.Time    `json:"lastRequestAt"` // with a valid token; null if there was none
	Newest        *string       `json:"newest"`        // id of the newest event; null if there is none
	Kept          int           `json:"kept"`
	Dropped       uint64        `json:"dropped"` // events that made room for newer ones
	Risk          riskBody      `json:"risk"`
	Dialect       string        `json:"dialect,omitempty"` // seen last
	Dialects      []dialectBody `json:"dialects"`
	Requests      []countBody   `json:"requests"`
	Refused       refusedBody   `json:"refused"`
	Reasons       []reasonBody  `json:"reasons"` // of failures, the most frequent first
	LastFailure   *eventBody    `json:"lastFailure"`
	Resend        resendBody    `json:"resend"`
}

// riskBody says how near an identity provider is to stop provisioning.
type riskBody struct {
	Level   journal.Level `json:"level"`
	Text    string        `json:"text"`
	Cycle   ratioBody     `json:"cycle"` // the last 40 minutes
	Day     ratioBody     `json:"day"`
	Refused uint32        `json:"refused"` // requests without a valid token in the last day
}

type ratioBody struct {
	Operations uint32  `json:"operations"`
	Failures   uint32  `json:"failures"`
	References uint32  `json:"references"` // failures about members or managers
	Share      float64 `json:"share"`      // of failures, from 0 to 1
}

type dialectBody struct {
	Dialect  string    `json:"dialect"`
	Requests uint64    `json:"requests"`
	LastAt   time.Time `json:"lastAt"`
}

type countBody struct {
	Method    string `json:"method"`
	Endpoint  string `json:"endpoint"`
	OK        uint64 `json:"ok"`
	Unchanged uint64 `json:"unchanged"`
	Failed    uint64 `json:"failed"`
}

// refusedBody counts the requests without a valid token since the start.
type refusedBody struct {
	Count  uint64     `json:"count"`
	LastAt *time.Time `json:"lastAt"`
}

type reasonBody struct {
	Count    int    `json:"count"`
	Method   string `json:"method"`
	Endpoint string `json:"endpoint"`
	Status   int    `json:"status"`
	ScimType string `json:"scimType,omitempty"`
	Path     string `json:"path,omitempty"`
	Detail   string `json:"detail,omitempty"`
	Advice   string `json:"advice,omitempty"`
	LastID   string `json:"lastId"`
}

// resendBody is what the next cycle would send again although it was accepted.
type resendBody struct {
	Resources  int `json:"resources"`
	Attributes int `json:"attributes"`
}

func showSummary(s journal.Summary) summaryBody {
	b := summaryBody{
		Since: s.Since.UTC(), LastRequestAt: utcOrNull(s.LastRequest), Kept: s.Kept, Dropped: s.Dropped,
		Risk: showRisk(s.Risk), Dialect: s.Dialect.String(), Dialects: []dialectBody{}, Requests: []countBody{},
		Refused: refusedBody{s.Refused, utcOrNull(s.LastRefused)}, Reasons: []reasonBody{}, Resend: resendBody(s.Resend),
	}
	if s.Newest > 0 {
		id := strconv.FormatUint(s.Newest, 10)
		b.Newest = &id
	}
	for _, d := range s.Dialects {
		b.Dialects = append(b.Dialects, dialectBody{d.Dialect.String(), d.Requests, d.Last.UTC()})
	}
	for _, c := range s.Requests {
		b.Requests = append(b.Requests, countBody(c))
	}
	for _, r := range s.Reasons {
		b.Reasons = append(b.Reasons, reasonBody{
			Count: r.Count, Method: r.Method, Endpoint: r.Endpoint, Status: r.Status, ScimType: r.ScimType, Path: r.Path, Detail: r.Detail,
			Advice: r.Last.Advice(), LastID: strconv.FormatUint(r.Last.ID, 10),
		})
	}
	if s.LastFailure != nil {
		last := showEvent(s.LastFailure)
		b.LastFailure = &last
	}
	return b
}

func showRisk(r journal.Risk) riskBody {
	return riskBody{Level: r.Level, Text: r.Text, Cycle: showRatio(r.Cycle), Day: showRatio(r.Day), Refused: r.Refused}
}

func showRatio(r journal.Ratio) ratioBody {
	return ratioBody{r.Operations, r.Failures, r.References, r.Share()}
}

func utcOrNull(t time.Time) *time.Time { return orNull(t.UTC()) }
