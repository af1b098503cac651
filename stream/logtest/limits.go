package logtest

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/stream"
)

func limitTests() []test {
	return []test{
		{"MalformedTransactionsChangeNothing", testMalformed},
		{"LargestTransactionApplies", testLargest},
	}
}

func closeTests() []test {
	return []test{
		{"ClosedLogAnswersErrClosed", testClosed},
		{"CommitsDuringCloseAreDecided", testCloseUnderLoad},
		{"CloseEndsFollowersAndWaiters", testCloseEnds},
		{"ViewsOutliveTheLog", testViewOutlives},
	}
}

func testMalformed(t *testing.T, l stream.Log) {
	commit(t, l, put("k", "1"))
	long := strings.Repeat("k", stream.MaxKeyBytes+1)
	one := []stream.Put{{Key: "new"}}
	for _, tt := range []struct {
		name string
		tx   stream.Tx
		want error
	}{
		{"no tenant", stream.Tx{Puts: one}, stream.ErrInvalid},
		{"upper-case tenant", stream.Tx{Tenant: "A", Puts: one}, stream.ErrInvalid},
		{"tenant with a zero byte", stream.Tx{Tenant: "a\x00b", Puts: one}, stream.ErrInvalid},
		{"tenant with a slash", stream.Tx{Tenant: "a/b", Puts: one}, stream.ErrInvalid},
		{"tenant beyond ASCII", stream.Tx{Tenant: "é", Puts: one}, stream.ErrInvalid},
		{"long tenant", stream.Tx{Tenant: strings.Repeat("a", stream.MaxTenantBytes+1), Puts: one}, stream.ErrTooLarge},
		{"empty key put", stream.Tx{Tenant: tenant, Puts: []stream.Put{{Key: "new"}, {}}}, stream.ErrInvalid},
		{"empty key deleted", stream.Tx{Tenant: tenant, Puts: one, Deletes: []string{""}}, stream.ErrInvalid},
		{"empty key checked", stream.Tx{Tenant: tenant, Puts: one, Checks: []stream.Check{{}}}, stream.ErrInvalid},
		{"empty key absent", stream.Tx{Tenant: tenant, Puts: one, Absent: []string{""}}, stream.ErrInvalid},
		{"key put twice", stream.Tx{Tenant: tenant, Puts: []stream.Put{{Key: "new"}, {Key: "new"}}}, stream.ErrInvalid},
		{"key deleted twice", stream.Tx{Tenant: tenant, Puts: one, Deletes: []string{"a", "a"}}, stream.ErrInvalid},
		{"key put and deleted", stream.Tx{Tenant: tenant, Puts: one, Deletes: []string{"new"}}, stream.ErrInvalid},
		{"long key put", stream.Tx{Tenant: tenant, Puts: []stream.Put{{Key: long}}}, stream.ErrTooLarge},
		{"long key absent", stream.Tx{Tenant: tenant, Puts: one, Absent: []string{long}}, stream.ErrTooLarge},
		{"too many bytes", stream.Tx{Tenant: tenant, Puts: []stream.Put{{Key: "new", Value: make([]byte, stream.MaxTxBytes)}}}, stream.ErrTooLarge},
	} {
		if _, err := l.Commit(within(t), tt.tx); !errors.Is(err, tt.want) {
			t.Errorf("%s: Commit = %v, want %v", tt.name, err, tt.want)
		} else if strings.Contains(err.Error(), "new") {
			t.Errorf("%s: the error names a key: %v", tt.name, err)
		}
	}
	if got := l.Applied(); got != 1 {
		t.Errorf("the log stands at %d", got)
	}
	look(t, l, func(v stream.View) {
		if d := cmp.Diff([]string{"k"}, keysOf(scan(t, v, tenant, "", ""))); d != "" {
			t.Errorf("keys (-want +got):\n%s", d)
		}
	})
}

