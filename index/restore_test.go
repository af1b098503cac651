package index

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/index/checkpoint"
	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/stream"
	"github.com/ringdex/ringdex/stream/memlog"
)

// openOn opens an index with checkpoints in dir, and returns what it logs.
func openOn(t *testing.T, log stream.Log, dir string) (*Index, *strings.Builder) {
	t.Helper()
	var logged strings.Builder
	x, err := Open(t.Context(), log, Config{TextDir: t.TempDir(), CheckpointDir: dir, Logger: slog.New(slog.NewTextHandler(&logged, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return x, &logged
}

// derivedAnew returns what an index without checkpoints says of tenant a.
func derivedAnew(t *testing.T, log stream.Log) []string {
	t.Helper()
	x, err := Open(t.Context(), log, Config{TextDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	return describe(x.Snapshot("a"))
}

// historyInto writes a random history to a log that an index follows, which is
// closed in the end.
func historyInto(t *testing.T, log stream.Log, dir string, seed uint64) {
	t.Helper()
	w := newWorldIn(t, log, dir)
	randomHistory(t, w, seed)
	w.stop()
}

// TestARestartFromACheckpointIsAStartFromTheLog goes through several lives of an
// index, with changes in each and between them.
func TestARestartFromACheckpointIsAStartFromTheLog(t *testing.T) {
	log, dir := memlog.New(), t.TempDir()
	for life := range uint64(6) {
		historyInto(t, log, dir, 20+life)
		historyInto(t, log, "", 40+life) // behind the back of the one with checkpoints
		x, logged := openOn(t, log, dir)
		if logged.Len() > 0 || x.tenants["a"].saved == nil {
			t.Fatalf("not from a checkpoint: %s", logged)
		}
		if d := cmp.Diff(derivedAnew(t, log), describe(x.Snapshot("a"))); d != "" {
			t.Fatalf("life %d (-from the log +from a checkpoint):\n%s", life, d)
		}
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestACheckpointTakenDuringWritesIsOfOnePlace writes checkpoints while changes
// come, and opens each against the log as it is in the end.
func TestACheckpointTakenDuringWritesIsOfOnePlace(t *testing.T) {
	log, dir := memlog.New(), t.TempDir()
	w := newWorldIn(t, log, dir)
	w.tenant("a")
	w.commit("a", stream.Tx{Puts: []stream.Put{putDirectory("d1", "GB", false)}})
	done := make(chan struct{})
	taken := make(chan []string, 1)
	go func() {
		var list []string
		defer func() { taken <- list }()
		a, err := w.index.tenant("a")
		if err != nil {
			t.Error(err)
			return
		}
		for n := 0; ; n++ {
			select {
			case <-done:
				return
			default:
			}
			reply := make(chan point, 1)
			a.points <- reply
			own := t.TempDir()
			if err := a.write(filepath.Join(own, "a"+checkpointSuffix), <-reply); err != nil {
				t.Error(err)
			}
			list = append(list, own)
		}
	}()
	randomHistory(t, w, 7)
	close(done)
	list := <-taken
	w.stop()
	want := derivedAnew(t, log)
	for i, dir := range list {
		if i%max(1, len(list)/20) != 0 {
			continue
		}
		x, logged := openOn(t, log, dir)
		if logged.Len() > 0 {
			t.Errorf("checkpoint %d: %s", i, logged)
		}
		if d := cmp.Diff(want, describe(x.Snapshot("a"))); d != "" {
			t.Fatalf("checkpoint %d of %d (-from the log +from the checkpoint):\n%s", i, len(list), d)
		}
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestWhatDoesNotFitIsDerivedAnew opens an index over files that are no
// checkpoint of its log.
func TestWhatDoesNotFitIsDerivedAnew(t *testing.T) {
	log, dir := memlog.New(), t.TempDir()
	historyInto(t, log, dir, 3)
	other, otherDir := memlog.New(), t.TempDir()
	historyInto(t, other, otherDir, 4)
	file := filepath.Join(dir, "a"+checkpointSuffix)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := os.ReadFile(filepath.Join(otherDir, "a"+checkpointSuffix))
	if err != nil {
		t.Fatal(err)
	}
	want := derivedAnew(t, log)
	for name, content := range map[string][]byte{
		"nothing": {}, "cut short": whole[:len(whole)*2/3], "another log's": foreign,
		"another program's": append(append([]byte{}, whole[:10]...), append([]byte{^whole[10]}, whole[11:]...)...),
		"one flipped byte":  append(append([]byte{}, whole[:len(whole)/2]...), append([]byte{^whole[len(whole)/2]}, whole[len(whole)/2+1:]...)...),
	} {
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		x, logged := openOn(t, log, dir)
		if !strings.Contains(logged.String(), "derived anew") {
			t.Errorf("%s: the log says %q", name, logged)
		}
		if d := cmp.Diff(want, describe(x.Snapshot("a"))); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
		if now, err := checkpoint.Open(file, x.program); err != nil {
			t.Errorf("%s: closing left no checkpoint: %v", name, err)
		} else if err := now.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A shortLog has a feed that no longer reaches back to any checkpoint.
type shortLog struct{ stream.Log }

func (shortLog) Follow(context.Context, stream.Seq, func(stream.Record) error) error {
	return stream.ErrTooOld
}

func TestACheckpointThatTheFeedDoesNotReachIsNotUsed(t *testing.T) {
	log, dir := memlog.New(), t.TempDir()
	historyInto(t, log, dir, 3)
	historyInto(t, log, "", 4)
	x, _ := openOn(t, shortLog{log}, dir)
	defer x.Close()
	if x.tenants["a"].saved != nil {
		t.Error("the checkpoint counts as one to go on from")
	}
	if d := cmp.Diff(derivedAnew(t, log), describe(x.Snapshot("a"))); d != "" {
		t.Errorf("(-from the log +behind the feed):\n%s", d)
	}
}

func TestWhatIsGoneLeavesNoCheckpoint(t *testing.T) {
	log, dir := memlog.New(), t.TempDir()
	historyInto(t, log, dir, 3)
	stray := filepath.Join(dir, "b"+checkpointSuffix)
	if err := os.WriteFile(stray, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	w := newWorldIn(t, log, dir)
	if _, err := os.Stat(stray); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file of no tenant: %v", err)
	}
	if _, err := log.Commit(t.Context(), stream.Tx{Tenant: contact.SystemTenant, Deletes: []string{contact.TenantKey("a")}}); err != nil {
		t.Fatal(err)
	}
	w.tenant("b")
	w.commit("b", stream.Tx{Puts: []stream.Put{putDirectory("d", "GB", false)}})
	if _, err := os.Stat(filepath.Join(dir, "a"+checkpointSuffix)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file of a removed tenant, while running: %v", err)
	}
	w.stop()
	list, err := os.ReadDir(dir)
	if err != nil || len(list) != 1 || list[0].Name() != "b"+checkpointSuffix {
		t.Errorf("after the end: %v, %v", list, err)
	}
}

func TestNoCheckpointFillsTheDisk(t *testing.T) {
	log, dir := memlog.New(), t.TempDir()
	var logged strings.Builder
	x, err := Open(t.Context(), log, Config{TextDir: t.TempDir(), CheckpointDir: dir, SpareBytes: func() uint64 { return 1000 }, Logger: slog.New(slog.NewTextHandler(&logged, nil))})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- x.Run(ctx) }()
	for _, tx := range []stream.Tx{
		{Tenant: contact.SystemTenant, Puts: []stream.Put{{Key: contact.TenantKey("a"), Value: []byte("{}")}}},
		{Tenant: "a", Puts: []stream.Put{putDirectory("d", "GB", false), putUser(sample("u1", "d", "Ana Sample", "+442079460018"))}},
	} {
		at, err := log.Commit(t.Context(), tx)
		if err != nil {
			t.Fatal(err)
		}
		if err := x.Wait(t.Context(), tx.Tenant, at.Seq); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v", err)
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	if list, _ := os.ReadDir(dir); len(list) != 0 || !strings.Contains(logged.String(), "too little free disk") {
		t.Errorf("%v; %s", list, &logged)
	}
}

func TestALoadInPiecesIsALoadAtOnce(t *testing.T) {
	log := memlog.New()
	w := newWorld(t, log)
	w.tenant("a")
	puts := []stream.Put{putDirectory("d", "GB", false)}
	for n := range loadBatch + 500 { // a piece is some batches
		puts = append(puts, putUser(sample(contact.ID(fmt.Sprintf("u%06d", n)), "d", fmt.Sprintf("Name%d Family%d", n%9, n%11), fmt.Sprintf("+44207946%04d", n%200))))
	}
	w.commit("a", stream.Tx{Puts: puts})
	w.stop()
	x, err := Open(t.Context(), log, Config{TextDir: t.TempDir(), loadBuild: 1000})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if x.Snapshot("a").names.Len() != loadBatch+500 {
		t.Errorf("%d people", x.Snapshot("a").Len())
	}
	if d := cmp.Diff(derivedAnew(t, log), describe(x.Snapshot("a"))); d != "" {
		t.Errorf("(-at once +in pieces):\n%s", d)
	}
}

func TestACheckpointIsStaleWhenMuchOrLongAgoWasChanged(t *testing.T) {
	x := newTenant("a", &Index{})
	if !x.stale(0) {
		t.Error("a tenant without a checkpoint need not be saved")
	}
	for name, c := range map[string]struct {
		saved saved
		seq   stream.Seq // of the snapshot
		at    stream.Seq // of the log
		want  bool
	}{
		"nothing changed":          {saved{50, time.Now().Add(-2 * saveAtLeast)}, 50, 50, false},
		"little changed, just now": {saved{50, time.Now()}, 60, 60, false},
		"little changed, long ago": {saved{50, time.Now().Add(-2 * saveAtLeast)}, 60, 60, true},
		"others changed, long ago": {saved{50, time.Now().Add(-2 * saveAtLeast)}, 40, 60, false},
		"much changed, just now":   {saved{50, time.Now()}, 60, 51 + saveAfter, true},
	} {
		s := emptySnapshot()
		s.seq = c.seq
		x.current.Store(s)
		x.saved = &c.saved
		if got := x.stale(c.at); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// BenchmarkStart opens an index of a corpus from a checkpoint and from the log.
func BenchmarkStart(b *testing.B) {
	log := memlog.New()
	commit := func(tenant string, puts ...stream.Put) {
		if _, err := log.Commit(b.Context(), stream.Tx{Tenant: tenant, Puts: puts}); err != nil {
			b.Fatal(err)
		}
	}
	commit(contact.SystemTenant, stream.Put{Key: contact.TenantKey("a"), Value: []byte("{}")})
	commit("a", putDirectory("d", "GB", false))
	const people = 50_000
	for n := 0; n < people; n += 500 {
		puts := make([]stream.Put, 0, 500)
		for i := n; i < n+500; i++ {
			puts = append(puts, putUser(sample(contact.ID(fmt.Sprintf("u%06d", i)), "d", fmt.Sprintf("Name%d Family%d", i%977, i%1013), fmt.Sprintf("+4420794%05d", i))))
		}
		commit("a", puts...)
	}
	dir := b.TempDir()
	for _, from := range []string{"", dir} {
		b.Run(map[bool]string{true: "log", false: "checkpoint"}[from == ""], func(b *testing.B) {
			for b.Loop() {
				x, err := Open(b.Context(), log, Config{TextDir: b.TempDir(), CheckpointDir: from})
				if err != nil {
					b.Fatal(err)
				}
				if x.Snapshot("a").Len() != people {
					b.Fatal("people are missing")
				}
				b.StopTimer()
				if err := x.Close(); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
		})
	}
}
