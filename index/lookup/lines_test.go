package lookup

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/ringdex/ringdex/index/contact"
)

// linesOf returns a batch in lines over a reader, as a request would make it.
func linesOf(s *Service, in io.Reader, brief bool) *lines {
	return &lines{service: s, tenant: tenant, in: in, brief: brief, turn: func() error { return nil }}
}

// answersTo reads a batch to its end.
func answersTo(tb testing.TB, l *lines) string {
	tb.Helper()
	var out bytes.Buffer
	if _, err := l.WriteTo(&out); err != nil {
		tb.Fatal(err)
	}
	return out.String()
}

// FuzzLines answers whatever comes, however it is cut: one valid answer for
// each line that is not empty, in order.
func FuzzLines(f *testing.F) {
	for _, seed := range []string{
		"", "\n", "\r\n\r\n", `"+442079460001"`, "\"1\"\n\"2\"\r\n{\"number\":\"3\"}", "{\"number\":\"+442079460001\",\"region\":\"GB\"}\n", "+442079460001\n\n020 7946 0001",
		"null\n[1]\ntrue\n{}\n{", "\"\\u0000\\ud800\"\n", "\"\xff\"\n\xff\n", strings.Repeat("\"", 300), strings.Repeat("1", 110<<10) + "\n\"2\"", strings.Repeat("\n", 500) + "x",
		"{\"number\":\"a\\\"b\"}\n{\"number\":\"\"}\n{\"number\":\"1\"}}\n", "\u2028\n\u00a0\n\v\n", "{\"number\":\"1\",\"site\":\"x\"}",
	} {
		f.Add([]byte(seed))
	}
	s := newService(f, colleague(1))
	f.Fuzz(func(t *testing.T, body []byte) {
		whole := answersTo(t, linesOf(s, bytes.NewReader(body), false))
		want := 0
		for line := range bytes.Lines(body) {
			if len(bytes.TrimSpace(line)) > 0 {
				want++
			}
		}
		got := 0
		for line := range strings.Lines(whole) {
			got++
			if !json.Valid([]byte(line)) {
				t.Errorf("not JSON: %q", line)
			}
		}
		if got != want {
			t.Errorf("%d answers to %d lines", got, want)
		}
		if cut := answersTo(t, linesOf(s, iotest.HalfReader(bytes.NewReader(body)), false)); cut != whole {
			t.Errorf("cut in pieces it is answered otherwise:\n%s\n%s", cut, whole)
		}
		read, err := io.ReadAll(linesOf(s, iotest.DataErrReader(bytes.NewReader(body)), false))
		if err != nil || string(read) != whole {
			t.Errorf("read, it is answered otherwise: %v\n%s\n%s", err, read, whole)
		}
	})
}

func TestLinesAnswerNothingBehindABrokenBody(t *testing.T) {
	s := newService(t, colleague(1))
	broken := io.MultiReader(strings.NewReader("\"1\"\n\"2"), iotest.ErrReader(io.ErrUnexpectedEOF))
	var out bytes.Buffer
	if _, err := linesOf(s, broken, true).WriteTo(&out); err == nil {
		t.Error("the answer ends as if it were whole")
	}
	if n := strings.Count(out.String(), "\n"); n != 1 {
		t.Errorf("%d answers to one whole line: %s", n, &out)
	}
}

// TestPlainLinesAreAnsweredWithoutAllocating holds for numbers that begin with a
// plus, apart from the text of each number.
func TestPlainLinesAreAnsweredWithoutAllocating(t *testing.T) {
	s := newService(t, colleague(1))
	l := linesOf(s, nil, true)
	l.answers.reset(l)
	line := []byte(`"+442079460001"`)
	allocated := testing.AllocsPerRun(200, func() {
		l.answers.out = l.answers.out[:0]
		l.answers.take(1, line)
		l.answers.flush()
	})
	if allocated > 1 {
		t.Errorf("%v allocations a line, want 1: the number", allocated)
	}
}

// BenchmarkLines answers a batch in lines in process, in short and in full.
func BenchmarkLines(b *testing.B) {
	const people, rows = 10_000, 10_000
	list := make([]contact.Contact, people)
	for i := range list {
		list[i] = colleague(i)
	}
	s := newService(b, list...)
	if err := s.Index.Flush(b.Context()); err != nil { // what goes on behind is not measured
		b.Fatal(err)
	}
	var body bytes.Buffer
	for i := range rows {
		fmt.Fprintf(&body, "\"+44207946%04d\"\n", i*7%people)
	}
	for name, brief := range map[string]bool{"brief": true, "full": false} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := linesOf(s, bytes.NewReader(body.Bytes()), brief).WriteTo(io.Discard); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds()/1e6, "M/s")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/number")
		})
	}
}
