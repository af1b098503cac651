package pebblelog

import (
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"

	"github.com/ringdex/ringdex/stream"
)

// bareRecordBytes is about what the feed record of a created person takes.
const bareRecordBytes = 200

// A Bare is Pebble alone, run with the options of a Log: synced commits of the
// same keys and stored values, and a feed record's worth of bytes, but nothing
// is checked, chained or shown to anybody. It is what a Log is measured
// against, and good for nothing else. Methods are safe for concurrent use.
type Bare struct {
	db     *pebble.DB
	codec  *codec
	record []byte        // read-only
	seq    atomic.Uint64 // of the newest commit
}

// OpenBare opens Pebble alone in a folder of its own, which need not exist. The
// caller must Close it.
func OpenBare(dir string) (*Bare, error) {
	cfg, err := Config{Dir: dir}.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("open bare pebble: %w", err)
	}
	c, err := newCodec()
	if err != nil {
		return nil, fmt.Errorf("open bare pebble: %w", err)
	}
	s := &store{health: newHealth(slog.New(slog.DiscardHandler))}
	db, err := pebble.Open(cfg.Dir, s.options(cfg))
	if err != nil {
		return nil, fmt.Errorf("open bare pebble: %w", storageError(err))
	}
	return &Bare{db: db, codec: c, record: make([]byte, bareRecordBytes)}, nil
}

// Stored returns tx with its values as a Log stores them, for Commit. It is
// apart from Commit so that compressing is not measured as Pebble's.
func (b *Bare) Stored(tx stream.Tx) stream.Tx {
	puts := make([]stream.Put, len(tx.Puts))
	for i, p := range tx.Puts {
		puts[i] = stream.Put{Key: p.Key, Value: b.codec.encode(p.Value)}
	}
	tx.Puts = puts
	return tx
}

// Commit writes the puts and deletes of what Stored returned and returns when
// they are on disk. Preconditions are not looked at.
func (b *Bare) Commit(tx stream.Tx) error {
	batch := b.db.NewBatch()
	defer func() { _ = batch.Close() }()
	for _, p := range tx.Puts {
		if err := batch.Set(appendStateKey(nil, tx.Tenant, p.Key), p.Value, nil); err != nil {
			return storageError(err)
		}
	}
	for _, key := range tx.Deletes {
		if err := batch.Delete(appendStateKey(nil, tx.Tenant, key), nil); err != nil {
			return storageError(err)
		}
	}
	if err := batch.Set(feedKey(stream.Seq(b.seq.Add(1))), b.record, nil); err != nil {
		return storageError(err)
	}
	return storageError(batch.Commit(pebble.Sync))
}

// Close closes the files. Commits must have ended.
func (b *Bare) Close() error { return storageError(b.db.Close()) }
