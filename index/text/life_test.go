package text

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// eventually waits for what other goroutines are about to make true.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); <-time.After(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s did not happen", what)
		}
	}
}

// closed closes c.
func closed(t *testing.T, c io.Closer) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Errorf("Close = %v", err)
	}
}

func TestCloseLeavesNoGoroutineAndNoFile(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Setenv("TMPDIR", t.TempDir())
	for range 3 {
		x, err := Open(t.Context(), Config{})
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- x.Run(t.Context()) }()
		x.Put("t", people(200, 1)...)
		settle(t, x)
		x.Put("t", people(200, 2)...) // may be written or not
		if err := x.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
		if err := <-ended; err != nil {
			t.Errorf("Run = %v", err)
		}
		if err := x.Close(); err != nil {
			t.Errorf("second Close = %v", err)
		}
	}
	eventually(t, "the end of all goroutines", func() bool { return runtime.NumGoroutine() <= before })
	left, err := os.ReadDir(os.TempDir())
	if err != nil || len(left) != 0 {
		t.Errorf("%d temporary files are left, error %v", len(left), err)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	x, err := Open(t.Context(), Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closed(t, x) })
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- x.Run(ctx) }()
	x.Put("t", staff()...)
	settle(t, x)
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Run = %v", err)
	}
	if err := x.Run(t.Context()); !errors.Is(err, ErrRunning) {
		t.Errorf("second Run = %v, want %v", err, ErrRunning)
	}
	if got := ids(t, x, "t", Query{Text: "eve lucja"}); len(got) != 0 {
		t.Errorf("found %v", got)
	}
	if got := ids(t, x, "t", Query{Text: "lucja"}); len(got) != 1 {
		t.Errorf("what was written is not found after Run: %v", got)
	}
	x.Put("t", Document{ID: "late", Name: "Late"})
	if err := x.Flush(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("Flush after Run = %v, want %v", err, ErrClosed)
	}
}

