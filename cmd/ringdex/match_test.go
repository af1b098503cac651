package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A matchServer answers batches in lines: who has a number that ends in 1 is
// found, in 2 twice, in 3 in a range, everybody else is not.
type matchServer struct {
	*httptest.Server
	seq   atomic.Int64
	asked atomic.Int64 // batches
	// before is called before each batch is answered; nil for nothing. The
	// handler of a request that was given up may still read it.
	before atomic.Pointer[func(n int64)]
}

func newMatchServer(t *testing.T) *matchServer {
	t.Helper()
	s := &matchServer{}
	s.seq.Store(7)
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	t.Setenv("RINGDEX_SERVER", s.URL)
	t.Setenv("RINGDEX_KEY", "rdx_api_sample")
	return s
}

func (s *matchServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if before := s.before.Load(); before != nil {
		(*before)(s.asked.Add(1))
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	_ = http.NewResponseController(w).EnableFullDuplex()
	for in := json.NewDecoder(r.Body); ; {
		var n string
		if err := in.Decode(&n); err == io.EOF {
			return
		} else if err != nil {
			panic(http.ErrAbortHandler)
		}
		answer := map[string]any{"status": "none", "seq": s.seq.Load()}
		switch {
		case n == "":
			answer["status"] = "anonymous"
		case strings.HasSuffix(n, "1"):
			answer = map[string]any{"status": "match", "rung": "e164", "people": 1, "id": "id-" + n, "name": `Ana "A", Sample`, "seq": s.seq.Load()}
		case strings.HasSuffix(n, "2"):
			answer = map[string]any{"status": "ambiguous", "rung": "national", "people": 2, "seq": s.seq.Load()}
		case strings.HasSuffix(n, "3"):
			answer = map[string]any{"status": "range", "rung": "range", "range": "Acme", "seq": s.seq.Load()}
		}
		_ = json.NewEncoder(w).Encode(answer)
	}
}

// inFolder writes a file into a folder of its own and returns its path.
func inFolder(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const masterRow = `"","0201","1000","default","""Ana"" <0201>","SIP/a-1","SIP/b-1","Dial","SIP/b","2026-08-21 10:00:00","2026-08-21 10:00:05","2026-08-21 10:01:00",60,55,"ANSWERED","DOCUMENTATION"`

func TestMatchKeepsRowsAndAddsColumns(t *testing.T) {
	newMatchServer(t)
	const found = `,id-0201,"Ana ""A"", Sample",e164,1`
	for name, c := range map[string]struct{ in, want, flags string }{
		"Master.csv":          {masterRow + "\n", masterRow + found + "\n", ""},
		"src empty, clid not": {strings.Replace(masterRow, `"0201",`, `"",`, 1) + "\n", strings.Replace(masterRow, `"0201",`, `"",`, 1) + ",,,,0\n", ""},
		"by name":             {"when,caller\nnow,0201\n", "when,caller,contact_id,contact_name,rung,ambiguity\nnow,0201" + found + "\n", "--column=Caller"},
		"by number":           {"now,0201\nlater,5\n", "now,0201" + found + "\nlater,5,,,,0\n", "--column=2"},
		"number with header":  {"a,b\nnow,0201\n", "a,b,contact_id,contact_name,rung,ambiguity\nnow,0201" + found + "\n", "--column=2 --header"},
		"header with src":     {"src,dst\n0201,1\n", "src,dst,contact_id,contact_name,rung,ambiguity\n0201,1" + found + "\n", ""},
		"line ends":           {"now,0201\r\nlater,5\nlast,6", "now,0201" + found + "\r\nlater,5,,,,0\nlast,6,,,,0", "--column=2"},
		"byte order mark":     {"\ufeffcaller\n0201\n", "\ufeffcaller,contact_id,contact_name,rung,ambiguity\n0201" + found + "\n", "--column=caller"},
		"semicolons":          {"a;0201\n", "a;0201;id-0201" + `;"Ana ""A"", Sample";e164;1` + "\n", "--column=2"},
		"tabs":                {"a\t0201\n", "a\t0201\tid-0201\t\"Ana \"\"A\"\", Sample\"\te164\t1\n", "--column=2 --delimiter=tab"},
		"quotes and lines":    {"\"a\n\"\"b\"\", c\",0201\n", "\"a\n\"\"b\"\", c\",0201" + found + "\n", "--column=2"},
		"empty lines":         {"\n1,0201\n\n\n2,5\n\n", "\n1,0201" + found + "\n\n\n2,5,,,,0\n\n", "--column=2"},
		"too few columns":     {"a,0201\nb\n", "a,0201" + found + "\nb,,,,0\n", "--column=2"},
		"several and a range": {"12\n13\n", "12,,,national,2\n13,,~ Acme,range,0\n", "--column=1"},
		"stray quotes":        {"a\"b,0201\n", "a\"b,0201" + found + "\n", "--column=2"},
		"huge field":          {strings.Repeat("x", 500<<10) + ",0201\n", strings.Repeat("x", 500<<10) + ",0201" + found + "\n", "--column=2"},
		"header alone":        {"caller\n", "caller,contact_id,contact_name,rung,ambiguity\n", "--column=caller"},
		"empty":               {"", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"match", inFolder(t, "calls.csv", c.in)}, strings.Fields(c.flags)...)
			out, errOut, code := runCommand(t, "", args...)
			if diff := cmp.Diff(c.want, out); diff != "" || code != exitOK {
				t.Errorf("exit %d, %s\n(-want +got):\n%s", code, errOut, diff)
			}
		})
	}
	out, _, code := runCommand(t, masterRow+"\n", "match", "-")
	if code != exitOK || out != masterRow+found+"\n" {
		t.Errorf("from standard input: exit %d, %s", code, out)
	}
}

