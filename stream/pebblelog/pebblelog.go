package pebblelog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ringdex/ringdex/stream"
)

// ErrUndecided is what Commit returns when a transaction was not decided in
// five seconds, because the disk does not answer. The transaction may or may
// not be applied, now or later. It is a context.DeadlineExceeded.
var ErrUndecided = fmt.Errorf("commit undecided: %w", context.DeadlineExceeded)

// patience is how long a commit may take on a disk that does not answer.
const patience = 5 * time.Second

// A Config says where a log lives and how much it may use. Only Dir is
// required.
type Config struct {
	Dir          string       // folder of the log alone; made when absent
	FeedRecords  int          // records that Follow can reach back, at least; 0 means 65536
	CacheBytes   int64        // memory for blocks read from disk; 0 means 256 MiB, which a small log does not fill
	MinFreeBytes uint64       // commits answer ErrFull below this much free disk, or below a tenth of a smaller disk; 0 means 2 GiB
	Logger       *slog.Logger // where the log tells of trouble, never of content; nil means nowhere

	fs         vfs.FS        // the disk; nil means the real one
	patience   time.Duration // 0 means patience
	gaugeEvery time.Duration // 0 means gaugeEvery
	recentKeys int           // 0 means recentKeys
	noSync     bool          // commit without fsync: shows that the crash tests can fail
}

// withDefaults returns c with every zero filled in, or an error if c cannot be
// used.
func (c Config) withDefaults() (Config, error) {
	switch {
	case c.Dir == "":
		return c, errors.New("no folder for the log")
	case c.FeedRecords < 0:
		return c, fmt.Errorf("a feed of %d records", c.FeedRecords)
	case c.CacheBytes < 0:
		return c, fmt.Errorf("a cache of %d bytes", c.CacheBytes)
	}
	if c.FeedRecords == 0 {
		c.FeedRecords = 65536
	}
	if c.CacheBytes == 0 {
		c.CacheBytes = 256 << 20
	}
	if c.MinFreeBytes == 0 {
		c.MinFreeBytes = 2 << 30
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.fs == nil {
		// The lock knows a folder of its own process by its name only.
		dir, err := filepath.Abs(c.Dir)
		if err != nil {
			return c, err
		}
		c.Dir, c.fs = dir, vfs.Default
	}
	if c.patience == 0 {
		c.patience = patience
	}
	if c.gaugeEvery == 0 {
		c.gaugeEvery = gaugeEvery
	}
	if c.recentKeys == 0 {
		c.recentKeys = recentKeys
	}
	return c, nil
}

// A Log is a stream.Log on disk. Make one with Open.
type Log struct {
	cfg    Config
	store  *store
	health *health
	codec  *codec
	ring   *ring

	// current is the state that View hands out. Published by the applier after
	// each durable group, nil once the log is closed.
	current atomic.Pointer[state]

	// filter tells which keys no state has that was published before it was
	// read; nil while there is none. Put there by fillFrom.
	filter atomic.Pointer[filter]

	familiar familiar

	queue   chan *pending // to the applier
	closing chan struct{} // closed by Close: the applier is to end
	exited  chan struct{} // closed by the applier when it decides nothing more
	ended   chan struct{} // closed by the applier when it has given up what it owns

	close  sync.Once
	endErr error // what giving up met; set before ended is closed
}

var _ stream.Log = (*Log)(nil)

// Applied implements stream.Log.
func (l *Log) Applied() stream.Seq { return l.ring.applied() }

// Wait implements stream.Log. It returns ErrClosed, or what Err returns, when
// the log ended before seq.
func (l *Log) Wait(ctx context.Context, seq stream.Seq) error { return l.ring.wait(ctx, seq) }

// Err returns why the log has stopped: an error of the disk or, as an
// ErrCorrupt, damage that was found while reading. It returns nil while the
// log works, and after an orderly Close. A stopped log commits nothing more;
// its process should end, and the log be opened again or restored.
func (l *Log) Err() error { return l.health.err() }

// Close implements stream.Log. Commits that are queued but not begun return
// ErrClosed. The files stay open and locked until the last view is closed. On a
// disk that does not answer Close returns ErrUndecided after ten seconds. A
// second Close returns what the first did.
func (l *Log) Close() error {
	l.close.Do(func() { close(l.closing) })
	defer l.ring.end(stream.ErrClosed)
	select {
	case <-l.ended:
		return l.endErr
	case <-time.After(2 * l.cfg.patience):
		return fmt.Errorf("close log: %w", ErrUndecided)
	}
}
