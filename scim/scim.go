// Package scim is the SCIM 2.0 service (RFC 7643, RFC 7644) that identity
// providers provision directories into.
//
// One write is one transaction of the log: the resource with its claims on
// userName or displayName, its externalId, and, for groups, one key for every
// member that came or went. Uniqueness and ETags are preconditions that the log
// decides; a request that loses against another is planned again on the new
// state. A request is answered when its transaction is durable and the index
// shows it, so that the next lookup anywhere finds what was provisioned.
//
// What a client sends is brought into canonical form by package schema, changed
// by package patch, chosen by package filter, and stored verbatim otherwise:
// values come back as they came. What identity providers disagree about is a
// policy of the directory (package directory). Everything else is refused with
// an error that names the attribute and changes nothing.
//
// Requests run on the HTTP server's goroutines. Only a Bulk request starts some
// of its own, a few at a time, and ends them before it is answered.
package scim

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/scim/directory"
	"github.com/ringdex/ringdex/scim/journal"
	"github.com/ringdex/ringdex/scim/key"
	"github.com/ringdex/ringdex/scim/roster"
	"github.com/ringdex/ringdex/stream"
)

// An Index shows what was provisioned to those who ask. It is declared here
// because a write waits for it.
type Index interface {
	// Wait returns when the index shows the transaction at seq.
	Wait(ctx context.Context, tenant string, seq stream.Seq) error
}

// Config is what a Service works with. All fields are required.
type Config struct {
	Log       stream.Log
	Registry  *directory.Registry
	Gate      *directory.Gate
	Roster    *roster.Roster
	Index     Index
	PublicURL string           // "https://ringdex.example.com"; begins every location
	Journal   *journal.Journal // the provisioning log; nil: nobody keeps one
	Logger    *slog.Logger
}

// A Service answers SCIM requests for all directories. Methods are safe for
// concurrent use.
type Service struct {
	cfg   Config
	turns *turns

	walks      *walks
	cursors    *cursors
	kept       *kept
	searchTime time.Duration

	seen  sync.Map // directory id → *atomic.Int64, Unix milliseconds of the last request
	kinds sync.Map // directory id → *kinds
}

// New returns a service.
func New(cfg Config) *Service {
	return &Service{cfg: cfg, turns: newTurns(), walks: newWalks(), cursors: newCursors(), kept: newKept(), searchTime: searchTime}
}

// LastRequest returns when the directory's identity provider last sent a
// request with a valid token, since the start; zero if it did not.
func (s *Service) LastRequest(directoryID string) time.Time {
	at, ok := s.seen.Load(directoryID)
	if !ok {
		return time.Time{}
	}
	return time.UnixMilli(at.(*atomic.Int64).Load()).UTC() //nolint:forcetypeassert // only these are stored
}

func (s *Service) note(directoryID string) {
	at, ok := s.seen.Load(directoryID)
	if !ok {
		at, _ = s.seen.LoadOrStore(directoryID, new(atomic.Int64))
	}
	at.(*atomic.Int64).Store(time.Now().UnixMilli()) //nolint:forcetypeassert // only these are stored
}

// requestTime bounds how long a request may wait for the log and the index. It
// goes on when the server begins to stop, so that it can be answered.
const requestTime = 30 * time.Second

// Serve answers a request to /scim/{directoryID}/{path}. path is percent-encoded
// as the client sent it ("Users/7%2F8"), so that a slash in an id is not taken
// for one between segments. source is the address the request came from.
func (s *Service) Serve(c *fasthttp.RequestCtx, directoryID, path, source string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c), requestTime)
	defer cancel()
	r := &request{ctx: ctx, service: s}
	began := time.Now()
	err := s.serve(r, c, directoryID, path, source)
	var e *Error
	if err != nil {
		e = errorOf(err, s.cfg.Logger)
	}
	switch {
	case r.kinds != nil:
		r.record(began, err, e)
	case e.Status == http.StatusUnauthorized && s.cfg.Journal != nil:
		s.cfg.Journal.Refused(directoryID)
	}
	if e != nil {
		e.Write(c)
		return
	}
	r.reply.write(c)
}

