package logtest

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/stream"
)

// An opener opens the log in dir.
type opener func(t *testing.T, dir string) stream.Log

// A durableTest is a rule that takes more than one life of a log.
type durableTest struct {
	rule string
	run  func(t *testing.T, open opener)
}

func durableTests() []durableTest {
	return []durableTest{
		{"ReopenedLogIsTheSame", testReopen},
		{"FollowerResumesAfterReopen", testReopenFollow},
		{"TimeNeverRunsBackwardsOverReopen", testReopenTime},
		{"CheckpointOpensAsAnEqualLog", testCheckpoint},
		{"CheckpointUnderLoadIsAPrefix", testCheckpointUnderLoad},
		{"CheckpointLeavesExistingFoldersAlone", testCheckpointExists},
		{"RandomTransactionsAgreeWithAModelOverReopens", func(t *testing.T, open opener) {
			dir := t.TempDir() + "/log"
			l := open(t, dir)
			defer func() { closeLog(t, l) }()
			testModel(t, l, func() stream.Log {
				closeLog(t, l)
				l = open(t, dir)
				return l
			})
		}},
	}
}

// everything returns all entries of the test's tenant, with their versions.
func everything(t *testing.T, l stream.Log) (entries []stream.Entry, seq stream.Seq) {
	t.Helper()
	look(t, l, func(v stream.View) { entries, seq = scan(t, v, tenant, "", ""), v.Seq() })
	return entries, seq
}

func testReopen(t *testing.T, open opener) {
	dir := t.TempDir() + "/log"
	l := open(t, dir)
	commitN(t, l, 0, 30)
	commit(t, l, stream.Tx{Tenant: tenant, Deletes: []string{key(3)}})
	want, at := everything(t, l)
	closeLog(t, l)
	for range 3 {
		l = open(t, dir)
		got, seq := everything(t, l)
		if d := cmp.Diff(want, got); d != "" || seq != at || l.Applied() != at {
			t.Errorf("the reopened log is at %d instead of %d (-before +after):\n%s", seq, at, d)
		}
		closeLog(t, l)
	}
	l = open(t, dir)
	defer closeLog(t, l)
	if c := commit(t, l, put("new", "1")); c.Seq != at+1 {
		t.Errorf("the next commit is at %d", c.Seq)
	}
}

func testReopenFollow(t *testing.T, open opener) {
	dir := t.TempDir() + "/log"
	l := open(t, dir)
	commitN(t, l, 0, 100)
	closeLog(t, l)
	l = open(t, dir)
	defer closeLog(t, l)
	commitN(t, l, 100, 20)
	for _, after := range []int{0, 60, 99, 100, 110} {
		for i, r := range collect(t, l, stream.Seq(after), 120-after) {
			if r.Seq != stream.Seq(after+i+1) || len(r.Changes) != 1 || r.Changes[0].Key != key(after+i) {
				t.Fatalf("record %d from %d is %+v", i, after, r)
			}
		}
	}
}

func testReopenTime(t *testing.T, open opener) {
	dir := t.TempDir() + "/log"
	l := open(t, dir)
	last := commit(t, l, put("k", "1")).Time
	for range 3 {
		closeLog(t, l)
		l = open(t, dir)
		c := commit(t, l, put("k", "2"))
		if c.Time.Before(last) {
			t.Errorf("time went from %v to %v", last, c.Time)
		}
		last = c.Time
	}
	closeLog(t, l)
}

func testCheckpoint(t *testing.T, open opener) {
	l := open(t, t.TempDir()+"/log")
	commitN(t, l, 0, 2*FeedRecords)
	want, at := everything(t, l)
	dir := t.TempDir() + "/copy"
	if err := l.Checkpoint(within(t), dir); err != nil {
		t.Fatalf("Checkpoint = %v", err)
	}
	commit(t, l, put("later", "1"))
	closeLog(t, l)

	c := open(t, dir)
	defer closeLog(t, c)
	got, seq := everything(t, c)
	if d := cmp.Diff(want, got); d != "" || seq != at {
		t.Errorf("the copy is at %d instead of %d (-log +copy):\n%s", seq, at, d)
	}
	if d := commit(t, c, put("own", "1")); d.Seq != at+1 {
		t.Errorf("the copy's next commit is at %d", d.Seq)
	}
	if r := collect(t, c, at-FeedRecords/2, FeedRecords/2+1); r[0].Seq != at-FeedRecords/2+1 {
		t.Errorf("the copy's feed begins at %d", r[0].Seq)
	}
}

// testCheckpointUnderLoad copies a log that is written to. The transaction i
// sets key i, so a prefix holds the keys below some number and no other.
func testCheckpointUnderLoad(t *testing.T, open opener) {
	l := open(t, t.TempDir()+"/log")
	ctx, stop := context.WithCancel(within(t))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for ctx.Err() == nil {
				if err := increment(ctx, l); err != nil && ctx.Err() == nil {
					t.Errorf("increment: %v", err)
					return
				}
			}
		})
	}
	var copies []string
	var at []stream.Seq
	for range 5 {
		if err := l.Wait(within(t), l.Applied()+20); err != nil {
			t.Fatal(err)
		}
		at = append(at, l.Applied())
		copies = append(copies, t.TempDir()+"/copy")
		if err := l.Checkpoint(within(t), copies[len(copies)-1]); err != nil {
			t.Fatalf("Checkpoint = %v", err)
		}
	}
	stop()
	wg.Wait()
	closeLog(t, l)
	for i, dir := range copies {
		c := open(t, dir)
		if c.Applied() < at[i] {
			t.Errorf("copy %d is at %d, the log was at %d before", i, c.Applied(), at[i])
		}
		if got, seq := everything(t, c); len(got) != 1 || got[0].Seq != seq {
			t.Errorf("copy %d at %d is not a prefix: %+v", i, seq, got)
		}
		closeLog(t, c)
	}
}

func testCheckpointExists(t *testing.T, open opener) {
	l := open(t, t.TempDir()+"/log")
	defer closeLog(t, l)
	commitN(t, l, 0, 3)
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/file", []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := l.Checkpoint(within(t), dir); err == nil {
		t.Error("Checkpoint into an existing folder returns no error")
	}
	if b, err := os.ReadFile(dir + "/file"); err != nil || string(b) != "mine" {
		t.Errorf("the folder was changed: %q, %v", b, err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Checkpoint(cancelled, t.TempDir()+"/copy"); !errors.Is(err, context.Canceled) {
		t.Errorf("Checkpoint with a cancelled context = %v", err)
	}
}
