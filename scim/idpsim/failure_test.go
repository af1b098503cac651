package idpsim

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/scim/idpsim/people"
)

const listHead = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],`

// reply answers requests of a method with fixed text.
func reply(method string, status int, media, body string) func(http.ResponseWriter, *http.Request, string) bool {
	return func(w http.ResponseWriter, r *http.Request, _ string) bool {
		if r.Method != method {
			return false
		}
		w.Header().Set("Content-Type", media)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
		return true
	}
}

func TestConnectionErrorsTellWhatIsWrong(t *testing.T) {
	const scim = "application/scim+json"
	cases := []struct {
		name    string
		status  int
		media   string
		body    string
		want    error
		words   string
		profile Profile
	}{
		{"refused token", 401, scim, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"401"}`, ErrUnauthorized, "secret token", EntraLegacy},
		{"wrong path", 404, "text/plain", "404 page not found", ErrNotSCIM, "tenant URL", EntraLegacy},
		{"web page", 200, "text/html; charset=utf-8", "<html>", ErrNotSCIM, "text/html", Okta},
		{"server error", 500, scim, `{"status":"500"}`, ErrRefused, "500", Okta},
		{"cut JSON", 200, scim, listHead + `"totalRes`, ErrBadAnswer, "JSON", EntraLegacy},
		{"two objects", 200, scim, `{}{}`, ErrBadAnswer, "JSON", EntraLegacy},
		{"array", 200, scim, `[]`, ErrBadAnswer, "JSON", EntraLegacy},
		{"null", 200, scim, `null`, ErrBadAnswer, "JSON", EntraLegacy},
		{"empty body", 200, scim, ``, ErrBadAnswer, "without a body", EntraLegacy},
		{"no list", 200, scim, `{"schemas":[],"totalResults":0}`, ErrBadAnswer, "ListResponse", EntraLegacy},
		{"total as string", 200, scim, listHead + `"totalResults":"0","startIndex":1,"itemsPerPage":0}`, ErrBadAnswer, "totalResults is not a number", Okta},
		{"start as string", 200, scim, listHead + `"totalResults":0,"startIndex":"1","itemsPerPage":0}`, ErrBadAnswer, "startIndex", Okta},
		{"no page size", 200, scim, listHead + `"totalResults":0,"startIndex":1}`, ErrBadAnswer, "itemsPerPage", Okta},
		{"no resources", 200, scim, listHead + `"totalResults":3,"startIndex":1,"itemsPerPage":3}`, ErrBadAnswer, "Resources", Okta},
		{
			"too many resources", 200, scim, listHead + `"totalResults":0,"startIndex":1,"itemsPerPage":1,"Resources":[{"id":"1"}]}`, ErrBadAnswer, "Resources",
			Okta,
		},
		{
			"resource without id", 200, scim, listHead + `"totalResults":1,"startIndex":1,"itemsPerPage":1,"Resources":[{}]}`, ErrBadAnswer, "id", Okta,
		},
		{
			"filter ignored", 200, scim, listHead + `"totalResults":1,"startIndex":1,"itemsPerPage":1,"Resources":[{"id":"1"}]}`, ErrBadAnswer, "filter",
			EntraLegacy,
		},
		{
			"count ignored", 200, scim,
			listHead + `"totalResults":3,"startIndex":1,"itemsPerPage":3,"Resources":[{"id":"1"},{"id":"2"},{"id":"3"}]}`, ErrBadAnswer, "more users",
			Okta,
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := newFakeServer()
			f.intercept = reply(http.MethodGet, c.status, c.media, c.body)
			err := newTestProvider(t, f, c.profile).TestConnection(t.Context())
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.words) {
				t.Errorf("error %v; want %v with %q", err, c.want, c.words)
			}
		})
	}
}

func TestRefusedTokenEndsTheCycleAtOnce(t *testing.T) {
	f := newFakeServer()
	p := newTestProvider(t, f, EntraLegacy)
	p.cfg.Token = "old"
	p.Assign(samplePeople()...)
	r, err := p.Cycle(t.Context(), nil)
	if !errors.Is(err, ErrUnauthorized) || r.Requests != 1 {
		t.Errorf("%d requests, error %v", r.Requests, err)
	}
	p.cfg.Token = testToken
	if r := mustCycle(t, p); r.Created != 3 {
		t.Errorf("with the right token: created %d", r.Created)
	}
}

