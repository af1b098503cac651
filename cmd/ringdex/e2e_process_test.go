package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/ringdex/ringdex/cmd/ringdex/client"
)

// A process is a ringdex that runs on its own.
type process struct {
	t   *testing.T
	cmd *exec.Cmd
	url string

	mu  sync.Mutex // guards out
	out bytes.Buffer
	// changed holds one when out has grown; it is closed at the end of out.
	changed chan struct{}
}

// Write implements io.Writer for the process's output.
func (p *process) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case p.changed <- struct{}{}:
	default:
	}
	return p.out.Write(text)
}

func (p *process) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.String()
}

// begin starts a process with more environment. It is killed at the end of
// the test if it still runs.
func begin(t *testing.T, binary string, env []string, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(binary, args...), changed: make(chan struct{}, 1)}
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + t.TempDir(), "HOME=" + t.TempDir(), "TZ=UTC"}, env...)
	p.cmd.Dir = t.TempDir()
	p.cmd.Stdout, p.cmd.Stderr = p, p
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if p.cmd.ProcessState == nil {
			_ = p.cmd.Process.Kill()
			_ = p.cmd.Wait()
		}
	})
	return p
}

// expect returns the first match of a pattern's first group in the output.
func (p *process) expect(pattern string) string {
	p.t.Helper()
	re, end := regexp.MustCompile(pattern), time.After(processPatience)
	for {
		if m := re.FindStringSubmatch(p.output()); m != nil {
			return m[len(m)-1]
		}
		select {
		case <-p.changed:
		case <-end:
			p.t.Fatalf("%v never printed %q:\n%s", p.cmd.Args, pattern, p.output())
		}
	}
}

// wait returns the exit code once the process has ended; -1 after a signal.
func (p *process) wait() int {
	p.t.Helper()
	late := time.AfterFunc(processPatience, func() { _ = p.cmd.Process.Signal(syscall.SIGQUIT) })
	defer late.Stop()
	err := p.cmd.Wait()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		p.t.Fatal(err)
	}
	return p.cmd.ProcessState.ExitCode()
}

func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// ownKey is an admin key of the operator's choice.
const ownKey = "an-admin-key-of-the-operators-choice"

// serveOn starts a server on a folder, with ownKey, and waits until it
// listens.
func serveOn(t *testing.T, binary, folder string) *process {
	t.Helper()
	p := begin(t, binary, []string{"RINGDEX_ADMIN_KEY=" + ownKey}, "serve", "--data", folder, "--listen", "127.0.0.1:0")
	p.url = p.expect(`listens on (http://\S+)`)
	return p
}

// A provisioner creates people over SCIM and keeps a ledger of those that the
// server acknowledged.
type provisioner struct {
	t       *testing.T
	web     *http.Client
	dir     client.Directory
	token   string
	created atomic.Int64

	mu   sync.Mutex // guards book
	book []entry
}

// An entry is a person whom the server acknowledged.
type entry struct{ id, userName, number string }

func newProvisioner(t *testing.T, p *process) *provisioner {
	t.Helper()
	d, err := apiOf(t, p).AddDirectory(t.Context(), client.NewDirectory{Name: "Head office", Type: "entra", DefaultRegion: "GB"})
	if err != nil {
		t.Fatal(err)
	}
	v := &provisioner{t: t, web: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}, dir: d.Value, token: d.Value.SCIM.Token}
	t.Cleanup(v.web.CloseIdleConnections)
	return v
}

func apiOf(t *testing.T, p *process) *client.Client {
	t.Helper()
	c, err := client.New(p.url, ownKey)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// scim sends a request and returns the answer; an error says that there was
// none.
func (v *provisioner) scim(p *process, method, path, body string) (status int, text []byte, err error) {
	req, err := http.NewRequest(method, p.url+"/scim/"+v.dir.ID+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+v.token)
	req.Header.Set("Content-Type", "application/scim+json")
	resp, err := v.web.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	text, err = io.ReadAll(resp.Body)
	return resp.StatusCode, text, err
}

// fill creates people from several goroutines until the server is gone, and
// tells when enough were acknowledged.
func (v *provisioner) fill(p *process, round, enough int) (reached <-chan struct{}, wait func()) {
	done := make(chan struct{})
	var once sync.Once
	var wg sync.WaitGroup
	start := v.created.Load()
	for w := range 8 {
		wg.Go(func() {
			for i := 0; v.create(p, round, w, i); i++ {
				if v.created.Load()-start >= int64(enough) {
					once.Do(func() { close(done) })
				}
			}
		})
	}
	return done, wg.Wait
}

// create creates one person and returns false when the server says goodbye.
func (v *provisioner) create(p *process, round, worker, i int) bool {
	e := entry{userName: fmt.Sprintf("r%dw%dn%d", round, worker, i), number: fmt.Sprintf("+4420%d%d%06d", 3+round, worker, i)}
	body := fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":%q,"displayName":"Sample %s","phoneNumbers":[{"type":"work","value":%q}]}`,
		e.userName, e.userName, e.number)
	status, text, err := v.scim(p, "POST", "/Users", body)
	if err != nil || status == http.StatusServiceUnavailable {
		return false
	}
	var made struct{ ID string }
	if status != http.StatusCreated || json.Unmarshal(text, &made) != nil {
		v.t.Errorf("create = %d: %s", status, text)
		return false
	}
	e.id = made.ID
	v.mu.Lock()
	defer v.mu.Unlock()
	v.book = append(v.book, e)
	v.created.Add(1)
	return true
}

// check fails the test for everybody in the ledger whom the server does not
// find by number, by name and over SCIM.
func (v *provisioner) check(p *process) {
	v.t.Helper()
	api, lost := apiOf(v.t, p), 0
	for _, e := range v.book {
		found, err := api.Lookup(v.t.Context(), client.LookupQuery{Number: e.number})
		if err != nil {
			v.t.Fatal(err)
		}
		hits, err := api.Search(v.t.Context(), client.SearchQuery{Text: e.userName, Limit: 1})
		if err != nil {
			v.t.Fatal(err)
		}
		status, _, err := v.scim(p, "GET", "/Users/"+e.id, "")
		if err != nil {
			v.t.Fatal(err)
		}
		if len(found.Value.Candidates) != 1 || found.Value.Candidates[0].Contact.ID != e.id || len(hits.Value.Hits) != 1 || hits.Value.Hits[0].Contact.ID != e.id || status != http.StatusOK {
			lost++
		}
	}
	if lost > 0 {
		v.t.Errorf("%d of %d people who were acknowledged are not found by number, name and SCIM", lost, len(v.book))
	}
}