func TestMatchRefusesWhatItCannotDo(t *testing.T) {
	newMatchServer(t)
	calls := inFolder(t, "calls.csv", "a,b\n1,2\n")
	for args, want := range map[string]string{
		calls:                                                 "no such column",
		calls + " --column=colour":                            "no such column",
		calls + " --column=3":                                 "no such column",
		calls + " --column=0":                                 "no such column",
		calls + " --column=1 --jobs=0":                        "--jobs",
		calls + " --column=1 --since=3":                       "--since needs --output",
		calls + " --column=1 --delimiter=ab":                  "--delimiter",
		calls + " --column=1 --output=" + calls:               "over the input",
		calls + ".not --column=1":                             "no such file",
		filepath.Dir(calls) + " --column=1":                   "not a file",
		inFolder(t, "u.csv", "\xff\xfea\x00") + " --column=1": "UTF-16",
		inFolder(t, "q.csv", "\""+strings.Repeat("x", 2<<20)) + " --column=1": "never closed",
	} {
		if _, errOut, code := runCommand(t, "", append([]string{"match"}, strings.Fields(args)...)...); code == exitOK || !strings.Contains(errOut, want) {
			t.Errorf("%s: exit %d, %q; want %q", args, code, errOut, want)
		}
	}
}

// manyCalls returns a list of n calls.
func manyCalls(n int) string {
	var b strings.Builder
	b.WriteString("n,caller\r\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,\"%04d\"\r\n", i, i%5000)
	}
	return b.String()
}

