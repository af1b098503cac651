package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// linesHeader is the header of a batch in lines.
func linesHeader(key string) http.Header {
	return http.Header{"Authorization": {"Bearer " + key}, "Content-Type": {"application/x-ndjson"}}
}

// briefly sends lines and returns "status rung name" of each answer, or its
// error.
func (s *site) briefly(query, body string) []string {
	s.t.Helper()
	a, err := s.send("POST", batchPath+"?answer=brief"+query, linesHeader(s.key), body)
	if err != nil {
		s.t.Fatal(err)
	}
	list := []string{}
	for line := range strings.Lines(a.want(s.t, http.StatusOK).body) {
		var v struct {
			Status, Rung, Name, Range string
			Error                     struct {
				Line   int
				Detail string
			}
		}
		answer{body: line}.decode(s.t, &v)
		if v.Error.Line > 0 {
			list = append(list, fmt.Sprintf("%d %s", v.Error.Line, v.Error.Detail))
		} else {
			list = append(list, strings.TrimSpace(v.Status+" "+v.Rung+" "+v.Name+v.Range))
		}
	}
	return list
}

func TestWrongLineIsAnsweredInItsPlace(t *testing.T) {
	s := newSite(t)
	sampleOffice(s)
	long := strings.Repeat("1", 200<<10)
	got := s.briefly("", strings.Join([]string{
		`"4711"`, `{"number":1}`, `4711`, ``, `"47`, `{}`, `{"number":"4711","region":"XX"}`, `{"number":"4711","site":"s"}`, `{"number":"4711","colour":"x"}`,
		`"1" "2"`, `[]`, `null`, long, `"` + strings.Repeat("1", 17<<10) + `"`, "\"\xff\"", `{"number":"+442079460100","privacy":"id"}`, `020 7946 0018`,
	}, "\n"))
	want := []string{
		"match raw 花子 <b>\"テスト\"</b>", "2 number has the wrong type: JSON number", "match raw 花子 <b>\"テスト\"</b>", "5 is malformed JSON or cut short", "6 number is required",
		"7 region is not an ISO 3166 region with a numbering plan, such as GB", "8 site is not a site of this tenant", "9 colour is not a field of this request",
		"10 has something behind the JSON value", "11 is neither a number, a JSON string nor a JSON object", "12 is neither a number, a JSON string nor a JSON object",
		"13 is longer than a line may be: 100 KiB", "14 number is longer than 16 KiB", "15 is not valid UTF-8", "anonymous", "match national Zoë Quill",
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
}

func TestBatchOfLinesTakesItsPlaceFromTheQuery(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office"}`)
	f.addUser(person("a", "Ana Sample", "+12015550123"))
	s.do("PUT", "/v1/sites/newark", s.key, `{"region":"US","areaCode":"201","accessCodes":["9"],"dids":["+12015550100"]}`).want(t, http.StatusCreated)
	for query, want := range map[string]string{"": "none", "&site=newark": "match local_area Ana Sample", "&did=%2B12015550100": "match local_area Ana Sample", "&region=US": "none"} {
		if got := s.briefly(query, "5550123"); len(got) != 1 || got[0] != want {
			t.Errorf("with %q: %q, want %q", query, got, want)
		}
	}
	if got := s.briefly("", `{"number":"912015550123","site":"newark"}`); got[0] != "match access_strip Ana Sample" {
		t.Errorf("with a site of its own: %q", got)
	}
	for _, query := range []string{"?site=nowhere", "?region=XX", "?answer=long"} {
		a, err := s.send("POST", batchPath+query, linesHeader(s.key), "1\n")
		if err != nil {
			t.Fatal(err)
		}
		wantProblem(t, batchPath, a.want(t, http.StatusBadRequest))
	}
}

// say writes to a batch in lines.
func say(t *testing.T, in io.Writer, text string) {
	t.Helper()
	if _, err := io.WriteString(in, text); err != nil {
		t.Fatal(err)
	}
}

// pour sends a batch in lines whose body the test writes bit by bit.
func (s *site) pour(ctx context.Context, key string) (*io.PipeWriter, *bufio.Reader) {
	s.t.Helper()
	body, in := io.Pipe()
	req, err := http.NewRequestWithContext(ctx, "POST", s.url+batchPath, body)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header = linesHeader(key)
	resp, err := s.web.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		s.t.Fatalf("status %d", resp.StatusCode)
	}
	s.t.Cleanup(func() { _ = resp.Body.Close() })
	return in, bufio.NewReader(resp.Body)
}

