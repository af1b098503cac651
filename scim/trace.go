package scim

import (
	"strings"
	"time"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/journal"
	"github.com/ringdex/ringdex/scim/patch"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
)

// A trace is what handlers leave for the provisioning log: what the request
// said, and the resource before and after it. Handlers may leave things again
// when they plan again; the last counts.
type trace struct {
	id         contact.ID     // of the resource that the request is about
	body       resource.Value // as sent; null if it was not read
	ops        []patch.Operation
	notes      []patch.Note
	hints      []schema.Hint // about the body
	unreached  bool          // the resource has no number, and the directory wants to hear of it
	old, tree  resource.Value
	came, went int // members

	attempts, failures int  // of the operations of a Bulk request
	part               bool // the request is such an operation
}

// A caller is what a request's header says of who sends it.
type caller struct {
	agent       string
	contentType string
	keyID       string
}

// record tells the provisioning log of a request that was let in. err is what
// came of it, if anything is wrong, and e how that is answered.
func (r *request) record(began time.Time, err error, e *Error) {
	log := r.service.cfg.Journal
	if log == nil || len(r.call.segments) == 0 {
		return
	}
	t := &r.trace
	ev := &journal.Event{
		Time: began, Duration: time.Since(began), KeyID: r.caller.keyID,
		Method: r.call.method, Endpoint: r.call.segments[0], Resource: string(t.id), Status: r.reply.status,
		Attempts: t.attempts, Failures: t.failures, Part: t.part,
	}
	k := r.kinds.at(ev.Endpoint)
	if k != nil {
		ev.Endpoint = k.endpoint
		r.describe(ev, k.typ)
	}
	if last := r.call.segments[len(r.call.segments)-1]; strings.EqualFold(last, searchSegment) {
		ev.Endpoint += "/" + searchSegment
	} else if ev.Resource == "" && len(r.call.segments) > 1 {
		ev.Resource = last
	}
	_, flagged := r.call.query["aadoptscim062020"]
	ev.Dialect, ev.Traits = journal.Recognize(journal.Request{
		Method: r.call.method, UserAgent: r.caller.agent, ContentType: r.caller.contentType, OptSCIM: flagged, Body: t.body,
	})
	if e != nil {
		ev.Fail(e.Status, e.ScimType, e.Detail, err)
		ev.Changes, ev.Resend = nil, 0
	}
	log.Record(r.dir.ID, ev)
}

// describe tells what a request about resources of a type said and did.
func (r *request) describe(ev *journal.Event, typ *schema.Type) {
	t := &r.trace
	if filter := r.call.query["filter"]; filter != "" {
		ev.Filter = journal.RedactFilter(typ, filter)
	}
	if t.ops != nil {
		ev.Operations = journal.Explain(typ, t.ops, t.notes)
		ev.Resend = journal.ResendPatch(typ, t.ops, t.tree)
	} else if !t.body.IsNull() {
		ev.Resend = journal.Resend(typ, t.body, t.tree)
	}
	ev.Hints = t.hints
	if t.unreached {
		ev.Hints = append(ev.Hints, schema.Hint{Path: "phoneNumbers", Detail: "no number was sent: nobody is found by a call"})
	}
	ev.Changes = append(journal.Diff(typ, t.old, t.tree), journal.Members(t.came, t.went)...)
}