func TestInterruptedMatchGoesOnWhereItWas(t *testing.T) {
	s := newMatchServer(t)
	calls := inFolder(t, "calls.csv", manyCalls(20_000))
	whole := filepath.Join(t.TempDir(), "whole.csv")
	run := func(ctx context.Context, output string) (string, int) {
		var out, errOut strings.Builder
		code := run(ctx, testApp(), []string{"match", calls, "--column", "caller", "--output", output, "--jobs", "3"}, strings.NewReader(""), &out, &errOut)
		return out.String() + errOut.String(), code
	}
	summary, code := run(t.Context(), whole)
	if code != exitOK || !strings.Contains(summary, "20000 rows") {
		t.Fatalf("exit %d: %s", code, summary)
	}
	want, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	for stop := int64(1); stop <= 16; stop += 5 {
		broken := filepath.Join(t.TempDir(), "broken.csv")
		ctx, cancel := context.WithCancel(t.Context())
		s.asked.Store(0)
		s.before.Store(new(func(n int64) {
			if n == stop {
				cancel()
			}
		}))
		if out, code := run(ctx, broken); code != exitInterrupted {
			t.Fatalf("exit %d: %s", code, out)
		}
		s.before.Store(nil)
		// What a process that was killed wrote behind its last checkpoint.
		appendTo(t, broken, "half a ro")
		if out, code := run(t.Context(), broken); code != exitOK || !strings.Contains(out, "20000 rows") {
			t.Fatalf("exit %d: %s", code, out)
		}
		got, err := os.ReadFile(broken)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("interrupted at batch %d, the output differs", stop)
		}
		if _, err := os.Stat(broken + checkpointSuffix); !os.IsNotExist(err) {
			t.Errorf("the checkpoint stays: %v", err)
		}
	}
	if out, code := run(t.Context(), whole); code != exitUsage || !strings.Contains(out, "--force") {
		t.Errorf("over a finished output: exit %d: %s", code, out)
	}
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestInterruptedMatchOfAnotherFileIsNotContinued(t *testing.T) {
	s := newMatchServer(t)
	calls, output := inFolder(t, "calls.csv", manyCalls(5000)), filepath.Join(t.TempDir(), "out.csv")
	ctx, cancel := context.WithCancel(t.Context())
	s.before.Store(new(func(int64) { cancel() }))
	if code := run(ctx, testApp(), []string{"match", calls, "--column", "2", "--output", output}, strings.NewReader(""), io.Discard, io.Discard); code != exitInterrupted {
		t.Fatalf("exit %d", code)
	}
	s.before.Store(nil)
	for _, args := range [][]string{{calls, "--column", "1"}, {inFolder(t, "other.csv", manyCalls(5001)), "--column", "2"}} {
		_, errOut, code := runCommand(t, "", append([]string{"match", "--output", output}, args...)...)
		if code != exitUsage || !strings.Contains(errOut, "other settings") {
			t.Errorf("%q: exit %d: %s", args, code, errOut)
		}
	}
	if _, errOut, code := runCommand(t, "", "match", calls, "--column", "1", "--output", output, "--force"); code != exitOK {
		t.Errorf("with --force: exit %d: %s", code, errOut)
	}
}

func TestMatchSinceReplacesOnlyWhatChanged(t *testing.T) {
	s := newMatchServer(t)
	calls, output := inFolder(t, "calls.csv", manyCalls(3000)), filepath.Join(t.TempDir(), "out.csv")
	again := func(since string) string {
		t.Helper()
		out, errOut, code := runCommand(t, "", "match", calls, "--column", "2", "--header", "--output", output, "--since", since)
		if code != exitOK {
			t.Fatalf("exit %d: %s", code, errOut)
		}
		return out + errOut
	}
	if out, errOut, code := runCommand(t, "", "match", calls, "--column", "2", "--header", "--output", output); code != exitOK || !strings.Contains(out, "seq 7") {
		t.Fatalf("exit %d: %s%s", code, out, errOut)
	}
	if out := again("7"); !strings.Contains(out, "nothing changed since seq 7") {
		t.Error(out)
	}
	before, err := os.Stat(output)
	if err != nil {
		t.Fatal(err)
	}
	s.seq.Store(9)
	if out := again("7"); !strings.Contains(out, "0 rows changed") || !strings.Contains(out, "seq 9") {
		t.Error(out)
	}
	if after, err := os.Stat(output); err != nil || !os.SameFile(before, after) {
		t.Errorf("an output in which nothing changed was replaced: %v", err)
	}
	text, err := os.ReadFile(output)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(output, []byte(strings.Replace(string(text), "id-0011", "id-gone", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := again("7"); !strings.Contains(out, "1 rows changed") {
		t.Error(out)
	}
	if now, err := os.ReadFile(output); err != nil || string(now) != string(text) {
		t.Errorf("the changed row was not replaced: %v", err)
	}
}

func TestMatchSummaryAsJSON(t *testing.T) {
	newMatchServer(t)
	output := filepath.Join(t.TempDir(), "out.csv")
	out, errOut, code := runCommand(t, "", "match", inFolder(t, "calls.csv", "1\n2\n3\n4\n\" \"\n"), "--column", "1", "--output", output, "--json")
	var got tally
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != exitOK {
		t.Fatalf("exit %d, %v: %s%s", code, err, out, errOut)
	}
	want := tally{Rows: 5, Rungs: map[string]int{"e164": 1, "national": 1, "range": 1}, Several: 1, None: 1, Withheld: 1, Seq: 7}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
