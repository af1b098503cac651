package index

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/index/trie"
	"github.com/ringdex/ringdex/stream"
)

// A Group is a group as far as contacts show it. Groups are shared and never
// change.
type Group struct {
	ID          contact.ID
	DirectoryID string
	DisplayName string
}

// A builder gathers changes on top of a published snapshot until build turns
// them into the next one. It is owned by one goroutine at a time.
type builder struct {
	tenant *tenant
	base   *Snapshot

	pending     map[trie.Doc]*Entry // what the documents become; nil: nothing
	ids         map[contact.ID]trie.Doc
	free        []trie.Doc // documents without an entry in base and pending
	next        trie.Doc   // the first document never used
	groups      map[contact.ID]*Group
	directories map[string]contact.Directory
	memberOf    map[member][]contact.ID // also of members that do not exist yet; not in snapshots
	plan        planBuilder
}

// member names somebody in the member list of a group.
type member struct{ dir, id string }

func newBuilder(t *tenant) *builder {
	b := &builder{tenant: t, base: emptySnapshot(), memberOf: map[member][]contact.ID{}, plan: newPlanBuilder()}
	b.reset()
	return b
}

// reset begins to gather anew on top of base.
func (b *builder) reset() {
	b.pending = map[trie.Doc]*Entry{}
	b.ids = map[contact.ID]trie.Doc{}
	b.groups, b.directories = nil, nil
}

// apply takes in one record.
func (b *builder) apply(rec stream.Record) error {
	for _, c := range rec.Changes {
		if err := b.change(c, rec.Seq); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) change(c stream.Change, seq stream.Seq) error {
	k, ok := contact.ParseKey(c.Key)
	if !ok {
		return nil
	}
	switch k.Kind {
	case contact.KindUser:
		return b.user(k, c, seq)
	case contact.KindMember:
		b.membership(k, c.Deleted, seq)
	case contact.KindGroup:
		return b.group(k, c)
	case contact.KindDirectory:
		return b.directory(k, c, seq)
	case contact.KindSite:
		return b.plan.site(k, c)
	case contact.KindRange:
		return b.plan.block(k, c)
	}
	return nil
}

// user enters, replaces or removes a contact.
func (b *builder) user(k contact.Key, c stream.Change, seq stream.Seq) error {
	if c.Deleted {
		b.remove(k.ID)
		return nil
	}
	e, err := b.derive(c.Value, seq)
	if err != nil {
		return err
	}
	b.putEntry(c.Key, e)
	return nil
}

// derive returns the entry of a stored user, or nil if lookups shall not find
// it. It only reads the builder.
func (b *builder) derive(value []byte, seq stream.Seq) (*Entry, error) {
	u, err := contact.DecodeUser(value)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", stream.ErrCorrupt, err)
	}
	d, ok := b.directoryOf(u.DirectoryID)
	if !ok || !u.Active && !d.InactiveSearchable {
		return nil, nil //nolint:nilnil // no entry is an answer here
	}
	groups := b.memberOf[member{u.DirectoryID, string(u.ID)}]
	c := u.Contact // alone: the resource behind it is not kept
	return newEntry(&c, d.DefaultRegion, groups, seq), nil
}

// putEntry enters what the user under key became.
func (b *builder) putEntry(key string, e *Entry) {
	if e == nil {
		if k, ok := contact.ParseKey(key); ok {
			b.remove(k.ID)
		}
		return
	}
	doc, old := b.find(e.ID)
	if old == nil {
		doc = b.docFor(e.ID)
	}
	b.pending[doc] = e
}

// docFor returns a document for a contact that has no entry now. One that was
// removed and came back before anybody saw it gone keeps its document, so that
// it shows as changed.
func (b *builder) docFor(id contact.ID) trie.Doc {
	if doc, e := b.base.find(id); e != nil {
		return doc
	}
	doc := b.newDoc()
	b.ids[id] = doc
	return doc
}

func (b *builder) remove(id contact.ID) {
	doc, e := b.find(id)
	if e == nil {
		return
	}
	delete(b.ids, id)
	b.pending[doc] = nil
}

// find returns the document and present entry of a contact; nil if it has none.
func (b *builder) find(id contact.ID) (trie.Doc, *Entry) {
	if doc, ok := b.ids[id]; ok {
		return doc, b.pending[doc]
	}
	doc, e := b.base.find(id)
	if e == nil {
		return 0, nil
	}
	if p, changed := b.pending[doc]; changed {
		return doc, p
	}
	return doc, e
}

func (b *builder) newDoc() trie.Doc {
	if n := len(b.free); n > 0 {
		doc := b.free[n-1]
		b.free = b.free[:n-1]
		return doc
	}
	b.next++
	return b.next - 1
}