// TestFailedObjectsAreTriedAgainByTheNextCycle: whatever one creation is
// answered, the others go on and the next cycle mends it.
func TestFailedObjectsAreTriedAgainByTheNextCycle(t *testing.T) {
	const scim = "application/scim+json"
	for name, c := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request, string) bool
		want   Failure
	}{
		"conflict": {
			reply(http.MethodPost, 409, scim, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"409","scimType":"uniqueness","detail":"taken"}`),
			Failure{Operation: "create user", Status: 409, ScimType: "uniqueness", Detail: "taken"},
		},
		"server error": {
			reply(http.MethodPost, 500, "text/plain", "oops"),
			Failure{Operation: "create user", Status: 500},
		},
		"web page": {
			reply(http.MethodPost, 201, "text/html", "<html>"),
			Failure{Operation: "provision", Detail: `create user: no SCIM service answers at the tenant URL: the answer is "text/html"`},
		},
		"cut JSON": {
			reply(http.MethodPost, 201, scim, `{"id":"u`),
			Failure{Operation: "provision", Detail: "create user: answer has the wrong shape: the body is not one JSON object"},
		},
		"empty body": {
			reply(http.MethodPost, 201, scim, ``),
			Failure{Operation: "provision", Detail: "create user: answer has the wrong shape: status 201 without a body"},
		},
		"no content": {
			reply(http.MethodPost, 204, scim, ``),
			Failure{Operation: "provision", Detail: "create user: answer has the wrong shape: the new resource has no id"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFakeServer()
			f.intercept = func(w http.ResponseWriter, r *http.Request, body string) bool {
				return strings.Contains(body, bert) && c.answer(w, r, body)
			}
			p := newTestProvider(t, f, EntraLegacy)
			p.Assign(samplePeople()...)
			r, err := p.Cycle(t.Context(), nil)
			if err != nil || r.Created != 2 || r.Failed != 1 {
				t.Fatalf("created %d, failed %d, error %v", r.Created, r.Failed, err)
			}
			c.want.ObjectID = bert
			if d := cmp.Diff([]Failure{c.want}, r.Failures); d != "" {
				t.Error(d)
			}
			f.intercept = nil
			if r := mustCycle(t, p); r.Created != 1 {
				t.Errorf("next cycle created %d", r.Created)
			}
			mustMatch(t, f, p)
		})
	}
}

func TestThrottledRequestsWaitAsTold(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		header string
		want   time.Duration // for three refusals
	}{
		"seconds":     {429, "7", 21 * time.Second},
		"zero":        {429, "0", 0},
		"date":        {429, "Fri, 31 Dec 1999 23:59:59 GMT", 15 * time.Minute},
		"none":        {429, "", (1 + 2 + 4) * time.Second},
		"unavailable": {503, "2", 6 * time.Second},
		"very long":   {429, "86400", 15 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFakeServer()
				left := 3
				f.intercept = func(w http.ResponseWriter, r *http.Request, _ string) bool {
					if r.Method != http.MethodPost || left == 0 {
						return false
					}
					left--
					if c.header != "" {
						w.Header().Set("Retry-After", c.header)
					}
					f.refuse(w, c.status, "", "slow down")
					return true
				}
				p := newTestProvider(t, f, Okta)
				p.Assign(samplePeople()[0])
				began := time.Now()
				r := mustCycle(t, p)
				if waited := time.Since(began); waited != c.want || r.Retries != 3 || r.Created != 1 {
					t.Errorf("waited %v, want %v; retries %d, created %d", waited, c.want, r.Retries, r.Created)
				}
			})
		})
	}
}

func TestThrottlingWithoutEndFailsTheObject(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeServer()
		f.intercept = func(w http.ResponseWriter, _ *http.Request, _ string) bool {
			f.refuse(w, 429, "", "")
			return true
		}
		p := newTestProvider(t, f, Okta)
		p.Assign(samplePeople()[0])
		r, err := p.Cycle(t.Context(), nil)
		if err != nil || r.Requests != maxTries || r.Failed != 1 || r.Failures[0].Status != 429 {
			t.Errorf("%d requests, failures %+v, error %v", r.Requests, r.Failures, err)
		}
	})
}

// A silentServer never answers.
type silentServer struct{}

func (silentServer) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestSilentServerIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newTestProvider(t, newFakeServer(), EntraLegacy)
		p.client = &http.Client{Transport: silentServer{}}
		companyOf(p, 30)
		began := time.Now()
		r, err := p.Cycle(t.Context(), nil)
		if !errors.Is(err, ErrUnreachable) || r.Requests != silenceLimit || time.Since(began) != silenceLimit*answerTimeout {
			t.Errorf("%d requests in %v, error %v", r.Requests, time.Since(began), err)
		}
	})
}

