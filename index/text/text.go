package text

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"github.com/blevesearch/bleve/v2/index/scorch"
	bleve "github.com/blevesearch/bleve_index_api"
)

// Defaults and limits of Config.
const (
	DefaultFlushEvery = 400 * time.Millisecond
	DefaultBatchSize  = 5_000
	MaxBatchSize      = 50_000
)

// A Document is what can be searched of one contact. Its strings are verbatim,
// as the contact has them; folding them is done here. A Document is shared with
// the index from Put on: the caller must not change Emails afterwards.
type Document struct {
	ID         string // the contact's id; unique within the tenant
	Directory  string // the directory's id; matched exactly
	Name       string
	Title      string
	Department string
	Company    string
	Emails     []string
	UserName   string
}

// Config configures an Index. The zero value is usable.
type Config struct {
	// Dir is the folder for the index's files, made if it does not exist. Its
	// sub-folder "bleve" is emptied at Open; nothing else in it is touched. If Dir
	// is empty, the files are in a temporary folder that Close removes.
	Dir string

	// FlushEvery is how long a change may wait for others before it is written;
	// 0 is DefaultFlushEvery.
	FlushEvery time.Duration

	// BatchSize is the most documents written at once; 0 is DefaultBatchSize, at
	// most MaxBatchSize. While they are written, each takes some 40 kB of memory.
	BatchSize int

	// Logger receives what the operator should know; nil is slog.Default.
	Logger *slog.Logger
}

// Lag is how far what can be searched lies behind what was put.
type Lag struct {
	Documents int           // changes not yet searchable
	Oldest    time.Duration // how long the oldest of them has waited; 0 when there is none
}

// An Index is the search over all tenants' documents. All methods are safe for
// concurrent use.
type Index struct {
	cfg     Config // with defaults; not changed after Open
	dir     string // where Bleve's files are
	engine  *scorch.Scorch
	workers *bleve.AnalysisQueue // engine's

	backlog     backlog
	wake        chan struct{} // one place: something waits
	hurry       chan struct{} // one place: write without gathering
	unpersisted chan struct{} // holds one element for each batch not on disk yet
	stopped     chan struct{} // closed when Run has returned, or by Close if it never ran

	mu     sync.RWMutex // guards what follows; held for no longer than its use
	tags   map[string]tag
	cancel context.CancelFunc // ends Run; nil before
	closed bool
}

// Open makes an empty index. The caller must call Run, for anything to become
// searchable, and Close. It returns an error if the folder cannot be made or
// emptied.
func Open(ctx context.Context, cfg Config) (*Index, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	dir, err := emptyFolder(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("prepare text index folder: %w", err)
	}
	workers := bleve.NewAnalysisQueue(runtime.GOMAXPROCS(0))
	engine, err := openEngine(dir, workers)
	if err != nil {
		workers.Close()
		return nil, fmt.Errorf("open text index: %w", err)
	}
	return &Index{
		cfg:         cfg,
		dir:         dir,
		engine:      engine,
		workers:     workers,
		wake:        make(chan struct{}, 1),
		hurry:       make(chan struct{}, 1),
		unpersisted: make(chan struct{}, maxUnpersisted),
		stopped:     make(chan struct{}),
		tags:        make(map[string]tag),
	}, nil
}

// complete checks the configuration and fills in the defaults.
func (c *Config) complete() error {
	if c.FlushEvery < 0 || c.BatchSize < 0 || c.BatchSize > MaxBatchSize {
		return fmt.Errorf("%w: flush every %v, %d documents a batch", ErrConfig, c.FlushEvery, c.BatchSize)
	}
	c.FlushEvery = cmp.Or(c.FlushEvery, DefaultFlushEvery)
	c.BatchSize = cmp.Or(c.BatchSize, DefaultBatchSize)
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return nil
}

// Put notes documents of a tenant, each in place of an earlier one of its ID. It
// does not wait for the index: the documents become searchable soon after, see
// Run and Flush. Of several changes to one ID that have not been written yet,
// only the newest is kept, so that what waits is never more than the documents
// there are. A document without an ID is not taken. After Close nothing is.
func (x *Index) Put(tenant string, docs ...Document) {
	t := x.ownTag(tenant)
	now := time.Now()
	for i := range docs {
		if docs[i].ID == "" {
			continue
		}
		doc := docs[i]
		x.note(change{key: key{t, doc.ID}, doc: &doc, at: now})
	}
}

// Delete notes the removal of a tenant's documents, as Put notes documents. To
// delete what does not exist is not an error.
func (x *Index) Delete(tenant string, ids ...string) {
	t, ok := x.tag(tenant)
	if !ok {
		return
	}
	now := time.Now()
	for _, id := range ids {
		x.note(change{key: key{t, id}, at: now})
	}
}

func (x *Index) note(c change) {
	waiting := x.backlog.put(c)
	poke(x.wake)
	if waiting >= x.cfg.BatchSize {
		poke(x.hurry)
	}
}

// Lag returns how far the index lies behind.
func (x *Index) Lag() Lag {
	n, oldest := x.backlog.lag()
	if oldest.IsZero() {
		return Lag{}
	}
	return Lag{Documents: n, Oldest: time.Since(oldest)}
}

// tag returns the tag of a tenant that has written.
func (x *Index) tag(tenant string) (tag, bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	t, ok := x.tags[tenant]
	return t, ok
}

// ownTag returns the tag of a tenant, a new one the first time.
func (x *Index) ownTag(tenant string) tag {
	if t, ok := x.tag(tenant); ok {
		return t
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	t, ok := x.tags[tenant]
	if !ok {
		t = newTag(len(x.tags))
		x.tags[tenant] = t
	}
	return t
}
