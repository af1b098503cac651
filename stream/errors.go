package stream

import (
	"errors"
	"fmt"
)

// The log's errors. Compare with errors.Is.
var (
	// ErrConflict: a precondition did not hold; see ConflictError.
	ErrConflict = errors.New("precondition does not hold")
	// ErrNotFound: the key does not exist in the view.
	ErrNotFound = errors.New("key not found")
	// ErrInvalid: the transaction is malformed. It was not applied.
	ErrInvalid = errors.New("invalid transaction")
	// ErrTooLarge: the transaction exceeds a limit. It was not applied.
	ErrTooLarge = errors.New("transaction too large")
	// ErrTooOld: the feed no longer reaches back that far.
	ErrTooOld = errors.New("feed does not reach back that far")
	// ErrFull: the disk is nearly full. The transaction was not applied;
	// reads go on, and writes resume when there is room.
	ErrFull = errors.New("disk nearly full")
	// ErrCorrupt: what is stored is not what was written. The log does not
	// open, or stops.
	ErrCorrupt = errors.New("log is corrupt")
	// ErrNewerFormat: the data was written by a newer release.
	ErrNewerFormat = errors.New("log was written by a newer release")
	// ErrLocked: another process has the log open.
	ErrLocked = errors.New("log is in use by another process")
	// ErrClosed: the log was closed.
	ErrClosed = errors.New("log is closed")
)

// A ConflictError says which precondition did not hold. It is an ErrConflict.
type ConflictError struct {
	Key     string // the key as in Checks or Absent
	Want    Seq    // the version demanded; 0 for absent
	Version Seq    // the version found; 0 if the key does not exist
}

// Error describes the conflict without naming the key, which may hold a name
// or a number.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("%v: want version %d, found %d", ErrConflict, e.Want, e.Version)
}

// Unwrap returns ErrConflict.
func (e *ConflictError) Unwrap() error { return ErrConflict }
