package journal

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// start is when the tests' clocks begin.
var start = time.Date(2026, 8, 21, 10, 0, 0, 0, time.UTC)

const someID = "01920000-0000-7000-8000-000000000001"

// newJournal returns a journal whose clock stands.
func newJournal(cfg Config) *Journal {
	cfg.Now = func() time.Time { return start }
	return New(cfg)
}

func created() *Event {
	return &Event{Method: "POST", Endpoint: "Users", Status: 201, Changes: []Change{{Kind: Added, Path: "userName"}}}
}

func refused() *Event {
	return &Event{Method: "PATCH", Endpoint: "Users", Resource: someID, Status: 400, ScimType: "invalidValue", Path: "emails.value", Detail: "must be a string"}
}

func read(status int) *Event { return &Event{Method: "GET", Endpoint: "Users", Status: status} }

// found returns the outcomes of all events, newest first.
func found(j *Journal, q Query) []string {
	events, _ := j.Find("d1", q)
	list := []string{}
	for _, e := range events {
		list = append(list, fmt.Sprintf("%s %s %d", e.Method, e.Endpoint, e.Status))
	}
	return list
}

func TestFailuresOutliveWhatComesAfterThem(t *testing.T) {
	j := newJournal(Config{MaxChanges: 10, MaxFailures: 3, MaxReads: 5})
	for range 3 {
		j.Record("d1", refused())
	}
	for range 1000 {
		j.Record("d1", created())
		j.Record("d1", read(200))
		j.Record("d1", read(404))
		j.Record("d1", &Event{Method: "DELETE", Endpoint: "Users", Status: 404})
		j.Refused("d1")
	}
	if failed := found(j, Query{Status: 400}); len(failed) != 3 {
		t.Errorf("%d of 3 failures are kept: %v", len(failed), failed)
	}
	s := j.Summary("d1")
	if s.Kept != 18 || s.Dropped != 4003-18 {
		t.Errorf("%d kept, %d dropped of 4003", s.Kept, s.Dropped)
	}
	j.Record("d1", refused())
	if failed := found(j, Query{Status: 400}); len(failed) != 3 {
		t.Errorf("%d failures are kept, want the newest 3", len(failed))
	}
}

func TestRingIsWhatAListCutToItsBoundsWouldBe(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		got := ring{max: 1 + r.IntN(40), maxBytes: 1 + r.IntN(3000)}
		var want []*Event
		dropped := uint64(0)
		for id := range uint64(r.IntN(200)) {
			e := &Event{ID: id + 1, size: r.IntN(300)}
			got.push(e)
			want = append(want, e)
			for len(want) > 1 && (len(want) > got.max || sizeOf(want) > got.maxBytes) {
				want, dropped = want[1:], dropped+1
			}
		}
		since, before := uint64(r.IntN(200)), uint64(r.IntN(220))
		var in []*Event
		for _, e := range slices.Backward(want) {
			if e.ID > since && (before == 0 || e.ID < before) {
				in = append(in, e)
			}
		}
		if !slices.Equal(in, got.newest(nil, since, before)) || got.bytes != sizeOf(want) || got.dropped != dropped || len(got.events) > got.max {
			t.Fatalf("max %d, %d bytes: %d events of %d bytes in %d places, %d dropped; want %d of %d, %d dropped",
				got.max, got.maxBytes, got.count, got.bytes, len(got.events), got.dropped, len(want), sizeOf(want), dropped)
		}
	}
}

func sizeOf(events []*Event) int {
	n := 0
	for _, e := range events {
		n += e.size
	}
	return n
}

func TestBytesAreBoundedHoweverLongEventsAre(t *testing.T) {
	j := newJournal(Config{MaxBytes: 100 << 10})
	for i := range 3000 {
		e := refused()
		e.Detail = strings.Repeat("x", 5000)
		for range 500 {
			e.Changes = append(e.Changes, Change{Kind: Added, Path: fmt.Sprintf("urn:example:a%d", i)})
		}
		j.Record("d1", e)
	}
	p := j.known("d1")
	if p.failures.bytes > 100<<10 || p.failures.count < 10 {
		t.Errorf("%d events take %d bytes", p.failures.count, p.failures.bytes)
	}
}

