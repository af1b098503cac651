package lookup

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/index"
	"github.com/ringdex/ringdex/index/circle"
	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/index/text"
)

const (
	defaultLimit = 10
	maxLimit     = 200
	maxHits      = 1000 // that can be paged through
)

// Search answers GET /v1/search: who is meant by these words or digits. ctx
// bounds how long it takes.
func (s *Service) Search(ctx context.Context, r *fasthttp.RequestCtx, tenant string) error {
	q, err := s.question(r.QueryArgs(), tenant)
	if err != nil {
		return err
	}
	offset, err := readOffset(r.QueryArgs(), q.Limit)
	if err != nil {
		return err
	}
	q.Limit += offset
	if err := s.waitFor(ctx, tenant, string(r.QueryArgs().Peek("minSeq"))); err != nil {
		return err
	}
	snapshot := s.Index.Snapshot(tenant)
	found, more, err := s.Index.Search(ctx, tenant, q)
	if errors.Is(err, text.ErrTooLong) {
		return &FieldError{"q", "is longer than a search can be: 2 KiB and 16 words"}
	}
	if err != nil {
		return err
	}
	p := s.printer(tenant, snapshot, make([]byte, 0, answerBytes))
	p.found(found, offset, more)
	send(r, "application/json", append(p.out, '\n'))
	return nil
}

// question reads the parameters of a search.
func (s *Service) question(args *fasthttp.Args, tenant string) (index.Search, error) {
	arg := func(name string) string { return string(args.Peek(name)) }
	q := index.Search{
		Text: arg("q"), Mode: index.Mode(arg("mode")), Limit: defaultLimit, Region: strings.ToUpper(arg("region")),
		Directory: arg("directory"), Group: contact.ID(arg("group")), Department: arg("department"), Is: s.is(tenant),
	}
	if !args.Has("q") {
		return q, &FieldError{"q", "is required"}
	}
	if !utf8.ValidString(q.Text) {
		return q, &FieldError{"q", "is not valid UTF-8"}
	}
	switch q.Mode {
	case "", index.ModeAuto, index.ModeName, index.ModeNumber, index.ModeKeypad:
	default:
		return q, &FieldError{"mode", "must be auto, name, number or keypad"}
	}
	if q.Region != "" && !s.ValidRegion(q.Region) {
		return q, &FieldError{"region", "is not an ISO 3166 region with a numbering plan, such as GB"}
	}
	if limit := arg("limit"); limit != "" {
		n, err := strconv.Atoi(limit)
		if err != nil || n < 1 || n > maxLimit {
			return q, &FieldError{"limit", "must be a number from 1 to 200"}
		}
		q.Limit = n
	}
	if agent := arg("agent"); agent != "" && s.Circle != nil {
		if len(agent) > circle.MaxAgentBytes {
			return q, &FieldError{"agent", "is longer than 256 bytes"}
		}
		var err error
		if q.Circle, err = s.Circle(tenant, agent); err != nil {
			return q, err
		}
	}
	if want := arg("presence"); want != "" {
		q.Accept = func(e *index.Entry) bool {
			return strings.EqualFold(s.Presence.Availability(tenant, string(e.ID)), want)
		}
	}
	return q, nil
}

// readOffset reads how many hits are passed over. Pages of one search fit
// together as long as nobody changes.
func readOffset(args *fasthttp.Args, limit int) (int, error) {
	arg := string(args.Peek("offset"))
	if arg == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(arg)
	if err != nil || n < 0 || n+limit > maxHits {
		return 0, &FieldError{"offset", "must be a number from 0, and with the limit at most " + strconv.Itoa(maxHits)}
	}
	return n, nil
}

// is returns what tells how somebody is, in words of presence. "free" is
// whoever can be called.
func (s *Service) is(tenant string) func(e *index.Entry, word string) bool {
	return func(e *index.Entry, word string) bool {
		id := string(e.ID)
		availability := s.Presence.Availability(tenant, id)
		if strings.EqualFold(word, "free") {
			return strings.EqualFold(availability, "available") || strings.EqualFold(availability, "availableIdle")
		}
		return strings.EqualFold(availability, word) || strings.EqualFold(s.Presence.Activity(tenant, id), word)
	}
}

// IDs returns the ids of the best contacts for some words, for a subscription
// to a search.
func (s *Service) IDs(ctx context.Context, tenant, words string, limit int) ([]string, error) {
	found, _, err := s.Index.Search(ctx, tenant, index.Search{Text: words, Limit: limit, Is: s.is(tenant)})
	ids := make([]string, len(found))
	for i, f := range found {
		ids[i] = string(f.ID)
	}
	return ids, err
}
