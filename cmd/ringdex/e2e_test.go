package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ringdex/ringdex/cmd/ringdex/client"
	"github.com/ringdex/ringdex/stream/streamclient"
)

// processPatience is how long a process may take for what it must do at all.
const processPatience = 30 * time.Second

// TestProcess runs the real binary, as a person or an init system does.
func TestProcess(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "ringdex")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	for _, c := range []struct {
		rule string
		test func(*testing.T, string)
	}{
		{"KillLosesNothingAcknowledged", killLosesNothing},
		{"SIGTERMUnderLoadLosesNothingAndExitsZero", termLosesNothing},
		{"AdminKeyIsPrintedOnce", keyIsPrintedOnce},
		{"AdminKeyFromTheEnvironment", keyFromEnvironment},
		{"FolderAndPortServeOneAtATime", oneAtATime},
		{"DemoRunsAndItsCommandsWork", demoWorks},
		{"WatchShowsCallsAndPresence", watchShows},
		{"KilledMatchGoesOnToTheSameResult", killedMatchGoesOn},
	} {
		t.Run(c.rule, func(t *testing.T) { c.test(t, binary) })
	}
}

func killLosesNothing(t *testing.T, binary string) {
	folder := t.TempDir()
	p := serveOn(t, binary, folder)
	v := newProvisioner(t, p)
	for round := range 6 {
		enough, wait := v.fill(p, round, 100)
		<-enough
		p.signal(syscall.SIGKILL)
		wait()
		if code := p.wait(); code != -1 {
			t.Fatalf("exit code %d after SIGKILL", code)
		}
		p = serveOn(t, binary, folder)
		v.check(p)
	}
}

// A leaver watches a directory and notes how the server says goodbye.
type leaver struct {
	here chan struct{} // holds one once it is connected
	lost chan error
}

// Connected implements streamclient.Handler.
func (l leaver) Connected(streamclient.Hello) {
	select {
	case l.here <- struct{}{}:
	default:
	}
}

// Message implements streamclient.Handler.
func (leaver) Message(streamclient.Message, []streamclient.Change) error { return nil }

// Disconnected implements streamclient.Handler.
func (l leaver) Disconnected(err error, _ time.Duration) {
	select {
	case l.lost <- err:
	default:
	}
}

func termLosesNothing(t *testing.T, binary string) {
	folder := t.TempDir()
	p := serveOn(t, binary, folder)
	v := newProvisioner(t, p)
	l := leaver{make(chan struct{}, 1), make(chan error, 1)}
	watch, err := streamclient.New(streamclient.Config{
		URL: p.url + "/v1/stream", Token: ownKey,
		Subscriptions: []streamclient.Subscription{{Sub: "s", Topic: streamclient.Topic{Kind: "directory", DirectoryID: v.dir.ID}, Fields: streamclient.Both}},
	}, l)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- watch.Run(ctx) }()
	<-l.here
	enough, wait := v.fill(p, 0, 200)
	<-enough
	p.signal(syscall.SIGTERM)
	if code := p.wait(); code != exitOK {
		t.Errorf("exit code %d after SIGTERM:\n%s", code, p.output())
	}
	wait()
	select {
	case err := <-l.lost:
		if e, ok := errors.AsType[*streamclient.CloseError](err); !ok || e.Code != 1012 && e.Code != 1001 {
			t.Errorf("the stream was lost with %v, want 1012 or 1001", err)
		}
	case err := <-ended:
		t.Errorf("the stream ended for good with %v: this client would not come back", err)
	}
	v.check(serveOn(t, binary, folder))
}

func keyIsPrintedOnce(t *testing.T, binary string) {
	folder := t.TempDir()
	first := begin(t, binary, nil, "serve", "--data", folder, "--listen", "127.0.0.1:0")
	first.url = first.expect(`listens on (http://\S+)`)
	key := first.expect(`(rdx_admin_\w+)`)
	next := first.expect(`\n    (ringdex directory add .*)\n`)
	// What it says to do next works.
	words := regexp.MustCompile(`"[^"]*"|\S+`).FindAllString(next, -1)
	for i := range words {
		words[i] = strings.Trim(words[i], `"`)
	}
	add := begin(t, binary, []string{"RINGDEX_SERVER=" + first.url, "RINGDEX_KEY=" + key}, words[1:]...)
	if code := add.wait(); code != exitOK || !strings.Contains(add.output(), "/scim/") {
		t.Errorf("%s: exit code %d:\n%s", next, code, add.output())
	}
	first.signal(syscall.SIGINT)
	if code := first.wait(); code != exitOK {
		t.Errorf("exit code %d after Ctrl-C", code)
	}
	second := begin(t, binary, nil, "serve", "--data", folder, "--listen", "127.0.0.1:0")
	second.url = second.expect(`listens on (http://\S+)`)
	list := begin(t, binary, []string{"RINGDEX_SERVER=" + second.url, "RINGDEX_KEY=" + key}, "directory", "list")
	if code := list.wait(); code != exitOK || !strings.Contains(list.output(), "Head office") {
		t.Errorf("after a restart the key lists, with exit code %d:\n%s", code, list.output())
	}
	second.signal(syscall.SIGTERM)
	if code := second.wait(); code != exitOK || strings.Contains(second.output(), "rdx_") {
		t.Errorf("the second start ended with %d and printed:\n%s", code, second.output())
	}
}