func (s *Service) serve(r *request, c *fasthttp.RequestCtx, directoryID, path, source string) error {
	segments, err := splitPath(path)
	if err != nil {
		return err
	}
	header := string(c.Request.Header.Peek(fasthttp.HeaderAuthorization))
	if err := s.admit(r, header, directoryID, segments, source); err != nil {
		return err
	}
	r.base = s.cfg.PublicURL + "/scim/" + directoryID
	if len(segments) > 0 && isVersion(segments[0]) {
		if segments[0] != "v2" {
			return newError(http.StatusBadRequest, "invalidVers", "Only SCIM version 2 is spoken here: "+r.base+"/v2")
		}
		r.base += "/v2"
		segments = segments[1:]
	}
	r.caller.agent, r.caller.contentType = string(c.UserAgent()), string(c.Request.Header.ContentType())
	if r.call, err = callOf(c, segments); err != nil {
		return err
	}
	return r.run()
}

// splitPath takes a path apart and decodes its segments. A slash at its end
// says nothing.
func splitPath(path string) ([]string, error) {
	path = strings.Trim(path, "/")
	if path == "" {
		return nil, nil
	}
	segments := strings.Split(path, "/")
	if len(segments) > 4 {
		return nil, errNoEndpoint()
	}
	for i, segment := range segments {
		plain, err := url.PathUnescape(segment)
		if err != nil {
			return nil, newError(http.StatusBadRequest, "", "The path is not percent-encoded as it should be.")
		}
		segments[i] = plain
	}
	return segments, nil
}

// isVersion tells whether a segment is a protocol version: v1, v2, v2.1.
func isVersion(segment string) bool {
	return len(segment) > 1 && segment[0] == 'v' && segment[1] >= '0' && segment[1] <= '9'
}

// admit authenticates the request and finds its directory. A token opens its
// own directory only; of others it does not even learn whether they exist.
func (s *Service) admit(r *request, header, directoryID string, segments []string, source string) error {
	if header == "" && s.openDiscovery(r, directoryID, segments) {
		return nil
	}
	p, err := s.cfg.Gate.Admit(header, source)
	if err != nil {
		return err
	}
	if p.Kind != key.SCIM || p.DirectoryID != directoryID {
		return directory.ErrUnauthenticated
	}
	r.tenant, r.keyID, r.caller.keyID = p.Tenant, p.Caller(), p.KeyID
	s.note(directoryID)
	return r.loadDirectory(directoryID)
}

// openDiscovery admits a request without a token if it reads a discovery
// document of a directory that allows it.
func (s *Service) openDiscovery(r *request, directoryID string, segments []string) bool {
	tenant, ok := s.cfg.Registry.Owner(directoryID)
	if !ok {
		return false
	}
	r.tenant = tenant
	if r.loadDirectory(directoryID) != nil || r.dir.Policies.DiscoveryAuth != directory.PolicyOpen {
		return false
	}
	if len(segments) > 0 && isVersion(segments[0]) {
		segments = segments[1:]
	}
	return len(segments) > 0 && isDiscovery(segments[0])
}

// run answers the call, from its beginning again each time the directory changed
// meanwhile: what its policies and schemas say of the body may be another thing.
func (r *request) run() error {
	err := r.route()
	for n := 0; errors.Is(err, errDirectoryChanged) && n < attempts; n++ {
		if err := r.loadDirectory(r.dir.ID); err != nil {
			return err
		}
		r.reply, r.trace = reply{}, trace{}
		err = r.route()
	}
	return err
}

// route calls the handler of an endpoint.
func (r *request) route() error {
	if len(r.call.segments) == 0 {
		return r.root()
	}
	endpoint, rest := r.call.segments[0], r.call.segments[1:]
	switch {
	case strings.EqualFold(endpoint, "Users"):
		return r.resources(r.kinds.users, rest)
	case strings.EqualFold(endpoint, "Groups"):
		return r.resources(r.kinds.groups, rest)
	case isDiscovery(endpoint):
		return r.discovery(endpoint, rest)
	case strings.EqualFold(endpoint, ".search") && len(rest) == 0:
		return r.search(r.kinds.users, r.kinds.groups)
	case strings.EqualFold(endpoint, "Me"):
		return newError(http.StatusNotImplemented, "", "A directory has no user who is signed in: /Me is not offered.")
	case strings.EqualFold(endpoint, "Bulk"):
		return r.bulk(rest)
	}
	return errNoEndpoint()
}

// root answers a query for resources of all types (RFC 7644 section 3.4.2.1). An
// address without one is a mistake more often than a wish for everything, and is
// told what there is.
func (r *request) root() error {
	if r.call.reads() && strings.TrimSpace(r.call.query["filter"]) != "" {
		return r.list(r.kinds.users, r.kinds.groups)
	}
	return errNoEndpoint()
}
