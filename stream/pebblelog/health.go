package pebblelog

import (
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/redact"

	"github.com/ringdex/ringdex/stream"
)

// A health is whether the log may go on. It stands between Pebble, which
// reports trouble from any goroutine, and the log. Safe for concurrent use.
type health struct {
	logger  *slog.Logger
	cause   atomic.Pointer[error] // set once
	stopped chan struct{}         // closed when cause is set
}

func newHealth(logger *slog.Logger) *health {
	return &health{logger: logger, stopped: make(chan struct{})}
}

// stop ends the log for cause. Only the first cause counts.
func (h *health) stop(cause error) {
	if h.cause.CompareAndSwap(nil, &cause) {
		close(h.stopped)
		h.logger.Error("log stopped", slog.Bool("corrupt", errors.Is(cause, stream.ErrCorrupt)), detail(cause))
	}
}

// err returns the cause, or nil while the log works.
func (h *health) err() error {
	if cause := h.cause.Load(); cause != nil {
		return *cause
	}
	return nil
}

// found returns err, and stops the log if err is corruption.
func (h *health) found(err error) error {
	if errors.Is(err, stream.ErrCorrupt) {
		h.stop(err)
	}
	return err
}

// events returns what Pebble calls for the events that matter here.
func (h *health) events() *pebble.EventListener {
	return &pebble.EventListener{
		// Called from flushes and compactions, which Pebble repeats.
		BackgroundError: func(err error) { h.logger.Warn("flush or compaction failed", detail(err)) },
		DataCorruption: func(info pebble.DataCorruptionInfo) {
			h.stop(fmt.Errorf("%w: damaged block in %s", stream.ErrCorrupt, info.Path))
		},
		WriteStallBegin: func(pebble.WriteStallBeginInfo) { h.logger.Warn("writes wait for flushes") },
	}
}

// Infof implements pebble.Logger. What Pebble has to tell is in its metrics.
func (h *health) Infof(string, ...any) {}

// Errorf implements pebble.Logger. The arguments may hold keys, and keys hold
// names: only what Pebble marks as safe is told.
func (h *health) Errorf(format string, args ...any) {
	h.logger.Warn("storage error", slog.String("detail", string(redact.Sprintf(format, args...).Redact().StripMarkers())))
}

// Fatalf implements pebble.Logger. Pebble calls it when it cannot go on, and
// expects the process to end. It returns instead: the log is stopped first, so
// nothing is acknowledged behind it, and its owner ends the process in order.
func (h *health) Fatalf(format string, args ...any) {
	h.Errorf(format, args...)
	for _, a := range args {
		if err, ok := a.(error); ok {
			h.stop(storageError(err))
			return
		}
	}
	h.stop(errors.New("storage stopped"))
}

// detail returns what may be told of an error.
func detail(err error) slog.Attr {
	return slog.String("detail", string(redact.Sprint(err).Redact().StripMarkers()))
}

// A diskError is an error of Pebble or the disk, without the parts of its text
// that may hold a key.
type diskError struct{ cause error }

func (e *diskError) Error() string {
	return "storage: " + string(redact.Sprint(e.cause).Redact().StripMarkers())
}

func (e *diskError) Unwrap() error { return e.cause }

// storageError returns an error of Pebble or the disk as one of the log's. One
// that is the log's already stays as it is.
func storageError(err error) error {
	if err == nil || errors.Is(err, stream.ErrCorrupt) {
		return err
	}
	if _, ok := errors.AsType[*diskError](err); ok {
		return err
	}
	if pebble.IsCorruptionError(err) {
		return fmt.Errorf("%w: %w", stream.ErrCorrupt, &diskError{err})
	}
	return &diskError{err}
}
