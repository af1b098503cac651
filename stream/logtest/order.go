package logtest

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/stream"
)

func orderTests() []test {
	return []test{
		{"SequenceHasNoGaps", testSequence},
		{"ConcurrentCommitsShareOneSequence", testConcurrentSequence},
		{"TimeNeverRunsBackwards", testTime},
		{"CommitIsVisibleInTheNextView", testReadYourWrites},
		{"TransactionAppliesWhole", testAtomic},
		{"TransactionWithoutChangesTakesAPlace", testEmptyTx},
		{"DeletingAMissingKeyIsNoError", testDeleteMissing},
		{"EmptyValueIsAValue", testEmptyValue},
		{"ValuesComeBackByteForByte", testValues},
		{"CancelledContextCommitsNothing", testCancelled},
	}
}

func testSequence(t *testing.T, l stream.Log) {
	if got := l.Applied(); got != 0 {
		t.Errorf("an empty log stands at %d", got)
	}
	for i := range 20 {
		c := commit(t, l, put(key(i), "x"))
		if want := stream.Seq(i + 1); c.Seq != want || l.Applied() != want {
			t.Errorf("commit %d is at %d, the log at %d", i+1, c.Seq, l.Applied())
		}
	}
}

func testConcurrentSequence(t *testing.T, l stream.Log) {
	const writers, each = 16, 20
	var mu sync.Mutex
	seen := map[stream.Seq]bool{}
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				c, err := l.Commit(within(t), put(key(w*each+i), "x"))
				if err != nil {
					t.Errorf("Commit = %v", err)
					return
				}
				mu.Lock()
				seen[c.Seq] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for seq := stream.Seq(1); seq <= writers*each; seq++ {
		if !seen[seq] {
			t.Errorf("no commit is at %d", seq)
		}
	}
	if got := l.Applied(); got != writers*each {
		t.Errorf("the log stands at %d after %d commits", got, writers*each)
	}
}

func testTime(t *testing.T, l stream.Log) {
	var last time.Time
	for i := range 50 {
		c := commit(t, l, put("k", strconv.Itoa(i)))
		if c.Time.Before(last) {
			t.Errorf("commit %d is at %v, the one before at %v", c.Seq, c.Time, last)
		}
		if c.Time.Location() != time.UTC || c.Time.Nanosecond()%1000 != 0 {
			t.Errorf("time %v is not UTC in microseconds", c.Time)
		}
		last = c.Time
		look(t, l, func(v stream.View) {
			e, err := v.Get(tenant, "k")
			if err != nil || !e.Time.Equal(c.Time) || e.Seq != c.Seq {
				t.Errorf("entry of commit %d at %v says %d at %v, %v", c.Seq, c.Time, e.Seq, e.Time, err)
			}
		})
	}
	for i, r := range collect(t, l, 0, 50) {
		if i > 0 && r.Time.Before(last) {
			t.Errorf("record %d is older than the one before", r.Seq)
		}
		last = r.Time
	}
}

func testReadYourWrites(t *testing.T, l stream.Log) {
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 20 {
				c, err := l.Commit(within(t), put(key(w), strconv.Itoa(i)))
				if err != nil {
					t.Errorf("Commit = %v", err)
					return
				}
				v, err := l.View()
				if err != nil {
					t.Errorf("View = %v", err)
					return
				}
				e, err := v.Get(tenant, key(w))
				if err != nil || e.Seq != c.Seq || string(e.Value) != strconv.Itoa(i) || v.Seq() < c.Seq {
					t.Errorf("view at %d after commit %d holds %q of %d, %v", v.Seq(), c.Seq, e.Value, e.Seq, err)
				}
				if err := v.Close(); err != nil {
					t.Errorf("close view: %v", err)
				}
			}
		})
	}
	wg.Wait()
}

