package scim

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/ringdex/ringdex/index"
	"github.com/ringdex/ringdex/scim/directory"
	"github.com/ringdex/ringdex/scim/key"
	"github.com/ringdex/ringdex/scim/resource"
)

// A site is one directory as its identity provider sees it.
type site struct {
	t     testing.TB
	w     *world
	id    string
	token string
	base  string // "/scim/ID"
}

// newSite opens a world and a directory in it with the given policies,
// "missingPhone=reject" for one.
func newSite(t testing.TB, policies ...string) *site {
	t.Helper()
	return newWorld(t, worldConfig{}).site(t, policies...)
}

func (w *world) site(t testing.TB, policies ...string) *site {
	t.Helper()
	name, region := "Sample", "GB"
	d, token, err := w.registry.AddDirectory(t.Context(), directory.DefaultTenant, directory.Draft{
		Name: &name, DefaultRegion: &region, Policies: policyMap(t, policies),
	})
	if err != nil {
		t.Fatal(err)
	}
	return &site{t: t, w: w, id: d.ID, token: token.Text(), base: "/scim/" + d.ID}
}

func policyMap(t testing.TB, policies []string) map[string]string {
	t.Helper()
	set := map[string]string{}
	for _, p := range policies {
		name, value, ok := strings.Cut(p, "=")
		if !ok {
			t.Fatalf("policy %q is not name=value", p)
		}
		set[name] = value
	}
	return set
}

// set changes policies of the directory.
func (s *site) set(policies ...string) {
	s.t.Helper()
	if _, err := s.w.registry.ChangeDirectory(s.t.Context(), directory.DefaultTenant, s.id, directory.Draft{Policies: policyMap(s.t, policies)}); err != nil {
		s.t.Fatal(err)
	}
	s.settle()
}

// settle waits until the index shows what was changed past the service.
func (s *site) settle() {
	s.t.Helper()
	if s.w.index == nil {
		return
	}
	if err := s.w.index.Wait(s.t.Context(), directory.DefaultTenant, s.w.log.Applied()); err != nil {
		s.t.Fatal(err)
	}
}

// An answer is what came back. Its body is null if it was empty.
type answer struct {
	status int
	header http.Header
	body   resource.Value
	raw    string
}

// send sends a request with the directory's token and further headers, each
// "Name: value" or, to leave one out, "Name:". It checks what is true of every
// answer.
func (s *site) send(method, path, body string, headers ...string) answer {
	s.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, "http://in.memory"+s.base+escapeQuery(path), strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	if body != "" {
		req.Header.Set("Content-Type", contentType)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ":")
		if value = strings.TrimSpace(value); value == "" {
			req.Header.Del(name)
			continue
		}
		req.Header.Set(name, value)
	}
	resp, err := s.w.client.Do(req)
	if err != nil {
		s.t.Errorf("%s %.200s: %v", method, path, err)
		return answer{}
	}
	return s.read(fmt.Sprintf("%s %.200s", method, path), resp)
}

// sendRaw sends the bytes of one request as they are.
func (s *site) sendRaw(text string) answer {
	s.t.Helper()
	conn, err := s.w.listener.Dial()
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, text); err != nil {
		s.t.Fatal(err)
	}
	method, _, _ := strings.Cut(text, " ")
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		s.t.Fatalf("%.80q: %v", text, err)
	}
	return s.read(fmt.Sprintf("%.80q", text), resp)
}

func (s *site) read(what string, resp *http.Response) answer {
	s.t.Helper()
	raw, err := io.ReadAll(resp.Body)
	if err := cmp.Or(err, resp.Body.Close()); err != nil {
		s.t.Errorf("%s: %v", what, err)
	}
	a := answer{status: resp.StatusCode, header: resp.Header, raw: string(raw)}
	if len(raw) > 0 {
		if a.body, err = resource.Parse(raw, resource.Limits{MaxBytes: 64 << 20}); err != nil {
			s.t.Errorf("%s: the answer is not JSON: %v", what, err)
		}
	}
	if problem := a.problem(); problem != "" {
		s.t.Errorf("%s: %d: %s\n%.300s", what, a.status, problem, raw)
	}
	return a
}

// problem returns what is wrong with an answer whatever was asked.
func (a answer) problem() string {
	switch {
	case a.status == http.StatusInternalServerError:
		return "the service failed"
	case a.raw != "" && a.header.Get("Content-Type") != contentType:
		return "content type " + a.header.Get("Content-Type")
	case a.raw == "" && a.status != http.StatusNoContent && a.status != http.StatusNotModified && a.header.Get("Content-Length") == "0":
		return "no body"
	case a.status < 400:
		return ""
	case a.raw == "": // of HEAD
		return ""
	case a.body.Get("schemas").At(0).Text() != errorURN || a.body.Get("detail").Text() == "":
		return "not a SCIM error"
	case a.body.Get("status").Kind() != resource.String || a.body.Get("status").Text() != fmt.Sprint(a.status):
		return "the error's status is not a string of the answer's"
	case a.status == http.StatusUnauthorized && a.header.Get("WWW-Authenticate") == "":
		return "401 without WWW-Authenticate"
	case a.status == http.StatusMethodNotAllowed && a.header.Get("Allow") == "":
		return "405 without Allow"
	}
	return ""
}

