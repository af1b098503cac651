package server

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/scim/directory"
	"github.com/ringdex/ringdex/scim/journal"
	"github.com/ringdex/ringdex/scim/resource"
)

// eventRoutes are the routes of the provisioning log.
func (s *Server) eventRoutes() []route {
	return []route{
		{"GET", "/v1/directories/{directory}/events", admin, "", s.listEvents},
		{"GET", "/v1/directories/{directory}/events/{event}", admin, "", s.getEvent},
	}
}

// newJournal returns the provisioning log of the directories that exist.
func (s *Server) newJournal() *journal.Journal {
	return journal.New(journal.Config{Known: s.hasDirectory, Now: s.cfg.clock})
}

func (s *Server) hasDirectory(id string) bool {
	_, ok := s.registry.Owner(id)
	return ok
}

// eventList is an answer of /v1/directories/{id}/events.
type eventList struct {
	Events  []eventBody `json:"events"` // newest first
	Next    *string     `json:"next"`   // before= of the next page; null on the last
	Summary summaryBody `json:"summary"`
}

func (s *Server) listEvents(_ context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	d, err := s.registry.Directory(p.Tenant, param(r, "directory"))
	if err != nil {
		return err
	}
	q, err := readEventQuery(r)
	if err != nil {
		return err
	}
	summary := s.journal.Summary(d.ID) // first: a client that goes on from summary.newest then misses nothing
	events, more := s.journal.Find(d.ID, q)
	list := eventList{Events: make([]eventBody, len(events)), Summary: showSummary(summary)}
	for i, e := range events {
		list.Events[i] = showEvent(e)
	}
	if more {
		list.Next = &list.Events[len(events)-1].ID
	}
	return writeJSON(r, http.StatusOK, list)
}

func (s *Server) getEvent(_ context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	d, err := s.registry.Directory(p.Tenant, param(r, "directory"))
	if err != nil {
		return err
	}
	id, err := strconv.ParseUint(param(r, "event"), 10, 64)
	e := s.journal.Event(d.ID, id)
	if err != nil || e == nil {
		return newProblem(http.StatusNotFound, "not-found", "There is no event of this id; it may have made room for newer ones, or the server was started since.")
	}
	return writeJSON(r, http.StatusOK, showEvent(e))
}

const (
	defaultEvents = 50
	maxEvents     = 500 // in one answer
	maxWordsBytes = 200 // of q and of the other texts that are compared
)

// eventParameters read the query of listEvents, one each. What they return is
// wrong with the text, or "".
//
//nolint:gochecknoglobals // read-only table
var eventParameters = map[string]func(q *journal.Query, text string) string{
	"outcome": func(q *journal.Query, text string) string {
		q.Outcome = journal.Outcome(text)
		return oneOf(text, string(journal.OK), string(journal.Unchanged), string(journal.Failed))
	},
	"method": func(q *journal.Query, text string) string {
		q.Method = strings.ToUpper(text)
		return oneOf(q.Method, journal.Methods()...)
	},
	"endpoint": func(q *journal.Query, text string) string {
		q.Endpoint = text
		return oneOf(text, journal.Endpoints()...)
	},
	"dialect": func(q *journal.Query, text string) string {
		d, ok := journal.ParseDialect(text)
		q.Dialect = d
		if !ok {
			return oneOf(text, journal.Dialects()...)
		}
		return ""
	},
	"status":   readStatus,
	"resource": func(q *journal.Query, text string) string { q.Resource = text; return "" },
	"path":     func(q *journal.Query, text string) string { q.Path = text; return "" },
	"q":        func(q *journal.Query, text string) string { q.Text = text; return "" },
	"since":    func(q *journal.Query, text string) string { return readCursor(&q.Since, text) },
	"before":   func(q *journal.Query, text string) string { return readCursor(&q.Before, text) },
	"limit": func(q *journal.Query, text string) string {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxEvents {
			return "must be a whole number from 1 to " + strconv.Itoa(maxEvents)
		}
		q.Limit = n
		return ""
	},
}

// readEventQuery reads which events are asked for. A parameter that it does not
// know is refused: without it the answer would be about something else.
func readEventQuery(r *fasthttp.RequestCtx) (journal.Query, error) {
	q := journal.Query{Limit: defaultEvents}
	var wrong error
	for name, value := range r.QueryArgs().All() {
		read, ok := eventParameters[string(name)]
		text := string(value)
		reason := ""
		switch {
		case !ok:
			reason = "is not a parameter of this request"
		case len(text) > maxWordsBytes:
			reason = "is longer than " + strconv.Itoa(maxWordsBytes) + " bytes"
		case !utf8.ValidString(text):
			reason = "is not valid UTF-8"
		case text != "":
			reason = read(&q, text)
		}
		if reason != "" && wrong == nil {
			wrong = fieldProblem(resource.SafeName(string(name)), reason)
		}
	}
	return q, wrong
}

// oneOf says what text must be if it is none of the words, in any case.
func oneOf(text string, words ...string) string {
	if slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, text) }) {
		return ""
	}
	return "must be one of " + strings.Join(words, ", ")
}

// readStatus reads 404, or 4xx for all from 400 to 499.
func readStatus(q *journal.Query, text string) string {
	n, err := strconv.Atoi(text)
	if class, ok := strings.CutSuffix(strings.ToLower(text), "xx"); ok {
		if n, err = strconv.Atoi(class); err == nil && (n < 1 || n > 5) {
			err = errors.New("no class")
		}
	} else if err == nil && (n < 100 || n > 599) {
		err = errors.New("no status")
	}
	if err != nil {
		return "must be an HTTP status such as 409, or 4xx for all of a class"
	}
	q.Status = n
	return ""
}

func readCursor(cursor *uint64, text string) string {
	at, ok := journal.ParseCursor(text)
	if !ok {
		return "must be the id of an event, or a time such as 2026-08-21T10:00:00Z"
	}
	*cursor = at
	return ""
}
