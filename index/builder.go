package index

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

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

	pending     map[trie.Doc]record // what the documents become; "": nothing
	ids         map[contact.ID]trie.Doc
	free        []trie.Doc // documents without a record in base and pending
	next        trie.Doc   // the first document never used
	groups      map[contact.ID]*Group
	directories map[string]contact.Directory
	// absent are the groups of members who have no record: users who do not
	// exist yet, or whom lookups shall not find. All others' are in the record.
	absent map[member][]contact.ID
	plan   planBuilder
}

// member names somebody in the member list of a group.
type member struct{ dir, id string }

func newBuilder(t *tenant) *builder {
	b := &builder{tenant: t, base: emptySnapshot(), absent: map[member][]contact.ID{}, plan: newPlanBuilder()}
	b.base.entries.shown = newShown()
	b.reset()
	return b
}

// reset begins to gather anew on top of base.
func (b *builder) reset() {
	b.pending = map[trie.Doc]record{}
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
	d, err := b.derive(k, c.Value, seq)
	if err != nil {
		return err
	}
	b.put(d)
	return nil
}

// A derived is what a stored user becomes.
type derived struct {
	member member
	groups []contact.ID
	record record // "" if lookups shall not find the user
}

// derive returns what a stored user becomes. It only reads the builder.
func (b *builder) derive(k contact.Key, value []byte, seq stream.Seq) (derived, error) {
	out := derived{member: member{k.Dir, string(k.ID)}}
	header, err := contact.Header(value)
	if err != nil {
		return out, fmt.Errorf("%w: %w", stream.ErrCorrupt, err)
	}
	var c contact.Contact
	if err := contact.DecodeHeader(string(header), &c); err != nil {
		return out, fmt.Errorf("%w: %w", stream.ErrCorrupt, err)
	}
	out.groups = b.groupsOf(out.member)
	if d, ok := b.directoryOf(k.Dir); ok && (c.Active || d.InactiveSearchable) {
		out.record = newRecord(&c, header, d.DefaultRegion, out.groups, seq)
	}
	return out, nil
}

// groupsOf returns the groups of somebody, in order.
func (b *builder) groupsOf(m member) []contact.ID {
	if _, r := b.find(contact.ID(m.id)); r != "" && r.directoryID() == m.dir {
		return r.groups()
	}
	return b.absent[m]
}

// put enters what a user became.
func (b *builder) put(d derived) {
	id := contact.ID(d.member.id)
	if d.record == "" {
		b.remove(id)
		return
	}
	doc, old := b.find(id)
	if old == "" {
		doc = b.docFor(id)
		delete(b.absent, d.member)
	}
	b.pending[doc] = d.record
}

// docFor returns a document for a contact that has no record now. One that was
// removed and came back before anybody saw it gone keeps its document, so that
// it shows as changed.
func (b *builder) docFor(id contact.ID) trie.Doc {
	if doc, r := b.base.find(id); r != "" {
		return doc
	}
	doc := b.newDoc()
	b.ids[contact.ID(strings.Clone(string(id)))] = doc // the record may go before the map
	return doc
}

// remove takes somebody out, whose groups stay what they are.
func (b *builder) remove(id contact.ID) {
	doc, r := b.find(id)
	if r == "" {
		return
	}
	delete(b.ids, id)
	b.pending[doc] = ""
	if groups := r.groups(); len(groups) > 0 {
		b.absent[member{r.directoryID(), string(id)}] = groups
	}
}

// find returns the document and present record of a contact; "" if it has none.
func (b *builder) find(id contact.ID) (trie.Doc, record) {
	if doc, ok := b.ids[id]; ok {
		return doc, b.pending[doc]
	}
	doc, r := b.base.find(id)
	if r == "" {
		return 0, ""
	}
	if p, changed := b.pending[doc]; changed {
		return doc, p
	}
	return doc, r
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
	doc, r := b.find(contact.ID(k.Member))
	known := r != "" && r.directoryID() == k.Dir
	var list []contact.ID
	if known {
		list = r.groups()
	} else {
		list = b.absent[m]
	}
	at, found := slices.BinarySearch(list, k.ID)
	switch {
	case deleted && found:
		list = slices.Concat(list[:at], list[at+1:])
	case !deleted && !found:
		list = slices.Concat(list[:at], []contact.ID{k.ID}, list[at:])
	default:
		return
	}
	switch {
	case known:
		b.pending[doc] = r.withGroups(list, seq)
	case len(list) == 0:
		delete(b.absent, m)
	default:
		b.absent[m] = list
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
		k, ok := contact.ParseKey(stored.Key)
		if !ok {
			continue
		}
		d, err := b.derive(k, stored.Value, seq)
		if err != nil {
			return err
		}
		b.put(d)
	}
	return nil
}

func (b *builder) dropDirectory(dir string) {
	for doc, r := range b.base.entries.all {
		if r.directoryID() == dir {
			b.pending[doc] = ""
		}
	}
	for doc, r := range b.pending {
		if r != "" && r.directoryID() == dir {
			delete(b.ids, r.id())
			b.pending[doc] = ""
		}
	}
	maps.DeleteFunc(b.absent, func(m member, _ []contact.ID) bool { return m.dir == dir })
	if b.groups == nil {
		b.groups = maps.Clone(b.base.groups)
	}
	maps.DeleteFunc(b.groups, func(_ contact.ID, g *Group) bool { return g.DirectoryID == dir })
}

// build returns the snapshot with everything gathered, and what changed of
// contacts, and begins anew on top of it.
func (b *builder) build(seq stream.Seq) (*Snapshot, []Change) {
	docs := slices.Sorted(maps.Keys(b.pending))
	changes := b.changes(docs)
	return b.advance(seq, docs), changes
}

// buildAll is build for a start, when nobody asks what changed.
func (b *builder) buildAll(seq stream.Seq) *Snapshot {
	return b.advance(seq, slices.Sorted(maps.Keys(b.pending)))
}

// advance returns the snapshot with everything gathered, of which docs are the
// documents.
func (b *builder) advance(seq stream.Seq, docs []trie.Doc) *Snapshot {
	next := *b.base
	next.seq = seq
	if b.groups != nil {
		next.groups = b.groups
	}
	if b.directories != nil {
		next.directories = b.directories
	}
	next.plan = b.plan.build()
	if len(docs) > 0 {
		b.structures(&next, docs)
	}
	b.base = &next
	b.reset()
	return &next
}

// changes lists the net changes of the pending documents, in their order so
// that the same records give the same list.
func (b *builder) changes(docs []trie.Doc) []Change {
	list := make([]Change, 0, len(docs))
	entries := &b.base.entries
	for _, doc := range docs {
		before, after := entries.at(doc), b.pending[doc]
		if before == "" && after == "" {
			continue
		}
		c := Change{Before: entries.entryOf(before), After: entries.entryOf(after)}
		if c.After != nil {
			c.ID = c.After.ID
			c.texts = before == "" || before.lasting() != after.lasting()
		} else {
			c.ID = c.Before.ID
		}
		list = append(list, c)
	}
	return list
}