func testAtomic(t *testing.T, l stream.Log) {
	commit(t, l, put("old", "1"))
	c := commit(t, l, stream.Tx{
		Tenant:  tenant,
		Absent:  []string{"a"},
		Puts:    []stream.Put{{Key: "a", Value: []byte("1")}, {Key: "b", Value: []byte("2")}},
		Deletes: []string{"old"},
	})
	look(t, l, func(v stream.View) {
		entries := scan(t, v, tenant, "", "")
		if d := cmp.Diff([]string{"a", "b"}, keysOf(entries)); d != "" {
			t.Errorf("keys (-want +got):\n%s", d)
		}
		for _, e := range entries {
			if e.Seq != c.Seq {
				t.Errorf("key %q is of %d, not of %d", e.Key, e.Seq, c.Seq)
			}
		}
	})
	_, err := l.Commit(within(t), stream.Tx{
		Tenant:  tenant,
		Absent:  []string{"c", "b"},
		Puts:    []stream.Put{{Key: "c", Value: []byte("3")}},
		Deletes: []string{"a"},
	})
	if !errors.Is(err, stream.ErrConflict) {
		t.Errorf("Commit against an existing key = %v", err)
	}
	look(t, l, func(v stream.View) {
		if d := cmp.Diff([]string{"a", "b"}, keysOf(scan(t, v, tenant, "", ""))); d != "" {
			t.Errorf("a refused transaction left a trace (-want +got):\n%s", d)
		}
	})
}

func testEmptyTx(t *testing.T, l stream.Log) {
	if c := commit(t, l, stream.Tx{Tenant: tenant}); c.Seq != 1 {
		t.Errorf("a transaction without changes is at %d", c.Seq)
	}
	if r := collect(t, l, 0, 1)[0]; r.Seq != 1 || r.Tenant != tenant || len(r.Changes) != 0 {
		t.Errorf("its record is %+v", r)
	}
}

func testDeleteMissing(t *testing.T, l stream.Log) {
	commit(t, l, stream.Tx{Tenant: tenant, Deletes: []string{"none"}})
	commit(t, l, put("k", "1"))
	commit(t, l, stream.Tx{Tenant: tenant, Deletes: []string{"k"}})
	commit(t, l, stream.Tx{Tenant: tenant, Deletes: []string{"k"}})
	look(t, l, func(v stream.View) {
		if _, err := v.Get(tenant, "k"); !errors.Is(err, stream.ErrNotFound) {
			t.Errorf("Get of a deleted key = %v", err)
		}
	})
}

func testEmptyValue(t *testing.T, l stream.Log) {
	commit(t, l, stream.Tx{Tenant: tenant, Puts: []stream.Put{{Key: "nil"}, {Key: "none", Value: []byte{}}}})
	look(t, l, func(v stream.View) {
		for _, k := range []string{"nil", "none"} {
			if e, err := v.Get(tenant, k); err != nil || len(e.Value) != 0 {
				t.Errorf("Get(%q) = %q, %v", k, e.Value, err)
			}
		}
	})
	for _, c := range collect(t, l, 0, 1)[0].Changes {
		if c.Deleted || c.Value == nil {
			t.Errorf("followers see the empty value of %q as a deletion", c.Key)
		}
	}
}

// testValues writes values of many sizes, alike and random, that encoders are
// known to stumble over.
func testValues(t *testing.T, l stream.Log) {
	var tx stream.Tx
	tx.Tenant = tenant
	for i, n := range []int{1, 20, 95, 96, 97, 1000, 4096, 70_000, 1 << 20} {
		alike, mixed := make([]byte, n), make([]byte, n)
		x := uint32(i + 1)
		for j := range mixed {
			x ^= x << 13
			x ^= x >> 17
			x ^= x << 5
			mixed[j] = byte(x)
		}
		tx.Puts = append(tx.Puts, stream.Put{Key: "alike/" + strconv.Itoa(n), Value: alike}, stream.Put{Key: "mixed/" + strconv.Itoa(n), Value: mixed})
	}
	commit(t, l, tx)
	look(t, l, func(v stream.View) {
		for _, p := range tx.Puts {
			if e, err := v.Get(tenant, p.Key); err != nil || string(e.Value) != string(p.Value) {
				t.Errorf("%s came back changed, with %d of %d bytes: %v", p.Key, len(e.Value), len(p.Value), err)
			}
		}
	})
}

func testCancelled(t *testing.T, l stream.Log) {
	cause := errors.New("the caller has gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if _, err := l.Commit(ctx, put("k", "1")); !errors.Is(err, cause) {
		t.Errorf("Commit = %v", err)
	}
	if err := l.Wait(ctx, 1); !errors.Is(err, cause) {
		t.Errorf("Wait = %v", err)
	}
	if err := l.Follow(ctx, 0, func(stream.Record) error { return nil }); !errors.Is(err, cause) {
		t.Errorf("Follow = %v", err)
	}
	commit(t, l, put("other", "1"))
	look(t, l, func(v stream.View) {
		if d := cmp.Diff([]string{"other"}, keysOf(scan(t, v, tenant, "", ""))); d != "" {
			t.Errorf("keys (-want +got):\n%s", d)
		}
	})
}
