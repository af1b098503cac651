package scimload

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/bench/measure"
	"github.com/ringdex/ringdex/cmd/ringdex/client"
)

const (
	sampleEvery = 64  // answers, of which one is parsed
	lookupEvery = 512 // users created, of whom one is looked up at once
)

// phaseTime bounds the phases that only need enough operations to be judged.
const phaseTime = 30 * time.Second

func sampled(op int) bool { return op%sampleEvery == 0 }

// errContent says that an answer of the right status held the wrong thing.
var errContent = errors.New("the answer does not hold what it should")

// create provisions all users.
func (l *load) create(ctx context.Context) error {
	return l.write(ctx, measure.Phase{
		Names: []string{"create"}, Ops: len(l.cast.users),
		Do: func(ctx context.Context, worker, op int) (time.Duration, error) {
			u := &l.cast.users[op]
			a, took, again, err := l.persist(ctx, worker, call{http.MethodPost, "/Users", u.body})
			switch {
			case err != nil:
				return took, err
			case again && a.status == http.StatusConflict: // it was applied, and not answered in time
				u.id, err = l.idUnder(ctx, worker, filter(`userName eq "`+u.userName+`"`))
			case a.status != http.StatusCreated:
				err = refusal(http.MethodPost, a)
			default:
				if u.id = idOf(a.header); u.id == "" || sampled(op) {
					err = checkUser(a.body, u)
				}
			}
			if err == nil && op%lookupEvery == 0 {
				err = l.lookUp(ctx, u)
			}
			return took, err
		},
	}, &measure.Goal{PerSecond: 15_000, P99: 5})
}

// persist sends a write until it is decided, and counts those that were not at
// once.
func (l *load) persist(ctx context.Context, worker int, c call) (answer, time.Duration, bool, error) {
	a, took, again, err := l.wires[worker].persist(ctx, c)
	if again {
		l.undecided.Add(1)
	}
	return a, took, again, err
}

// wantWrite sends a write that may be sent twice and must have a status.
func (l *load) wantWrite(ctx context.Context, worker int, c call, status int) (answer, time.Duration, error) {
	a, took, _, err := l.persist(ctx, worker, c)
	if err == nil && a.status != status {
		err = refusal(c.method, a)
	}
	return a, took, err
}

// idUnder returns the id of the only resource that a query finds.
func (l *load) idUnder(ctx context.Context, worker int, target string) (string, error) {
	a, _, err := l.wires[worker].want(ctx, call{http.MethodGet, target, nil}, http.StatusOK)
	if err != nil {
		return "", err
	}
	got, err := parseList(a.body)
	if err == nil && len(got.Resources) != 1 {
		err = fmt.Errorf("%w: a filter did not find its resource", errContent)
	}
	if err != nil {
		return "", err
	}
	return got.Resources[0].ID, nil
}

// idOf returns the id of a resource that was created: the end of its location.
func idOf(h *fasthttp.ResponseHeader) string {
	location := string(h.Peek(fasthttp.HeaderLocation))
	return location[strings.LastIndexByte(location, '/')+1:]
}

// A userAnswer is what is looked at of a user.
type userAnswer struct {
	ID          string `json:"id"`
	UserName    string `json:"userName"`
	ExternalID  string `json:"externalId"`
	DisplayName string `json:"displayName"`
}

func checkUser(body []byte, u *user) error {
	var got userAnswer
	if err := json.Unmarshal(body, &got); err != nil {
		return fmt.Errorf("%w: JSON", errContent)
	}
	if got.ID != u.id || got.UserName != u.userName || got.ExternalID != u.externalID {
		return fmt.Errorf("%w: id, userName or externalId", errContent)
	}
	return nil
}

// lookUp asks who a user's number belongs to. Whoever was acknowledged must be
// found, alone or among those who share the number.
func (l *load) lookUp(ctx context.Context, u *user) error {
	if u.number == "" {
		return nil
	}
	answer, err := l.site.client.Lookup(ctx, client.LookupQuery{Number: u.number})
	if err != nil {
		return err
	}
	isUser := func(c client.Candidate) bool { return c.Contact.ID == u.id }
	if best := answer.Value.Best; best != nil && best.ID == u.id || slices.ContainsFunc(answer.Value.Candidates, isUser) {
		return nil
	}
	return fmt.Errorf("%w: a number does not find the user who was acknowledged", errContent)
}

