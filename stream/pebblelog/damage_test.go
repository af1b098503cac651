package pebblelog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ringdex/ringdex/stream"
)

// closedLog returns a disk with a closed log in /log that has tables, a WAL
// with transactions that are in no table, and a feed that was cut. It also
// returns the log's state hash.
func closedLog(t *testing.T) (*vfs.MemFS, []byte) {
	t.Helper()
	disk := vfs.NewMem()
	l := openTest(t, Config{Dir: "/log", FeedRecords: 64, fs: disk})
	values := sampleUsers(50)
	for i := range 200 {
		if _, err := l.Commit(t.Context(), sampleTx(i%150, values[i%50])); err != nil && !errors.Is(err, stream.ErrConflict) {
			t.Fatal(err)
		}
		if i == 120 {
			if err := l.store.db.Flush(); err != nil {
				t.Fatal(err)
			}
		}
	}
	hash, err := l.StateHash(t.Context())
	if err := errors.Join(err, l.Verify(t.Context()), l.Close()); err != nil {
		t.Fatal(err)
	}
	return disk, hash
}

// cloneOf returns a copy of disk that can be changed.
func cloneOf(t *testing.T, disk vfs.FS) *vfs.MemFS {
	t.Helper()
	c := vfs.NewMem()
	if _, err := vfs.Clone(disk, c, "/log", "/log"); err != nil {
		t.Fatal(err)
	}
	return c
}

func readFile(t *testing.T, disk vfs.FS, name string) []byte {
	t.Helper()
	f, err := disk.Open("/log/" + name)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(f)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	return b
}

