package index

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/index/text"
	"github.com/ringdex/ringdex/index/trie"
)

// A Mode says how the words of a search are understood.
type Mode string

// The modes.
const (
	ModeAuto   Mode = "auto"   // digits are a number or an extension, and then a name on the keypad; anything else is words
	ModeName   Mode = "name"   // always words
	ModeNumber Mode = "number" // always digits of a number
	ModeKeypad Mode = "keypad" // always the keys that a name is typed with: 5646 for John
)

// A Search is a question: who do you mean?
type Search struct {
	Text      string // words and terms: "ann dept:sales has:mobile"
	Mode      Mode   // "" is ModeAuto
	Limit     int    // 1 to trie.MaxLimit
	Region    string // in which typed digits are read; "" is that of the directories
	Directory string // "" is all
	Group     contact.ID
	// Department keeps people of one department, compared without case.
	Department string
	// Accept keeps people for whom it holds; nil keeps all. It is called on
	// the caller's goroutine, as Is is, with an entry that is valid until it
	// returns.
	Accept func(*Entry) bool
	// Circle are people who come before others that match equally well, the
	// nearest first: favourites and recent calls of whoever asks.
	Circle []contact.ID
	// Is tells whether somebody is as "is:" in the text says: "available". nil
	// is nobody.
	Is func(e *Entry, word string) bool
}

// A Found is a contact that a search found.
type Found struct {
	*Entry
	Tier       string // how well it matches: "whole", "exact", "inOrder", … "text"
	Typos      int
	Field      string // in which the search was found at least: "displayName"
	Position   int    // words before the first hit
	Highlights []Highlight
}

// A Highlight is a part of a field that was hit: code points Start to End
// (exclusive) of the value as shown. Of a list, Field is "emails" or "numbers"
// and Index the element.
type Highlight struct {
	Field string
	Index int
	Start int
	End   int
}

// Search finds people by words or digits, best first, and tells whether there
// are more than q.Limit. A text of nothing but filters finds all whom they let
// through, by name. It returns text.ErrTooLong for a text beyond any search
// box, and ctx's error if ctx ends first.
func (x *Index) Search(ctx context.Context, tenant string, q Search) (found []Found, more bool, err error) {
	if len(q.Text) > text.MaxTextBytes {
		return nil, false, text.ErrTooLong
	}
	s := x.Snapshot(tenant)
	asked := readQuestion(q.Text)
	accept := s.acceptor(q, asked.terms)
	exact := withClauses(accept, asked.clauses)
	q.Text = asked.words
	if q.Mode != ModeName {
		if found, more = s.searchDigits(q, exact); len(found) > 0 || q.Mode == ModeNumber || q.Mode == ModeKeypad {
			return found, more, nil
		}
	}
	if q.Text = asked.plain(); strings.TrimSpace(q.Text) == "" {
		if accept == nil {
			found, more = s.searchCircle(q)
			return found, more, ctx.Err()
		}
		return s.searchAll(ctx, q.Limit, accept)
	}
	found, more = s.searchNames(q, exact)
	if len(found) >= q.Limit || len(asked.clauses) == 0 && utf8.RuneCountInString(q.Text) < minText {
		return found, more, nil
	}
	parsed := text.Query{Text: asked.words, Clauses: asked.clauses, Directory: q.Directory}
	behind, err := x.searchText(ctx, tenant, s, q, parsed, accept)
	if err != nil {
		return nil, false, err
	}
	found, cut := appendNew(found, behind, q.Limit)
	return found, more || cut, nil
}

// appendNew appends those who are not in list yet, up to limit, and tells
// whether some had no room.
func appendNew(list, then []Found, limit int) (all []Found, cut bool) {
	known := make(map[contact.ID]bool, len(list))
	for _, f := range list {
		known[f.ID] = true
	}
	for _, f := range then {
		switch {
		case known[f.ID]:
		case len(list) == limit:
			return list, true
		default:
			list = append(list, f)
		}
	}
	return list, false
}

// minText is the shortest text worth asking the text index about: typing
// errors count from four letters, and anything shorter the tries know.
const minText = 4

// acceptor combines the filters of q, those of its text included; nil if there
// are none.
func (s *Snapshot) acceptor(q Search, terms []term) func(*Entry) bool {
	if q.Directory == "" && q.Group == "" && q.Department == "" && q.Accept == nil && len(terms) == 0 {
		return nil
	}
	filters := make([]func(*Entry) bool, len(terms))
	for i, t := range terms {
		filters[i] = s.filter(t, q.Is)
	}
	return func(e *Entry) bool {
		return (q.Directory == "" || e.DirectoryID == q.Directory) &&
			(q.Group == "" || e.InGroup(q.Group)) &&
			(q.Department == "" || strings.EqualFold(e.Department, q.Department)) &&
			(q.Accept == nil || q.Accept(e)) && allHold(filters, e)
	}
}

