package text

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/blevesearch/bleve/v2/index/scorch"
	bleve "github.com/blevesearch/bleve_index_api"
)

// openEngine opens Bleve's index on an empty folder.
func openEngine(dir string, workers *bleve.AnalysisQueue) (*scorch.Scorch, error) {
	index, err := scorch.NewScorch(scorch.Name, engineConfig(dir), workers)
	if err != nil {
		return nil, err
	}
	engine, ok := index.(*scorch.Scorch)
	if !ok {
		return nil, fmt.Errorf("scorch is a %T", index)
	}
	if err := engine.Open(); err != nil {
		return nil, err
	}
	return engine, nil
}

// engineConfig sets up scorch for an index that is small, changes all the time
// and need not survive.
func engineConfig(dir string) map[string]any {
	return map[string]any{
		"path": dir,
		// A batch is searchable, and Batch returns, before it is on disk.
		"unsafe_batch": true,
		// A pause between two writes to disk lets batches gather, and keeps the
		// persister from spinning when the disk refuses.
		"scorchPersisterOptions": map[string]any{
			"PersisterNapTimeMSec":      50,
			"PersisterNapUnderNumFiles": 500,
		},
		// Few segments: each costs every search a look into its dictionaries.
		// Ten at a time and a low floor keep a document from being merged again
		// and again while it is young: at 400 changes a second that takes
		// less than half the processor time of 4 and 5,000 (BenchmarkTrickle).
		"scorchMergePlanOptions": map[string]any{
			"MaxSegmentsPerTier":   4,
			"SegmentsPerMergeTask": 10,
			"FloorSegmentSize":     500,
		},
	}
}

// start notes how Run is ended. Run may be called once.
func (x *Index) start(cancel context.CancelFunc) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case x.closed:
		return ErrClosed
	case x.cancel != nil:
		return ErrRunning
	}
	x.cancel = cancel
	return nil
}

// Close ends the index: it makes Run return, waits for it and removes temporary
// files. Searches under way finish; later ones return ErrClosed. Close may be
// called more than once; the later calls do nothing.
func (x *Index) Close() error {
	x.mu.Lock()
	if x.closed {
		x.mu.Unlock()
		return nil
	}
	x.closed = true
	cancel := x.cancel
	x.mu.Unlock()
	x.backlog.close()
	if cancel == nil {
		close(x.stopped)
	} else {
		cancel()
		<-x.stopped
	}
	err := x.engine.Close()
	x.workers.Close()
	if x.cfg.Dir == "" {
		err = errors.Join(err, os.RemoveAll(x.dir))
	}
	if err != nil {
		return fmt.Errorf("close text index: %w", err)
	}
	return nil
}

// view returns what is searchable now, which the caller must close. It stays as
// it is.
func (x *Index) view() (*scorch.IndexSnapshot, error) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.closed {
		return nil, ErrClosed
	}
	r, err := x.engine.Reader()
	if err != nil {
		return nil, err
	}
	view, ok := r.(*scorch.IndexSnapshot)
	if !ok {
		return nil, errors.Join(fmt.Errorf("scorch reads from a %T", r), r.Close())
	}
	return view, nil
}

// emptyFolder returns an empty folder: a new temporary one if dir is empty, else
// one in dir.
func emptyFolder(dir string) (string, error) {
	if dir == "" {
		return os.MkdirTemp("", "ringdex-text-")
	}
	sub := filepath.Join(dir, "bleve")
	if err := os.RemoveAll(sub); err != nil {
		return "", err
	}
	return sub, os.MkdirAll(sub, 0o700)
}
