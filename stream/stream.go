// Package stream defines the log that everything in Ringdex is built from: an
// ordered, durable sequence of transactions over opaque keys, with the newest
// value of every key at hand and a feed of what changed.
//
// The log knows no contact, no directory and no SCIM. It knows tenants, because
// nothing may cross from one to another: each key belongs to exactly one tenant
// and a transaction names exactly one.
//
// Preconditions are decided when a transaction is applied, in log order, not
// when it is submitted. Uniqueness (a claim key that must be absent) and
// optimistic concurrency (a key that must still be at a version) therefore hold
// without any lock outside the log, on one node or on many.
//
// The implementations are pebblelog (on disk, the default) and memlog (for
// tests); logtest is the contract as a suite that both pass. The package itself
// uses the standard library only and starts no goroutine.
package stream

import (
	"context"
	"iter"
	"time"
)

// Seq is a transaction's place in the log. The first transaction is 1; 0 means
// "before the first". Places have no gaps.
type Seq uint64

// Limits of one transaction. Commit answers ErrTooLarge beyond them.
const (
	MaxTenantBytes = 64
	MaxKeyBytes    = 4 << 10
	MaxTxBytes     = 64 << 20
)

// A Tx is one atomic change to the keys of one tenant.
//
// Checks and Absent are preconditions; if one does not hold when the
// transaction is applied, nothing of it is, and Commit returns a
// *ConflictError. Deleting a key that does not exist is not an error. A key
// stands at most once among Puts and Deletes together, and no key is empty. A
// transaction that changes nothing takes a place like any other.
//
// The log does not change a Tx; the caller must not change one, nor the values
// in it, after passing it to Commit.
type Tx struct {
	Tenant  string   // 1 to MaxTenantBytes bytes of a-z, 0-9 and '-'
	Checks  []Check  // keys that must be at a version
	Absent  []string // keys that must not exist
	Puts    []Put
	Deletes []string
}

// A Check demands that Key was last written by the transaction at Version.
// Version 0 demands that Key does not exist.
type Check struct {
	Key     string
	Version Seq
}

// A Put sets Key to Value. An empty value is a value; it is not a deletion.
type Put struct {
	Key   string
	Value []byte
}

// A Commit tells where and when a transaction was applied. Time is the log's
// own clock: it never runs backwards, has microseconds and is UTC. Every time
// that is stored comes from here.
type Commit struct {
	Seq  Seq
	Time time.Time
}

// An Entry is the newest value of a key, with the transaction that wrote it.
// Value is shared and must not be changed; it stays valid for good.
type Entry struct {
	Key   string
	Value []byte
	Commit
}

// A Record is one applied transaction as followers see it. It is shared and
// must not be changed.
type Record struct {
	Commit
	Tenant  string
	Changes []Change // in the order puts, deletes; no key twice
}

// A Change is a key's new value, or its end.
type Change struct {
	Key     string
	Value   []byte // nil when Deleted
	Deleted bool
}

// A Log is an ordered, durable sequence of transactions. All methods are safe
// for concurrent use.
type Log interface {
	// Commit applies tx and returns its place once it is durable and visible:
	// a View taken afterwards contains it. It returns a *ConflictError
	// (errors.Is ErrConflict) if a precondition did not hold, ErrInvalid or
	// ErrTooLarge if tx is malformed, ErrFull if the disk is nearly full and
	// ErrClosed after Close. If ctx ends while the outcome is undecided,
	// Commit returns ctx's error and tx may or may not be applied.
	Commit(ctx context.Context, tx Tx) (Commit, error)

	// View returns the present durable state. It never changes. The caller
	// must Close it, and should do so soon: a view holds old versions on disk.
	View() (View, error)

	// Follow calls apply for each record after the given place, in order, and
	// then for each new one as it becomes durable, until apply returns an
	// error, which Follow returns, or ctx ends. apply runs on the caller's
	// goroutine. A record that lies far back may omit a change whose key was
	// written again later: the later record carries it. Follow returns
	// ErrTooOld when the feed no longer reaches back to after; the caller then
	// starts again from a View. It returns ErrClosed once the log is closed.
	Follow(ctx context.Context, after Seq, apply func(Record) error) error

	// Wait returns when the transaction at seq is durable and visible. It
	// returns ErrClosed if the log is closed before that.
	Wait(ctx context.Context, seq Seq) error

	// Applied returns the place of the newest durable transaction.
	Applied() Seq

	// Checkpoint writes a copy of the log, as of some moment during the call,
	// into dir, which must not exist. The copy opens as a log of its own. A log
	// that keeps nothing on disk returns errors.ErrUnsupported.
	Checkpoint(ctx context.Context, dir string) error

	// Close ends the log. Commits under way finish or return ErrClosed. Close
	// waits for them; views still open stay usable until closed. A second
	// Close is harmless.
	Close() error
}

// A View is the state of the log at one place. Its methods are safe for
// concurrent use.
type View interface {
	// Seq returns the place of the newest transaction in the view.
	Seq() Seq

	// Get returns the value of a key, or ErrNotFound. What is no valid tenant
	// has no keys.
	Get(tenant, key string) (Entry, error)

	// Scan yields the entries of tenant whose key begins with prefix, in
	// byte order of keys, starting behind the key after (from the first when
	// after is empty). After an error it yields no more.
	Scan(tenant, prefix, after string) iter.Seq2[Entry, error]

	// Close releases the view, after which its methods return ErrClosed.
	// Entries read from it stay valid. A second Close is harmless.
	Close() error
}
