package logtest

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/stream"
)

func conflictTests() []test {
	return []test{
		{"ConflictNamesTheKeyAndTheVersions", testConflict},
		{"PreconditionsSeeDeletedKeysAsAbsent", testConflictDeleted},
		{"OneOfManyClaimantsWins", testClaim},
		{"CounterByCheckAndPutLosesNothing", testCounter},
	}
}

func testConflict(t *testing.T, l stream.Log) {
	commit(t, l, put("k", "1"))
	commit(t, l, put("k", "2"))
	for _, tt := range []struct {
		name string
		tx   stream.Tx
		want *stream.ConflictError // nil: the transaction applies
	}{
		{"current version", stream.Tx{Checks: []stream.Check{{Key: "k", Version: 2}}}, nil},
		{"old version", stream.Tx{Checks: []stream.Check{{Key: "k", Version: 1}}}, &stream.ConflictError{Key: "k", Want: 1, Version: 2}},
		{"future version", stream.Tx{Checks: []stream.Check{{Key: "k", Version: 99}}}, &stream.ConflictError{Key: "k", Want: 99, Version: 2}},
		{"version of a missing key", stream.Tx{Checks: []stream.Check{{Key: "none", Version: 1}}}, &stream.ConflictError{Key: "none", Want: 1}},
		{"version 0 of a missing key", stream.Tx{Checks: []stream.Check{{Key: "none"}}}, nil},
		{"version 0 of a key", stream.Tx{Checks: []stream.Check{{Key: "k"}}}, &stream.ConflictError{Key: "k", Version: 2}},
		{"missing key absent", stream.Tx{Absent: []string{"none"}}, nil},
		{"key absent", stream.Tx{Absent: []string{"none", "k"}}, &stream.ConflictError{Key: "k", Version: 2}},
		{"first of two", stream.Tx{Checks: []stream.Check{{Key: "none", Version: 3}}, Absent: []string{"k"}}, &stream.ConflictError{Key: "none", Want: 3}},
	} {
		before := l.Applied()
		tt.tx.Tenant = tenant
		_, err := l.Commit(within(t), tt.tx)
		if tt.want == nil {
			if err != nil {
				t.Errorf("%s: Commit = %v", tt.name, err)
			}
			continue
		}
		var got *stream.ConflictError
		if !errors.Is(err, stream.ErrConflict) || !errors.As(err, &got) {
			t.Errorf("%s: Commit = %v", tt.name, err)
			continue
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, d)
		}
		if l.Applied() != before {
			t.Errorf("%s: the refused transaction took place %d", tt.name, l.Applied())
		}
	}
}

func testConflictDeleted(t *testing.T, l stream.Log) {
	first := commit(t, l, put("k", "1"))
	commit(t, l, stream.Tx{Tenant: tenant, Deletes: []string{"k"}})
	_, err := l.Commit(within(t), stream.Tx{Tenant: tenant, Checks: []stream.Check{{Key: "k", Version: first.Seq}}})
	if !errors.Is(err, stream.ErrConflict) {
		t.Errorf("the version of a deleted key still holds: %v", err)
	}
	tx := put("k", "2")
	tx.Absent = []string{"k"}
	commit(t, l, tx)
}

// testClaim lets many writers claim each of some keys. The winner's value must
// stand, and every loser be told who won.
func testClaim(t *testing.T, l stream.Log) {
	const writers, claims = 32, 20
	var winners [claims]atomic.Uint64
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range claims {
				tx := put(key(i), strconv.Itoa(w))
				tx.Absent = []string{key(i)}
				c, err := l.Commit(within(t), tx)
				var conflict *stream.ConflictError
				switch {
				case err == nil:
					if other := winners[i].Swap(uint64(c.Seq)); other != 0 {
						t.Errorf("claim %d was won at %d and at %d", i, other, c.Seq)
					}
				case !errors.As(err, &conflict):
					t.Errorf("Commit = %v", err)
				case conflict.Version == 0:
					t.Errorf("claim %d was refused in favour of nobody", i)
				}
			}
		})
	}
	wg.Wait()
	look(t, l, func(v stream.View) {
		for i := range claims {
			if e, err := v.Get(tenant, key(i)); err != nil || uint64(e.Seq) != winners[i].Load() {
				t.Errorf("claim %d was won at %d, the key is of %d, %v", i, winners[i].Load(), e.Seq, err)
			}
		}
	})
	if got := l.Applied(); got != claims {
		t.Errorf("the log stands at %d after %d claims", got, claims)
	}
}

// testCounter counts with optimistic concurrency: read, check the version, put.
func testCounter(t *testing.T, l stream.Log) {
	const writers, each = 8, 15
	ctx := within(t)
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for range each {
				if err := increment(ctx, l); err != nil {
					t.Errorf("increment: %v", err)
					return
				}
			}
		})
	}
	wg.Wait()
	look(t, l, func(v stream.View) {
		if e, err := v.Get(tenant, "n"); err != nil || string(e.Value) != strconv.Itoa(writers*each) {
			t.Errorf("the counter is %q, %v; want %d", e.Value, err, writers*each)
		}
	})
}

func increment(ctx context.Context, l stream.Log) error {
	for {
		v, err := l.View()
		if err != nil {
			return err
		}
		e, err := v.Get(tenant, "n")
		if closeErr := v.Close(); closeErr != nil {
			return closeErr
		}
		n := 0
		if err == nil {
			n, err = strconv.Atoi(string(e.Value))
		}
		if err != nil && !errors.Is(err, stream.ErrNotFound) {
			return err
		}
		tx := put("n", strconv.Itoa(n+1))
		tx.Checks = []stream.Check{{Key: "n", Version: e.Seq}}
		if _, err = l.Commit(ctx, tx); !errors.Is(err, stream.ErrConflict) {
			return err
		}
	}
}
