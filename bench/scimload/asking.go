package scimload

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/ringdex/ringdex/bench/measure"
)

const (
	pageSize = 100
	askings  = 20_000
)

// A listAnswer is what is looked at of a list.
type listAnswer struct {
	Total     int          `json:"totalResults"`
	Resources []userAnswer `json:"Resources"`
}

func parseList(body []byte) (listAnswer, error) {
	var got listAnswer
	if json.Unmarshal(body, &got) != nil {
		return got, fmt.Errorf("%w: JSON", errContent)
	}
	return got, nil
}

// find asks for the one user whom a filter means.
func (l *load) find(ctx context.Context, worker int, target string, u *user, look bool) (time.Duration, error) {
	a, took, err := l.wires[worker].want(ctx, call{http.MethodGet, target, nil}, http.StatusOK)
	if err != nil || !look {
		return took, err
	}
	got, err := parseList(a.body)
	if err == nil && (got.Total != 1 || len(got.Resources) != 1 || got.Resources[0].ID != u.id) {
		err = fmt.Errorf("%w: a filter did not find its user", errContent)
	}
	return took, err
}

// getFiltered asks for users by userName, as Entra does before each write, and
// by externalId.
func (l *load) getFiltered(ctx context.Context) error {
	n := min(len(l.cast.users), askings)
	targets := make([]string, 2*n)
	for i := range n {
		u := l.someone(i)
		targets[2*i], targets[2*i+1] = filter(`userName eq "`+u.userName+`"`), filter(`externalId eq "`+u.externalID+`"`)
	}
	return l.measure(ctx, measure.Phase{
		Names: []string{"get_filtered"}, Ops: len(targets), Within: phaseTime, MayFail: true,
		Do: func(ctx context.Context, worker, op int) (time.Duration, error) {
			return l.find(ctx, worker, targets[op], l.someone(op/2), sampled(op))
		},
	}, &measure.Goal{P99: 5})
}

// someone spreads the i-th asking over all users.
func (l *load) someone(i int) *user { return &l.cast.users[i*7919%len(l.cast.users)] }

// scanAfter is how long a question may take that an index answers. What takes
// longer reads everybody, and 64 at once would only wait for each other.
const scanAfter = 50 * time.Millisecond

// getByMail asks for users by their mail address, by all clients if the first
// answer comes from an index and by one if it does not.
func (l *load) getByMail(ctx context.Context) error {
	var with []*user
	for i := 0; len(with) < min(askings, len(l.cast.users)/2); i++ {
		if u := l.someone(i); u.mail != "" {
			with = append(with, u)
		}
	}
	workers := l.cfg.Clients
	if took, err := l.find(ctx, 0, filter(`emails.value eq "`+with[0].mail+`"`), with[0], true); err != nil || took > scanAfter {
		workers = 1
	}
	return l.measure(ctx, measure.Phase{
		Names: []string{"get_filtered_mail"}, Ops: len(with), Workers: workers, Within: phaseTime / 3, MayFail: true,
		Do: func(ctx context.Context, worker, op int) (time.Duration, error) {
			return l.find(ctx, worker, filter(`emails.value eq "`+with[op].mail+`"`), with[op], true)
		},
	}, nil)
}

// testConnection asks for somebody who does not exist, as Entra does to try a
// connection.
func (l *load) testConnection(ctx context.Context) error {
	targets := make([]string, min(len(l.cast.users), askings))
	for i := range targets {
		targets[i] = filter(fmt.Sprintf(`userName eq "%08x-5d02-4c4e-9f6a-%012x"`, i*40503, i))
	}
	return l.measure(ctx, measure.Phase{
		Names: []string{"test_connection"}, Ops: len(targets), Within: phaseTime, MayFail: true,
		Do: func(ctx context.Context, worker, op int) (time.Duration, error) {
			a, took, err := l.wires[worker].want(ctx, call{http.MethodGet, targets[op], nil}, http.StatusOK)
			if err != nil || !sampled(op) {
				return took, err
			}
			got, err := parseList(a.body)
			if err == nil && (got.Total != 0 || len(got.Resources) != 0) {
				err = fmt.Errorf("%w: nobody was to be found", errContent)
			}
			return took, err
		},
	}, nil)
}

// list reads all users page by page.
func (l *load) list(ctx context.Context) error {
	users := len(l.cast.users)
	return l.measure(ctx, measure.Phase{
		Names: []string{"list_page"}, Ops: (users + pageSize - 1) / pageSize, Within: phaseTime, MayFail: true,
		Do: func(ctx context.Context, worker, op int) (time.Duration, error) {
			a, took, err := l.wires[worker].want(ctx, call{http.MethodGet, pageTarget(op, ""), nil}, http.StatusOK)
			if err != nil || !sampled(op) {
				return took, err
			}
			got, err := parseList(a.body)
			if err == nil && (got.Total != users || len(got.Resources) != min(pageSize, users-op*pageSize)) {
				err = fmt.Errorf("%w: totalResults or the length of a page", errContent)
			}
			return took, err
		},
	}, nil)
}

// pageTarget is where the n-th page is read.
func pageTarget(n int, rest string) string {
	return fmt.Sprintf("/Users?startIndex=%d&count=%d%s", 1+n*pageSize, pageSize, rest)
}
