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
	Explain bool // fill the answer's Trace
}

// An Identity is the answer to a Caller.
type Identity struct {
	phone.Answer
	Region  string   // in which the number was read
	Entries []*Entry // parallel to Candidates
}

// Lookup says who a caller is. Without a region in the context it reads the
// number in the region of each directory, and reports people found in different
// readings as ambiguous.
func (s *Snapshot) Lookup(q Caller) Identity {
	caller := phone.Clean(q.Number, q.Privacy)
	if q.Context.Region != "" {
		return s.lookupIn(caller, q, q.Context.Region)
	}
	regions := s.regions()
	best := s.lookupIn(caller, q, regions[0])
	for _, region := range regions[1:] {
		if best.Status != phone.StatusNone && !regional(best.Rung) {
			break // no other reading could differ
		}
		best = merge(best, s.lookupIn(caller, q, region))
	}
	return best
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

// merge combines the answers of two regions.
func merge(a, b Identity) Identity {
	switch {
	case b.Status == phone.StatusNone || len(b.Candidates) == 0 && len(a.Candidates) > 0:
		return a
	case a.Status == phone.StatusNone || len(a.Candidates) == 0:
		return b
	case b.Rung < a.Rung:
		a, b = b, a
	}
	for i, c := range b.Candidates {
		if !slices.ContainsFunc(a.Candidates, func(h phone.Hit) bool { return h.Doc == c.Doc || h.Person != "" && h.Person == c.Person }) {
			a.Candidates = append(a.Candidates, c)
			a.Entries = append(a.Entries, b.Entries[i])
			a.People++
		}
	}
	if a.People > 1 && a.Status != phone.StatusAmbiguous {
		a.Status = phone.StatusAmbiguous
		a.Reason = "the number reads differently in the regions of the directories"
	}
	return a
}

func (s *Snapshot) lookupIn(caller phone.Caller, q Caller, region string) Identity {
	id := Identity{Region: region}
	ctx := q.Context
	ctx.Region = region
	f := finder{s}
	if q.Explain {
		id.Answer = phone.Explain(caller, ctx, f)
	} else {
		phone.Match(caller, ctx, f, &id.Answer)
	}
	for _, c := range id.Candidates {
		id.Entries = append(id.Entries, s.entries.at(trie.Doc(c.Doc)))
	}
	return id
}

// finder answers the ladder from a snapshot.
type finder struct{ s *Snapshot }

// Find implements phone.Finder.
func (f finder) Find(k phone.Key, dst []phone.Hit) []phone.Hit {
	var docs [16]trie.Doc
	var keys [8]phone.Key
	first := len(dst)
	for _, doc := range f.s.keys.Find(keyHash(k), docs[:0]) {
		e := f.s.entries.at(doc)
		if e == nil {
			continue
		}
		for slot := range e.Parsed {
			if slices.Contains(e.Parsed[slot].Keys(keys[:0]), k) {
				dst = append(dst, hit(doc, slot, e))
			}
		}
	}
	f.samePeople(dst[first:])
	return dst
}

// FindSuffix implements phone.SuffixFinder.
func (f finder) FindSuffix(digits string, dst []phone.Hit) []phone.Hit {
	k, ok := trie.Pack(digits)
	if !ok {
		return dst
	}
	docs, _ := f.s.tails.Prefix(k.Reverse(), phone.MaxCandidates, nil)
	first := len(dst)
	for _, doc := range docs {
		e := f.s.entries.at(doc)
		for slot := range e.Parsed {
			if strings.HasSuffix(e.Parsed[slot].E164, digits) {
				dst = append(dst, hit(doc, slot, e))
			}
		}
	}
	f.samePeople(dst[first:])
	return dst
}

func hit(doc trie.Doc, slot int, e *Entry) phone.Hit {
	return phone.Hit{
		Doc: uint32(doc), Slot: slot, Person: string(e.ID),
		E164: e.Parsed[slot].E164, Ext: e.Parsed[slot].Ext,
		TypeRank: typeRank(e.Numbers[slot].Type), Primary: e.Numbers[slot].Primary, Inactive: !e.Active, ID: string(e.ID),
	}
}

// typeRank orders the numbers of a person by what a caller most likely uses.
func typeRank(numberType string) int {
	switch strings.ToLower(numberType) {
	case "work":
		return 0
	case "mobile":
		return 1
	}
	return 2
}

// maxSamePeople bounds the comparison of everybody with everybody.
const maxSamePeople = 64

// samePeople gives hits the same Person if they come from different
// directories and have an externalId or an e-mail address in common. Within a
// directory two users are two people.
func (f finder) samePeople(hits []phone.Hit) {
	if len(hits) > maxSamePeople {
		return
	}
	for i := range hits {
		for j := range i {
			if hits[i].Doc != hits[j].Doc && samePerson(f.s.entries.at(trie.Doc(hits[i].Doc)), f.s.entries.at(trie.Doc(hits[j].Doc))) {
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
