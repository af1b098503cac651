// Package indexpeer asks Ringdex's index in process, with whole contacts for
// answers: what the lookup and search handlers print.
package indexpeer

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/ringdex/ringdex/bench/corpus"
	"github.com/ringdex/ringdex/bench/corpuslog"
	"github.com/ringdex/ringdex/bench/peers"
	"github.com/ringdex/ringdex/index"
	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/stream"
	"github.com/ringdex/ringdex/stream/pebblelog"
)

// Name is the side's name, which other sides in process are set against.
const Name = "ringdex, in process"

const tenant = "default"

// Side opens a log in a folder of its own; the index is opened once the log is
// full, as after a restart.
func Side(ctx context.Context, c corpus.Corpus) (peers.Side, error) {
	dir, err := os.MkdirTemp("", "ringdex-peer-")
	if err != nil {
		return peers.Side{}, err
	}
	p := &peer{dir: dir, corpus: c}
	if p.log, err = pebblelog.Open(ctx, pebblelog.Config{Dir: filepath.Join(dir, "log")}); err != nil {
		return peers.Side{}, errors.Join(err, p.Close())
	}
	return peers.Side{Name: Name, Kinds: peers.Kinds(), Against: Name, Peer: p}, nil
}

// A peer is an index that follows its log.
type peer struct {
	dir    string
	corpus corpus.Corpus
	log    stream.Log
	index  *index.Index
	stop   context.CancelFunc // nil before the index runs
	group  errgroup.Group

	matcher *index.Matcher // over the snapshot that holds everybody
}

// Close implements peers.Peer.
func (p *peer) Close() error {
	var err error
	if p.stop != nil {
		p.stop()
		if ended := p.group.Wait(); !errors.Is(ended, context.Canceled) {
			err = ended
		}
	}
	if p.index != nil {
		err = errors.Join(err, p.index.Close())
	}
	if p.log != nil {
		err = errors.Join(err, p.log.Close())
	}
	return errors.Join(err, os.RemoveAll(p.dir))
}

// Fill implements peers.Peer. The people are those of the corpus.
func (p *peer) Fill(ctx context.Context, _ []peers.Person) (err error) {
	for _, record := range []struct {
		tenant string
		put    stream.Put
	}{
		{contact.SystemTenant, stream.Put{Key: contact.TenantKey(tenant), Value: []byte("{}")}},
		{tenant, stream.Put{Key: contact.DirectoryKey(corpus.DirectoryID), Value: []byte(`{"id":"` + corpus.DirectoryID + `","defaultRegion":"` + corpus.Region + `"}`)}},
	} {
		if _, err := p.log.Commit(ctx, stream.Tx{Tenant: record.tenant, Puts: []stream.Put{record.put}}); err != nil {
			return err
		}
	}
	if err := (corpuslog.Target{Log: p.log, Tenant: tenant, Directory: corpus.DirectoryID}).Write(ctx, p.corpus); err != nil {
		return err
	}
	if p.index, err = index.Open(ctx, p.log, index.Config{TextDir: filepath.Join(p.dir, "text")}); err != nil {
		return err
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	p.stop = stop
	p.group.Go(func() error { return p.index.Run(running) })
	p.matcher = p.index.Snapshot(tenant).Matcher()
	return p.index.Flush(ctx)
}

// Ask implements peers.Peer.
func (p *peer) Ask(ctx context.Context, q peers.Question) ([]string, error) {
	if q.Kind == peers.Exact {
		id := p.matcher.Lookup(index.Caller{Number: q.Text})
		ids := make([]string, len(id.Candidates))
		for i, c := range id.Candidates {
			ids[i] = c.ID
		}
		return ids, nil
	}
	search := index.Search{Text: q.Text, Limit: peers.Limit}
	if q.Kind == peers.PrefixNumber {
		search.Text, search.Mode = "+"+q.Text, index.ModeNumber
	}
	found, _, err := p.index.Search(ctx, tenant, search)
	ids := make([]string, len(found))
	for i, f := range found {
		ids[i] = string(f.ID)
	}
	return ids, err
}

// AskMany implements peers.Batcher as batches are answered.
func (p *peer) AskMany(_ context.Context, numbers []string) (int, error) {
	found := 0
	for i, n := range numbers {
		if i%index.WarmLen == 0 {
			p.matcher.Warm(numbers[i:min(i+index.WarmLen, len(numbers))])
		}
		if len(p.matcher.Lookup(index.Caller{Number: n}).Candidates) > 0 {
			found++
		}
	}
	return found, nil
}
