// Package lookup answers over HTTP what package index knows: who is calling
// (one number or many), who is meant by some words, and one contact as JSON or
// vCard.
//
// Its handlers take a request that was already authenticated, with the tenant
// that it belongs to, and read nothing of any other. They return an error
// instead of answering it: a *FieldError names the parameter at fault,
// ErrMediaType and ErrAnswerTooLarge stand for themselves, index's errors pass
// through, and the server maps each to one status. Handlers may run
// concurrently; the package starts no goroutine and keeps nothing of a request.
package lookup

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/index"
	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/index/phone"
	"github.com/ringdex/ringdex/stream"
)

// The errors of the package, beside *FieldError. Compare with errors.Is.
var (
	// ErrMediaType: a batch came as something else than JSON or lines of JSON.
	ErrMediaType = errors.New("media type is neither application/json nor application/x-ndjson")
	// ErrAnswerTooLarge: the answer to a batch outgrew what may be held for one
	// request. Fewer numbers at once are answered.
	ErrAnswerTooLarge = errors.New("answer is too large")
)

// Presence tells how reachable a contact is. It is declared here because
// contacts are shown with it; package presence keeps it.
type Presence interface {
	// Fragment returns the presence object as JSON, or nil if none is known.
	// The slice is shared.
	Fragment(tenant, contactID string) []byte
	// Availability returns the availability alone, "available", or "".
	Availability(tenant, contactID string) string
	// Activity returns the activity alone, "inACall", or "".
	Activity(tenant, contactID string) string
}

// A FieldError says which parameter of a request was refused and why. Both are
// safe to show. Field is empty if the body as a whole is at fault.
type FieldError struct {
	Field  string // "number"
	Reason string // "is required"
}

// Error returns "field reason".
func (e *FieldError) Error() string { return strings.TrimSpace(e.Field + " " + e.Reason) }

// A Service answers lookups and searches. Its fields are set before its first
// use and not changed after.
type Service struct {
	Index    *index.Index
	Presence Presence
	// ValidRegion tells whether a region ("GB") has a numbering plan.
	ValidRegion func(region string) bool
	// Circle returns the people near an agent, the nearest first. nil for
	// nobody.
	Circle func(tenant, agent string) ([]contact.ID, error)
	// Observe is told how long it took to find and print the answer to one
	// caller, without any waiting for minSeq. nil for nobody.
	Observe func(took time.Duration)
}

// maxNumberBytes is the longest caller that is looked at: far beyond any SIP
// header that a PBX passes on.
const maxNumberBytes = 16 << 10

// seqWait bounds how long a question waits for the index to reach minSeq.
const seqWait = 2 * time.Second

// Lookup answers GET /v1/lookup: who has this number. ctx bounds the wait for
// minSeq.
func (s *Service) Lookup(ctx context.Context, r *fasthttp.RequestCtx, tenant string) error {
	args := r.QueryArgs()
	if !args.Has("number") {
		return &FieldError{"number", "is required"}
	}
	q := index.Caller{Number: number(args.Peek("number")), Privacy: string(args.Peek("privacy")), Explain: string(args.Peek("explain")) == "1"}
	if len(q.Number) > maxNumberBytes {
		return &FieldError{"number", "is longer than 16 KiB"}
	}
	if err := s.waitFor(ctx, tenant, string(args.Peek("minSeq"))); err != nil {
		return err
	}
	place := index.Place{Region: string(args.Peek("region")), Site: string(args.Peek("site")), DID: number(args.Peek("did"))}
	var err error
	if q.Context, q.Origin, err = s.context(s.Index.Snapshot(tenant), place); err != nil {
		return err
	}
	out, _ := s.AppendIdentity(make([]byte, 0, answerBytes), tenant, q)
	send(r, "application/json", append(out, '\n'))
	return nil
}

// answerBytes is what a usual answer fits in.
const answerBytes = 1024

// number returns a caller from a query string. A plus sign that nobody encoded
// arrives as a blank; in front of digits it can have been nothing else.
func number(arg []byte) string {
	text := string(arg)
	if len(text) > 1 && text[0] == ' ' && text[1] >= '0' && text[1] <= '9' {
		return "+" + text[1:]
	}
	return text
}

