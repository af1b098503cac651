package client

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// answering returns a client of a server that answers every request alike and
// notes the last one.
func answering(t *testing.T, status int, contentType, body string) (*Client, *http.Request) {
	t.Helper()
	var last http.Request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		last = *r
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	c, err := New(server.URL+"/behind", "rdx_api_k")
	if err != nil {
		t.Fatal(err)
	}
	return c, &last
}

func TestServerURLIsChecked(t *testing.T) {
	for _, bad := range []string{"", "127.0.0.1:8080", "localhost", "ftp://x", "http://", "http://u:p@host", "http://host?x=1", "http://host#f", "http://%zz"} {
		if _, err := New(bad, ""); !errors.Is(err, ErrServerURL) {
			t.Errorf("New(%q) = %v, want ErrServerURL", bad, err)
		}
	}
	for _, good := range []string{"http://127.0.0.1:8080", "https://ringdex.example/", "http://[::1]:8080/base"} {
		if _, err := New(good, ""); err != nil {
			t.Errorf("New(%q) = %v", good, err)
		}
	}
}

func TestRequestCarriesKeyPathAndQuery(t *testing.T) {
	c, last := answering(t, 200, "application/json", `{"status":"none"}`)
	answer, err := c.Lookup(t.Context(), LookupQuery{Number: "+44 20/7946", Region: "GB", Explain: true})
	if err != nil {
		t.Fatal(err)
	}
	got := []string{last.Method, last.URL.String(), last.Header.Get("Authorization"), answer.Value.Status, string(answer.Raw)}
	want := []string{"GET", "/behind/v1/lookup?explain=1&number=%2B44+20%2F7946&region=GB", "Bearer rdx_api_k", "none", `{"status":"none"}`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestIDsCannotLeaveTheirPlaceInThePath(t *testing.T) {
	c, last := answering(t, 204, "", "")
	if err := c.RevokeToken(t.Context(), "a/../b?c", "x y"); err != nil {
		t.Fatal(err)
	}
	if got := last.URL.EscapedPath(); got != "/behind/v1/directories/a%2F..%2Fb%3Fc/tokens/x%20y" {
		t.Errorf("path %s", got)
	}
	for _, id := range []string{"", ".", ".."} {
		if err := c.RemoveDirectory(t.Context(), id); !errors.Is(err, ErrID) {
			t.Errorf("RemoveDirectory(%q) = %v, want ErrID", id, err)
		}
	}
}

func TestRefusalsBecomeProblems(t *testing.T) {
	for _, c := range []struct {
		name, contentType, body string
		status                  int
		want                    string
	}{
		{"problem", "application/problem+json", `{"title":"Bad","detail":"is not a region","field":"defaultRegion"}`, 400, "is not a region (field defaultRegion)"},
		{"title only", "application/problem+json; charset=utf-8", `{"title":"Not found"}`, 404, "Not found"},
		{"proxy", "text/html", "<h1>Bad gateway</h1>", 502, "bad gateway"},
		{"broken json", "application/json", `{"title":`, 500, "internal server error"},
		{"wrong shape", "application/problem+json", `{"title":7}`, 409, "conflict"},
		{"other json", "application/json", `{"error":"no"}`, 403, "forbidden"},
	} {
		client, _ := answering(t, c.status, c.contentType, c.body)
		_, err := client.Keys(t.Context())
		problem, ok := errors.AsType[*Problem](err)
		if !ok || problem.Status != c.status || problem.Error() != c.want {
			t.Errorf("%s: %v, want %d %s", c.name, err, c.status, c.want)
		}
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		http.Redirect(w, r, "/elsewhere", http.StatusMovedPermanently)
	}))
	defer server.Close()
	c, err := New(server.URL, "k")
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Directories(t.Context())
	if problem, ok := errors.AsType[*Problem](err); !ok || problem.Status != 301 || asked != 1 {
		t.Errorf("%v after %d requests, want the redirect refused", err, asked)
	}
}

func TestAnswersThatAreNotRingdexAreSaidToBe(t *testing.T) {
	for name, c := range map[string][2]string{
		"html":        {"text/html", "<html>"},
		"not json":    {"application/json", "hello"},
		"other shape": {"application/json", `{"keys":"none"}`},
		"empty":       {"application/json", ""},
	} {
		client, _ := answering(t, 200, c[0], c[1])
		_, err := client.Keys(t.Context())
		if _, ok := errors.AsType[*NotRingdexError](err); !ok {
			t.Errorf("%s: %v, want NotRingdexError", name, err)
		}
	}
}

func TestAnswerSizeIsBounded(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		chunk := []byte(strings.Repeat(" ", 1<<16))
		for {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	c, err := New(server.URL, "")
	if err != nil {
		t.Fatal(err)
	}
	c.maxBytes = 1 << 20
	if _, err := c.Keys(t.Context()); !errors.Is(err, ErrAnswerTooLarge) {
		t.Errorf("%v, want ErrAnswerTooLarge", err)
	}
}

func TestUnreachableErrorHidesTheQuery(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	c, err := New(server.URL, "secret-key")
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Lookup(t.Context(), LookupQuery{Number: "+442079460018"})
	unreachable, ok := errors.AsType[*UnreachableError](err)
	if !ok || unreachable.Server != server.URL {
		t.Fatalf("%v, want UnreachableError", err)
	}
	if text := err.Error(); strings.Contains(text, "7946") || strings.Contains(text, "secret") || !strings.Contains(text, server.URL) {
		t.Errorf("error text %q", text)
	}
}

func TestCancellationIsReturnedAsItIs(t *testing.T) {
	c, _ := answering(t, 200, "application/json", "{}")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Keys(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want context.Canceled", err)
	}
}

func TestNumberMayBeAnObjectOrText(t *testing.T) {
	c, _ := answering(t, 200, "application/json",
		`{"candidates":[{"number":"+44 20"},{"number":{"raw":"020","display":"+44 20"}},{"number":{"raw":"4711"}},{"number":null}]}`)
	answer, err := c.Lookup(t.Context(), LookupQuery{Number: "1"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, candidate := range answer.Value.Candidates {
		got = append(got, candidate.Number.Text())
	}
	if diff := cmp.Diff([]string{"+44 20", "+44 20", "4711", ""}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestContactNameFallsBack(t *testing.T) {
	for want, c := range map[string]Contact{
		"Shown": {DisplayName: "Shown", GivenName: "A", FamilyName: "B", UserName: "u"},
		"A B":   {GivenName: "A", FamilyName: "B", UserName: "u"},
		"B":     {FamilyName: "B", UserName: "u"},
		"u":     {UserName: "u"},
		"":      {},
	} {
		if got := c.Name(); got != want {
			t.Errorf("Name() = %q, want %q", got, want)
		}
	}
}
