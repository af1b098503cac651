package pebblelog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
)

// Checkpoint implements stream.Log. Table files are linked where the disk can,
// so a copy on the same disk is quick and small; commits go on meanwhile. HEAD
// comes last: a copy that was cut short does not open. It returns fs.ErrExist
// if dir exists. ctx is looked at before the copy, not during it.
func (l *Log) Checkpoint(ctx context.Context, dir string) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	st, err := l.present()
	if err != nil {
		return fmt.Errorf("checkpoint log: %w", err)
	}
	defer func() { _ = st.release() }() // has no error while the log holds its own use
	if _, err := l.cfg.fs.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("checkpoint log: %w", fs.ErrExist)
	}
	// The copy holds st and perhaps more, so its HEAD is never ahead of it.
	err = st.store.db.Checkpoint(dir)
	if err == nil {
		err = createHead(l.cfg.fs, dir, st.meta.applied, st.meta.hash)
	}
	if err != nil {
		_ = l.cfg.fs.RemoveAll(dir) // the first error is the one to tell
		return fmt.Errorf("checkpoint log: %w", storageError(err))
	}
	return nil
}