func TestJobIsQuarantinedWhenTooMuchFails(t *testing.T) {
	f := newFakeServer()
	f.intercept = func(w http.ResponseWriter, r *http.Request, body string) bool {
		return reply(http.MethodPost, 500, "text/plain", "")(w, r, body)
	}
	p := newTestProvider(t, f, EntraLegacy)
	for person := range people.Generate(1, quarantineFailures+100) {
		p.Assign(person)
	}
	r, err := p.Cycle(t.Context(), nil)
	if !errors.Is(err, ErrQuarantined) || r.Failed != quarantineFailures {
		t.Errorf("failed %d, error %v", r.Failed, err)
	}
	if len(r.Failures) != sampleSize || len(r.Sample) != sampleSize || r.Violations != quarantineFailures {
		t.Errorf("%d failures and %d of %d violations in the samples", len(r.Failures), len(r.Sample), r.Violations)
	}
}

func TestUserWhoIsGoneAtTheServerIsMadeAgain(t *testing.T) {
	for _, profile := range profiles() {
		f := newFakeServer()
		p := newTestProvider(t, f, profile)
		p.Assign(samplePeople()[0])
		mustCycle(t, p)
		clear(f.users)
		p.Change(ana, func(q *people.Person) { q.JobTitle = "New" })
		if r, err := p.Cycle(t.Context(), nil); err != nil || r.Failed != 1 || r.Failures[0].Status != 404 {
			t.Errorf("%s: report %+v, error %v", profile, r, err)
		}
		if r := mustCycle(t, p); r.Created != 1 {
			t.Errorf("%s: created %d", profile, r.Created)
		}
		mustMatch(t, f, p)
	}
}

// TestLogsNameNobody provisions with every kind of failure and looks for what
// must not be in the log or in errors.
func TestLogsNameNobody(t *testing.T) {
	var log bytes.Buffer
	person := samplePeople()[0]
	secrets := []string{person.UserPrincipalName, person.DisplayName, person.FamilyName, "7946", "taken", testToken}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		for status := range 6 {
			f := newFakeServer()
			f.intercept = func(w http.ResponseWriter, r *http.Request, body string) bool {
				detail := person.UserPrincipalName + " is taken"
				answer := fmt.Sprintf(`{"schemas":[%q],"status":"%d","detail":%q}`, errorSchema, 400+status, detail)
				return reply(method, 400+status, "application/scim+json", answer)(w, r, body)
			}
			p := newTestProvider(t, f, EntraLegacy)
			p.cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
			p.Assign(person)
			if _, err := p.Cycle(t.Context(), nil); err != nil {
				fmt.Fprintln(&log, err)
			}
			if err := p.TestConnection(t.Context()); err != nil {
				fmt.Fprintln(&log, err)
			}
		}
	}
	p := newTestProvider(t, newFakeServer(), EntraLegacy)
	p.client = &http.Client{Transport: brokenTransport{}}
	p.cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
	p.Assign(person)
	if r, err := p.Cycle(t.Context(), nil); err != nil || r.Failed != 1 {
		t.Errorf("report %+v, error %v", r, err)
	}
	if !strings.Contains(log.String(), "broken pipe") {
		t.Error("the transport's error is not in the log")
	}
	for _, secret := range secrets {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log contains %q", secret)
		}
	}
}

type brokenTransport struct{}

func (brokenTransport) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("broken pipe")
}

func TestQuantilesAreExactToAnEighth(t *testing.T) {
	var l Latency
	for us := 1; us <= 100_000; us++ {
		l.add(time.Duration(us) * time.Microsecond)
	}
	for _, q := range []float64{0.01, 0.5, 0.9, 0.99} {
		want := time.Duration(q*100_000) * time.Microsecond
		if got := l.Quantile(q); got < want || got > want+want/8+time.Microsecond {
			t.Errorf("Quantile(%v) = %v, want about %v", q, got, want)
		}
	}
	if l.Quantile(1) != 100*time.Millisecond || l.Mean() != 50*time.Millisecond+500*time.Nanosecond {
		t.Errorf("Quantile(1) = %v, Mean = %v", l.Quantile(1), l.Mean())
	}
	if (&Latency{}).Mean() != 0 || (&Latency{}).Quantile(0.5) != 0 {
		t.Error("an empty Latency has values")
	}
}
