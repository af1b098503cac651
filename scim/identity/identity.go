// Package identity knows by which ids people go in other systems: the
// externalIds of the extension that contact centre platforms of Genesys define,
//
//	{"externalIds":[{"authority":"zoomphone","value":"z-1"},{"authority":"microsoftteams","value":"…"}]}
//
// so that news from such a system finds its person. A Book is rebuilt from the
// log at Open and kept current by Run, which follows the log on the caller's
// goroutine. It holds only people who have such ids.
package identity

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
	"github.com/ringdex/ringdex/stream"
)

// maxIDs is how many ids of one person are kept.
const maxIDs = 32

// An ExternalID is how a person is known in another system.
type ExternalID struct {
	Authority string // the system, in lower case: "zoomphone"
	Value     string
}

// owner is a person of a directory. Ids of directories are unique over all
// tenants.
type owner struct {
	directory string
	id        contact.ID
}

// name is an ExternalID within a directory.
type name struct {
	directory string
	ExternalID
}

// A Book answers who has an external id. Its methods are safe for concurrent
// use.
type Book struct {
	log   stream.Log
	after stream.Seq // where Run begins

	mu  sync.RWMutex // guards all below; held for map work only
	of  map[owner][]ExternalID
	who map[name][]contact.ID
}

// Open reads the book of the tenants from the log. Those that come later, Run
// hears of. The caller must then Run it.
func Open(log stream.Log, tenants []string) (*Book, error) {
	view, err := log.View()
	if err != nil {
		return nil, err
	}
	defer view.Close() //nolint:errcheck // a view that was only read
	b := &Book{log: log, after: view.Seq(), of: map[owner][]ExternalID{}, who: map[name][]contact.ID{}}
	for _, tenant := range tenants {
		for e, err := range view.Scan(tenant, contact.KindUser.Prefix(), "") {
			if err != nil {
				return nil, fmt.Errorf("read external ids: %w", err)
			}
			if err := b.put(e.Key, e.Value); err != nil {
				return nil, err
			}
		}
	}
	return b, nil
}

// Run keeps the book current until ctx ends or the log can no longer be
// followed, and returns why.
func (b *Book) Run(ctx context.Context) error {
	return b.log.Follow(ctx, b.after, func(rec stream.Record) error {
		for _, c := range rec.Changes {
			if contact.Kind(c.Key[0]) != contact.KindUser {
				continue
			}
			value := c.Value
			if c.Deleted {
				value = nil
			}
			if err := b.put(c.Key, value); err != nil {
				return err
			}
		}
		return nil
	})
}

// Find returns who has an id in a directory, the authority in any case. More
// than one is the provider's mistake, and nobody is preferred.
func (b *Book) Find(directory, authority, value string) []contact.ID {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return slices.Clone(b.who[name{directory, ExternalID{strings.ToLower(authority), value}}])
}

// Of returns a person's id in another system, "" if there is none.
func (b *Book) Of(directory string, id contact.ID, authority string) string {
	b.mu.RLock()
	defer b.mu.RUnlock()
	for _, x := range b.of[owner{directory, id}] {
		if strings.EqualFold(x.Authority, authority) {
			return x.Value
		}
	}
	return ""
}

// put takes over what a user's record says; nil for one that was deleted.
func (b *Book) put(key string, value []byte) error {
	k, ok := contact.ParseKey(key)
	if !ok {
		return nil
	}
	var ids []ExternalID
	if value != nil {
		_, body, err := contact.SplitUser(value)
		if err != nil {
			return fmt.Errorf("%w: user record: %w", stream.ErrCorrupt, err)
		}
		if mentionsIDs(body) {
			ids = read(body)
		}
	}
	b.replace(owner{k.Dir, k.ID}, ids)
	return nil
}

func (b *Book) replace(o owner, ids []ExternalID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, x := range b.of[o] {
		n := name{o.directory, x}
		if left := slices.DeleteFunc(b.who[n], func(id contact.ID) bool { return id == o.id }); len(left) > 0 {
			b.who[n] = left
		} else {
			delete(b.who, n)
		}
	}
	delete(b.of, o)
	if len(ids) == 0 {
		return
	}
	b.of[o] = ids
	for _, x := range ids {
		n := name{o.directory, x}
		b.who[n] = append(b.who[n], o.id)
	}
}

// read returns the external ids in a user's JSON, each once.
func read(body []byte) []ExternalID {
	v, err := resource.Parse(body, resource.Limits{})
	if err != nil {
		return nil // it was stored by another release; what it says is SCIM's to judge
	}
	all := v.Get(schema.GenesysURN).Get("externalIds")
	if all.Kind() == resource.Object { // one that was sent without its array
		all = resource.OfArray(all)
	}
	var ids []ExternalID
	for e := range all.Elems() {
		x := ExternalID{strings.ToLower(e.Get("authority").Text()), e.Get("value").Text()}
		if x.Authority != "" && x.Value != "" && !slices.Contains(ids, x) && len(ids) < maxIDs {
			ids = append(ids, x)
		}
	}
	return ids
}

// mentionsIDs tells whether a body may have external ids, without parsing it:
// most have none. A name may be written with escapes.
func mentionsIDs(body []byte) bool {
	const word = "externalids"
	if bytes.Contains(body, []byte(`\u`)) {
		return true
	}
	for {
		i := bytes.IndexAny(body, "xX")
		if i < 0 {
			return false
		}
		if i > 0 && len(body) >= i-1+len(word) && bytes.EqualFold(body[i-1:i-1+len(word)], []byte(word)) {
			return true
		}
		body = body[i+1:]
	}
}
