package logtest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/stream"
)

// A model is a log in the simplest possible form: Go maps.
type model struct {
	seq      stream.Seq
	versions map[string]map[string]stream.Seq // by tenant and key
	contents contents
}

func newModel() *model {
	return &model{versions: map[string]map[string]stream.Seq{}, contents: contents{}}
}

// commit applies tx and returns its place, or the conflict.
func (m *model) commit(tx stream.Tx) (stream.Seq, *stream.ConflictError) {
	versions := m.versions[tx.Tenant]
	for _, c := range tx.Checks {
		if v := versions[c.Key]; v != c.Version {
			return 0, &stream.ConflictError{Key: c.Key, Want: c.Version, Version: v}
		}
	}
	for _, k := range tx.Absent {
		if v := versions[k]; v != 0 {
			return 0, &stream.ConflictError{Key: k, Version: v}
		}
	}
	if versions == nil {
		versions = map[string]stream.Seq{}
		m.versions[tx.Tenant] = versions
	}
	m.seq++
	for _, p := range tx.Puts {
		versions[p.Key] = m.seq
		m.contents.set(tx.Tenant, p.Key, string(p.Value))
	}
	for _, k := range tx.Deletes {
		delete(versions, k)
		m.contents.remove(tx.Tenant, k)
	}
	return m.seq, nil
}

// A generator makes random transactions over few keys, so that they meet.
type generator struct{ *rand.Rand }

func (g generator) tenant() string { return []string{"a", "a-", "aa", "b"}[g.IntN(4)] }

func (g generator) key() string {
	return []string{"u/", "n/", "", "\xff"}[g.IntN(4)] + strconv.Itoa(g.IntN(12))
}

// tx returns a transaction that holds about as often as not.
func (g generator) tx(m *model) stream.Tx {
	tx := stream.Tx{Tenant: g.tenant()}
	used := map[string]bool{}
	for range g.IntN(5) {
		k := g.key()
		if used[k] {
			continue
		}
		used[k] = true
		if g.IntN(3) == 0 {
			tx.Deletes = append(tx.Deletes, k)
			continue
		}
		tx.Puts = append(tx.Puts, stream.Put{Key: k, Value: []byte(fmt.Sprintf("%d %0*d", g.Uint32(), g.IntN(300), 0))})
	}
	if g.IntN(4) == 0 {
		k := g.key()
		tx.Checks = append(tx.Checks, stream.Check{Key: k, Version: m.versions[tx.Tenant][k] + stream.Seq(g.IntN(5)/4)})
	}
	if g.IntN(6) == 0 {
		tx.Absent = append(tx.Absent, g.key())
	}
	return tx
}

// testModel compares a log with a model over random transactions, and now and
// then its views, scans and followers. reopen is called at random points if it
// is not nil.
func testModel(t *testing.T, l stream.Log, reopen func() stream.Log) {
	seed := rand.Uint64()
	g := generator{rand.New(rand.NewPCG(seed, 0))}
	m := newModel()
	for i := range 1500 {
		tx := g.tx(m)
		want, conflict := m.commit(tx)
		c, err := l.Commit(within(t), tx)
		var got *stream.ConflictError
		if errors.As(err, &got); c.Seq != want || (err != nil) != (conflict != nil) || !cmp.Equal(got, conflict) {
			t.Fatalf("seed %d, transaction %d: Commit = %d, %v; want %d, %v", seed, i, c.Seq, err, want, conflict)
		}
		if reopen != nil && g.IntN(150) == 0 {
			l = reopen()
		}
		if g.IntN(50) == 0 {
			compare(t, l, m, g)
		}
		if t.Failed() {
			t.Fatalf("seed %d, transaction %d", seed, i)
		}
	}
}

// compare holds the log's present state against the model's.
func compare(t *testing.T, l stream.Log, m *model, g generator) {
	t.Helper()
	look(t, l, func(v stream.View) {
		if v.Seq() != m.seq {
			t.Errorf("the view is at %d, the model at %d", v.Seq(), m.seq)
		}
		if d := cmp.Diff(m.contents, contentsOf(t, v, []string{"a", "a-", "aa", "b"})); d != "" {
			t.Errorf("contents (-model +log):\n%s", d)
		}
		name, prefix, after := g.tenant(), g.key()[:1], g.key()
		if d := cmp.Diff(m.contents.keys(name, prefix, after), keysOf(scan(t, v, name, prefix, after))); d != "" {
			t.Errorf("Scan(%q, %q, %q) (-model +log):\n%s", name, prefix, after, d)
		}
		k := g.key()
		e, err := v.Get(name, k)
		if version := m.versions[name][k]; e.Seq != version || (version == 0) != errors.Is(err, stream.ErrNotFound) {
			t.Errorf("Get(%q, %q) is of %d, %v; the model has %d", name, k, e.Seq, err, version)
		}
	})
	// A follower that starts from nothing sees the newest value of every key
	// that the feed still has, in the end.
	back := min(int(m.seq), g.IntN(FeedRecords))
	got := contents{}
	for _, r := range collect(t, l, m.seq-stream.Seq(back), back) {
		got.follow(r)
	}
	for name, keys := range got {
		for k, value := range keys {
			if m.contents[name][k] != value {
				t.Errorf("a follower ends with %q for %q of %q, the model with %q", value, k, name, m.contents[name][k])
			}
		}
	}
}