// do is send for tests with one request at a time: what is refused must leave
// the log as it is.
func (s *site) do(method, path, body string, headers ...string) answer {
	s.t.Helper()
	before := s.w.log.Applied()
	a := s.send(method, path, body, headers...)
	if after := s.w.log.Applied(); a.status >= 400 && after != before {
		s.t.Errorf("%s %.200s: refused with %d and yet written", method, path, a.status)
	}
	return a
}

// must is do for a request whose answer's status is known.
func (s *site) must(status int, method, path, body string, headers ...string) answer {
	s.t.Helper()
	a := s.do(method, path, body, headers...)
	if a.status != status {
		s.t.Fatalf("%s %.200s: %d, want %d\n%.500s", method, path, a.status, status, a.raw)
	}
	return a
}

// refused is must for an error with a scimType, which may be "".
func (s *site) refused(status int, scimType, method, path, body string, headers ...string) answer {
	s.t.Helper()
	a := s.must(status, method, path, body, headers...)
	if got := a.body.Get("scimType").Text(); got != scimType {
		s.t.Fatalf("%s %.200s: scimType %q, want %q\n%.500s", method, path, got, scimType, a.raw)
	}
	return a
}

// user creates a user and returns the id.
func (s *site) user(name string, fields ...string) string {
	s.t.Helper()
	return s.made("/Users", append([]string{`"userName":` + quote(name)}, fields...))
}

// group creates a group with members and returns the id.
func (s *site) group(name string, members ...string) string {
	s.t.Helper()
	return s.made("/Groups", []string{`"displayName":` + quote(name), `"members":` + memberList(members...)})
}

func (s *site) made(path string, fields []string) string {
	s.t.Helper()
	return s.must(http.StatusCreated, "POST", path, "{"+strings.Join(fields, ",")+"}").body.Get("id").Text()
}

func memberList(ids ...string) string {
	elems := make([]string, len(ids))
	for i, id := range ids {
		elems[i] = `{"value":` + quote(id) + "}"
	}
	return "[" + strings.Join(elems, ",") + "]"
}

// quote returns s as a JSON string.
func quote(s string) string { return string(resource.OfString(s).Append(nil)) }

// patch sends operations, of which the brackets around are left out.
func (s *site) patch(path, operations string) answer {
	s.t.Helper()
	a := s.do("PATCH", path, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[`+operations+`]}`)
	if a.status >= 300 {
		s.t.Fatalf("PATCH %s %s: %d\n%s", path, operations, a.status, a.raw)
	}
	return a
}

// get reads a resource.
func (s *site) get(path string) resource.Value {
	s.t.Helper()
	return s.must(http.StatusOK, "GET", path, "").body
}

// members returns the ids of a group's members, sorted.
func (s *site) members(group string) []string {
	s.t.Helper()
	ids := []string{}
	for m := range s.get("/Groups/" + group).Get("members").Elems() {
		ids = append(ids, m.Get("value").Text())
	}
	slices.Sort(ids)
	return ids
}

// found returns the ids that a filter finds and checks that the total is right.
func (s *site) found(path, filter string) []string {
	s.t.Helper()
	list := s.get(path + "?count=1000&filter=" + filter)
	ids := []string{}
	for v := range list.Get("Resources").Elems() {
		ids = append(ids, v.Get("id").Text())
	}
	if total := list.Get("totalResults").Text(); total != fmt.Sprint(len(ids)) {
		s.t.Errorf("filter %.200s: total %s of %d", filter, total, len(ids))
	}
	return ids
}

// who returns the ids of those whom the index finds by a number right now.
func (s *site) who(number string) []string {
	ids := []string{}
	for _, c := range s.w.index.Snapshot(directory.DefaultTenant).Lookup(index.Caller{Number: number}).Candidates {
		ids = append(ids, c.ID)
	}
	return ids
}

// is compares JSON, without regard to the order of members.
func is(t testing.TB, what string, got resource.Value, want string) {
	t.Helper()
	w := resource.Value{}
	if want != "" {
		var err error
		if w, err = resource.Parse([]byte(want), resource.Limits{}); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	if !got.Equal(w) {
		t.Errorf("%s is %s, want %s", what, got.Append(nil), cmp.Or(want, "nothing"))
	}
}

// escapeQuery encodes what a test writes plainly in the query of a path.
func escapeQuery(path string) string {
	before, query, ok := strings.Cut(path, "?")
	if !ok {
		return path
	}
	var b strings.Builder
	for _, c := range []byte(query) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"<>\^{|}#`+"`", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return before + "?" + b.String()
}

// otherToken returns a token of no directory.
func otherToken() string { return key.New(key.SCIM).Text() }