// Context returns how a tenant reads callers at a place. It returns a
// *FieldError.
func (s *Service) Context(tenant string, p index.Place) (phone.Context, index.Origin, error) {
	return s.context(s.Index.Snapshot(tenant), p)
}

// context reads where a question says that a call came in.
func (s *Service) context(snapshot *index.Snapshot, p index.Place) (phone.Context, index.Origin, error) {
	p.Region = strings.ToUpper(p.Region)
	if p.Region != "" && !s.ValidRegion(p.Region) {
		return phone.Context{}, "", &FieldError{"region", "is not an ISO 3166 region with a numbering plan, such as GB"}
	}
	if len(p.DID) > maxNumberBytes {
		return phone.Context{}, "", &FieldError{"did", "is longer than 16 KiB"}
	}
	ctx, origin, err := snapshot.Context(p)
	if errors.Is(err, index.ErrNoSite) {
		return ctx, "", &FieldError{"site", "is not a site of this tenant"}
	}
	return ctx, origin, err
}

// waitFor waits until the tenant's index contains the transaction that a
// client saw in an earlier answer.
func (s *Service) waitFor(ctx context.Context, tenant, minSeq string) error {
	if minSeq == "" {
		return nil
	}
	seq, err := strconv.ParseUint(minSeq, 10, 64)
	if err != nil {
		return &FieldError{"minSeq", "must be the seq of an earlier answer"}
	}
	if s.Index.Snapshot(tenant).Seq() >= stream.Seq(seq) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, seqWait)
	defer cancel()
	return s.Index.Wait(ctx, tenant, stream.Seq(seq))
}

// Contact answers GET /v1/contacts/{id} with one contact, as JSON, or as a
// vCard if the id is followed by ".vcf". It returns index.ErrNotFound.
func (s *Service) Contact(r *fasthttp.RequestCtx, tenant, id string) error {
	id, card := strings.CutSuffix(id, ".vcf")
	snapshot := s.Index.Snapshot(tenant)
	e, err := snapshot.Contact(contact.ID(id))
	if err != nil {
		return err
	}
	if card {
		sendCard(r, e)
		return nil
	}
	p := s.printer(tenant, snapshot, make([]byte, 0, answerBytes))
	p.contact(e)
	send(r, "application/json", append(p.out, '\n'))
	return nil
}

// sendCard answers with a contact as a vCard, unless the client has it.
func sendCard(r *fasthttp.RequestCtx, e *index.Entry) {
	tag := `W/"` + strconv.FormatUint(uint64(e.Seq), 10) + `"`
	r.Response.Header.Set("ETag", tag)
	if string(r.Request.Header.Peek("If-None-Match")) == tag {
		r.SetStatusCode(http.StatusNotModified)
		return
	}
	r.Response.Header.Set("Content-Disposition", `attachment; filename="`+string(e.ID)+`.vcf"`)
	send(r, "text/vcard; charset=utf-8", vCard(e))
}

// send answers 200 with a body, which the request owns from then on.
func send(r *fasthttp.RequestCtx, contentType string, body []byte) {
	r.SetStatusCode(http.StatusOK)
	r.SetContentType(contentType)
	r.Response.SetBodyRaw(body)
}

// AppendContact appends a contact as JSON without its presence, which the
// stream tells by itself, and returns false if the tenant has none of that id.
func (s *Service) AppendContact(dst []byte, tenant, id string) ([]byte, bool) {
	snapshot := s.Index.Snapshot(tenant)
	e, err := snapshot.Contact(contact.ID(id))
	if err != nil {
		return dst, false
	}
	p := s.printer(tenant, snapshot, dst)
	p.card(e)
	p.raw("}")
	return p.out, true
}

// AppendIdentity appends the answer to a lookup as JSON, as GET /v1/lookup has
// it. It returns the one contact that matched too; empty if none or several did.
func (s *Service) AppendIdentity(dst []byte, tenant string, q index.Caller) (text []byte, who contact.ID) {
	start := time.Now()
	snapshot := s.Index.Snapshot(tenant)
	p := s.printer(tenant, snapshot, dst)
	id := snapshot.Matcher().Lookup(q)
	p.identity(q.Number, id)
	if s.Observe != nil {
		s.Observe(time.Since(start))
	}
	if id.Status == phone.StatusMatch {
		who = contact.ID(id.Candidates[0].ID)
	}
	return p.out, who
}
