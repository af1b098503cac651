package journal

import (
	"slices"
	"time"

	"github.com/ringdex/ringdex/scim/resource"
)

// The methods and endpoints that are told apart. Everything else, which a client
// may have made up, is the last one.
//
//nolint:gochecknoglobals // read-only tables
var (
	methods   = [...]string{"GET", "POST", "PUT", "PATCH", "DELETE", "other"}
	endpoints = [...]string{
		"Users", "Groups", "Bulk", "Users/" + search, "Groups/" + search, search,
		"Schemas", "ResourceTypes", "ServiceProviderConfig", "Me", "",
	}
)

// Methods lists the methods that events have.
func Methods() []string { return slices.Clone(methods[:]) }

// Endpoints lists the endpoints that events have, apart from "", which stands
// for a path that leads nowhere.
func Endpoints() []string { return slices.Clone(endpoints[:len(endpoints)-1]) }

func methodIndex(method string) int {
	for i, m := range methods {
		if m == method {
			return i
		}
	}
	if method == "HEAD" { // answered like GET
		return 0
	}
	return len(methods) - 1
}

func endpointIndex(endpoint string) int {
	for i, name := range endpoints {
		if name == endpoint {
			return i
		}
	}
	for i, name := range endpoints {
		if resource.EqualName(name, endpoint) {
			return i
		}
	}
	return len(endpoints) - 1
}

// A tally counts all requests since the journal of a directory began. Its page
// guards it.
type tally struct {
	requests [len(methods)][len(endpoints)][3]uint64 // by method, endpoint and outcome
	dialects [dialectCount]uint64
	spoken   [dialectCount]time.Time // when each was last seen
	last     Dialect                 // the newest that was recognized

	refused      uint64 // requests without a valid token
	refusedSince uint64 // of those, the ones after the newest with a valid token
	lastRefused  time.Time
}

// count adds an event, which is clean and ended at end.
func (t *tally) count(e *Event, end time.Time) {
	t.requests[methodIndex(e.Method)][endpointIndex(e.Endpoint)][outcomeIndex(e.Outcome())]++
	t.refusedSince = 0
	if e.Dialect != Unknown && e.Dialect < dialectCount {
		t.dialects[e.Dialect]++
		t.spoken[e.Dialect] = end
		t.last = e.Dialect
	}
}

func outcomeIndex(o Outcome) int {
	switch o {
	case OK:
		return 0
	case Unchanged:
		return 1
	default:
		return 2
	}
}

// A Count is how many requests of one kind ended how.
type Count struct {
	Method    string
	Endpoint  string
	OK        uint64
	Unchanged uint64
	Failed    uint64
}

// counts returns the kinds of which there were any, in the order of the tables.
func (t *tally) counts() []Count {
	var list []Count
	for e, endpoint := range endpoints {
		for m, method := range methods {
			n := t.requests[m][e]
			if n == [3]uint64{} {
				continue
			}
			list = append(list, Count{Method: method, Endpoint: endpoint, OK: n[0], Unchanged: n[1], Failed: n[2]})
		}
	}
	return list
}

// A Spoken is a dialect and how often it was recognized.
type Spoken struct {
	Dialect  Dialect
	Requests uint64
	Last     time.Time
}

// speech returns the dialects that were recognized, in their order.
func (t *tally) speech() []Spoken {
	var list []Spoken
	for d, n := range t.dialects {
		if n > 0 {
			list = append(list, Spoken{Dialect(d), n, t.spoken[d]})
		}
	}
	return list
}