func writeFile(t *testing.T, disk vfs.FS, name string, b []byte) {
	t.Helper()
	f, err := disk.Create("/log/"+name, vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Write(bytes.Clone(b))
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// files returns the names in /log that contain part, and at least one.
func files(t *testing.T, disk vfs.FS, part string) []string {
	t.Helper()
	names, err := disk.List("/log")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, name := range names {
		if strings.Contains(name, part) {
			found = append(found, name)
		}
	}
	if len(found) == 0 {
		t.Fatalf("no %s among %v", part, names)
	}
	return found
}

// reopen opens and verifies the log on a disk. It returns its hash, or the
// first error.
func reopen(ctx context.Context, disk vfs.FS) (hash []byte, err error) {
	l, err := Open(ctx, Config{Dir: "/log", FeedRecords: 64, fs: disk})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	if err := l.Verify(ctx); err != nil {
		return nil, err
	}
	return l.StateHash(ctx)
}

// TestDamageIsFoundOrHarmless flips bits, cuts and removes in every kind of
// file. The log must say that it is corrupt, or be none the worse.
func TestDamageIsFoundOrHarmless(t *testing.T) {
	disk, want := closedLog(t)
	found := 0
	check := func(what string, broken vfs.FS, must bool) {
		t.Helper()
		hash, err := reopen(t.Context(), broken)
		switch {
		case errors.Is(err, stream.ErrCorrupt):
			found++
		case err != nil:
			t.Errorf("%s: %v", what, err)
		case !bytes.Equal(hash, want):
			t.Errorf("%s: opened with another state", what)
		case must:
			t.Errorf("%s: went unnoticed", what)
		}
	}
	check("nothing", cloneOf(t, disk), false)
	if found != 0 {
		t.Fatal("a whole log is corrupt")
	}
	for _, part := range []string{".log", ".sst", "MANIFEST-0", headName} {
		for _, name := range files(t, disk, part) {
			whole := readFile(t, disk, name)
			step := max(len(whole)/40, 1)
			for at := 0; at < len(whole); at += step {
				broken := cloneOf(t, disk)
				b := bytes.Clone(whole)
				b[at] ^= 1 << (at % 8)
				writeFile(t, broken, name, b)
				check(fmt.Sprintf("bit at %d of %d in %s", at, len(whole), name), broken, false)
			}
			for _, n := range []int{0, len(whole) / 2, len(whole) * 9 / 10} {
				broken := cloneOf(t, disk)
				writeFile(t, broken, name, whole[:n])
				check(fmt.Sprintf("%s cut to %d of %d", name, n, len(whole)), broken, false)
			}
			broken := cloneOf(t, disk)
			if err := broken.Remove("/log/" + name); err != nil {
				t.Fatal(err)
			}
			check(name+" removed", broken, part == ".sst" || part == headName)
		}
	}
	if found < 50 {
		t.Errorf("only %d damages were found", found)
	}
}

// TestLostTransactionsAreFound removes what the last transactions are in, which
// leaves an older state that is whole in itself.
func TestLostTransactionsAreFound(t *testing.T) {
	disk, _ := closedLog(t)
	for _, name := range files(t, disk, ".log") {
		if err := disk.Remove("/log/" + name); err != nil {
			t.Fatal(err)
		}
	}
	_, err := Open(t.Context(), Config{Dir: "/log", fs: disk})
	if !errors.Is(err, stream.ErrCorrupt) || !strings.Contains(fmt.Sprint(err), "had come to") {
		t.Errorf("Open without its WAL = %v", err)
	}
}

// TestEmptiedStoreIsFound leaves HEAD alone in the folder.
func TestEmptiedStoreIsFound(t *testing.T) {
	disk, _ := closedLog(t)
	head := readFile(t, disk, headName)
	if err := disk.RemoveAll("/log"); err != nil {
		t.Fatal(err)
	}
	if err := disk.MkdirAll("/log", 0o700); err != nil {
		t.Fatal(err)
	}
	writeFile(t, disk, headName, head)
	if _, err := Open(t.Context(), Config{Dir: "/log", fs: disk}); !errors.Is(err, stream.ErrCorrupt) {
		t.Errorf("Open = %v", err)
	}
}

// tamper edits the keys of a closed log behind its back.
func tamper(t *testing.T, disk vfs.FS, edit func(db *pebble.DB) error) {
	t.Helper()
	s := &store{health: newHealth(discard())}
	db, err := pebble.Open("/log", s.options(Config{fs: disk}))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(edit(db), db.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestTamperedStoreIsFound changes single keys in ways that leave every
// checksum of Pebble right.
func TestTamperedStoreIsFound(t *testing.T) {
	disk, _ := closedLog(t)
	user := appendStateKey(nil, "default", sampleTx(149, nil).Puts[0].Key)
	set := func(key []byte, edit func(value []byte) []byte) func(db *pebble.DB) error {
		return func(db *pebble.DB) error {
			value, closer, err := db.Get(key)
			if err != nil {
				return err
			}
			value = edit(bytes.Clone(value))
			return errors.Join(closer.Close(), db.Set(key, value, pebble.Sync))
		}
	}
	flip := func(at int) func([]byte) []byte {
		return func(v []byte) []byte { v[(at+len(v))%len(v)] ^= 1; return v }
	}
	for name, edit := range map[string]func(db *pebble.DB) error{
		"feed record removed":    func(db *pebble.DB) error { return db.Delete(feedKey(120), pebble.Sync) },
		"newest record removed":  func(db *pebble.DB) error { return db.Delete(feedKey(150), pebble.Sync) },
		"record from the future": func(db *pebble.DB) error { return db.Set(feedKey(151), []byte("x"), pebble.Sync) },
		"key in the feed":        func(db *pebble.DB) error { return db.Set([]byte("fx"), []byte("x"), pebble.Sync) },
		"feed record changed":    set(feedKey(120), flip(3)),
		"chain of a record":      set(feedKey(120), flip(-1)),
		"feed record cut":        set(feedKey(120), func(v []byte) []byte { return v[:5] }),
		"meta changed":           set([]byte(metaKey), flip(20)),
		"meta removed":           func(db *pebble.DB) error { return db.Delete([]byte(metaKey), pebble.Sync) },
		"key removed":            func(db *pebble.DB) error { return db.Delete(user, pebble.Sync) },
		"key added": func(db *pebble.DB) error {
			return db.Set(append(user, 'x'), make([]byte, valueHeaderBytes), pebble.Sync)
		},
		"value changed":            set(user, flip(-1)),
		"value cut":                set(user, func(v []byte) []byte { return v[:10] }),
		"value without its header": set(user, func(v []byte) []byte { return nil }),
		"encoding changed":         set(user, func(v []byte) []byte { v[0] = 77; return v }),
		"checksum changed":         set(user, flip(sumOffset)),
		"older version":            set(user, func(v []byte) []byte { stamp(v, 3, 0); return v }),
		"version of the future":    set(user, func(v []byte) []byte { stamp(v, 999, 0); return v }),
	} {
		t.Run(name, func(t *testing.T) {
			broken := cloneOf(t, disk)
			tamper(t, broken, edit)
			if _, err := reopen(t.Context(), broken); !errors.Is(err, stream.ErrCorrupt) {
				t.Errorf("the log opens and verifies: %v", err)
			}
		})
	}
}

// TestOtherHeadIsFound puts the HEAD of one log beside the data of another that
// has come as far.
func TestOtherHeadIsFound(t *testing.T) {
	one, _ := closedLog(t)
	other, _ := closedLog(t) // at other times, so with other records
	writeFile(t, one, headName, readFile(t, other, headName))
	if _, err := Open(t.Context(), Config{Dir: "/log", fs: one}); !errors.Is(err, stream.ErrCorrupt) {
		t.Errorf("Open = %v", err)
	}
}

func TestTornHeadSlotLeavesTheOtherOne(t *testing.T) {
	disk, want := closedLog(t)
	for _, slot := range []int{0, slotDistance} {
		broken := cloneOf(t, disk)
		b := readFile(t, broken, headName)
		copy(b[slot:], make([]byte, slotBytes/2))
		writeFile(t, broken, headName, b)
		if hash, err := reopen(t.Context(), broken); err != nil || !bytes.Equal(hash, want) {
			t.Errorf("with slot %d torn: %v", slot, err)
		}
	}
}

func TestNewerFormatIsRefused(t *testing.T) {
	disk, _ := closedLog(t)
	inHead, inMeta := cloneOf(t, disk), cloneOf(t, disk)
	b := readFile(t, disk, headName)
	for _, slot := range []int{0, slotDistance} {
		b[slot+len(headMagic)+3] = formatVersion + 1
	}
	writeFile(t, inHead, headName, b)
	tamper(t, inMeta, func(db *pebble.DB) error {
		return db.Set([]byte(metaKey), append([]byte{0, 0, 0, formatVersion + 1}, "what a later release writes"...), pebble.Sync)
	})
	for name, disk := range map[string]vfs.FS{"HEAD": inHead, "meta": inMeta} {
		if _, err := Open(t.Context(), Config{Dir: "/log", fs: disk}); !errors.Is(err, stream.ErrNewerFormat) {
			t.Errorf("newer format in %s: Open = %v", name, err)
		}
	}
}

// TestDamageWhileOpenStopsTheLog damages a table under a running log.
func TestDamageWhileOpenStopsTheLog(t *testing.T) {
	disk, _ := closedLog(t)
	l := openTest(t, Config{Dir: "/log", FeedRecords: 64, fs: disk, CacheBytes: 1})
	if err := l.store.db.Flush(); err != nil {
		t.Fatal(err)
	}
	for _, name := range files(t, disk, ".sst") {
		b, err := disk.UnsafeGetFileDataBuffer("/log/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for i := range len(b) / 2 {
			b[i] ^= 0x55
		}
	}
	if err := l.Verify(t.Context()); !errors.Is(err, stream.ErrCorrupt) {
		t.Errorf("Verify = %v", err)
	}
	if err := l.Err(); !errors.Is(err, stream.ErrCorrupt) {
		t.Errorf("Err = %v", err)
	}
	if _, err := l.Commit(t.Context(), sampleTx(1000, nil)); !errors.Is(err, stream.ErrCorrupt) {
		t.Errorf("Commit = %v", err)
	}
	_ = l.Close() // may or may not succeed; it must return
}

func TestStateHashIsTheSameForTheSameAnswers(t *testing.T) {
	l := openTest(t, Config{Dir: "/log", fs: vfs.NewMem()})
	defer func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}()
	seen := map[string]int{}
	for i := range 20 {
		tx := stream.Tx{Tenant: "t", Puts: []stream.Put{{Key: strconv.Itoa(i / 2)}}}
		if _, err := l.Commit(t.Context(), tx); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			hash, err := l.StateHash(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if at, ok := seen[string(hash)]; ok && at != i {
				t.Errorf("states %d and %d have one hash", at, i)
			}
			seen[string(hash)] = i
		}
	}
	if len(seen) != 20 {
		t.Errorf("20 states have %d hashes", len(seen))
	}
}
