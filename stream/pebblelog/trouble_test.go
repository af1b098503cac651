package pebblelog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ringdex/ringdex/stream"
)

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

func TestSecondOpenIsLocked(t *testing.T) {
	for name, disk := range map[string]vfs.FS{"real disk": vfs.Default, "memory": vfs.NewMem()} {
		cfg := Config{Dir: t.TempDir() + "/log", fs: disk}
		l := openTest(t, cfg)
		if _, err := Open(t.Context(), cfg); !errors.Is(err, stream.ErrLocked) {
			t.Errorf("%s: second Open = %v", name, err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		l = openTest(t, cfg)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLockIsHeldUntilTheLastViewIsClosed(t *testing.T) {
	cfg := Config{Dir: t.TempDir() + "/log"}
	l := openTest(t, cfg)
	v, err := l.View()
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), cfg); !errors.Is(err, stream.ErrLocked) {
		t.Errorf("Open under an open view = %v", err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	if err := openTest(t, cfg).Close(); err != nil {
		t.Fatal(err)
	}
}

func TestUnusableConfigIsRefused(t *testing.T) {
	for _, cfg := range []Config{{}, {Dir: "x", FeedRecords: -1}, {Dir: "x", CacheBytes: -1}} {
		if _, err := Open(t.Context(), cfg); err == nil {
			t.Errorf("Open(%+v) returns no error", cfg)
		}
	}
}

func TestOpenEndsWithItsContext(t *testing.T) {
	disk := vfs.NewMem()
	l := openTest(t, Config{Dir: "/log", fs: disk})
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 80 {
				if _, err := l.Commit(t.Context(), stream.Tx{Tenant: "t"}); err != nil {
					t.Errorf("Commit = %v", err)
					return
				}
			}
		})
	}
	wg.Wait()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, Config{Dir: "/log", fs: disk}); !errors.Is(err, context.Canceled) {
		t.Errorf("Open = %v", err)
	}
	if err := openTest(t, Config{Dir: "/log", fs: disk}).Close(); err != nil {
		t.Errorf("after a cancelled Open: %v", err)
	}
}

// TestFullDiskRefusesWritesAndRecovers fills the disk and frees it again.
func TestFullDiskRefusesWritesAndRecovers(t *testing.T) {
	const gib = 1 << 30
	disk := vfs.NewMem()
	l := openTest(t, Config{Dir: "/log", fs: disk, gaugeEvery: 1})
	defer func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}()
	n := 0
	for _, tt := range []struct {
		free, total uint64
		full        bool
	}{
		{100 * gib, 200 * gib, false},
		{2*gib - 1, 200 * gib, true}, // a large disk: 2 GiB must be free
		{2 * gib, 200 * gib, false},
		{gib, 8 * gib, false}, // a small one: a tenth
		{gib / 2, 8 * gib, true},
		{0, 8 * gib, true},
		{7 * gib, 8 * gib, false},
	} {
		disk.TestingSetDiskUsage(vfs.DiskUsage{AvailBytes: tt.free, TotalBytes: tt.total, UsedBytes: tt.total - tt.free})
		_, err := l.Commit(t.Context(), sampleTx(n, nil))
		if full := errors.Is(err, stream.ErrFull); full != tt.full || !full && err != nil {
			t.Errorf("with %d of %d GiB free: Commit = %v", tt.free/gib, tt.total/gib, err)
		}
		if err == nil {
			n++
		}
		v, err := l.View()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.Get("default", sampleTx(0, nil).Puts[0].Key); err != nil {
			t.Errorf("with %d of %d GiB free: Get = %v", tt.free/gib, tt.total/gib, err)
		}
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	}
	if got := l.Applied(); got != stream.Seq(n) {
		t.Errorf("the log stands at %d after %d commits", got, n)
	}
}

