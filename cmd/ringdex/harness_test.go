package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/cmd/ringdex/client"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// A reply is what the fake server answers to one request.
type reply struct {
	status int
	body   string
	header http.Header
}

// replies maps "GET /v1/keys?x=1" to the answer. What is not in it gets a
// problem of status 404.
type replies map[string]reply

// A fakeServer answers from a table and notes what it was asked.
type fakeServer struct {
	*httptest.Server
	replies replies
	asked   []string // only read while no request is under way
}

func newFakeServer(t *testing.T) *fakeServer {
	t.Helper()
	f := &fakeServer{}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *fakeServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	request := r.Method + " " + r.URL.RequestURI()
	f.asked = append(f.asked, strings.TrimSpace(request+" "+string(body)))
	answer, ok := f.replies[request]
	if !ok {
		answer = problem(404, "Not found", "nothing of that id", "")
	}
	if answer.status == 0 {
		answer.status = http.StatusOK
	}
	w.Header().Set("Content-Type", "application/json")
	if answer.status >= 400 {
		w.Header().Set("Content-Type", "application/problem+json")
	}
	maps.Copy(w.Header(), answer.header)
	w.WriteHeader(answer.status)
	_, _ = io.WriteString(w, answer.body)
}

// problem is a refusal as the server words it.
func problem(status int, title, detail, field string) reply {
	body, _ := json.Marshal(client.Problem{Type: "https://ringdex.example/problems/x", Title: title, Status: status, Detail: detail, Field: field})
	return reply{status: status, body: string(body)}
}

// A step is one command of a golden script.
type step struct {
	args    string // split at blanks; "~" stands for a blank within an argument
	stdin   string
	replies replies
}

// runSteps runs commands against a fake server and compares everything they
// print, ask and return with testdata/<name>.txt.
func runSteps(t *testing.T, name string, steps ...step) {
	t.Helper()
	f := newFakeServer(t)
	t.Setenv("RINGDEX_SERVER", f.URL)
	t.Setenv("RINGDEX_KEY", "rdx_admin_sample")
	var b strings.Builder
	for _, s := range steps {
		f.replies, f.asked = s.replies, nil
		out, errOut, code := runCommand(t, s.stdin, s.split()...)
		fmt.Fprintf(&b, "$ ringdex %s\n", strings.Join(quoted(s.split()), " "))
		for _, asked := range f.asked {
			fmt.Fprintf(&b, "> %s\n", asked)
		}
		b.WriteString(out)
		if errOut != "" {
			fmt.Fprintf(&b, "--- stderr\n%s", strings.TrimSuffix(errOut, "\n")+"\n")
		}
		fmt.Fprintf(&b, "--- exit %d\n\n", code)
	}
	golden(t, name+".txt", strings.ReplaceAll(b.String(), f.URL, "http://SERVER"))
}

func (s step) split() []string {
	args := strings.Fields(s.args)
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "~", " ")
	}
	return args
}

func quoted(args []string) []string {
	out := make([]string, len(args))
	for i, a := range args {
		out[i] = a
		if strings.Contains(a, " ") {
			out[i] = `"` + a + `"`
		}
	}
	return out
}

// runCommand runs one command line as main does.
func runCommand(t *testing.T, stdin string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errOut bytes.Buffer
	code = run(t.Context(), testApp(), args, strings.NewReader(stdin), &out, &errOut)
	return out.String(), errOut.String(), code
}

// testApp is an app whose output does not depend on where and when it runs.
func testApp() *app {
	return &app{
		zone: time.UTC,
		now:  func() time.Time { return time.Date(2026, 8, 21, 10, 4, 5, 0, time.UTC) },

		eventsPause: time.Millisecond,
	}
}

// golden compares got with a file of testdata, or rewrites it with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got); if that is meant, run the test with -update:\n%s", path, diff)
	}
}
