// Package logtest is the contract of stream.Log as a suite of tests. Every log
// passes Run; a log that survives its process passes RunDurable as well.
//
// The suite owns no log and keeps nothing: each test opens its own, closes it,
// and knows it through the interface alone. It refuses what the contract
// leaves open, such as how records are grouped or how far beyond FeedRecords
// the feed reaches. It is called from the tests of the logs and starts
// goroutines that end with the test that started them.
package logtest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/ringdex/ringdex/stream"
)

// FeedRecords is how many records the feed of a log under test must reach
// back, and about how many it should. A small feed lets the suite see its end.
const FeedRecords = 256

// timeout ends a test that waits for what never comes. It measures nothing.
const timeout = 30 * time.Second

// A test is one rule of the contract and the function that holds a log to it.
type test struct {
	rule string
	run  func(t *testing.T, l stream.Log)
}

// Run holds a log to the contract. open returns a new empty log with a feed of
// FeedRecords; Run closes it.
func Run(t *testing.T, open func(t *testing.T) stream.Log) {
	for _, group := range [][]test{orderTests(), conflictTests(), tenantTests(), viewTests(), followTests(), limitTests(), closeTests()} {
		for _, tt := range group {
			t.Run(tt.rule, func(t *testing.T) {
				l := open(t)
				defer closeLog(t, l)
				tt.run(t, l)
			})
		}
	}
	t.Run("RandomTransactionsAgreeWithAModel", func(t *testing.T) {
		l := open(t)
		defer func() { closeLog(t, l) }()
		testModel(t, l, nil)
	})
}

// RunDurable holds a log on disk to what Run does and to what a disk adds. open
// returns the log in dir, with a feed of FeedRecords; it makes an empty one if
// dir does not exist.
func RunDurable(t *testing.T, open func(t *testing.T, dir string) stream.Log) {
	Run(t, func(t *testing.T) stream.Log { return open(t, t.TempDir()+"/log") })
	for _, tt := range durableTests() {
		t.Run(tt.rule, func(t *testing.T) { tt.run(t, open) })
	}
}

func closeLog(t *testing.T, l stream.Log) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Errorf("Close = %v", err)
	}
}

// within returns a context that ends with the test or when it hangs.
func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), timeout, errors.New("what was waited for never came"))
	t.Cleanup(cancel)
	return ctx
}

// tenant is the tenant of tests that need only one.
const tenant = "t1"

// put returns a transaction that sets key to value.
func put(key, value string) stream.Tx {
	return stream.Tx{Tenant: tenant, Puts: []stream.Put{{Key: key, Value: []byte(value)}}}
}

func key(i int) string { return "k/" + strconv.Itoa(i) }

// commit commits tx, which must succeed.
func commit(t *testing.T, l stream.Log, tx stream.Tx) stream.Commit {
	t.Helper()
	c, err := l.Commit(within(t), tx)
	if err != nil {
		t.Fatalf("Commit = %v", err)
	}
	return c
}

// commitN sets key(from) to key(from+n-1), one transaction each.
func commitN(t *testing.T, l stream.Log, from, n int) {
	t.Helper()
	for i := range n {
		commit(t, l, put(key(from+i), strconv.Itoa(from+i)))
	}
}

// look calls f with a view, and closes it.
func look(t *testing.T, l stream.Log, f func(v stream.View)) {
	t.Helper()
	v, err := l.View()
	if err != nil {
		t.Fatalf("View = %v", err)
	}
	defer func() {
		if err := v.Close(); err != nil {
			t.Errorf("close view: %v", err)
		}
	}()
	f(v)
}

// scan returns what a scan yields, which must end without error.
func scan(t *testing.T, v stream.View, tenant, prefix, after string) []stream.Entry {
	t.Helper()
	var entries []stream.Entry
	for e, err := range v.Scan(tenant, prefix, after) {
		if err != nil {
			t.Fatalf("Scan(%q, %q, %q): %v", tenant, prefix, after, err)
		}
		entries = append(entries, e)
	}
	return entries
}

// keysOf returns the keys of entries in their order.
func keysOf(entries []stream.Entry) []string {
	keys := []string{}
	for _, e := range entries {
		keys = append(keys, e.Key)
	}
	return keys
}

// A contents is the keys of tenants and their values.
type contents map[string]map[string]string

// contentsOf reads all of the given tenants.
func contentsOf(t *testing.T, v stream.View, tenants []string) contents {
	t.Helper()
	c := contents{}
	for _, name := range tenants {
		for _, e := range scan(t, v, name, "", "") {
			c.set(name, e.Key, string(e.Value))
		}
	}
	return c
}

func (c contents) set(tenant, key, value string) {
	if c[tenant] == nil {
		c[tenant] = map[string]string{}
	}
	c[tenant][key] = value
}

func (c contents) remove(tenant, key string) {
	delete(c[tenant], key)
	if len(c[tenant]) == 0 {
		delete(c, tenant)
	}
}

// follow applies one record as a follower does.
func (c contents) follow(r stream.Record) {
	for _, ch := range r.Changes {
		if ch.Deleted {
			c.remove(r.Tenant, ch.Key)
			continue
		}
		c.set(r.Tenant, ch.Key, string(ch.Value))
	}
}

func (c contents) clone() contents {
	d := contents{}
	for tenant, keys := range c {
		d[tenant] = maps.Clone(keys)
	}
	return d
}

// keys returns the keys of a tenant that begin with prefix and stand behind
// after, in order.
func (c contents) keys(tenant, prefix, after string) []string {
	keys := []string{}
	for k := range c[tenant] {
		if len(k) >= len(prefix) && k[:len(prefix)] == prefix && (after == "" || k > after) {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys
}

// errDone ends a Follow that has seen enough.
var errDone = errors.New("seen enough")

// collect follows from after until it has n records.
func collect(t *testing.T, l stream.Log, after stream.Seq, n int) []stream.Record {
	t.Helper()
	records, err := take(within(t), l, after, n)
	if err != nil {
		t.Fatalf("Follow(%d) ended after %d of %d records: %v", after, len(records), n, err)
	}
	return records
}

// take is collect for goroutines that must not end the test.
func take(ctx context.Context, l stream.Log, after stream.Seq, n int) ([]stream.Record, error) {
	var records []stream.Record
	if n == 0 {
		return records, nil
	}
	err := l.Follow(ctx, after, func(r stream.Record) error {
		records = append(records, r)
		if len(records) == n {
			return errDone
		}
		return nil
	})
	if errors.Is(err, errDone) {
		err = nil
	}
	return records, err
}
