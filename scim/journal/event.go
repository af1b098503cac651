package journal

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
)

// An Event is one request of an identity provider and what came of it. It holds
// no value that the provider sent. Its caller fills it and hands it to Record;
// from then on it is read-only.
type Event struct {
	ID       uint64 // ascending within a directory, also across restarts; set by Record
	Time     time.Time
	Duration time.Duration
	KeyID    string // of the token, never the token itself

	Method   string
	Endpoint string // "Users", "Groups/.search", "Bulk", "" for none that exists
	Resource string // id that the service issued; "" if the request names none
	Filter   string // as RedactFilter returns it

	Status   int
	ScimType string // of a failure; "" if there is none for it
	Path     string // of the attribute at fault, "phoneNumbers.value"; may be empty
	Detail   string // why it failed; holds no value that a client sent

	Dialect    Dialect
	Traits     Traits
	Operations []Operation // of a PATCH
	Changes    []Change    // of a write: empty if nothing changed
	Hints      []schema.Hint
	Resend     int // attributes that the provider would send again in its next cycle

	// Attempts and Failures are how many operations of a Bulk request were
	// attempted and how many of them failed; both 0 for any other request.
	Attempts int
	Failures int
	// Part tells that this is an operation of a Bulk request, whose own event
	// counts it.
	Part bool

	size int // estimated bytes; set by Record
}

// An Outcome says how a request ended.
type Outcome string

// The outcomes.
const (
	OK        Outcome = "ok"        // answered, or changed what it says
	Unchanged Outcome = "unchanged" // a write that changed nothing: everything was so already
	Failed    Outcome = "failed"    // refused, or in a Bulk request some of it
)

// Outcome returns how the request ended.
func (e *Event) Outcome() Outcome {
	switch {
	case e.Status >= http.StatusBadRequest, e.Failures > 0:
		return Failed
	case (e.Method == http.MethodPatch || e.Method == http.MethodPut) && len(e.Changes) == 0:
		return Unchanged
	}
	return OK
}

// Fail notes why the request was refused: the answer's status, keyword and text,
// and where err is a *schema.Error the attribute that it is about. Neither text
// may hold a value that a client sent.
func (e *Event) Fail(status int, scimType, detail string, err error) {
	e.Status, e.ScimType, e.Detail = status, scimType, detail
	if at, ok := errors.AsType[*schema.Error](err); ok {
		e.Path, e.Detail = at.Path, at.Detail
	}
}

// isRead tells whether the request could change nothing.
func (e *Event) isRead() bool {
	return e.Method == http.MethodGet || strings.HasSuffix(e.Endpoint, search)
}

// counts tells whether a provider counts the request as an operation that
// failed. It does not if what it reads or deletes is not there.
func (e *Event) counts() bool {
	if e.Outcome() != Failed {
		return false
	}
	return e.Status != http.StatusNotFound || !e.isRead() && e.Method != http.MethodDelete
}

// isReference tells whether a failure is about a reference to another resource,
// of which Entra ID allows more.
func (e *Event) isReference() bool {
	return under(e.Path, "members") || under(e.Path, "manager") || under(e.Path, schema.EnterpriseURN+":manager")
}

// An Operation is one operation of a PATCH and what is to be said of it.
type Operation struct {
	Index int      // counting from 0
	Op    string   // "add", "remove", "replace"
	Path  string   // as RedactPath returns it; without a path the names in its value
	Notes []string // "created the element that the filter describes"
}

// Limits of one event. What is longer is cut.
const (
	maxDetail     = 500 // bytes
	maxPath       = 300
	maxChanges    = 50
	maxHints      = 20
	maxOperations = 40
)

// search is what the endpoint of a search ends with.
const search = ".search"

// clean hides and cuts what a caller may have taken from a request unseen.
func (e *Event) clean() {
	e.Method = methods[methodIndex(e.Method)]
	e.Endpoint = endpoints[endpointIndex(e.Endpoint)]
	if e.Resource != "" && !isUUID(e.Resource) {
		e.Resource = "(id)"
	}
	if e.KeyID != "" && !isKeyID(e.KeyID) {
		e.KeyID = "(key)"
	}
	e.Detail = cut(e.Detail, maxDetail)
	e.Path = cut(e.Path, maxPath)
	e.Filter = cut(e.Filter, maxPath)
	e.Changes = e.Changes[:min(len(e.Changes), maxChanges)]
	e.Hints = e.Hints[:min(len(e.Hints), maxHints)]
	e.Operations = e.Operations[:min(len(e.Operations), maxOperations)]
}

// cut returns s, or its beginning if it is longer than maxBytes. A copy, so that
// the rest is not kept.
func cut(s string, maxBytes int) string {
	if len(s) <= maxBytes {
		return s
	}
	return strings.ToValidUTF8(s[:maxBytes], "") + "…"
}

// isUUID tells whether s is a UUID as the service writes ids. It gathers what is
// wrong instead of branching on each digit, which no processor foresees.
func isUUID(s string) bool {
	return len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-' &&
		isHex(s[:8]) && isHex(s[9:13]) && isHex(s[14:18]) && isHex(s[19:23]) && isHex(s[24:])
}

func isHex(s string) bool {
	wrong := byte(0)
	for i := range len(s) {
		wrong |= notHex[s[i]]
	}
	return wrong == 0
}

// notHex has 0 for the digits that UUIDs are written with, and 1 for the rest.
//
//nolint:gochecknoglobals // read-only table
var notHex = func() (table [256]byte) {
	for c := range table {
		table[c] = 1
	}
	for _, c := range []byte("0123456789abcdef") {
		table[c] = 0
	}
	return table
}()

// isKeyID tells whether s can be the id of a token, which is public. The token
// itself is longer.
func isKeyID(s string) bool {
	const longest = 20
	if len(s) > longest {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return true
}

// bytes estimates what the event takes: its fields and the texts behind them.
func (e *Event) bytes() int {
	const (
		fixed    = 432 // the struct, its place in the ring, the allocator's rounding
		ofChange = 32
		ofHint   = 32
		ofOp     = 80
	)
	n := fixed + len(e.Detail) + len(e.Path) + len(e.Filter)
	for i := range e.Changes {
		n += ofChange + len(e.Changes[i].Path)
	}
	for i := range e.Hints {
		n += ofHint + len(e.Hints[i].Path) + len(e.Hints[i].Detail)
	}
	for i := range e.Operations {
		n += ofOp + len(e.Operations[i].Path)
		for _, note := range e.Operations[i].Notes {
			n += len(note)
		}
	}
	return n
}

// under tells whether an attribute path names attribute or a part of it, in any
// case.
func under(path, attribute string) bool {
	n := len(attribute)
	if len(path) < n || !resource.EqualName(path[:n], attribute) {
		return false
	}
	return len(path) == n || path[n] == '.' || path[n] == '[' || path[n] == ':'
}
