package index

import (
	"slices"
	"strings"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/index/phone"
	"github.com/ringdex/ringdex/index/trie"
)

// A Caller is a question: who is this?
type Caller struct {
	Number  string // as the trunk, PBX or person wrote it
	Privacy string // the call's Privacy header, if any
	Context phone.Context
	// Origin says where Context.Region is from.
	Origin  Origin
	Explain bool // fill the answer's Trace
}

// An Identity is the answer to a Caller.
type Identity struct {
	phone.Answer
	Region     string // in which the number was read
	Origin     Origin // of Region
	Confidence int    // in hundredths; 0 without a match
	// Attestation is what the trunk said of the number's truth, the verstat
	// parameter: "TN-Validation-Passed". Empty if it said nothing.
	Attestation string

	snapshot *Snapshot
	room     []*Entry // of the candidates that were asked for
}

// Entry returns the contact of a candidate, which is read only now, and valid
// as long as the answer.
func (id *Identity) Entry(candidate int) *Entry {
	for len(id.room) <= candidate {
		id.room = append(id.room, newEntry())
	}
	e := id.room[candidate]
	id.snapshot.entries.read(trie.Doc(id.Candidates[candidate].Doc), e)
	return e
}

// Lookup says who a caller is. Without a region in the context it reads the
// number in the region of each directory, and reports people found in different
// readings as ambiguous.
func (s *Snapshot) Lookup(q Caller) Identity { return *s.Matcher().Lookup(q) }

// A Matcher answers one caller after the other from one snapshot, and uses its
// memory again: most answers allocate nothing. It is for one goroutine.
type Matcher struct {
	snapshot *Snapshot
	regions  []string
	id       Identity
	other    Identity // in another region
	finder   finder
	warming  warming
}

// Matcher returns a Matcher over s.
func (s *Snapshot) Matcher() *Matcher {
	return &Matcher{snapshot: s, finder: finder{s: s}, id: Identity{snapshot: s}, other: Identity{snapshot: s}}
}

// Lookup is Snapshot.Lookup. The answer, its entries included, is m's own and
// valid until its next call.
func (m *Matcher) Lookup(q Caller) *Identity {
	if q.Privacy == "" && !q.Explain && phone.IsPlain(q.Number) && m.exact(&q) {
		return &m.id
	}
	caller := phone.Clean(q.Number, q.Privacy)
	if q.Context.Region != "" || caller.Class == phone.ClassE164 {
		m.lookup(&caller, &q, q.Context.Region, &m.id) // no region could make a difference
		return &m.id
	}
	if m.regions == nil {
		m.regions = m.snapshot.regions()
	}
	q.Origin = OriginDirectory
	m.lookup(&caller, &q, m.regions[0], &m.id)
	for _, region := range m.regions[1:] {
		if m.id.Status != phone.StatusNone && !regional(m.id.Rung) {
			break
		}
		m.lookup(&caller, &q, region, &m.other)
		trace := slices.Concat(m.id.Trace, m.other.Trace)
		if betterReading(&m.id, &m.other) {
			m.id, m.other = m.other, m.id
		}
		m.id.add(&m.other)
		m.id.Trace = trace
	}
	return &m.id
}

// exact answers the frequent question: a number as trunks show it, which one
// contact has. It returns false if the ladder must decide.
func (m *Matcher) exact(q *Caller) bool {
	k := phone.Key{Space: phone.SpaceE164, Text: q.Number}
	var room [2]trie.Doc
	docs := m.snapshot.Find(k, room[:0])
	if len(docs) != 1 {
		return false
	}
	r := m.snapshot.entries.at(docs[0])
	if r == "" {
		return false
	}
	who := &m.finder.sketch
	r.sketch(who)
	slot := -1
	for i := range who.numbers {
		switch {
		case !who.numbers[i].Has(k):
		case slot >= 0:
			return false // of two numbers alike the ladder knows the better one
		default:
			slot = i
		}
	}
	if slot < 0 {
		return false
	}
	id := &m.id
	phone.MatchOne(q.Number, who.hit(docs[0], slot), &id.Answer)
	id.Region, id.Origin, id.Attestation, id.Confidence = q.Context.Region, q.Origin, "", phone.RungE164.Confidence()
	return true
}

// lookup answers in one region.
func (m *Matcher) lookup(caller *phone.Caller, q *Caller, region string, id *Identity) {
	id.Region, id.Origin, id.Attestation = region, q.Origin, caller.Attestation
	q.Context.Region = region
	if q.Explain {
		id.Answer = phone.Explain(*caller, q.Context, &m.finder)
	} else {
		phone.Match(*caller, q.Context, &m.finder, &id.Answer)
	}
	id.Confidence = confidence(&id.Answer, q.Origin)
}

// regions lists the default regions of the tenant's directories; at least one,
// which may be empty.
func (s *Snapshot) regions() []string {
	list := make([]string, 0, 4)
	for _, d := range s.directories {
		if d.DefaultRegion != "" && !slices.Contains(list, d.DefaultRegion) {
			list = append(list, d.DefaultRegion)
		}
	}
	if len(list) == 0 {
		return []string{""}
	}
	slices.Sort(list)
	return list
}

