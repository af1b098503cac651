package pebblelog

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ringdex/ringdex/stream"
)

// A ledger is what writers were promised: each writes its own numbers, one
// after the other, and notes each that was acknowledged.
type ledger struct {
	acked [8]atomic.Int64 // by writer: the number of its newest acknowledged write
	asked [8]atomic.Int64 // by writer: the number of its newest write
}

// write commits once for each of turns, until the log ends. Each write sets
// the writer's counter, adds a key that no other write adds, and now and then
// something large, so that tables are flushed.
func (g *ledger) write(ctx context.Context, l *Log, writer int, rng *rand.Rand, turns <-chan struct{}) error {
	n := int64(0)
	for range turns {
		n++
		own := fmt.Sprintf("w%d/%06d", writer, n)
		tx := stream.Tx{Tenant: "default", Absent: []string{own}, Puts: []stream.Put{
			{Key: own, Value: []byte(strconv.FormatInt(n, 10))},
			{Key: fmt.Sprintf("n%d", writer), Value: []byte(strconv.FormatInt(n, 10))},
		}}
		if rng.IntN(40) == 0 {
			tx.Puts = append(tx.Puts, stream.Put{Key: fmt.Sprintf("big%d", writer), Value: make([]byte, rng.IntN(40_000))})
		}
		if n > 3 && rng.IntN(3) == 0 {
			tx.Deletes = []string{fmt.Sprintf("gone%d", writer)}
		}
		g.asked[writer].Store(n)
		if _, err := l.Commit(ctx, tx); err != nil {
			return err
		}
		g.acked[writer].Store(n)
	}
	return nil
}

// snapshot returns what was acknowledged by now.
func (g *ledger) snapshot() (acked [8]int64) {
	for i := range acked {
		acked[i] = g.acked[i].Load()
	}
	return acked
}

// check returns how many acknowledged writes l has lost. It fails the test if
// l is not a prefix of what was written: a write must be there whole, and with
// all that its writer wrote before.
func (g *ledger) check(t *testing.T, l *Log, acked [8]int64) (lost int64) {
	t.Helper()
	v, err := l.View()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = v.Close() }()
	for w := range acked {
		n := int64(0)
		for e, err := range v.Scan("default", fmt.Sprintf("w%d/", w), "") {
			n++
			if err != nil || string(e.Value) != strconv.FormatInt(n, 10) {
				t.Fatalf("writer %d: number %d is %q, %v", w, n, e.Value, err)
			}
		}
		counter := "0"
		if e, err := v.Get("default", fmt.Sprintf("n%d", w)); err == nil {
			counter = string(e.Value)
		}
		if counter != strconv.FormatInt(n, 10) {
			t.Errorf("writer %d: a transaction is torn: %d keys, counter %s", w, n, counter)
		}
		if asked := g.asked[w].Load(); n > asked {
			t.Errorf("writer %d: %d keys of %d writes", w, n, asked)
		}
		lost += max(acked[w]-n, 0)
	}
	return lost
}

// crash runs writers on a disk in memory and takes clones of it as a power cut
// at that moment would leave it. It returns how many acknowledged writes the
// clones had lost. Without fsync a clone may also be found corrupt, which
// counts as one.
func crash(t *testing.T, clones int, noSync bool) (lost int64) {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	for range clones / 10 {
		disk := vfs.NewCrashableMem()
		l := openTest(t, Config{Dir: "data/log", FeedRecords: 200, fs: disk, noSync: noSync})
		g := new(ledger)
		turns := make(chan struct{}, len(g.acked))
		var wg sync.WaitGroup
		for w := range g.acked {
			r := rand.New(rand.NewPCG(seed, rng.Uint64()))
			wg.Go(func() {
				if err := g.write(t.Context(), l, w, r, turns); err != nil {
					t.Errorf("Commit = %v", err)
				}
			})
		}
		for range 10 {
			for range rng.IntN(60) {
				turns <- struct{}{}
			}
			acked := g.snapshot()
			clone := disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: rng.IntN(101), RNG: rng})
			lost += g.checkClone(t, clone, acked, noSync)
		}
		close(turns)
		wg.Wait()
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return lost
}

// checkClone opens the log of a disk after a power cut and checks it.
func (g *ledger) checkClone(t *testing.T, clone vfs.FS, acked [8]int64, noSync bool) int64 {
	t.Helper()
	c, err := Open(t.Context(), Config{Dir: "data/log", FeedRecords: 200, fs: clone})
	if noSync && errors.Is(err, stream.ErrCorrupt) {
		return 1
	}
	if err != nil {
		t.Fatalf("the clone does not open: %v", err)
	}
	lost := g.check(t, c, acked)
	if err := errors.Join(c.Verify(t.Context()), c.Close()); err != nil {
		t.Fatal(err)
	}
	return lost
}

func TestPowerCutLosesNothingAcknowledged(t *testing.T) {
	if lost := crash(t, 200, false); lost != 0 {
		t.Errorf("%d acknowledged writes were lost", lost)
	}
}

// TestPowerCutWithoutSyncLoses shows that the test above can fail.
func TestPowerCutWithoutSyncLoses(t *testing.T) {
	if crash(t, 50, true) == 0 {
		t.Error("nothing was lost without fsync")
	}
}

