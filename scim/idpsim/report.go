package idpsim

import (
	"errors"
	"slices"
	"sync"
	"time"
)

// A Report says what a cycle did. The caller owns it.
type Report struct {
	Initial     bool          // the first cycle, or the first after Restart
	Duration    time.Duration //
	Requests    int           // with retries
	Retries     int           // after 429 or 503
	Created     int           // users
	Updated     int           // users whose attributes or manager changed
	Deactivated int           // users
	Deleted     int           // users
	Groups      int           // groups created, changed or deleted
	Failed      int           // failures; what failed is tried again by the next cycle
	Failures    []Failure     // the first of them, at most 20
	Violations  int           // answers a vendor would complain of, though they did not fail
	Sample      []Violation   // the first of them, at most 20
	Latencies   map[string]*Latency
}

// A Failure is an object that could not be provisioned.
type Failure struct {
	Operation string // "create user"
	ObjectID  string // the identity provider's id of the user or group
	Status    int    // 0 if there was no answer, or one of the wrong shape
	ScimType  string // as the server sent it
	Detail    string // the server's words, or the error's
}

// A Violation is a point in which an answer is not what it ought to be.
type Violation struct {
	Operation string // "create user"
	Problem   string // `phoneNumbers[type eq "work"].value differs from what was sent`
}

const sampleSize = 20

// A tally collects a Report. Its methods are safe for concurrent use.
type tally struct {
	mu        sync.Mutex // guards all fields
	report    Report
	succeeded int // objects
	silent    int // requests without answer since the last answer
}

func newTally() *tally {
	return &tally{report: Report{Latencies: map[string]*Latency{}}}
}

// answered counts a request that was answered after d.
func (t *tally) answered(operation string, d time.Duration, retry bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.silent = 0
	t.report.Requests++
	if retry {
		t.report.Retries++
	}
	l := t.report.Latencies[operation]
	if l == nil {
		l = &Latency{}
		t.report.Latencies[operation] = l
	}
	l.add(d)
}

// unanswered counts a request without an answer.
func (t *tally) unanswered() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.silent++
	t.report.Requests++
}

func (t *tally) violate(operation, problem string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.report.Violations++
	if len(t.report.Sample) < sampleSize {
		t.report.Sample = append(t.report.Sample, Violation{Operation: operation, Problem: problem})
	}
}

// count applies f to the report and counts an object that went well.
func (t *tally) count(f func(*Report)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.succeeded++
	f(&t.report)
}

// The limits beyond which the cycle ends.
const (
	silenceLimit       = 10 // requests in a row without an answer
	quarantineFailures = 5_000
	quarantinePerCent  = 40
)

// fail records that an object could not be provisioned. It returns an error if
// the cycle has to end.
func (t *tally) fail(objectID string, err error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.report.Failed++
	if len(t.report.Failures) < sampleSize {
		t.report.Failures = append(t.report.Failures, failureOf(objectID, err))
	}
	switch {
	case errors.Is(err, ErrUnauthorized):
		return err
	case t.silent >= silenceLimit:
		return ErrUnreachable
	case t.report.Failed >= quarantineFailures && t.report.Failed*100 > (t.report.Failed+t.succeeded)*quarantinePerCent:
		return ErrQuarantined
	}
	return nil
}

func failureOf(objectID string, err error) Failure {
	f := Failure{Operation: "provision", ObjectID: objectID, Detail: err.Error()}
	var refused *ResponseError
	var silent *transportError
	switch {
	case errors.As(err, &refused):
		f.Operation, f.Status, f.ScimType, f.Detail = refused.Operation, refused.Status, refused.ScimType, refused.Detail
	case errors.As(err, &silent):
		f.Operation = silent.operation
	}
	return f
}

// done returns the report. Nothing is added to it afterwards.
func (t *tally) done(d time.Duration) Report {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.report
	r.Duration = d
	r.Failures, r.Sample = slices.Clone(r.Failures), slices.Clone(r.Sample)
	return r
}
