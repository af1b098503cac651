package daemon

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func newHome(t *testing.T) *Home {
	t.Helper()
	h, err := NewHome()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Remove(); err != nil {
			t.Error(err)
		}
	})
	return h
}

func TestMissingProgramSaysHowToInstallIt(t *testing.T) {
	_, err := Find("no-such-server", filepath.Join(t.TempDir(), "*"))
	if !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), Install) {
		t.Errorf("Find = %v", err)
	}
	if path, err := Find("sh"); err != nil || !filepath.IsAbs(path) {
		t.Errorf("Find = %q, %v", path, err)
	}
}

func TestProgramsRunWithoutPrivileges(t *testing.T) {
	h := newHome(t)
	dir, err := h.Mkdir("data")
	if err != nil {
		t.Fatal(err)
	}
	out, err := h.Run(t.Context(), "/bin/sh", "-c", "id -u; touch "+dir+"/mine")
	if err != nil || strings.TrimSpace(out) == "0" {
		t.Errorf("Run = %q, %v", out, err)
	}
	if _, err := h.Run(t.Context(), "/bin/sh", "-c", "echo no room; exit 3"); err == nil || !strings.Contains(err.Error(), "no room") {
		t.Errorf("a program that fails: %v", err)
	}
}

func TestServerThatEndsAtOnceSaysWhy(t *testing.T) {
	h := newHome(t)
	never := func(context.Context) error { return errors.New("not yet") }
	if _, err := h.Start(t.Context(), syscall.SIGTERM, never, "/bin/sh", "-c", "echo address in use; exit 1"); err == nil || !strings.Contains(err.Error(), "address in use") {
		t.Errorf("Start = %v", err)
	}
}

func TestStopEndsAServerOnce(t *testing.T) {
	h := newHome(t)
	flag := filepath.Join(h.Dir, "up")
	ready := func(context.Context) error { _, err := os.Stat(flag); return err }
	d, err := h.Start(t.Context(), syscall.SIGTERM, ready, "/bin/sh", "-c", "touch "+flag+"; exec sleep 600")
	if err != nil {
		t.Fatal(err)
	}
	pid := d.cmd.Process.Pid
	for range 2 {
		if err := d.Stop(); err != nil {
			t.Error(err)
		}
	}
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("the server still runs: %v", err)
	}
}

func TestInterruptedStartEndsTheServer(t *testing.T) {
	h := newHome(t)
	ctx, cancel := context.WithCancel(t.Context())
	pid := filepath.Join(h.Dir, "pid")
	ready := func(context.Context) error {
		if _, err := os.Stat(pid); err == nil {
			cancel()
		}
		return net.ErrClosed
	}
	if _, err := h.Start(ctx, syscall.SIGTERM, ready, "/bin/sh", "-c", "echo $$ > "+pid+"; exec sleep 600"); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Start = %v", err)
	}
	if text, err := os.ReadFile(pid); err != nil || len(text) == 0 {
		t.Errorf("the server never began: %v", err)
	}
}
