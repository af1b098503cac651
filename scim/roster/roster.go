// Package roster keeps, for every directory, the ids of its users and of its
// groups in the order they were created, so that a list request knows its total
// at once and begins a page anywhere without counting keys. It answers as a view
// of the log shows it, if that is not long past, so that a page and its total
// are of one moment.
//
// A Roster is rebuilt from the log at Open and follows it in Run, which owns
// its only goroutine.
package roster

import (
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"sync"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/stream"
)

// A Roster knows the ids of all users and groups. Methods are safe for
// concurrent use.
type Roster struct {
	log     stream.Log
	applied stream.Watermark

	mu     sync.RWMutex // guards all below; held for map and slice work only
	lists  map[name]*list
	recent recent

	seen    stream.Seq            // the newest transaction in lists
	watched map[string]stream.Seq // directory → the last transaction that wrote something of it
}

// name names a list.
type name struct {
	tenant, dir string
	kind        contact.Kind
}

// Open reads the roster of the given tenants from the log.
func Open(log stream.Log, tenants []string) (*Roster, error) {
	r := &Roster{log: log, lists: map[name]*list{}}
	view, err := log.View()
	if err != nil {
		return nil, err
	}
	defer view.Close() //nolint:errcheck // a view that was only read
	for _, tenant := range tenants {
		for _, kind := range []contact.Kind{contact.KindUser, contact.KindGroup} {
			for e, err := range view.Scan(tenant, kind.Prefix(), "") {
				if err != nil {
					return nil, fmt.Errorf("read the roster: %w", err)
				}
				r.change(0, tenant, e.Key, contact.Departed(e.Key, e.Value))
			}
		}
	}
	r.recent.reach, r.seen = view.Seq(), view.Seq()
	r.applied.Advance(view.Seq())
	return r, nil
}

// Run keeps the roster current until ctx ends or the log can no longer be
// followed, and returns why.
func (r *Roster) Run(ctx context.Context) error {
	return r.log.Follow(ctx, r.applied.Load(), r.apply)
}

func (r *Roster) apply(rec stream.Record) error {
	r.mu.Lock()
	for _, c := range rec.Changes {
		r.wrote(rec.Seq, c.Key)
		r.change(rec.Seq, rec.Tenant, c.Key, c.Deleted || contact.Departed(c.Key, c.Value))
	}
	r.seen = rec.Seq
	r.mu.Unlock()
	r.applied.Advance(rec.Seq)
	return nil
}

// change enters or strikes the id of one key. The caller holds mu. at is 0
// while the roster is read and has no past.
func (r *Roster) change(at stream.Seq, tenant, text string, deleted bool) {
	switch contact.Kind(text[0]) {
	case contact.KindUser, contact.KindGroup, contact.KindDirectory, contact.KindRemoved:
	default:
		return
	}
	k, ok := contact.ParseKey(text)
	if !ok {
		return
	}
	switch k.Kind {
	case contact.KindDirectory:
		if deleted {
			r.drop(tenant, k.Dir)
		}
		return
	case contact.KindRemoved:
		if tenant == contact.SystemTenant && !deleted {
			r.drop(k.Dir, "")
		}
		return
	}
	v, ok := parseID(k.ID)
	if !ok {
		return
	}
	n := name{tenant, k.Dir, k.Kind}
	l := r.lists[n]
	if l == nil {
		if deleted {
			return
		}
		l = &list{}
		r.lists[n] = l
	}
	changed := false
	if deleted {
		changed = l.remove(v)
	} else {
		changed = l.add(v)
	}
	if changed && at > 0 {
		r.recent.add(change{at, n, v, !deleted})
	}
}

// drop forgets a directory, or with dir "" a whole tenant.
func (r *Roster) drop(tenant, dir string) {
	maps.DeleteFunc(r.lists, func(n name, _ *list) bool {
		return n.tenant == tenant && (dir == "" || n.dir == dir)
	})
}

// Wait returns when the roster has seen the transaction at seq.
func (r *Roster) Wait(ctx context.Context, seq stream.Seq) error { return r.applied.Wait(ctx, seq) }

// Count returns how many users or groups (contact.KindUser, contact.KindGroup)
// a directory has.
func (r *Roster) Count(tenant, dir string, kind contact.Kind) int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if l := r.lists[name{tenant, dir, kind}]; l != nil {
		return l.count
	}
	return 0
}

// parseID reads a UUID's text.
func parseID(text contact.ID) (v id, ok bool) {
	if len(text) != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
		return id{}, false
	}
	digits := make([]byte, 0, 32)
	for _, part := range []contact.ID{text[:8], text[9:13], text[14:18], text[19:23], text[24:]} {
		digits = append(digits, part...)
	}
	_, err := hex.Decode(v[:], digits)
	return v, err == nil
}

func (v id) text() contact.ID {
	var b [36]byte
	hex.Encode(b[:8], v[:4])
	b[8] = '-'
	hex.Encode(b[9:13], v[4:6])
	b[13] = '-'
	hex.Encode(b[14:18], v[6:8])
	b[18] = '-'
	hex.Encode(b[19:23], v[8:10])
	b[23] = '-'
	hex.Encode(b[24:], v[10:])
	return contact.ID(b[:])
}
