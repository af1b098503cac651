package pebblelog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ringdex/ringdex/stream"
)

// lockName is the file that Pebble locks against a second process.
const lockName = "LOCK"

// Open opens the log in cfg.Dir, or makes an empty one there, and starts its
// applier. The caller must Close it.
//
// It returns ErrLocked if the log is open already, in this process or another,
// ErrNewerFormat if a later release wrote it, and ErrCorrupt if what is there
// is not what was written: a file that is missing, cut or changed, HEAD
// included. An empty folder is an empty log; a folder of which only some files
// are left never is. ctx bounds the checks and not the log's life.
func Open(ctx context.Context, cfg Config) (*Log, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	l, err := open(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	return l, nil
}

func open(ctx context.Context, cfg Config) (*Log, error) {
	c, err := newCodec()
	if err != nil {
		return nil, err
	}
	lock, err := lockDir(cfg.fs, cfg.Dir)
	if err != nil {
		return nil, err
	}
	s := &store{lock: lock, health: newHealth(cfg.Logger), patience: cfg.patience}
	s.refs.Store(1)
	m, err := s.open(ctx, cfg, c)
	if err != nil {
		return nil, errors.Join(err, s.closeFiles(), lock.Close())
	}
	l := &Log{
		cfg: cfg, store: s, health: s.health, codec: c,
		ring:    newRing(min(max(cfg.FeedRecords/16, liveRecords), 4096), m.applied),
		queue:   make(chan *pending, queueLength),
		closing: make(chan struct{}),
		exited:  make(chan struct{}),
		ended:   make(chan struct{}),
	}
	l.current.Store(newState(s, c, m))
	a := &applier{
		log: l, meta: m, recent: newRecent(cfg.recentKeys, m.applied),
		gauge: gauge{logger: cfg.Logger, fs: cfg.fs, dir: cfg.Dir, minBytes: cfg.MinFreeBytes, every: cfg.gaugeEvery},
	}
	go a.run()
	return l, nil
}

// makeDir makes a folder with its parents, on stable storage when it returns.
// One that exists may have been made just before a crash, so its name is made
// durable all the same.
func makeDir(disk vfs.FS, dir string) error {
	parents := []string{disk.PathDir(dir)}
	for {
		last := parents[len(parents)-1]
		up := disk.PathDir(last)
		if _, err := disk.Stat(last); err == nil || up == last {
			break
		}
		parents = append(parents, up)
	}
	if err := disk.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, parent := range parents {
		if err := syncDir(disk, parent); err != nil {
			return err
		}
	}
	return nil
}

// lockDir makes the folder and locks it.
func lockDir(disk vfs.FS, dir string) (*pebble.Lock, error) {
	if err := makeDir(disk, dir); err != nil {
		return nil, err
	}
	lock, err := pebble.LockDirectory(dir, disk)
	if err == nil {
		return lock, nil
	}
	// A file that could not be made is a PathError; everything else is a lock
	// that someone holds.
	if _, ok := errors.AsType[*fs.PathError](err); ok || errors.Is(err, syscall.ENOLCK) {
		return nil, err
	}
	return nil, stream.ErrLocked
}

// open opens HEAD and Pebble and checks them against each other. After an error
// the caller closes what is open.
func (s *store) open(ctx context.Context, cfg Config, c *codec) (meta, error) {
	last, err := findHead(cfg.fs, cfg.Dir)
	if err != nil {
		return meta{}, err
	}
	if s.db, err = pebble.Open(cfg.Dir, s.options(cfg)); err != nil {
		return meta{}, openError(err)
	}
	m, err := s.begin(cfg, last)
	if err != nil {
		return meta{}, err
	}
	if err := s.check(ctx, c, m, last); err != nil {
		return meta{}, err
	}
	if s.head, err = openHead(cfg.fs, cfg.Dir, last); err != nil {
		return meta{}, err
	}
	if err := errors.Join(s.head.write(m.applied, m.hash), s.head.sync()); err != nil {
		return meta{}, err
	}
	return m, s.health.err() // Pebble flushes and compacts already
}

// closeFiles closes what a failed open has opened.
func (s *store) closeFiles() error {
	var err error
	if s.head != nil {
		err = s.head.close()
	}
	if s.db != nil {
		err = errors.Join(err, storageError(s.db.Close()))
	}
	return err
}

// findHead reads HEAD, and makes one in a folder that holds nothing else. HEAD
// is made before anything and copied with every checkpoint, so data without
// one is not all there.
func findHead(disk vfs.FS, dir string) (mark, error) {
	last, err := readHead(disk, dir)
	if err == nil || errors.Is(err, stream.ErrNewerFormat) {
		return last, err
	}
	data, listErr := exists(disk, dir)
	switch {
	case listErr != nil:
		return mark{}, listErr
	case data && errors.Is(err, fs.ErrNotExist):
		return mark{}, fmt.Errorf("%w: HEAD is missing beside other files", stream.ErrCorrupt)
	case data:
		return mark{}, err
	}
	if err := createHead(disk, dir, 0, chain{}); err != nil {
		return mark{}, err
	}
	return readHead(disk, dir)
}

// options returns how Pebble is run.
func (s *store) options(cfg Config) *pebble.Options {
	o := &pebble.Options{
		FS:                          cfg.fs,
		Lock:                        s.lock,
		Logger:                      s.health,
		EventListener:               s.health.events(),
		FormatMajorVersion:          pebble.FormatNewest,
		CacheSize:                   cfg.CacheBytes,
		MemTableSize:                32 << 20,
		MemTableStopWritesThreshold: 4,
		L0CompactionThreshold:       2,
		L0StopWritesThreshold:       32,
	}
	// Most preconditions ask for a key that does not exist.
	for i := range o.Levels {
		o.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
	}
	return o
}

// openError returns an error of Pebble's Open as the log's. Pebble marks only
// some of what it has to say about its files as corruption: what does not come
// from the operating system is. A file that should be there and is not is as
// bad as one that was changed.
func openError(err error) error {
	err = storageError(err)
	no, ok := errors.AsType[syscall.Errno](err)
	if errors.Is(err, stream.ErrCorrupt) || ok && no != syscall.ENOENT {
		return err
	}
	return fmt.Errorf("%w: %w", stream.ErrCorrupt, err)
}