func TestClosedIndexRefuses(t *testing.T) {
	x, err := Open(t.Context(), Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	x.Put("t", staff()...)
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Search(t.Context(), "t", Query{Text: "ana"}); !errors.Is(err, ErrClosed) {
		t.Errorf("Search = %v, want %v", err, ErrClosed)
	}
	if err := x.Flush(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("Flush = %v, want %v", err, ErrClosed)
	}
	if err := x.Run(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("Run = %v, want %v", err, ErrClosed)
	}
	before := x.Lag().Documents
	x.Put("t", Document{ID: "late"})
	if after := x.Lag().Documents; after != before {
		t.Errorf("%d changes wait after Close, %d before", after, before)
	}
}

func TestSearchesUnderWayFinishWhenTheIndexIsClosed(t *testing.T) {
	for range 5 {
		x, err := Open(t.Context(), Config{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		all.Go(func() {
			if err := x.Run(t.Context()); err != nil {
				t.Errorf("Run = %v", err)
			}
		})
		x.Put("t", people(300, 1)...)
		settle(t, x)
		for range 4 {
			all.Go(func() {
				for {
					hits, err := x.Search(t.Context(), "t", Query{Text: "enginere lead", Limit: 100})
					if errors.Is(err, ErrClosed) {
						return
					}
					if err != nil || len(hits) == 0 {
						t.Errorf("Search = %d hits, %v", len(hits), err)
						return
					}
				}
			})
		}
		closed(t, x)
		all.Wait()
	}
}

func TestFlushEndsWithItsContext(t *testing.T) {
	x, err := Open(t.Context(), Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closed(t, x) })
	x.Put("t", staff()...)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := x.Flush(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Flush = %v, want %v", err, context.Canceled)
	}
	if lag := x.Lag(); lag.Documents != len(staff()) || lag.Oldest <= 0 {
		t.Errorf("Lag = %+v", lag)
	}
}

func TestFlushNeedNotWaitForTheInterval(t *testing.T) {
	x := open(t, Config{FlushEvery: 24 * time.Hour})
	for _, name := range []string{"First", "Second"} {
		x.Put("t", Document{ID: name, Name: name})
		settle(t, x)
		if got := ids(t, x, "t", Query{Text: name}); len(got) != 1 {
			t.Errorf("%s is not found", name)
		}
	}
	if lag := x.Lag(); lag != (Lag{}) {
		t.Errorf("Lag after Flush = %+v", lag)
	}
}

func TestChangesAppearWithoutFlush(t *testing.T) {
	x := open(t, Config{FlushEvery: time.Millisecond})
	x.Put("t", Document{ID: "1", Name: "Quiet"})
	eventually(t, "the change's appearance", func() bool { return len(ids(t, x, "t", Query{Text: "quiet"})) == 1 })
	x.Delete("t", "1")
	eventually(t, "the deletion's appearance", func() bool { return len(ids(t, x, "t", Query{Text: "quiet"})) == 0 })
}

func TestOpenStartsEmptyAndKeepsStrangersFiles(t *testing.T) {
	dir := t.TempDir()
	stranger := filepath.Join(dir, "notes")
	if err := os.WriteFile(stranger, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	x, err := Open(t.Context(), Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- x.Run(t.Context()) }()
	x.Put("t", staff()...)
	settle(t, x)
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	again := open(t, Config{Dir: dir})
	again.Put("t", Document{ID: "new", Name: "New"})
	settle(t, again)
	if got := ids(t, again, "t", Query{Text: "ana"}); len(got) != 0 {
		t.Errorf("an index just opened finds %v", got)
	}
	if _, err := os.Stat(stranger); err != nil {
		t.Error(err)
	}
}

func TestOpenRefusesWhatCannotWork(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, cfg := range []Config{{BatchSize: -1}, {BatchSize: MaxBatchSize + 1}, {FlushEvery: -1}} {
		if _, err := Open(t.Context(), cfg); !errors.Is(err, ErrConfig) {
			t.Errorf("Open(%+v) = %v, want %v", cfg, err, ErrConfig)
		}
	}
	if _, err := Open(t.Context(), Config{Dir: file}); err == nil {
		t.Error("Open in a file succeeded")
	}
}

// TestSearchersSeeWholeDocuments lets writers replace documents while searchers
// ask. Each version of a document has its number in two fields, so that a mixed
// one would be found by neither.
func TestSearchersSeeWholeDocuments(t *testing.T) {
	const docs, versions = 20, 25
	x := open(t, Config{FlushEvery: time.Millisecond, BatchSize: 7})
	var writers, searchers sync.WaitGroup
	stop := make(chan struct{})
	for w := range 2 {
		tenant := fmt.Sprint("tenant", w)
		writers.Go(func() {
			for v := range versions {
				for d := range docs {
					word := fmt.Sprint("v", v)
					x.Put(tenant, Document{ID: fmt.Sprint(d), Name: word + " person", Title: word})
				}
				settle(t, x)
			}
		})
		searchers.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(w)))
			for {
				select {
				case <-stop:
					return
				default:
				}
				v := r.IntN(versions)
				q := Query{Text: "person", Limit: MaxLimit, Clauses: []Clause{{Title, fmt.Sprint("v", v)}, {Name, fmt.Sprint("v", (v+1)%versions)}}}
				hits, err := x.Search(t.Context(), tenant, q)
				if err != nil {
					t.Errorf("Search = %v", err)
					return
				}
				if len(hits) != 0 {
					t.Errorf("a document with the name of one version and the title of another is found: %+v", hits)
				}
				if lag := x.Lag(); lag.Documents > 2*2*docs {
					t.Errorf("%d changes wait for %d documents", lag.Documents, 2*docs)
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	searchers.Wait()
	for w := range 2 {
		got := ids(t, x, fmt.Sprint("tenant", w), Query{Clauses: []Clause{{Title, fmt.Sprint("v", versions-1)}}, Limit: MaxLimit})
		if len(got) != docs {
			t.Errorf("tenant %d: %d of %d documents are at the last version", w, len(got), docs)
		}
	}
}

// TestManySmallChangesLeaveFewSegments puts documents one by one, as a directory
// that is kept up to date does.
// A load that never ends must not be written in ever smaller batches because
// something always waits.
func TestSteadyLoadIsWrittenInFewBatches(t *testing.T) {
	x := open(t, Config{FlushEvery: 100 * time.Millisecond})
	begin := time.Now()
	for i := 0; time.Since(begin) < time.Second; i++ {
		x.Put("t", Document{ID: fmt.Sprint(i), Name: "Ann Sample"})
		if i%10 == 0 {
			<-time.After(time.Millisecond)
		}
	}
	settle(t, x)
	took := time.Since(begin)
	batches, ok := x.engine.StatsMap()["batches"].(uint64)
	if most := uint64(took/(100*time.Millisecond)) + 2; !ok || batches > most {
		t.Errorf("%d batches in %v, at most %d", batches, took, most)
	}
}

func TestManySmallChangesLeaveFewSegments(t *testing.T) {
	x := open(t, Config{})
	for _, doc := range people(300, 4) {
		x.Put("t", doc)
		settle(t, x)
	}
	eventually(t, "the merge of segments", func() bool {
		view, err := x.view()
		if err != nil {
			t.Fatal(err)
		}
		defer closed(t, view)
		return len(view.Segments()) <= 2*maxUnpersisted
	})
}

func TestPutTakesWhatCanBeSearched(t *testing.T) {
	x := open(t, Config{})
	x.Put("t", Document{Name: "Nobody"}) // without an ID
	x.Put("t")
	settle(t, x)
	if got := ids(t, x, "t", Query{Text: "nobody"}); len(got) != 0 {
		t.Errorf("found %v", got)
	}
	huge := strings.Repeat("large ", 1<<16)
	x.Put("t", Document{ID: "huge", Name: huge, Title: strings.Repeat("x", 1<<20)})
	settle(t, x)
	if got := ids(t, x, "t", Query{Text: "large"}); len(got) != 1 {
		t.Errorf("a document too large to be searched in full finds %v", got)
	}
}
