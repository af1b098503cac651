package main

import (
	"bytes"
	"context"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/cmd/ringdex/server"
)

// block is a fenced block of the README.
type block struct{ language, text string }

func readmeBlocks(t *testing.T) []block {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var blocks []block
	for _, m := range regexp.MustCompile("(?ms)^```([a-z]+)\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
		blocks = append(blocks, block{m[1], m[2]})
	}
	if len(blocks) < 4 {
		t.Fatalf("only %d code blocks found in the README", len(blocks))
	}
	return blocks
}

// words splits a command line as a shell does: quotes group, # begins a
// comment.
func words(line string) []string {
	var args []string
	for _, m := range regexp.MustCompile(`"([^"]*)"|#.*|[^\s"]+`).FindAllStringSubmatch(line, -1) {
		switch {
		case strings.HasPrefix(m[0], "#"):
			return args
		case strings.HasPrefix(m[0], `"`):
			args = append(args, m[1])
		default:
			args = append(args, m[0])
		}
	}
	return args
}

// command runs one command line of ringdex and returns its exit code and
// output.
func command(t *testing.T, args []string) (int, string) {
	t.Helper()
	var out bytes.Buffer
	code := run(t.Context(), newApp(), args, strings.NewReader(""), &out, &out)
	return code, out.String()
}

// startDemo runs the demonstration until the test ends, points commands at it,
// and returns what it printed.
func startDemo(t *testing.T, people int) string {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	printed := newNotifier("Presence changes")
	wg.Go(func() {
		if err := demo(ctx, newApp(), printed, demoFlags{listen: "127.0.0.1:0", people: people}); err != nil {
			t.Errorf("demo: %v", err)
		}
		printed.finish()
	})
	t.Cleanup(func() {
		stop()
		wg.Wait()
	})
	<-printed.seen
	said := printed.String()
	for _, name := range []string{"RINGDEX_SERVER", "RINGDEX_KEY"} {
		value := regexp.MustCompile(name + `=(\S+)`).FindStringSubmatch(said)
		if value == nil {
			t.Fatalf("the demonstration prints no %s:\n%s", name, said)
		}
		t.Setenv(name, value[1])
	}
	return said
}

// The answers printed in the README are those of the demonstration.
func TestReadmeShowsWhatTheDemoAnswers(t *testing.T) {
	startDemo(t, 200)
	answers := 0
	for _, b := range readmeBlocks(t) {
		line, want, ok := strings.Cut(b.text, "\n")
		if b.language != "console" || !ok {
			continue
		}
		args := words(strings.TrimPrefix(line, "$ ringdex "))
		code, got := command(t, args)
		if d := cmp.Diff(want, got); code != exitOK || d != "" {
			t.Errorf("%s: exit code %d (-README +demo):\n%s", line, code, d)
		}
		answers++
	}
	if answers == 0 {
		t.Error("the README shows no answer")
	}
}

// Every command of the README's shell blocks exists and is accepted by a
// server that was just installed.
func TestReadmeCommandsWork(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	s, err := server.Open(ctx, server.Config{Listen: "127.0.0.1:0", DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	ready := make(chan server.Ready, 1)
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := s.Run(ctx, func(r server.Ready) error { ready <- r; return nil }); err != nil {
			t.Errorf("server: %v", err)
		}
	})
	defer wg.Wait()
	defer stop()
	r := <-ready
	t.Setenv("RINGDEX_SERVER", r.URL)
	t.Setenv("RINGDEX_KEY", r.FirstKey)
	blocks := readmeBlocks(t)
	t.Chdir(t.TempDir())
	const call = `"","02079460018","100","from-trunk","","SIP/trunk-1","SIP/100-1","Dial","SIP/100","2026-01-05 09:00:00","","2026-01-05 09:00:09",9,0,"NO ANSWER","DOCUMENTATION"` + "\n"
	if err := os.WriteFile("Master.csv", []byte(call), 0o600); err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, b := range blocks {
		for line := range strings.Lines(b.text) {
			args := words(line)
			if b.language != "sh" || len(args) < 2 || args[0] != "./bin/ringdex" || args[1] == "serve" || args[1] == "watch" {
				continue
			}
			ran++
			if code, out := command(t, args[1:]); code != exitOK && code != exitNotFound {
				t.Errorf("%s: exit code %d:\n%s", strings.TrimSpace(line), code, out)
			}
		}
	}
	if ran < 4 {
		t.Errorf("only %d commands of the README were run", ran)
	}
}

// A notifier collects output and closes seen when it has shown a text, or has
// ended without.
type notifier struct {
	text string
	seen chan struct{}

	mu   sync.Mutex // guards buf and done
	buf  bytes.Buffer
	done bool
}

func newNotifier(text string) *notifier { return &notifier{text: text, seen: make(chan struct{})} }

// Write implements io.Writer.
func (n *notifier) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.buf.Write(p)
	if !n.done && strings.Contains(n.buf.String(), n.text) {
		n.done = true
		close(n.seen)
	}
	return len(p), nil
}

func (n *notifier) finish() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.done {
		n.done = true
		close(n.seen)
	}
}

// String returns what was written so far.
func (n *notifier) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.buf.String()
}
