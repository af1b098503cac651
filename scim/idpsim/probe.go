package idpsim

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/ringdex/ringdex/scim/idpsim/people"
)

// probeSeed makes the ids that connection tests ask for and nobody has.
const probeSeed = 0x70726f6265

// TestConnection sends what the vendor's "Test Connection" button sends: Entra
// asks for a userName that nobody has, Okta for the first two users. The error
// tells an administrator what to look at; it is ErrUnauthorized, ErrNotSCIM,
// ErrBadAnswer, ErrRefused, ctx's or the transport's.
func (p *Provider) TestConnection(ctx context.Context) error {
	s := &session{p: p, tally: newTally()}
	const operation = "test connection"
	r := request{operation: operation, method: http.MethodGet, path: "/Users", query: "startIndex=1&count=2"}
	if p.cfg.Profile != Okta {
		nobody := people.Company{Seed: probeSeed}.Person(int(p.probes.Add(1))).ID
		r.query = "filter=" + encode(eq(pathUserName, nobody))
	}
	a, err := s.do(ctx, r)
	if err != nil {
		return explain(operation, err)
	}
	l, err := readList(operation, a)
	switch {
	case err != nil:
		return err
	case p.cfg.Profile != Okta && l.total != 0:
		return fmt.Errorf("%s: %w: the filter was ignored, a user that nobody has was found", operation, ErrBadAnswer)
	case p.cfg.Profile == Okta && len(l.resources) > 2:
		return fmt.Errorf("%s: %w: more users than were asked for", operation, ErrBadAnswer)
	}
	return nil
}

// explain adds what to do about a refused probe.
func explain(operation string, err error) error {
	var refused *ResponseError
	if !errors.As(err, &refused) {
		return err
	}
	switch refused.Status {
	case http.StatusUnauthorized:
		return fmt.Errorf("%w: check the secret token", err)
	case http.StatusNotFound:
		return fmt.Errorf("%s: %w (status 404): check the tenant URL", operation, ErrNotSCIM)
	}
	return err
}