// membership enters or strikes a member of a group.
func (b *builder) membership(k contact.Key, deleted bool, seq stream.Seq) {
	m := member{k.Dir, k.Member}
	list := b.memberOf[m]
	at, found := slices.BinarySearch(list, k.ID)
	switch {
	case deleted && found:
		list = slices.Concat(list[:at], list[at+1:])
	case !deleted && !found:
		list = slices.Concat(list[:at], []contact.ID{k.ID}, list[at:])
	default:
		return
	}
	if len(list) == 0 {
		delete(b.memberOf, m)
	} else {
		b.memberOf[m] = list
	}
	if doc, e := b.find(contact.ID(k.Member)); e != nil && e.DirectoryID == k.Dir {
		b.pending[doc] = e.withGroups(list, seq)
	}
}

// group enters, renames or removes a group. Its memberships are keys of their
// own, deleted with it.
func (b *builder) group(k contact.Key, c stream.Change) error {
	if b.groups == nil {
		b.groups = maps.Clone(b.base.groups)
	}
	if c.Deleted {
		delete(b.groups, k.ID)
		return nil
	}
	g, err := contact.DecodeGroup(c.Value)
	if err != nil {
		return fmt.Errorf("%w: %w", stream.ErrCorrupt, err)
	}
	b.groups[g.ID] = &Group{ID: g.ID, DirectoryID: g.DirectoryID, DisplayName: g.DisplayName}
	return nil
}

func (b *builder) directoryOf(id string) (contact.Directory, bool) {
	if b.directories != nil {
		d, ok := b.directories[id]
		return d, ok
	}
	d, ok := b.base.directories[id]
	return d, ok
}

// directory enters, changes or removes a directory. A removed one loses its
// contacts at once; one that reads numbers differently, or shows other people,
// is derived anew.
func (b *builder) directory(k contact.Key, c stream.Change, seq stream.Seq) error {
	old, existed := b.directoryOf(k.Dir)
	if b.directories == nil {
		b.directories = maps.Clone(b.base.directories)
	}
	if c.Deleted {
		delete(b.directories, k.Dir)
		b.dropDirectory(k.Dir)
		return nil
	}
	d, err := contact.DecodeDirectory(c.Value)
	if err != nil {
		return fmt.Errorf("%w: %w", stream.ErrCorrupt, err)
	}
	b.directories[k.Dir] = d
	same := old.DefaultRegion == d.DefaultRegion && old.InactiveSearchable == d.InactiveSearchable
	if !existed || same {
		return nil
	}
	return b.rederive(k.Dir, seq)
}

// rederive reads a directory's users again from the log. The view may be newer
// than the record; the records behind then change nothing.
func (b *builder) rederive(dir string, seq stream.Seq) (err error) {
	view, err := b.tenant.index.log.View()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, view.Close()) }()
	for stored, err := range view.Scan(b.tenant.id, contact.UserPrefix(dir), "") {
		if err != nil {
			return err
		}
		e, err := b.derive(stored.Value, seq)
		if err != nil {
			return err
		}
		b.putEntry(stored.Key, e)
	}
	return nil
}

func (b *builder) dropDirectory(dir string) {
	for doc, e := range b.base.entries.all {
		if e.DirectoryID == dir {
			b.pending[doc] = nil
		}
	}
	for doc, e := range b.pending {
		if e != nil && e.DirectoryID == dir {
			delete(b.ids, e.ID)
			b.pending[doc] = nil
		}
	}
	maps.DeleteFunc(b.memberOf, func(m member, _ []contact.ID) bool { return m.dir == dir })
	if b.groups == nil {
		b.groups = maps.Clone(b.base.groups)
	}
	maps.DeleteFunc(b.groups, func(_ contact.ID, g *Group) bool { return g.DirectoryID == dir })
}

// build returns the snapshot with everything gathered, and what changed of
// contacts, and begins anew on top of it.
func (b *builder) build(seq stream.Seq) (*Snapshot, []Change) {
	next := *b.base
	next.seq = seq
	if b.groups != nil {
		next.groups = b.groups
	}
	if b.directories != nil {
		next.directories = b.directories
	}
	next.plan = b.plan.build()
	docs := slices.Sorted(maps.Keys(b.pending))
	changes := b.changes(docs)
	if len(docs) > 0 {
		b.structures(&next, docs)
	}
	b.base = &next
	b.reset()
	return &next, changes
}

// changes lists the net changes of the pending documents, in their order so
// that the same records give the same list.
func (b *builder) changes(docs []trie.Doc) []Change {
	list := make([]Change, 0, len(docs))
	for _, doc := range docs {
		before, after := b.base.entries.at(doc), b.pending[doc]
		switch {
		case before == nil && after == nil:
		case after == nil:
			list = append(list, Change{ID: before.ID, Before: before})
		default:
			list = append(list, Change{ID: after.ID, Before: before, After: after})
		}
	}
	return list
}
