package index

import (
	"slices"
	"strings"
	"unicode"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/index/phone"
	"github.com/ringdex/ringdex/index/text"
	"github.com/ringdex/ringdex/index/trie/fold"
)

// The search box understands more than words:
//
//	ann dept:"field sales" group:care has:mobile is:available -title:trainee
//
// A term is a name, a colon and a word or a quoted text. Terms with a field of
// package text narrow a search to that field and forgive typing errors there;
// those below, and all with a minus in front, are filters, which forgive
// nothing. A colon behind any other name is a part of a word.

// A term is a filter of the search box.
type term struct {
	name string // "has"; lower case
	text string // "mobile"
	not  bool   // a minus stands in front
}

// The names of filters that package text has no field for.
const (
	termGroup  = "group"  // words of the name of a group
	termHas    = "has"    // number, email, extension, manager, or a type of number: mobile
	termIs     = "is"     // a word of presence: available, inACall; free for those who can be called
	termNumber = "number" // digits anywhere in a number
)

// question is a search text taken apart.
type question struct {
	words   string        // in any field
	clauses []text.Clause // words in one field
	terms   []term
}

// plain returns all words of the question, for highlights.
func (q *question) plain() string {
	if len(q.clauses) == 0 {
		return q.words
	}
	all := make([]string, 0, 1+len(q.clauses))
	all = append(all, q.words)
	for _, c := range q.clauses {
		all = append(all, c.Text)
	}
	return strings.TrimSpace(strings.Join(all, " "))
}

// readQuestion takes a search text apart. It never fails.
func readQuestion(s string) question {
	var q question
	var rest []string
	for s = strings.TrimLeftFunc(s, unicode.IsSpace); s != ""; s = strings.TrimLeftFunc(s, unicode.IsSpace) {
		piece := s[:pieceLen(s)]
		s = s[len(piece):]
		if t, ok := readTerm(piece); ok {
			if t.text != "" {
				q.terms = append(q.terms, t)
			}
			continue
		}
		rest = append(rest, piece)
	}
	parsed := text.ParseQuery(strings.Join(rest, " "))
	q.words, q.clauses = parsed.Text, parsed.Clauses
	return q
}

// pieceLen returns the length of what stands before the next space outside of
// quotes. Quotes count at the beginning of a piece and behind a colon, as in
// text.ParseQuery.
func pieceLen(s string) int {
	from := 0
	if colon := strings.IndexByte(s, ':'); colon >= 0 && !strings.ContainsFunc(s[:colon], notOfName) {
		from = colon + 1
	}
	if quoted, ok := strings.CutPrefix(s[from:], `"`); ok {
		if end := strings.IndexByte(quoted, '"'); end >= 0 {
			return from + 1 + end + 1
		}
		return len(s)
	}
	if end := strings.IndexFunc(s[from:], unicode.IsSpace); end >= 0 {
		return from + end
	}
	return len(s)
}

func notOfName(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' }

// readTerm reads a filter. It returns false for words, and for clauses without
// a minus, which package text reads.
func readTerm(piece string) (term, bool) {
	name, value, ok := strings.Cut(piece, ":")
	if !ok {
		return term{}, false
	}
	t := term{text: strings.Trim(value, `"`)}
	name, t.not = strings.CutPrefix(strings.ToLower(name), "-")
	t.name = name
	switch name {
	case termGroup, termHas, termIs, termNumber:
		return t, true
	}
	_, field := text.ParseField(name)
	return t, t.not && field
}

// filter returns what holds for an entry that a term lets through.
func (s *Snapshot) filter(t term, is func(e *Entry, word string) bool) func(*Entry) bool {
	holds := s.holds(t, is)
	if t.not {
		return func(e *Entry) bool { return !holds(e) }
	}
	return holds
}

func (s *Snapshot) holds(t term, is func(e *Entry, word string) bool) func(*Entry) bool {
	switch t.name {
	case termGroup:
		groups := s.groupsCalled(t.text)
		return func(e *Entry) bool {
			for _, id := range e.Groups {
				if groups[id] {
					return true
				}
			}
			return false
		}
	case termHas:
		return func(e *Entry) bool { return e.has(t.text) }
	case termIs:
		return func(e *Entry) bool { return is != nil && is(e, t.text) }
	case termNumber:
		digits := onlyDigits(t.text)
		return func(e *Entry) bool { return digits != "" && e.hasDigits(digits) }
	}
	field, _ := text.ParseField(t.name)
	return matcherOf(text.Clause{Field: field, Text: t.text})
}

// groupsCalled returns the groups whose names hold words that begin as those of
// name do.
func (s *Snapshot) groupsCalled(name string) map[contact.ID]bool {
	words := fold.Words(nil, name)
	groups := map[contact.ID]bool{}
	for id, g := range s.groups {
		if containWords([]string{g.DisplayName}, words) {
			groups[id] = true
		}
	}
	return groups
}

// has tells whether a contact has something of a kind.
func (e *Entry) has(what string) bool {
	switch strings.ToLower(what) {
	case "number", "phone":
		return len(e.Numbers) > 0
	case "email", "mail":
		return len(e.Emails) > 0
	case "manager":
		return e.Manager != ""
	case "extension", "ext":
		return slices.ContainsFunc(e.Parsed, func(n phone.Number) bool { return n.Ext != "" || n.Class == phone.ClassExtension })
	}
	for i := range e.Numbers {
		if strings.EqualFold(e.Numbers[i].Type, what) {
			return true
		}
	}
	return false
}

// hasDigits tells whether the digits stand in a number of the contact, as it was
// written or in E.164.
func (e *Entry) hasDigits(digits string) bool {
	for i := range e.Parsed {
		n := &e.Parsed[i]
		if strings.Contains(n.E164, digits) || strings.Contains(onlyDigits(n.Raw), digits) {
			return true
		}
	}
	return false
}

// matcherOf returns what tells whether an entry has the words of a clause in
// its field, without typing errors.
func matcherOf(c text.Clause) func(*Entry) bool {
	words := fold.Words(nil, c.Text)
	return func(e *Entry) bool { return containWords(e.texts(c.Field), words) }
}

// texts returns the texts of a field.
func (e *Entry) texts(f text.Field) []string {
	switch f {
	case text.Name:
		return []string{e.Name(), e.GivenName, e.FamilyName, e.NickName}
	case text.Email:
		all := make([]string, len(e.Emails))
		for i := range e.Emails {
			all[i] = e.Emails[i].Value
		}
		return all
	case text.UserName:
		return []string{e.UserName}
	case text.Company:
		return []string{e.Company}
	case text.Department:
		return []string{e.Department}
	case text.Title:
		return []string{e.Title}
	}
	return nil
}

// containWords tells whether each of some words is the beginning of a word of
// the texts. No words are in nothing.
func containWords(texts []string, words []fold.Word) bool {
	if len(words) == 0 {
		return false
	}
	var tokens []fold.Token
	for _, t := range texts {
		tokens = append(tokens, fold.Tokens(nil, t)...)
	}
	for i := range words {
		if !containWord(tokens, &words[i]) {
			return false
		}
	}
	return true
}

func containWord(tokens []fold.Token, w *fold.Word) bool {
	for i := range tokens {
		if strings.HasPrefix(tokens[i].Text, w.Text) || w.Second != "" && strings.HasPrefix(tokens[i].Text, w.Second) {
			return true
		}
	}
	return false
}