func allHold(filters []func(*Entry) bool, e *Entry) bool {
	for _, holds := range filters {
		if !holds(e) {
			return false
		}
	}
	return true
}

// withClauses adds to accept that each clause is met word by word.
func withClauses(accept func(*Entry) bool, clauses []text.Clause) func(*Entry) bool {
	if len(clauses) == 0 {
		return accept
	}
	filters := make([]func(*Entry) bool, 0, len(clauses)+1)
	if accept != nil {
		filters = append(filters, accept)
	}
	for _, c := range clauses {
		filters = append(filters, matcherOf(c))
	}
	return func(e *Entry) bool { return allHold(filters, e) }
}

func (s *Snapshot) searchNames(q Search, accept func(*Entry) bool) ([]Found, bool) {
	query := trie.Query{Text: q.Text, Limit: q.Limit, Boost: s.boosts(q.Circle)}
	if accept != nil {
		var e Entry
		query.Accept = func(doc trie.Doc) bool { return s.entries.read(doc, &e) && accept(&e) }
	}
	hits, more := s.names.Search(query, nil)
	marker := trie.NewHighlighter(q.Text, 0)
	found := make([]Found, 0, len(hits))
	for _, h := range hits {
		e := s.entries.entry(h.Doc)
		found = append(found, Found{
			Entry: e, Tier: h.Score.Tier.String(), Typos: int(h.Score.Typos),
			Field: weightName(h.Score.Field), Position: int(h.Score.Position), Highlights: e.highlight(marker),
		})
	}
	return found, more
}

// highlight returns what a search text hits in e's texts.
func (e *Entry) highlight(query *trie.Highlighter) []Highlight {
	fields := nameFields(&e.Contact)
	marks := query.Highlights(fields, nil)
	out := make([]Highlight, 0, len(marks))
	email := 0
	first := slices.IndexFunc(fields, func(f trie.Field) bool { return f.Kind == trie.Email })
	for _, m := range marks {
		h := Highlight{Field: fieldName(fields[m.Field].Kind), Start: m.Start, End: m.End}
		if fields[m.Field].Kind == trie.Email {
			email = m.Field - first
			h.Index = email
		}
		out = append(out, h)
	}
	return out
}

func fieldName(k trie.Kind) string {
	switch k {
	case trie.Display:
		return "displayName"
	case trie.Given:
		return "givenName"
	case trie.Family:
		return "familyName"
	case trie.Nick, trie.Phonetic:
		return "nickName"
	case trie.Email:
		return "emails"
	case trie.UserName:
		return "userName"
	case trie.Title:
		return "title"
	case trie.Department:
		return "department"
	}
	return "company"
}

// weightName returns the field that stands for a weight.
func weightName(w trie.Weight) string {
	kinds := [...]trie.Kind{
		trie.WeightName: trie.Display, trie.WeightNick: trie.Nick, trie.WeightEmail: trie.Email, trie.WeightUserName: trie.UserName,
		trie.WeightTitle: trie.Title, trie.WeightDepartment: trie.Department, trie.WeightCompany: trie.Company,
	}
	return fieldName(kinds[w])
}

// searchText asks the text index, which may be a moment behind: what it finds
// counts only as far as the snapshot still has it.
func (x *Index) searchText(ctx context.Context, tenant string, s *Snapshot, q Search, parsed text.Query, accept func(*Entry) bool) ([]Found, error) {
	parsed.Limit = q.Limit
	if accept != nil {
		parsed.Limit = text.MaxLimit
	}
	if err := ctx.Err(); err != nil {
		return nil, err // nobody waits for the slower half
	}
	hits, err := x.text.Search(ctx, tenant, parsed)
	if err != nil {
		return nil, err
	}
	found := make([]Found, 0, min(len(hits), q.Limit))
	marker := trie.NewHighlighter(q.Text, 0)
	for _, h := range hits {
		_, r := s.find(contact.ID(h.ID))
		e := s.entries.entryOf(r)
		if e == nil || accept != nil && !accept(e) {
			continue
		}
		found = append(found, Found{Entry: e, Tier: "text", Typos: h.Typos, Field: textField(h.Field), Highlights: e.highlight(marker)})
		if len(found) == q.Limit {
			break
		}
	}
	return found, nil
}

func textField(f text.Field) string {
	switch f {
	case text.Name:
		return "displayName"
	case text.Email:
		return "emails"
	case text.UserName:
		return "userName"
	}
	return f.String()
}