func keyFromEnvironment(t *testing.T, binary string) {
	p := serveOn(t, binary, t.TempDir())
	if _, err := apiOf(t, p).Directories(t.Context()); err != nil {
		t.Errorf("the key of the environment: %v", err)
	}
	if strings.Contains(p.output(), "rdx_") || strings.Contains(p.output(), ownKey) {
		t.Errorf("a key is printed though one was given:\n%s", p.output())
	}
	short := begin(t, binary, []string{"RINGDEX_ADMIN_KEY=too-short"}, "serve", "--data", t.TempDir(), "--listen", "127.0.0.1:0")
	if code := short.wait(); code == exitOK || !strings.Contains(short.output(), "32 characters") || strings.Contains(short.output(), "too-short") {
		t.Errorf("a short key: exit code %d:\n%s", code, short.output())
	}
}

func oneAtATime(t *testing.T, binary string) {
	folder := t.TempDir()
	p := serveOn(t, binary, folder)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"serve", "--data", folder, "--listen", "127.0.0.1:0"}, folder},
		{[]string{"serve", "--data", t.TempDir(), "--listen", strings.TrimPrefix(p.url, "http://")}, strings.TrimPrefix(p.url, "http://")},
		{[]string{"demo", "--for", "1s", "--listen", strings.TrimPrefix(p.url, "http://")}, strings.TrimPrefix(p.url, "http://")},
	} {
		other := begin(t, binary, nil, c.args...)
		if code := other.wait(); code != exitFailure || !strings.Contains(other.output(), c.want) || strings.Count(strings.TrimSpace(other.output()), "\n") > 2 {
			t.Errorf("%v: exit code %d:\n%s", c.args, code, other.output())
		}
	}
	if _, err := apiOf(t, p).Directories(t.Context()); err != nil {
		t.Errorf("the first server is disturbed: %v", err)
	}
}

// shell runs lines as if they were pasted into a terminal.
func shell(t *testing.T, lines string) (string, error) {
	t.Helper()
	script := filepath.Join(t.TempDir(), "pasted")
	if err := os.WriteFile(script, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), processPatience)
	defer cancel()
	out, err := exec.CommandContext(ctx, "sh", script).CombinedOutput()
	return string(out), err
}

// fetch does what a line with curl does, where there is no curl.
func fetch(t *testing.T, settings, line string) (string, error) {
	t.Helper()
	find := func(pattern, in string) string {
		m := regexp.MustCompile(pattern).FindStringSubmatch(in)
		if m == nil {
			t.Fatalf("%q is not in:\n%s", pattern, in)
		}
		return m[1]
	}
	c, err := client.New(find(`RINGDEX_SERVER=(\S+)`, settings), find(`RINGDEX_KEY=(\S+)`, settings))
	if err != nil {
		return "", err
	}
	found, err := c.Search(t.Context(), client.SearchQuery{Text: find(`/v1/search\?q=(\w+)`, line), Limit: 3})
	return string(found.Raw), err
}

// pasted matches the lines that a person is told to paste.
var pasted = regexp.MustCompile(`(?m)^    (\S.*)$`)

func demoWorks(t *testing.T, binary string) {
	temp := t.TempDir()
	p := begin(t, binary, []string{"TMPDIR=" + temp}, "demo", "--people", "40", "--for", "6s", "--listen", "127.0.0.1:0")
	p.expect(`(Ctrl-C)`)
	settings, tried := "", 0
	for _, m := range pasted.FindAllStringSubmatch(p.output(), -1) {
		line := m[1]
		switch {
		case strings.HasPrefix(line, "export "), strings.HasPrefix(line, "alias "):
			settings += line + "\n"
			continue
		case strings.HasPrefix(line, "ringdex watch"):
			continue // has a test of its own
		}
		out, err := shell(t, settings+line+"\n")
		if _, none := exec.LookPath("curl"); none != nil && strings.HasPrefix(line, "curl ") {
			out, err = fetch(t, settings, line)
		}
		if err != nil || strings.TrimSpace(out) == "" || strings.Contains(out, "problem") {
			t.Errorf("%s: %v\n%s", line, err, out)
		}
		tried++
	}
	if tried < 4 {
		t.Errorf("only %d commands to try:\n%s", tried, p.output())
	}
	if code := p.wait(); code != exitOK {
		t.Errorf("exit code %d:\n%s", code, p.output())
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("the demo left %v behind (%v)", left, err)
	}
}

func watchShows(t *testing.T, binary string) {
	p := serveOn(t, binary, t.TempDir())
	v := newProvisioner(t, p)
	if !v.create(p, 0, 0, 0) {
		t.Fatal("nobody was created")
	}
	w := begin(t, binary, []string{"RINGDEX_SERVER=" + p.url, "RINGDEX_KEY=" + ownKey}, "watch")
	w.expect(`(watching directory Head office: 1)`)
	api, who := apiOf(t, p), v.book[0]
	if err := api.SetPresence(t.Context(), who.id, "busy", "inACall"); err != nil {
		t.Fatal(err)
	}
	w.expect(`Sample r0w0n0 .*(busy|call)`)
	if err := api.PostCall(t.Context(), client.Call{CallID: "c1", State: "ringing", From: who.number, To: "100", Agent: "a1"}); err != nil {
		t.Fatal(err)
	}
	line := w.expect(`(?m)^(.*call ringing.*)$`)
	if !strings.Contains(line, "Sample r0w0n0") || !strings.Contains(line, "a1") {
		t.Errorf("a call is shown as %s", line)
	}
	if !v.create(p, 0, 0, 1) {
		t.Fatal("nobody was created")
	}
	w.expect(`(Sample r0w0n1)`)
	w.signal(syscall.SIGINT)
	if code := w.wait(); code != exitOK {
		t.Errorf("watch ended with %d:\n%s", code, w.output())
	}
}