// TestHungDiskLeavesCommitsUndecided stops the disk for a while. Commits end
// without an answer, reads go on, and the log recovers when the disk does.
func TestHungDiskLeavesCommitsUndecided(t *testing.T) {
	faulty := &faultFS{FS: vfs.NewMem()}
	l := openTest(t, Config{Dir: "/log", fs: faulty, patience: 50 * time.Millisecond})
	if _, err := l.Commit(t.Context(), sampleTx(0, nil)); err != nil {
		t.Fatal(err)
	}
	hang := make(chan struct{})
	faulty.fault.Store(&fault{suffix: ".log", sync: true, hang: hang})
	for i := 1; i <= 2; i++ {
		if _, err := l.Commit(t.Context(), sampleTx(i, nil)); !errors.Is(err, ErrUndecided) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Commit = %v", err)
		}
	}
	v, err := l.View()
	if err != nil {
		t.Fatal(err)
	}
	if v.Seq() != 1 || l.Applied() != 1 {
		t.Errorf("what is not durable shows: view at %d, log at %d", v.Seq(), l.Applied())
	}
	if err := v.Close(); err != nil {
		t.Error(err)
	}
	faulty.fault.Store(nil)
	close(hang)
	if err := l.Wait(t.Context(), 3); err != nil {
		t.Errorf("Wait = %v", err)
	}
	if _, err := l.Commit(t.Context(), sampleTx(3, nil)); err != nil {
		t.Errorf("Commit after the disk came back = %v", err)
	}
	if err := errors.Join(l.Err(), l.Close()); err != nil {
		t.Error(err)
	}
}

func TestCloseGivesUpOnAHungDisk(t *testing.T) {
	faulty := &faultFS{FS: vfs.NewMem()}
	l := openTest(t, Config{Dir: "/log", fs: faulty, patience: 50 * time.Millisecond})
	hang := make(chan struct{})
	faulty.fault.Store(&fault{suffix: ".log", sync: true, hang: hang})
	if _, err := l.Commit(t.Context(), sampleTx(1, nil)); !errors.Is(err, ErrUndecided) {
		t.Errorf("Commit = %v", err)
	}
	if err := l.Close(); !errors.Is(err, ErrUndecided) {
		t.Errorf("Close = %v", err)
	}
	if err := l.Follow(t.Context(), 0, func(stream.Record) error { return nil }); !errors.Is(err, stream.ErrClosed) {
		t.Errorf("Follow = %v", err)
	}
	close(hang)
	<-l.ended // what hung is given up as soon as it can be
	if err := openTest(t, Config{Dir: "/log", fs: faulty.FS}).Close(); err != nil {
		t.Error(err)
	}
}

// TestStoredFeedStaysBounded commits many times the feed and counts what is
// left on disk.
func TestStoredFeedStaysBounded(t *testing.T) {
	const feed = 64
	l := openTest(t, Config{Dir: "/log", FeedRecords: feed, fs: vfs.NewMem()})
	for i := range 20 * feed {
		if _, err := l.Commit(t.Context(), sampleTx(i, nil)); err != nil {
			t.Fatal(err)
		}
		st, err := l.present()
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		err = st.ascend([]byte{feedPrefix}, []byte{feedPrefix + 1}, func(_, _ []byte) (bool, error) { n++; return true, nil })
		if i+1 >= feed && n < feed || n > feed+feed/4 || err != nil {
			t.Fatalf("after %d commits the feed has %d records, %v", i+1, n, err)
		}
		if err := st.release(); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(l.Verify(t.Context()), l.Close()); err != nil {
		t.Error(err)
	}
}

// TestLogLinesHoldNoKeys drives the log into all its troubles with a key and a
// value that would show.
func TestLogLinesHoldNoKeys(t *testing.T) {
	const secret = "canary@example.com"
	var out strings.Builder
	logger := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	faulty := &faultFS{FS: vfs.NewMem()}
	l := openTest(t, Config{Dir: "/log", fs: faulty, Logger: logger, patience: 2 * time.Second})
	tx := stream.Tx{Tenant: "t", Puts: []stream.Put{{Key: secret, Value: []byte(secret)}}, Absent: []string{secret}}
	var errs []error
	for range 2 {
		_, err := l.Commit(t.Context(), tx)
		errs = append(errs, err)
	}
	faulty.fault.Store(&fault{suffix: ".log", write: true, err: fmt.Errorf("write of %s failed", secret)})
	_, err := l.Commit(t.Context(), stream.Tx{Tenant: "t", Puts: tx.Puts})
	errs = append(errs, err, l.Err())
	<-l.exited
	for _, err := range errs[1:] {
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("error %v", err)
		}
	}
	l.health.Errorf("iterator at %s", secret)
	if got := out.String(); strings.Contains(got, secret) || !strings.Contains(got, "log stopped") {
		t.Errorf("log lines:\n%s", got)
	}
	_ = l.Close() // may or may not succeed; it must return
}