// patchBody is what Entra sends, in its older dialect, for a new display name
// and number.
func patchBody(op int) []byte {
	return fmt.Appendf(nil, `{"schemas":["%s"],"Operations":[{"op":"Replace","path":"displayName","value":"%s"},`+
		`{"op":"Replace","path":"phoneNumbers[type eq \"mobile\"].value","value":"+44 7700 %06d"}]}`, patchURN, patchedName(op), 900_000+op)
}

func patchedName(op int) string { return fmt.Sprintf("Sample Person %d", op) }

// patch changes users, the first ones, as many as there is time for.
func (l *load) patch(ctx context.Context) error {
	l.patched = min(len(l.cast.users), 20_000)
	err := l.patchAll(ctx, "patch", &measure.Goal{P99: 5})
	if err == nil {
		r := l.report.Results[len(l.report.Results)-1]
		l.patched = int(r.Count) // operations begin in order
	}
	return err
}

// patchNothing sends the same changes again, as a client does that starts
// over: nothing is to be written.
func (l *load) patchNothing(ctx context.Context) error {
	before, err := l.tags(ctx)
	if err != nil {
		return err
	}
	if err := l.patchAll(ctx, "patch_noop", nil); err != nil {
		return err
	}
	after, err := l.tags(ctx)
	if err == nil && !slices.Equal(before, after) {
		err = fmt.Errorf("patch_noop: %w: a change that changes nothing made a new version", errContent)
	}
	return err
}

func (l *load) patchAll(ctx context.Context, name string, goal *measure.Goal) error {
	bodies := make([][]byte, l.patched)
	for i := range bodies {
		bodies[i] = patchBody(i)
	}
	return l.write(ctx, measure.Phase{
		Names: []string{name}, Ops: len(bodies), Within: phaseTime,
		Do: func(ctx context.Context, worker, op int) (time.Duration, error) {
			u := &l.cast.users[op]
			a, took, err := l.wantWrite(ctx, worker, call{http.MethodPatch, "/Users/" + u.id, bodies[op]}, http.StatusOK)
			if err != nil || !sampled(op) {
				return took, err
			}
			var got userAnswer
			if json.Unmarshal(a.body, &got) != nil || got.DisplayName != patchedName(op) {
				err = fmt.Errorf("%w: displayName", errContent)
			}
			return took, err
		},
	}, goal)
}

// tags returns the versions of sampled users.
func (l *load) tags(ctx context.Context) ([]string, error) {
	var tags []string
	for op := 0; op < l.patched; op += sampleEvery {
		a, _, err := l.wires[0].want(ctx, call{http.MethodGet, "/Users/" + l.cast.users[op].id, nil}, http.StatusOK)
		if err != nil {
			return nil, err
		}
		tags = append(tags, string(a.header.Peek(fasthttp.HeaderETag)))
	}
	return tags, nil
}

// deleted is how many users are deleted in the end.
func (l *load) deleted() int { return min(len(l.cast.users)/2, 10_000) }

// delete deletes users, the first ones.
func (l *load) delete(ctx context.Context) error {
	return l.write(ctx, measure.Phase{
		Names: []string{"delete"}, Ops: l.deleted(),
		Do: func(ctx context.Context, worker, op int) (time.Duration, error) {
			target := "/Users/" + l.cast.users[op].id
			a, took, again, err := l.persist(ctx, worker, call{http.MethodDelete, target, nil})
			if err == nil && a.status != http.StatusNoContent && (!again || a.status != http.StatusNotFound) {
				err = refusal(http.MethodDelete, a)
			}
			if err == nil && sampled(op) {
				_, _, err = l.wires[worker].want(ctx, call{http.MethodGet, target, nil}, http.StatusNotFound)
			}
			return took, err
		},
	}, nil)
}

// filter returns the target of a query for users.
func filter(expression string) string { return "/Users?" + filterBy(expression) }

// filterBy returns a filter as a query parameter, with blanks as %20.
func filterBy(expression string) string {
	return "filter=" + strings.ReplaceAll(url.QueryEscape(expression), "+", "%20")
}