func TestEachLineIsAnsweredBeforeTheNextIsSent(t *testing.T) {
	s := newSite(t)
	f, _ := sampleOffice(s)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	in, out := s.pour(ctx, s.key)
	for i := range 3 {
		say(t, in, fmt.Sprintf("\"+4420794603%02d\"\n", i))
		if line, err := out.ReadString('\n'); err != nil || !strings.Contains(line, `"status":"none"`) {
			t.Fatalf("line %d: %q, %v", i, line, err)
		}
	}
	f.addUser(person("new", "New Person", "+442079460399"))
	say(t, in, "+442079460399\n")
	if line, err := out.ReadString('\n'); err != nil || !strings.Contains(line, "New Person") {
		t.Errorf("somebody who came meanwhile: %q, %v", line, err)
	}
	_ = in.Close()
	if rest, err := io.ReadAll(out); err != nil || len(rest) > 0 {
		t.Errorf("then %q, %v", rest, err)
	}
}

// TestBatchOfLinesNeedsNoMemoryForItsLength sends more than fits any buffer and
// reads nothing until the server has stopped taking more: what waits is in the
// sockets, and not in the server.
func TestBatchOfLinesNeedsNoMemoryForItsLength(t *testing.T) {
	s := newSite(t)
	sampleOffice(s)
	const lines, size = 20_000, 1000
	line := fmt.Sprintf("{\"number\":\"+442079460018\",\"privacy\":%q}\n", strings.Repeat(" ", size))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	in, out := s.pour(ctx, s.key)
	go func() {
		for range lines {
			if _, err := io.WriteString(in, line); err != nil {
				return
			}
		}
		_ = in.Close()
	}()
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	most := uint64(0)
	for n := range lines {
		text, err := out.ReadSlice('\n')
		if err != nil || !strings.Contains(string(text), "Zoë Quill") {
			t.Fatalf("answer %d: %q, %v", n, text, err)
		}
		if n%2000 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapAlloc)
		}
	}
	if grown := int64(most) - int64(before.HeapAlloc); grown > 8<<20 {
		t.Errorf("%d MB of lines took %d MB", lines*len(line)>>20, grown>>20)
	}
	if rest, err := io.ReadAll(out); err != nil || len(rest) > 0 {
		t.Errorf("then %q, %v", rest, err)
	}
}

func TestRevokedKeyEndsABatchOfLines(t *testing.T) {
	s := newSite(t)
	id, key := s.apiKey(s.key, "lookup")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	in, out := s.pour(ctx, key)
	say(t, in, "1\n")
	if _, err := out.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	s.do("DELETE", "/v1/keys/"+id, s.key, "").want(t, http.StatusNoContent)
	go func() {
		for {
			if _, err := fmt.Fprint(in, "1\n"); err != nil {
				return
			}
		}
	}()
	if _, err := io.Copy(io.Discard, out); err == nil {
		t.Error("the answer ended as if it were whole")
	}
}

// startLines begins a batch in lines on a wire.
func (s *site) startLines(framing string) *wire {
	w := s.dial()
	w.write("POST " + batchPath + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + s.key + "\r\nContent-Type: application/x-ndjson\r\n" + framing + "\r\n\r\n")
	return w
}

func TestSlowBatchOfLinesIsCutOff(t *testing.T) {
	s := startSite(t, Config{edge: hasty})
	for name, first := range map[string]string{"silent": "", "in a line": "\"1\"\n\"", "between lines": "\"1\"\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := s.startLines("Content-Length: 100000")
			w.t = t
			w.write(first)
			stop := make(chan struct{})
			go func() { // a byte now and then is no line
				tick := time.NewTicker(50 * time.Millisecond)
				defer tick.Stop()
				for name == "in a line" {
					select {
					case <-stop:
						return
					case <-tick.C:
						_, _ = io.WriteString(w.Conn, "1")
					}
				}
			}()
			rest, _ := io.ReadAll(w.in)
			close(stop)
			if strings.HasSuffix(string(rest), "\r\n0\r\n\r\n") {
				t.Errorf("the answer ended as if it were whole: %q", rest)
			}
		})
	}
}

