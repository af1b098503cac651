package text

import "errors"

// The errors of the package. Compare with errors.Is.
var (
	// ErrTooLong: the question has more than MaxTextBytes or MaxWords.
	ErrTooLong = errors.New("search text is too long")
	// ErrUnknownField: a clause names none of the constants of Field.
	ErrUnknownField = errors.New("unknown search field")
	// ErrClosed: the index was closed, or its Run has ended.
	ErrClosed = errors.New("text index is closed")
	// ErrRunning: Run was called before.
	ErrRunning = errors.New("text index is running or has run")
	// ErrConfig: a setting is out of its limits.
	ErrConfig = errors.New("invalid text index configuration")
)