// Many write to several directories at once, and somebody reads.
func TestEveryEventIsCountedAndTheNewestAreKept(t *testing.T) {
	const writers, each, directories = 8, 2000, 3
	j := New(Config{MaxChanges: 300, MaxFailures: 200, MaxReads: 50})
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(w), 7))
			for range each {
				dir := fmt.Sprintf("d%d", r.IntN(directories))
				j.Record(dir, []*Event{created(), refused(), read(200), read(404)}[r.IntN(4)])
				j.Refused(dir)
			}
		})
	}
	stop := make(chan struct{})
	var readers sync.WaitGroup
	readers.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			events, _ := j.Find("d1", Query{Text: "users", Limit: 100})
			wantDescending(t, events)
			j.Summary("d2")
		}
	})
	wg.Wait()
	close(stop)
	readers.Wait()
	total := uint64(0)
	for d := range directories {
		dir := fmt.Sprintf("d%d", d)
		s := j.Summary(dir)
		n := uint64(0)
		for _, c := range s.Requests {
			n += c.OK + c.Unchanged + c.Failed
		}
		if s.Refused != n || s.Kept != 550 || s.Dropped != n-550 {
			t.Errorf("%s: %d events counted, %d refused, %d kept, %d dropped", dir, n, s.Refused, s.Kept, s.Dropped)
		}
		events, _ := j.Find(dir, Query{})
		wantDescending(t, events)
		total += n
	}
	if total != writers*each {
		t.Errorf("%d events counted of %d", total, writers*each)
	}
}

func wantDescending(t *testing.T, events []*Event) {
	t.Helper()
	for i := 1; i < len(events); i++ {
		if events[i].ID >= events[i-1].ID {
			t.Errorf("event %d comes behind %d", events[i].ID, events[i-1].ID)
		}
	}
}

func TestPagingMissesAndDoublesNobodyWhileEventsArrive(t *testing.T) {
	j := newJournal(Config{})
	want := map[*Event]int{}
	for i := range 500 {
		e := []*Event{created(), refused(), read(404)}[i%3]
		j.Record("d1", e)
		want[e]++
	}
	before := uint64(0)
	for {
		page, more := j.Find("d1", Query{Before: before, Limit: 7})
		for _, e := range page {
			want[e]--
		}
		if !more {
			break
		}
		before = page[len(page)-1].ID
		j.Record("d1", created())
	}
	for e, n := range want {
		if n != 0 {
			t.Errorf("event %d came %d times", e.ID, 1-n)
		}
	}
}

func TestIDsGoOnAfterARestart(t *testing.T) {
	clock := start
	tick := func() time.Time { clock = clock.Add(time.Millisecond); return clock }
	newest := uint64(0)
	for range 3 {
		j := New(Config{Now: tick})
		for range 5 {
			e := created()
			j.Record("d1", e)
			if e.ID <= newest {
				t.Errorf("event %d comes behind %d", e.ID, newest)
			}
			newest = e.ID
		}
		clock = clock.Add(-time.Microsecond) // what a clock may lose between two events
	}
	if since, ok := ParseCursor(clock.Add(-3 * time.Millisecond).Format(time.RFC3339Nano)); !ok || since >= newest {
		t.Errorf("a time is %d, %t beside the newest event %d", since, ok, newest)
	}
}

func TestADirectoryThatIsGoneHasNoJournal(t *testing.T) {
	exists := map[string]bool{"d1": true}
	j := newJournal(Config{Known: func(id string) bool { return exists[id] }})
	j.Record("d1", refused())
	j.Record("other", refused())
	j.Refused("other")
	delete(exists, "d1")
	j.Retain(func(id string) bool { return exists[id] })
	j.Record("d1", refused()) // was under way
	for _, dir := range []string{"d1", "other"} {
		if events, _ := j.Find(dir, Query{}); len(events) > 0 || j.known(dir) != nil || j.Event(dir, 1) != nil {
			t.Errorf("%s has %d events", dir, len(events))
		}
		if s := j.Summary(dir); s.Kept != 0 || s.Risk.Level != LevelOK || s.LastFailure != nil {
			t.Errorf("%s: %+v", dir, s)
		}
	}
}