func testLargest(t *testing.T, l stream.Log) {
	name := strings.Repeat("z", stream.MaxTenantBytes)
	k := strings.Repeat("\xff", stream.MaxKeyBytes)
	value := make([]byte, stream.MaxTxBytes-len(k))
	commit(t, l, stream.Tx{Tenant: name, Puts: []stream.Put{{Key: k, Value: value}}})
	look(t, l, func(v stream.View) {
		if e, err := v.Get(name, k); err != nil || len(e.Value) != len(value) {
			t.Errorf("Get = %d bytes, %v", len(e.Value), err)
		}
		if got := scan(t, v, name, k, ""); len(got) != 1 {
			t.Errorf("Scan yields %d keys", len(got))
		}
	})
	if r := collect(t, l, 0, 1)[0]; len(r.Changes) != 1 || len(r.Changes[0].Value) != len(value) {
		t.Error("followers do not see it")
	}
}

func testClosed(t *testing.T, l stream.Log) {
	commit(t, l, put("k", "1"))
	for range 2 {
		if err := l.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	}
	if _, err := l.Commit(within(t), put("k", "2")); !errors.Is(err, stream.ErrClosed) {
		t.Errorf("Commit = %v", err)
	}
	if _, err := l.View(); !errors.Is(err, stream.ErrClosed) {
		t.Errorf("View = %v", err)
	}
	if err := l.Wait(within(t), 2); !errors.Is(err, stream.ErrClosed) {
		t.Errorf("Wait = %v", err)
	}
	if err := l.Follow(within(t), 1, func(stream.Record) error { return nil }); !errors.Is(err, stream.ErrClosed) {
		t.Errorf("Follow = %v", err)
	}
}

// testCloseUnderLoad closes the log under its writers. Each commit is either
// acknowledged, and then has its place, or refused.
func testCloseUnderLoad(t *testing.T, l stream.Log) {
	var wg sync.WaitGroup
	var first sync.Once
	warm := make(chan struct{})
	for w := range 16 {
		wg.Go(func() {
			for i := 0; ; i++ {
				c, err := l.Commit(within(t), put(key(w), "x"))
				if err != nil {
					if !errors.Is(err, stream.ErrClosed) {
						t.Errorf("Commit = %v", err)
					}
					return
				}
				if l.Applied() < c.Seq {
					t.Errorf("commit %d was acknowledged at %d", c.Seq, l.Applied())
				}
				if i == 3 {
					first.Do(func() { close(warm) })
				}
			}
		})
	}
	<-warm
	if err := l.Close(); err != nil {
		t.Errorf("Close = %v", err)
	}
	wg.Wait()
}

func testCloseEnds(t *testing.T, l stream.Log) {
	commit(t, l, put("k", "1"))
	var wg, ready sync.WaitGroup
	ready.Add(4)
	for range 4 {
		wg.Go(func() {
			err := l.Follow(within(t), 0, func(stream.Record) error { ready.Done(); return nil })
			if !errors.Is(err, stream.ErrClosed) {
				t.Errorf("Follow = %v", err)
			}
		})
		wg.Go(func() {
			if err := l.Wait(within(t), 99); !errors.Is(err, stream.ErrClosed) {
				t.Errorf("Wait = %v", err)
			}
		})
	}
	ready.Wait()
	if err := l.Close(); err != nil {
		t.Errorf("Close = %v", err)
	}
	wg.Wait()
}

func testViewOutlives(t *testing.T, l stream.Log) {
	commitN(t, l, 0, 10)
	look(t, l, func(v stream.View) {
		if err := l.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
		if got := scan(t, v, tenant, "", ""); len(got) != 10 || v.Seq() != 10 {
			t.Errorf("the view at %d has %d keys after Close", v.Seq(), len(got))
		}
		if e, err := v.Get(tenant, key(4)); err != nil || string(e.Value) != "4" {
			t.Errorf("Get = %q, %v", e.Value, err)
		}
	})
}
