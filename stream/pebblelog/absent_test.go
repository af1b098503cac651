package pebblelog

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"

	"github.com/ringdex/ringdex/stream"
)

func TestFilterMissesNoKeyAndFewOthers(t *testing.T) {
	const keys = 200_000
	f := newFilter(keys / filterGrowth)
	f.lines = f.lines[:keys*filterBits/512+1] // as full as it gets
	var wg sync.WaitGroup
	for part := range 4 {
		wg.Go(func() {
			for i := part; i < keys; i += 4 {
				f.add("sdefault\x00u/" + strconv.Itoa(i))
			}
		})
	}
	wg.Wait()
	inVain := 0
	for i := range keys {
		if f.absent("sdefault\x00u/" + strconv.Itoa(i)) {
			t.Fatalf("key %d was added and is said to be absent", i)
		}
		if !f.absent("sdefault\x00n/" + strconv.Itoa(i)) {
			inVain++
		}
	}
	if inVain > keys/100 {
		t.Errorf("%d of %d absent keys would be looked for", inVain, keys)
	}
}

// A log that was opened with keys in it fills its filter while it is written
// to. Whatever that overlaps with, no key may be taken for absent.
func TestFilterIsFilledWhileTheLogIsWritten(t *testing.T) {
	dir := t.TempDir()
	l := openTest(t, Config{Dir: dir})
	const old, fresh = 3000, 2000
	for i := range old / 1000 {
		tx := stream.Tx{Tenant: "t"}
		for j := range 1000 {
			tx.Puts = append(tx.Puts, stream.Put{Key: fmt.Sprintf("old/%d", i*1000+j), Value: []byte("v")})
		}
		if _, err := l.Commit(t.Context(), tx); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = openTest(t, Config{Dir: dir})
	if l.filter.Load() != nil {
		t.Fatal("a log that nobody wrote to has a filter")
	}
	var wg sync.WaitGroup
	for part := range 8 {
		wg.Go(func() {
			for i := part; i < fresh; i += 8 {
				key := fmt.Sprintf("new/%d", i)
				if _, err := l.Commit(t.Context(), stream.Tx{Tenant: "t", Absent: []string{key}, Puts: []stream.Put{{Key: key}}}); err != nil {
					t.Error(err)
				}
				for _, there := range []string{key, fmt.Sprintf("old/%d", i)} {
					_, err := l.Commit(t.Context(), stream.Tx{Tenant: "t", Absent: []string{there}})
					if !errors.Is(err, stream.ErrConflict) {
						t.Errorf("%s: %v, want a conflict", there, err)
					}
				}
			}
		})
	}
	wg.Wait()
	f := l.filter.Load()
	if f == nil {
		t.Fatal("the filter was not filled")
	}
	if !f.absent("st\x00never") && !f.absent("st\x00written") && !f.absent("st\x00at all") {
		t.Error("the filter takes everything for present")
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestFilterThatIsTooFullIsReplaced(t *testing.T) {
	l := openTest(t, Config{Dir: t.TempDir()})
	commit := func(i int) {
		if _, err := l.Commit(t.Context(), stream.Tx{Tenant: "t", Puts: []stream.Put{{Key: "k/" + strconv.Itoa(i), Value: []byte("v")}}}); err != nil {
			t.Fatal(err)
		}
	}
	first := func() *filter {
		for i := 0; ; i++ {
			if f := l.filter.Load(); f != nil {
				return f
			}
			commit(i)
		}
	}()
	small := &filter{seed: first.seed, lines: first.lines, capacity: 1}
	l.filter.Store(small)
	for i := 1_000_000; l.filter.Load() == small; i++ {
		commit(i)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

// A filter is filled from a state. A view of an older one may show keys that
// were deleted in between, of which the filter knows nothing.
func TestOlderViewsDoNotBelieveTheFilter(t *testing.T) {
	l := openTest(t, Config{Dir: t.TempDir()})
	put := func(tx stream.Tx) {
		t.Helper()
		tx.Tenant = "t"
		if _, err := l.Commit(t.Context(), tx); err != nil {
			t.Fatal(err)
		}
	}
	put(stream.Tx{Puts: []stream.Put{{Key: "gone"}, {Key: "stays"}}})
	old, err := l.View()
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	put(stream.Tx{Deletes: []string{"gone"}})
	f := newFilter(0)
	f.add("st\x00stays")
	f.since = l.Applied()
	l.filter.Store(f)
	if _, err := old.Get("t", "gone"); err != nil {
		t.Errorf("a view from before the deletion: %v", err)
	}
	fresh, err := l.View()
	if err != nil {
		t.Fatal(err)
	}
	defer fresh.Close()
	if _, err := fresh.Get("t", "gone"); !errors.Is(err, stream.ErrNotFound) {
		t.Errorf("a view from after it: %v", err)
	}
	if _, err := fresh.Get("t", "stays"); err != nil {
		t.Errorf("what is there: %v", err)
	}
}
