package indexload

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ringdex/ringdex/bench/corpuslog"
	"github.com/ringdex/ringdex/bench/measure"
	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/stream"
)

// writers is how many change contacts at once, as the clients of "ringdex bench
// scim" do.
const writers = 64

// An ingest changes contacts as fast as the log takes it.
type ingest struct {
	load    *load
	log     stream.Log
	next    atomic.Int64 // change to make
	commits atomic.Int64
	begun   chan struct{} // closed when the first change is in the index
	first   sync.Once
	visible func(context.Context, stream.Seq) error // returns when a change is in the index
}

// underIngest asks while contacts are changed. Each writer waits until the
// index shows its change, as a SCIM request does, before it makes the next.
func (l *load) underIngest(ctx context.Context, s *started, briefs []measure.Brief) ([]measure.Times, error) {
	in := &ingest{load: l, log: s.log, begun: make(chan struct{}), visible: func(ctx context.Context, seq stream.Seq) error { return s.index.Wait(ctx, tenantID, seq) }}
	writing, stop := context.WithCancel(ctx)
	defer stop()
	g, writing := errgroup.WithContext(writing)
	for range writers {
		g.Go(func() error { return in.write(writing) })
	}
	select {
	case <-in.begun:
	case <-writing.Done():
	}
	begun := time.Now()
	times, err := l.bench.Briefly(writing, busyRounds, briefs)
	took := time.Since(begun)
	l.report.Ingest = Ingest{Commits: int(in.commits.Load()), PerSecond: float64(in.commits.Load()) / took.Seconds()}
	stop()
	if ended := g.Wait(); ended != nil && !errors.Is(ended, context.Canceled) {
		return nil, ended
	}
	if err != nil {
		return nil, err
	}
	if in.commits.Load() == 0 {
		return nil, fmt.Errorf("%w: nothing was changed while the questions were asked", ErrWrong)
	}
	return times, nil
}

// write changes one contact after the other until ctx ends.
func (in *ingest) write(ctx context.Context) error {
	for {
		n := int(in.next.Add(1))
		put, err := in.change(n)
		if err != nil {
			return err
		}
		c, err := in.log.Commit(ctx, stream.Tx{Tenant: tenantID, Puts: []stream.Put{put}})
		if err != nil {
			return err
		}
		if err := in.visible(ctx, c.Seq); err != nil {
			return err
		}
		in.commits.Add(1)
		in.first.Do(func() { close(in.begun) })
	}
}

// change returns the nth change: somebody, all over the corpus, gets another
// title and one more number, so that both names and numbers are entered anew.
func (in *ingest) change(n int) (stream.Put, error) {
	const stride = 7919 // a prime: neighbours in time are not neighbours in the index
	c := in.load.corpus.Contact(n * stride % in.load.corpus.Size)
	c.Title = fmt.Sprintf("Changed %d", n)
	c.Numbers = append(c.Numbers, contact.Number{Type: "other", Raw: fmt.Sprintf("+1201555%04d", n%10_000)})
	return corpuslog.UserPut(&c)
}
