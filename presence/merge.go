package presence

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// A statement is the newest that one source said about one contact.
type statement struct {
	source       Source
	availability Availability
	activity     Activity
	message      *string
	outOfOffice  *bool
	workLocation *string
	sequence     string
	asOf         time.Time
	heard        time.Time // when it arrived here: what age is counted from
	expires      time.Time // zero: by the source's rule
}

func newStatement(u *Update, now time.Time) statement {
	s := statement{
		source:       cmp.Or(u.Source, SourceAPI),
		availability: ParseAvailability(string(u.Availability)),
		message:      u.StatusMessage,
		outOfOffice:  u.OutOfOffice,
		workLocation: u.WorkLocation,
		sequence:     u.SequenceNumber,
		asOf:         u.AsOf,
		heard:        now,
	}
	s.activity = ParseActivity(string(cmp.Or(u.Activity, Activity(s.availability))))
	// A clock that is ahead must not make a source's later news look old.
	if s.asOf.IsZero() || s.asOf.After(now) {
		s.asOf = now
	}
	s.asOf = s.asOf.UTC().Truncate(time.Millisecond)
	if u.ExpiresIn > 0 {
		s.expires = now.Add(u.ExpiresIn)
	}
	return s
}

// newerThan reports whether s was said after o, by the source's sequence
// numbers if both have one, else by time.
func (s *statement) newerThan(o *statement) bool {
	if s.sequence != "" && o.sequence != "" {
		if c := compareSequence(s.sequence, o.sequence); c != 0 {
			return c > 0
		}
	}
	return s.asOf.After(o.asOf)
}

// compareSequence compares numbers as numbers, however long, and anything else
// as text: Graph's stamps sort as text.
func compareSequence(a, b string) int {
	if digits(a) && digits(b) {
		a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	}
	return cmp.Compare(a, b)
}

func digits(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

// A grade is how far a statement can still be believed.
type grade int

const (
	aged  grade = iota // nobody confirmed it for so long that it says nothing
	stale              // it may have changed
	fresh
)

func (s *statement) grade(rule Rule, now time.Time) grade {
	age := now.Sub(s.heard)
	switch {
	case !s.expires.IsZero() && now.Before(s.expires):
		return fresh
	case !s.expires.IsZero(), rule.UnknownAfter > 0 && age >= rule.UnknownAfter:
		return aged
	case rule.StaleAfter > 0 && age >= rule.StaleAfter:
		return stale
	}
	return fresh
}

// next returns when the grade of s changes by itself, zero if it never does.
func (s *statement) next(rule Rule, now time.Time) time.Time {
	var next time.Time
	for _, at := range [...]time.Time{s.expires, after(s.heard, rule.StaleAfter), after(s.heard, rule.UnknownAfter)} {
		if at.After(now) {
			next = earlier(next, at)
		}
	}
	return next
}

// after returns t plus d, zero if d is.
func after(t time.Time, d time.Duration) time.Time {
	if d == 0 {
		return time.Time{}
	}
	return t.Add(d)
}

// merge puts together what the sources say. It returns nil if none says
// anything, and when the result next changes by itself, zero for never.
func (p *person) merge(rule func(Source) Rule, callMaxAge time.Duration, now time.Time) (*State, time.Time) {
	next := p.next(rule, callMaxAge, now)
	ranked := p.ranked(rule, now)
	if len(ranked) == 0 {
		return nil, next
	}
	first := ranked[0]
	believed := first.grade(rule(first.source), now)
	state := &State{
		Availability:   first.availability,
		Activity:       first.activity,
		Source:         first.source,
		SequenceNumber: first.sequence,
		AsOf:           first.asOf,
		Stale:          believed < fresh,
	}
	if believed == aged {
		state.Availability, state.Activity = Unknown, ActivityUnknown
		return state, next
	}
	ranked = slices.DeleteFunc(ranked, func(s *statement) bool { return s.grade(rule(s.source), now) == aged })
	state.StatusMessage = firstSaid(ranked, func(s *statement) *string { return s.message })
	state.OutOfOffice = firstSaid(ranked, func(s *statement) *bool { return s.outOfOffice })
	state.WorkLocation = firstSaid(ranked, func(s *statement) *string { return s.workLocation })
	return state, next
}

// next returns when something in a person changes by itself.
func (p *person) next(rule func(Source) Rule, callMaxAge time.Duration, now time.Time) time.Time {
	var next time.Time
	for i := range p.said {
		next = earlier(next, p.said[i].next(rule(p.said[i].source), now))
	}
	for i := range p.sessions {
		next = earlier(next, p.sessions[i].expires)
	}
	if p.preferred != nil {
		next = earlier(next, p.preferred.expires)
	}
	for _, c := range p.calls {
		next = earlier(next, c.heard.Add(callMaxAge))
	}
	for _, c := range p.ended {
		next = earlier(next, c.heard.Add(endedKeep))
	}
	return next
}

// ranked returns all that is said of a person, what counts most first. A
// source that knows of nothing counts less than one that knew something,
// however long that is ago.
func (p *person) ranked(rule func(Source) Rule, now time.Time) []*statement {
	all := make([]*statement, 0, len(p.said)+3)
	for i := range p.said {
		all = append(all, &p.said[i])
	}
	if len(p.calls) > 0 {
		call := p.inCall(now)
		all = append(all, &call)
	}
	all = append(all, p.ownWord()...)
	tells := func(s *statement) int {
		switch g := s.grade(rule(s.source), now); {
		case g == aged:
			return 0
		case s.availability == Unknown:
			return 1
		case g == stale:
			return 2
		}
		return 3
	}
	slices.SortStableFunc(all, func(a, b *statement) int {
		return cmp.Or(
			cmp.Compare(tells(b), tells(a)),
			cmp.Compare(rule(b.source).Rank, rule(a.source).Rank),
			b.asOf.Compare(a.asOf),
		)
	})
	return all
}

// firstSaid returns what the first statement that speaks of a detail says.
func firstSaid[T any](ranked []*statement, detail func(*statement) *T) T {
	for _, s := range ranked {
		if v := detail(s); v != nil {
			return *v
		}
	}
	var none T
	return none
}
