// Package daemon starts the servers that benchmarks compare with: in the
// foreground, as an unprivileged user, in a folder of their own that is removed
// with them. It never touches the system's own services.
//
// The packages of the peers call it. Each server has one goroutine, which waits
// for its end.
package daemon

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// patience is how long a server may take to begin, and to end.
const patience = 30 * time.Second

// Install is what puts the programs there that are missing.
const Install = "make peers"

// ErrMissing says that a program is not installed.
var ErrMissing = errors.New("is not installed; " + Install + " installs it")

// A Home is a folder for one server and the user that it runs as.
type Home struct {
	Dir string

	credential *syscall.Credential // nil for this process's own
}

// NewHome makes a folder. If this process is root it belongs to nobody, as whom
// programs then run: some refuse root. The caller must Remove it.
func NewHome() (*Home, error) {
	dir, err := os.MkdirTemp("", "ringdex-peer-")
	if err != nil {
		return nil, err
	}
	h := &Home{Dir: dir}
	if os.Geteuid() == 0 {
		err = h.giveAway()
	}
	if err != nil {
		return nil, errors.Join(err, h.Remove())
	}
	return h, nil
}

func (h *Home) giveAway() error {
	nobody, err := user.Lookup("nobody")
	if err != nil {
		return err
	}
	uid, err := strconv.ParseUint(nobody.Uid, 10, 32)
	if err != nil {
		return err
	}
	gid, err := strconv.ParseUint(nobody.Gid, 10, 32)
	if err != nil {
		return err
	}
	h.credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return os.Chown(h.Dir, int(uid), int(gid))
}

// Remove removes the folder.
func (h *Home) Remove() error { return os.RemoveAll(h.Dir) }

// Mkdir makes a folder in the home and returns its path.
func (h *Home) Mkdir(name string) (string, error) {
	dir := filepath.Join(h.Dir, name)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	if h.credential == nil {
		return dir, nil
	}
	return dir, os.Chown(dir, int(h.credential.Uid), int(h.credential.Gid))
}

// Find returns the path of a program: on the PATH, or the newest that fits one
// of the patterns. It returns ErrMissing.
func Find(name string, patterns ...string) (string, error) {
	for _, pattern := range patterns {
		if found, err := filepath.Glob(pattern); err == nil && len(found) > 0 {
			return slices.Max(found), nil
		}
	}
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	return "", fmt.Errorf("%s %w", name, ErrMissing)
}

func (h *Home) command(ctx context.Context, path string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = h.Dir
	cmd.Env = append(os.Environ(), "HOME="+h.Dir, "LC_ALL=C.UTF-8")
	// A terminal's Ctrl-C is for this process, which ends the others in order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: h.credential, Setpgid: true}
	return cmd
}

// Run runs a program to its end and returns what it printed.
func (h *Home) Run(ctx context.Context, path string, args ...string) (string, error) {
	out, err := h.command(ctx, path, args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", filepath.Base(path), err, bytes.TrimSpace(out))
	}
	return string(out), nil
}

// A Daemon is a server that runs.
type Daemon struct {
	cmd    *exec.Cmd
	signal os.Signal
	ended  chan struct{} // closed when it has ended
	err    error         // why; set before ended is closed

	mu     sync.Mutex // guards output
	output bytes.Buffer
}

// Start starts a server and returns when ready, which is called again and
// again, no longer returns an error. signal is what ends the server in order.
func (h *Home) Start(ctx context.Context, signal os.Signal, ready func(context.Context) error, path string, args ...string) (*Daemon, error) {
	d := &Daemon{signal: signal, ended: make(chan struct{})}
	d.cmd = h.command(context.WithoutCancel(ctx), path, args...)
	d.cmd.Stdout, d.cmd.Stderr = d, d
	if err := d.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		d.err = d.cmd.Wait()
		close(d.ended)
	}()
	if err := d.await(ctx, ready); err != nil {
		return nil, errors.Join(err, d.Stop())
	}
	return d, nil
}

// Write keeps what the server prints, in case it does not begin.
func (d *Daemon) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	const most = 64 << 10
	if d.output.Len() < most {
		d.output.Write(p)
	}
	return len(p), nil
}

func (d *Daemon) await(ctx context.Context, ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("%s does not begin: %w", filepath.Base(d.cmd.Path), err)
		case <-d.ended:
			d.mu.Lock()
			defer d.mu.Unlock()
			return fmt.Errorf("%s ended: %w: %s", filepath.Base(d.cmd.Path), errors.Join(d.err, err), bytes.TrimSpace(d.output.Bytes()))
		}
	}
}

// Stop ends the server, in order or, if it does not heed that, at once. It
// returns when it has ended.
func (d *Daemon) Stop() error {
	select {
	case <-d.ended:
		return nil
	default:
	}
	if err := d.cmd.Process.Signal(d.signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-d.ended:
		return nil
	case <-timer.C:
	}
	if err := d.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	<-d.ended
	return nil
}