// regional tells whether a rung reads the number as dialled in a region.
func regional(r phone.Rung) bool {
	switch r {
	case phone.RungURI, phone.RungE164, phone.RungE164Ext, phone.RungExtension, phone.RungRaw:
		return false
	}
	return true
}

// betterReading tells whether b, read in another region, comes before a: people
// before none, and then the surer rung.
func betterReading(a, b *Identity) bool {
	switch {
	case b.Status == phone.StatusNone || len(b.Candidates) == 0 && len(a.Candidates) > 0:
		return false
	case a.Status == phone.StatusNone || len(a.Candidates) == 0:
		return true
	}
	return b.Rung < a.Rung
}

// add adds the people of a worse reading, who may be meant just as well.
func (id *Identity) add(worse *Identity) {
	if len(id.Candidates) == 0 {
		return
	}
	for _, c := range worse.Candidates {
		if !slices.ContainsFunc(id.Candidates, func(h phone.Hit) bool { return h.Doc == c.Doc || h.Person != "" && h.Person == c.Person }) {
			id.Candidates = append(id.Candidates, c)
			id.People++
		}
	}
	if id.People > 1 && id.Status != phone.StatusAmbiguous {
		id.Status = phone.StatusAmbiguous
		id.Reason = "the number reads differently in the regions of the directories"
	}
}

// confidence is that of the rung, less if the region is a guess.
func confidence(a *phone.Answer, from Origin) int {
	c := a.Rung.Confidence()
	if a.Rung != phone.RungNational {
		return c
	}
	switch from {
	case OriginSite:
		return c - 5
	case OriginDirectory:
		return c - 15
	}
	return c
}

// finder answers the ladder from a snapshot.
type finder struct {
	s      *Snapshot
	sketch sketch // of each who may be meant
}

// Find implements phone.Finder.
func (f *finder) Find(k phone.Key, dst []phone.Hit) []phone.Hit {
	var docs [16]trie.Doc
	return f.find(f.s.Find(k, docs[:0]), dst, func(n *phone.Number) bool { return n.Has(k) })
}

// FindSuffix implements phone.SuffixFinder.
func (f *finder) FindSuffix(digits string, dst []phone.Hit) []phone.Hit {
	k, ok := trie.Pack(digits)
	if !ok {
		return dst
	}
	docs, _ := f.s.tails.Prefix(k.Reverse(), phone.MaxCandidates, nil)
	return f.find(docs, dst, func(n *phone.Number) bool { return strings.HasSuffix(n.E164, digits) })
}

// find appends a hit for each number of the documents that is meant.
func (f *finder) find(docs []trie.Doc, dst []phone.Hit, meant func(n *phone.Number) bool) []phone.Hit {
	first, directory, several := len(dst), "", false
	for _, doc := range docs {
		if !f.read(doc) {
			continue
		}
		for slot := range f.sketch.numbers {
			if !meant(&f.sketch.numbers[slot].Number) {
				continue
			}
			several = several || len(dst) > first && f.sketch.directory != directory
			directory = f.sketch.directory
			dst = append(dst, f.sketch.hit(doc, slot))
		}
	}
	if several {
		f.samePeople(dst[first:])
	}
	return dst
}

// read reads the sketch of a document and returns false if there is none.
func (f *finder) read(doc trie.Doc) bool {
	r := f.s.entries.at(doc)
	if r == "" {
		return false
	}
	r.sketch(&f.sketch)
	return true
}

// hit returns what the ladder is told of a number.
func (s *sketch) hit(doc trie.Doc, slot int) phone.Hit {
	n := &s.numbers[slot]
	return phone.Hit{
		Doc: uint32(doc), Slot: slot, Person: string(s.id),
		E164: n.E164, Ext: n.Ext,
		TypeRank: int(n.mark & markRank), Primary: n.mark&markPrimary != 0, Inactive: !s.active, ID: string(s.id),
	}
}

// typeRank orders the numbers of a person by what a caller most likely uses.
func typeRank(numberType string) int {
	switch {
	case strings.EqualFold(numberType, "work"):
		return 0
	case strings.EqualFold(numberType, "mobile"):
		return 1
	}
	return 2
}

// maxSamePeople bounds the comparison of everybody with everybody.
const maxSamePeople = 64

// samePeople gives hits the same Person if they come from different
// directories and have an externalId or an e-mail address in common. Within a
// directory two users are two people.
func (f *finder) samePeople(hits []phone.Hit) {
	if len(hits) > maxSamePeople {
		return
	}
	entries := make([]*Entry, len(hits))
	for i := range hits {
		entries[i] = f.s.entries.entry(trie.Doc(hits[i].Doc))
		for j := range i {
			if hits[i].Doc != hits[j].Doc && samePerson(entries[i], entries[j]) {
				hits[i].Person = hits[j].Person
				break
			}
		}
	}
}

func samePerson(a, b *Entry) bool {
	if a.DirectoryID == b.DirectoryID {
		return false
	}
	if a.ExternalID != "" && a.ExternalID == b.ExternalID {
		return true
	}
	return slices.ContainsFunc(a.Emails, func(m contact.Email) bool {
		return m.Value != "" && slices.ContainsFunc(b.Emails, func(n contact.Email) bool { return strings.EqualFold(m.Value, n.Value) })
	})
}
