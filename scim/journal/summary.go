package journal

import (
	"cmp"
	"slices"
	"time"
)

// A Summary is what a directory's journal comes to.
type Summary struct {
	Since       time.Time // when the journal began: at the directory's first request since the start
	LastRequest time.Time // with a valid token; zero if there was none
	Newest      uint64    // id of the newest event, from which one can go on; 0 if there is none
	Kept        int       // events that can be asked for
	Dropped     uint64    // events that made room for newer ones

	Requests    []Count
	Refused     uint64    // requests without a valid token
	LastRefused time.Time // zero if there was none
	Dialect     Dialect   // that was recognized last
	Dialects    []Spoken

	Risk        Risk
	Reasons     []Reason // why requests failed, the most frequent first, of those kept
	LastFailure *Event   // that counts against the provider; nil if none is kept
	Resend      Drift
}

// A Reason is a cause that failures share.
type Reason struct {
	Method   string
	Endpoint string
	Status   int
	ScimType string
	Path     string
	Detail   string
	Count    int
	Last     *Event
}

// A Drift is what the next cycle would send again although it was accepted,
// judged by the newest write of each resource that is kept.
type Drift struct {
	Resources  int
	Attributes int
}

// maxReasons is how many reasons a summary has.
const maxReasons = 5

// Summary returns what the directory's journal comes to now.
func (j *Journal) Summary(directoryID string) Summary {
	now := j.cfg.Now()
	p := j.known(directoryID)
	if p == nil {
		empty := page{}
		return Summary{Since: now, Risk: empty.risk(now)}
	}
	p.mu.Lock()
	s := Summary{
		Since: p.began, LastRequest: p.lastAt, Newest: p.lastID,
		Kept:     p.changes.count + p.failures.count + p.reads.count,
		Dropped:  p.changes.dropped + p.failures.dropped + p.reads.dropped,
		Requests: p.tally.counts(), Refused: p.tally.refused, LastRefused: p.tally.lastRefused,
		Dialect: p.tally.last, Dialects: p.tally.speech(), Risk: p.risk(now),
	}
	failures := p.failures.newest(nil, 0, 0)
	changes := p.changes.newest(nil, 0, 0)
	p.mu.Unlock()
	s.Reasons = reasons(failures)
	if len(failures) > 0 {
		s.LastFailure = failures[0]
	}
	s.Resend = drift(changes)
	return s
}

// Risk returns how near the directory's provider is to give up.
func (j *Journal) Risk(directoryID string) Risk {
	now := j.cfg.Now()
	p := j.known(directoryID)
	if p == nil {
		empty := page{}
		return empty.risk(now)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.risk(now)
}

// reasons gathers failures, which come newest first, by their cause.
func reasons(failures []*Event) []Reason {
	byCause := map[Reason]int{}
	var list []Reason
	for _, e := range failures {
		cause := Reason{Method: e.Method, Endpoint: e.Endpoint, Status: e.Status, ScimType: e.ScimType, Path: e.Path, Detail: e.Detail}
		i, ok := byCause[cause]
		if !ok {
			i = len(list)
			byCause[cause] = i
			cause.Last = e
			list = append(list, cause)
		}
		list[i].Count++
	}
	slices.SortStableFunc(list, func(a, b Reason) int { return cmp.Compare(b.Count, a.Count) })
	return list[:min(len(list), maxReasons)]
}

// drift adds up the newest of the writes to each resource, which come newest
// first.
func drift(writes []*Event) Drift {
	var d Drift
	seen := make(map[string]bool, len(writes))
	for _, e := range writes {
		if e.Resource == "" || seen[e.Resource] {
			continue
		}
		seen[e.Resource] = true
		if e.Resend > 0 {
			d.Resources++
			d.Attributes += e.Resend
		}
	}
	return d
}