// TestPowerCutWhileCreatingLeavesALogThatOpens cuts the power at every point of
// the first start.
func TestPowerCutWhileCreatingLeavesALogThatOpens(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	disk := vfs.NewCrashableMem()
	var clones []*vfs.MemFS
	tapped := &tapFS{FS: disk, tap: func() {
		clones = append(clones, disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: rng.IntN(101), RNG: rng}))
	}}
	l := openTest(t, Config{Dir: "data/log", fs: tapped})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if len(clones) < 20 {
		t.Fatalf("only %d moments were seen", len(clones))
	}
	for i, clone := range clones {
		c, err := Open(t.Context(), Config{Dir: "data/log", fs: clone})
		if err != nil {
			t.Errorf("power cut %d: %v", i, err)
			continue
		}
		if _, err := c.Commit(t.Context(), stream.Tx{Tenant: "t", Puts: []stream.Put{{Key: "k"}}}); err != nil {
			t.Errorf("power cut %d: Commit = %v", i, err)
		}
		if err := c.Close(); err != nil {
			t.Errorf("power cut %d: Close = %v", i, err)
		}
	}
}

// A tapFS calls tap before it changes a name or makes a directory durable.
type tapFS struct {
	vfs.FS
	tap func()
}

func (f *tapFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f.tap()
	return f.FS.Create(name, c)
}

func (f *tapFS) Rename(old, name string) error {
	f.tap()
	return f.FS.Rename(old, name)
}

func (f *tapFS) OpenDir(name string) (vfs.File, error) {
	f.tap()
	return f.FS.OpenDir(name)
}

// TestFailedWriteStopsTheLog fails the disk under writers, in each way that a
// disk fails. Whoever waits gets an error, soon; what was acknowledged is there
// after a new start.
func TestFailedWriteStopsTheLog(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault fault
	}{
		{"WAL write refused", fault{suffix: ".log", write: true}},
		{"WAL write done but failed", fault{suffix: ".log", write: true, persists: true}},
		{"WAL sync refused", fault{suffix: ".log", sync: true}},
		{"WAL sync done but failed", fault{suffix: ".log", sync: true, persists: true}},
		{"HEAD write refused", fault{suffix: headName, write: true}},
		{"HEAD sync refused", fault{suffix: headName, sync: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			disk := vfs.NewCrashableMem()
			faulty := &faultFS{FS: disk}
			l := openTest(t, Config{Dir: "log", FeedRecords: 200, fs: faulty, patience: 3 * time.Second})
			g := new(ledger)
			turns := make(chan struct{})
			var wg sync.WaitGroup
			var failed atomic.Int64
			for w := range g.acked {
				r := rand.New(rand.NewPCG(1, uint64(w)))
				wg.Go(func() {
					if err := g.write(t.Context(), l, w, r, turns); errors.Is(err, syscall.EIO) {
						failed.Add(1)
					} else {
						t.Errorf("writer %d ended with %v", w, err)
					}
				})
			}
			for range 100 {
				turns <- struct{}{}
			}
			tt.fault.err = syscall.EIO
			faulty.fault.Store(&tt.fault)
			done := make(chan struct{})
			go func() { // as many turns as it takes: HEAD is synced once a second
				for {
					select {
					case turns <- struct{}{}:
					case <-done:
						return
					}
				}
			}()
			wg.Wait()
			close(done)
			if got := failed.Load(); got != int64(len(g.acked)) {
				t.Errorf("%d writers saw the failure", got)
			}
			checkStopped(t, l)
			acked := g.snapshot()
			clone := disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: rand.New(rand.NewPCG(1, 1))})
			c := openTest(t, Config{Dir: "log", FeedRecords: 200, fs: clone})
			if lost := g.check(t, c, acked); lost != 0 {
				t.Errorf("%d acknowledged writes were lost", lost)
			}
			if err := errors.Join(c.Verify(t.Context()), c.Close()); err != nil {
				t.Error(err)
			}
		})
	}
}

// checkStopped holds a log that has met a failed write to what it promises.
func checkStopped(t *testing.T, l *Log) {
	t.Helper()
	if err := l.Err(); !errors.Is(err, syscall.EIO) {
		t.Errorf("Err = %v", err)
	}
	if _, err := l.Commit(t.Context(), stream.Tx{Tenant: "t"}); !errors.Is(err, syscall.EIO) {
		t.Errorf("Commit on a stopped log = %v", err)
	}
	if err := l.Follow(t.Context(), l.Applied(), func(stream.Record) error { return nil }); !errors.Is(err, syscall.EIO) {
		t.Errorf("Follow on a stopped log = %v", err)
	}
	v, err := l.View()
	if err != nil {
		t.Fatalf("View on a stopped log = %v", err)
	}
	if v.Seq() != l.Applied() {
		t.Errorf("the view is at %d, the log at %d", v.Seq(), l.Applied())
	}
	if err := v.Close(); err != nil {
		t.Errorf("close view: %v", err)
	}
	_ = l.Close() // may or may not succeed; it must return
}
