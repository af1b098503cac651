package logtest

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/stream"
)

func followTests() []test {
	return []test{
		{"RecordsSayWhatChanged", testRecords},
		{"EveryFollowerSeesEveryRecordOnce", testFollowers},
		{"SlowFollowerMissesNothing", testSlowFollower},
		{"CatchUpEndsOnTheView", testConflation},
		{"FeedReachesBackFarEnough", testFeedReach},
		{"FollowReturnsWhatApplyReturns", testFollowError},
		{"FollowEndsWithItsContext", testFollowContext},
		{"WaitReturnsWhenThePlaceIsReached", testWait},
	}
}

func testRecords(t *testing.T, l stream.Log) {
	commit(t, l, stream.Tx{Tenant: "other", Puts: []stream.Put{{Key: "b", Value: []byte("1")}, {Key: "a", Value: []byte("2")}}, Deletes: []string{"z", "y"}})
	commit(t, l, put("k", "1"))
	got := collect(t, l, 0, 2)
	want := []stream.Record{
		{Tenant: "other", Changes: []stream.Change{
			{Key: "b", Value: []byte("1")}, {Key: "a", Value: []byte("2")}, {Key: "z", Deleted: true}, {Key: "y", Deleted: true},
		}},
		{Tenant: tenant, Changes: []stream.Change{{Key: "k", Value: []byte("1")}}},
	}
	for i := range want {
		want[i].Commit = stream.Commit{Seq: stream.Seq(i + 1), Time: got[i].Time}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("records (-want +got):\n%s", d)
	}
}

// testFollowers starts followers at the beginning, in the middle and at the
// end while writers go on.
func testFollowers(t *testing.T, l stream.Log) {
	const before, during = 100, 100
	commitN(t, l, 0, before)
	ctx := within(t)
	var wg sync.WaitGroup
	for _, after := range []stream.Seq{0, 0, 1, 37, 50, 99, 100, 100, 120} {
		wg.Go(func() {
			records, err := take(ctx, l, after, before+during-int(after))
			if err != nil {
				t.Errorf("Follow(%d) = %v", after, err)
			}
			for i, r := range records {
				if want := after + stream.Seq(i) + 1; r.Seq != want {
					t.Errorf("follower from %d got %d, expected %d", after, r.Seq, want)
					return
				}
			}
		})
	}
	for w := range 4 {
		wg.Go(func() {
			for i := range during / 4 {
				if _, err := l.Commit(ctx, put(key(before+w*during+i), "x")); err != nil {
					t.Errorf("Commit = %v", err)
				}
			}
		})
	}
	wg.Wait()
}

// testSlowFollower holds a follower at its first record until the log is most
// of a feed ahead. Nobody may wait for it.
func testSlowFollower(t *testing.T, l stream.Log) {
	const n = FeedRecords - 10
	ctx, stop := context.WithCancel(within(t))
	defer stop()
	started, release := make(chan struct{}), make(chan struct{})
	got := contents{}
	last := stream.Seq(0)
	done := make(chan error, 1)
	go func() {
		done <- l.Follow(ctx, 0, func(r stream.Record) error {
			if r.Seq == 1 {
				close(started)
				<-release
			}
			if r.Seq != last+1 {
				t.Errorf("record %d follows %d", r.Seq, last)
			}
			last = r.Seq
			got.follow(r)
			if r.Seq == n {
				return errDone
			}
			return nil
		})
	}()
	commit(t, l, put(key(0), "0"))
	<-started
	for i := 1; i < n; i++ {
		commit(t, l, put(key(i%20), strconv.Itoa(i)))
	}
	close(release)
	if err := <-done; !errors.Is(err, errDone) {
		t.Fatalf("Follow = %v", err)
	}
	look(t, l, func(v stream.View) {
		if d := cmp.Diff(contentsOf(t, v, []string{tenant}), got); d != "" {
			t.Errorf("the slow follower ended elsewhere (-log +follower):\n%s", d)
		}
	})
}

// testConflation lets a follower start at every place of a history in which
// keys are written over and over and deleted, from the view of that place.
func testConflation(t *testing.T, l stream.Log) {
	const n = FeedRecords - 10
	states := []contents{{}}
	for i := 1; i <= n; i++ {
		tx := put(key(i%7), strconv.Itoa(i))
		if i%5 == 0 {
			tx = stream.Tx{Tenant: tenant, Deletes: []string{key(i % 7)}}
		}
		commit(t, l, tx)
		look(t, l, func(v stream.View) { states = append(states, contentsOf(t, v, []string{tenant})) })
	}
	for after := 0; after <= n; after += 9 {
		got := states[after].clone()
		for i, r := range collect(t, l, stream.Seq(after), n-after) {
			if r.Seq != stream.Seq(after+i+1) {
				t.Fatalf("record %d from %d is %d", i, after, r.Seq)
			}
			got.follow(r)
		}
		if d := cmp.Diff(states[n], got); d != "" {
			t.Errorf("follower from %d ended elsewhere (-log +follower):\n%s", after, d)
		}
	}
}

func testFeedReach(t *testing.T, l stream.Log) {
	const n = 3 * FeedRecords
	for i := range n {
		commit(t, l, put(key(i%5), strconv.Itoa(i)))
	}
	if got := collect(t, l, n-FeedRecords, FeedRecords); got[0].Seq != n-FeedRecords+1 {
		t.Errorf("the feed from %d begins with %d", n-FeedRecords, got[0].Seq)
	}
	err := l.Follow(within(t), 0, func(r stream.Record) error {
		t.Errorf("a feed of %d records still has record %d of %d", FeedRecords, r.Seq, n)
		return errDone
	})
	if !errors.Is(err, stream.ErrTooOld) {
		t.Errorf("Follow(0) = %v", err)
	}
}

func testFollowError(t *testing.T, l stream.Log) {
	commitN(t, l, 0, 5)
	mine := errors.New("my own reason")
	n := 0
	err := l.Follow(within(t), 2, func(stream.Record) error { n++; return mine })
	if !errors.Is(err, mine) || n != 1 {
		t.Errorf("Follow = %v after %d records", err, n)
	}
}

func testFollowContext(t *testing.T, l stream.Log) {
	commitN(t, l, 0, 5)
	cause := errors.New("the follower has gone")
	ctx, cancel := context.WithCancelCause(within(t))
	n := 0
	err := l.Follow(ctx, 0, func(stream.Record) error {
		if n++; n == 3 {
			cancel(cause)
		}
		return nil
	})
	if !errors.Is(err, cause) || n != 3 {
		t.Errorf("Follow = %v after %d records", err, n)
	}
}

func testWait(t *testing.T, l stream.Log) {
	commit(t, l, put("k", "1"))
	for _, seq := range []stream.Seq{0, 1} {
		if err := l.Wait(within(t), seq); err != nil {
			t.Errorf("Wait(%d) = %v", seq, err)
		}
	}
	ctx := within(t)
	var wg sync.WaitGroup
	for seq := stream.Seq(2); seq <= 10; seq++ {
		wg.Go(func() {
			if err := l.Wait(ctx, seq); err != nil {
				t.Errorf("Wait(%d) = %v", seq, err)
				return
			}
			v, err := l.View()
			if err != nil {
				t.Errorf("View = %v", err)
				return
			}
			if v.Seq() < seq || l.Applied() < seq {
				t.Errorf("after Wait(%d) the view is at %d, the log at %d", seq, v.Seq(), l.Applied())
			}
			if err := v.Close(); err != nil {
				t.Errorf("close view: %v", err)
			}
		})
	}
	commitN(t, l, 0, 9)
	wg.Wait()
}
