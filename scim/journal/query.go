package journal

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Query chooses events. Fields that are zero choose all; all that are set
// must hold.
type Query struct {
	Outcome  Outcome // OK means Unchanged as well
	Method   string
	Endpoint string // in any case
	Resource string
	Status   int     // 404; or 4 for all of 400 to 499
	Path     string  // attribute at fault, changed, hinted at or named, or one that it is a part of, in any case
	Text     string  // words that all occur somewhere in the event, in any case
	Dialect  Dialect // a request that says nothing of its dialect has none
	Since    uint64  // events with a higher id
	Before   uint64  // events with a lower id; 0 for no bound
	Limit    int     // most events; 0 for all
}

// cursorAt returns the id before which all events had ended at t.
func cursorAt(t time.Time) uint64 { return uint64(max(t.UnixMicro(), 0)) }

// ParseCursor reads a bound of a query: the id of an event, or a time as in RFC
// 3339. It reports false for anything else.
func ParseCursor(s string) (uint64, bool) {
	if id, err := strconv.ParseUint(s, 10, 64); err == nil {
		return id, true
	}
	t, err := time.Parse(time.RFC3339, s)
	return cursorAt(t), err == nil
}

// Find returns the directory's events that q chooses, newest first, and whether
// there are more beyond q.Limit. The events are shared and read-only.
func (j *Journal) Find(directoryID string, q Query) (events []*Event, more bool) {
	words := strings.Fields(strings.ToLower(q.Text))
	for _, e := range j.newest(directoryID, q.Since, q.Before) {
		if !q.matches(e, words) {
			continue
		}
		if q.Limit > 0 && len(events) == q.Limit {
			return events, true
		}
		events = append(events, e)
	}
	return events, false
}

// Event returns one event of the directory, or nil if it is not kept any more.
func (j *Journal) Event(directoryID string, id uint64) *Event {
	if id == 0 {
		return nil
	}
	if list := j.newest(directoryID, id-1, id+1); len(list) == 1 {
		return list[0]
	}
	return nil
}

// newest returns the events with an id between since and before, newest first.
// Requests go on while it looks at them.
func (j *Journal) newest(directoryID string, since, before uint64) []*Event {
	p := j.known(directoryID)
	if p == nil {
		return nil
	}
	p.mu.Lock()
	list := make([]*Event, 0, p.changes.count+p.failures.count+p.reads.count)
	list = p.changes.newest(list, since, before)
	list = p.failures.newest(list, since, before)
	list = p.reads.newest(list, since, before)
	p.mu.Unlock()
	slices.SortFunc(list, func(a, b *Event) int { return cmp.Compare(b.ID, a.ID) })
	return list
}

// matches tells whether q chooses e. words are those of q.Text.
func (q *Query) matches(e *Event, words []string) bool {
	outcome := e.Outcome()
	switch {
	case q.Outcome == OK && outcome == Failed, q.Outcome != "" && q.Outcome != OK && outcome != q.Outcome:
	case q.Method != "" && q.Method != e.Method:
	case q.Endpoint != "" && !strings.EqualFold(q.Endpoint, e.Endpoint):
	case q.Resource != "" && q.Resource != e.Resource:
	case q.Status != 0 && q.Status != e.Status && q.Status != e.Status/100:
	case q.Dialect != Unknown && q.Dialect != e.Dialect:
	case q.Path != "" && !e.mentions(q.isAbout):
	default:
		return e.contains(words)
	}
	return false
}

// isAbout tells whether path is what q.Path names, or a part of it. An attribute
// of an extension is meant without its URN too.
func (q *Query) isAbout(path string) bool {
	return under(path, q.Path) || under(path[strings.LastIndexByte(path, ':')+1:], q.Path)
}

// mentions tells whether any of the event's attribute paths is one of those.
func (e *Event) mentions(is func(path string) bool) bool {
	if is(e.Path) {
		return true
	}
	for i := range e.Changes {
		if is(e.Changes[i].Path) {
			return true
		}
	}
	for i := range e.Hints {
		if is(e.Hints[i].Path) {
			return true
		}
	}
	for i := range e.Operations {
		if is(e.Operations[i].Path) {
			return true
		}
	}
	return false
}

// contains tells whether each word, which is in lower case, is part of a text of
// the event.
func (e *Event) contains(words []string) bool {
	for _, word := range words {
		in := func(text string) bool { return strings.Contains(strings.ToLower(text), word) }
		if !e.says(in) && !e.mentions(in) {
			return false
		}
	}
	return true
}

// says tells whether in holds for any of the event's texts but its paths.
func (e *Event) says(in func(string) bool) bool {
	texts := [...]string{
		e.Detail, e.ScimType, e.Method, e.Endpoint, e.Resource, e.Filter, e.KeyID,
		string(e.Outcome()), strconv.Itoa(e.Status), e.Dialect.String(),
	}
	if slices.ContainsFunc(texts[:], in) || slices.ContainsFunc(e.Traits.Strings(), in) {
		return true
	}
	for i := range e.Hints {
		if in(e.Hints[i].Detail) {
			return true
		}
	}
	for i := range e.Operations {
		if slices.ContainsFunc(e.Operations[i].Notes, in) {
			return true
		}
	}
	return false
}