func TestClientThatDoesNotReadABatchOfLinesIsCutOff(t *testing.T) {
	s := startSite(t, Config{edge: hasty})
	w := s.startLines("Transfer-Encoding: chunked")
	chunk := strings.Repeat("\"1\"\n", 4<<10)
	for range 10_000 {
		if _, err := fmt.Fprintf(w.Conn, "%x\r\n%s\r\n", len(chunk), chunk); err != nil {
			return // it was cut off, or it would be at patience
		}
	}
	t.Error("160 MB were taken of a client that reads nothing")
}

func TestNothingBehindABatchOfLinesIsTakenForARequest(t *testing.T) {
	s := newSite(t)
	const next = "GET /v1/keys HTTP/1.1\r\nHost: x\r\n\r\n"
	for name, tail := range map[string]string{
		"broken chunk":       "zz\r\n\"1\"\n\r\n0\r\n\r\n" + next,
		"chunk without end":  "4\r\n\"1\"\nXX" + next,
		"second after first": "4\r\n\"1\"\n\r\nffffffffffffffff\r\n" + next,
	} {
		t.Run(name, func(t *testing.T) {
			w := s.startLines("Transfer-Encoding: chunked")
			w.t = t
			w.write(tail)
			all, _ := io.ReadAll(w.in)
			if strings.Count(string(all), "HTTP/1.1 ") > 1 {
				t.Errorf("two answers: %s", all)
			}
		})
	}
	t.Run("refused before it is read", func(t *testing.T) {
		w := s.dial()
		w.write("POST " + batchPath + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\nContent-Length: 50000\r\n\r\n" + strings.Repeat(next, 9000/len(next)))
		wantProblem(t, batchPath, w.read("POST").want(t, http.StatusUnauthorized))
		w.wantClosed()
	})
	t.Run("a good one", func(t *testing.T) {
		w := s.startLines("Content-Length: 4")
		w.write("\"1\"\n" + "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
		w.read("POST").want(t, http.StatusOK)
		w.read("GET").want(t, http.StatusOK)
	})
}

func TestStopEndsABatchOfLines(t *testing.T) {
	s := newSite(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	in, out := s.pour(ctx, s.key)
	say(t, in, "1\n")
	if _, err := out.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			if _, err := fmt.Fprint(in, "1\n"); err != nil {
				return
			}
		}
	}()
	ended := make(chan error, 1)
	go func() { ended <- s.stop() }()
	if _, err := io.Copy(io.Discard, out); err == nil {
		t.Error("the answer ended as if it were whole")
	}
	if err := <-ended; err != nil {
		t.Errorf("Run = %v", err)
	}
}

// BenchmarkLines sends batches in lines over a socket and reads the answers:
// client and server share the processors.
func BenchmarkLines(b *testing.B) {
	const people, rows = 1000, 200_000
	s := newSite(b)
	f := s.newFolder(s.key, `{"name":"Head office","defaultRegion":"GB"}`)
	for i := range people {
		f.addUser(person(fmt.Sprintf("p%d", i), fmt.Sprintf("Sample %d", i), fmt.Sprintf("+44207946%04d", i)))
	}
	var body strings.Builder
	for i := range rows {
		fmt.Fprintf(&body, "\"+44207946%04d\"\n", i*7%(2*people)) // every other one is nobody's
	}
	for _, form := range []string{"brief", "full"} {
		b.Run(form, func(b *testing.B) {
			for b.Loop() {
				req, err := http.NewRequestWithContext(b.Context(), "POST", s.url+batchPath+"?answer="+form, strings.NewReader(body.String()))
				if err != nil {
					b.Fatal(err)
				}
				req.Header = linesHeader(s.key)
				resp, err := s.web.Do(req)
				if err != nil {
					b.Fatal(err)
				}
				_, err = io.Copy(io.Discard, resp.Body)
				if err = errors.Join(err, resp.Body.Close()); err != nil || resp.StatusCode != http.StatusOK {
					b.Fatal(resp.StatusCode, err)
				}
			}
			b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds()/1e6, "M/s")
		})
	}
}