func TestQueriesChoose(t *testing.T) {
	j := newJournal(Config{})
	j.Record("d1", created())
	j.Record("d1", refused())
	hinted := &Event{
		Method: "PATCH", Endpoint: "Groups", Status: 204, Dialect: EntraOptSCIM, Traits: DottedNames, KeyID: "k1",
		Operations: []Operation{{Op: "add", Path: `phoneNumbers[type eq "work"].value`, Notes: []string{"created the element"}}},
	}
	j.Record("d1", hinted)
	j.Record("d1", &Event{
		Method: "PUT", Endpoint: "Users", Status: 200,
		Changes: []Change{{Kind: Changed, Path: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"}},
	})
	j.Record("d1", read(404))
	j.Record("d1", &Event{Method: "POST", Endpoint: "users/.search", Status: 200, Filter: `userName eq "…"`})
	for _, c := range []struct {
		q    Query
		want []string
	}{
		{Query{}, []string{"POST Users/.search 200", "GET Users 404", "PUT Users 200", "PATCH Groups 204", "PATCH Users 400", "POST Users 201"}},
		{Query{Outcome: Failed}, []string{"GET Users 404", "PATCH Users 400"}},
		{Query{Outcome: OK}, []string{"POST Users/.search 200", "PUT Users 200", "PATCH Groups 204", "POST Users 201"}},
		{Query{Outcome: Unchanged}, []string{"PATCH Groups 204"}},
		{Query{Method: "PATCH"}, []string{"PATCH Groups 204", "PATCH Users 400"}},
		{Query{Endpoint: "groups"}, []string{"PATCH Groups 204"}},
		{Query{Status: 404}, []string{"GET Users 404"}},
		{Query{Status: 4}, []string{"GET Users 404", "PATCH Users 400"}},
		{Query{Resource: someID}, []string{"PATCH Users 400"}},
		{Query{Path: "EMAILS"}, []string{"PATCH Users 400"}},
		{Query{Path: "email"}, []string{}},
		{Query{Path: "phoneNumbers"}, []string{"PATCH Groups 204"}},
		{Query{Path: "department"}, []string{"PUT Users 200"}},
		{Query{Path: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"}, []string{"PUT Users 200"}},
		{Query{Dialect: EntraOptSCIM}, []string{"PATCH Groups 204"}},
		{Query{Text: "string EMAILS"}, []string{"PATCH Users 400"}},
		{Query{Text: "string nowhere"}, []string{}},
		{Query{Text: "dotted"}, []string{"PATCH Groups 204"}},
		{Query{Text: "created element"}, []string{"PATCH Groups 204"}},
		{Query{Text: "404 failed"}, []string{"GET Users 404"}},
		{Query{Text: "userName filter"}, []string{}},
		{Query{Text: "username eq"}, []string{"POST Users/.search 200"}},
		{Query{Since: hinted.ID, Method: "PATCH"}, []string{}},
		{Query{Before: hinted.ID, Limit: 1}, []string{"PATCH Users 400"}},
	} {
		if diff := cmp.Diff(c.want, found(j, c.q)); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", c.q, diff)
		}
	}
	if e := j.Event("d1", hinted.ID); e != hinted {
		t.Errorf("event %d is %v", hinted.ID, e)
	}
	if e := j.Event("d1", hinted.ID+1000); e != nil {
		t.Errorf("an event that never was is %v", e)
	}
}

func TestRecordHidesWhatHasNotTheShapeOfAName(t *testing.T) {
	j := newJournal(Config{})
	e := &Event{
		Method: "CANARIUM", Endpoint: "canarium", Resource: "canarium@example.com", KeyID: "rdx_scim_canariumcanariumcanarium", Status: 404,
		Detail: strings.Repeat("é", 400),
	}
	j.Record("d1", e)
	got := fmt.Sprint(e.Method, "|", e.Endpoint, "|", e.Resource, "|", e.KeyID, "|", len(e.Detail))
	if want := "other||(id)|(key)|503"; got != want {
		t.Errorf("recorded %s, want %s", got, want)
	}
}

func TestOnlyAnIDOfTheServiceIsShown(t *testing.T) {
	for i := range len(someID) {
		for c := range 256 {
			text := someID[:i] + string([]byte{byte(c)}) + someID[i+1:]
			want := strings.IndexByte("0123456789abcdef", byte(c)) >= 0
			if i == 8 || i == 13 || i == 18 || i == 23 {
				want = c == '-'
			}
			if isUUID(text) != want {
				t.Errorf("isUUID(%q) = %t", text, !want)
			}
		}
	}
	for _, text := range []string{"", someID[1:], someID + "0", "ana@example.com"} {
		if isUUID(text) {
			t.Errorf("%q is an id", text)
		}
	}
}

func TestSummaryTellsReasonsAndDrift(t *testing.T) {
	j := newJournal(Config{})
	write := func(id string, resend int) {
		j.Record("d1", &Event{Method: "PUT", Endpoint: "Users", Resource: id, Status: 200, Resend: resend, Dialect: Okta})
	}
	other := strings.Replace(someID, "1", "2", 1)
	write(someID, 7)
	write(someID, 2) // takes the place of the first
	write(other, 1)
	write("01920000-0000-7000-8000-000000000009", 0)
	for range 3 {
		j.Record("d1", refused())
	}
	last := &Event{Method: "POST", Endpoint: "Groups", Status: 409, ScimType: "uniqueness", Detail: "taken"}
	j.Record("d1", last)
	s := j.Summary("d1")
	if want := (Drift{Resources: 2, Attributes: 3}); s.Resend != want {
		t.Errorf("drift %+v, want %+v", s.Resend, want)
	}
	if len(s.Reasons) != 2 || s.Reasons[0].Count != 3 || s.Reasons[0].Path != "emails.value" || s.Reasons[1].Last != last || s.LastFailure != last {
		t.Errorf("reasons %+v", s.Reasons)
	}
	want := []Count{{"PUT", "Users", 0, 4, 0}, {"PATCH", "Users", 0, 0, 3}, {"POST", "Groups", 0, 0, 1}}
	if diff := cmp.Diff(want, s.Requests); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Spoken{{Okta, 4, start}}, s.Dialects); diff != "" || s.Dialect != Okta {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
