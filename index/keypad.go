package index

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ringdex/ringdex/index/trie"
	"github.com/ringdex/ringdex/index/trie/fold"
)

// keypad holds the digit of each letter from a to z (ITU-T E.161).
const keypad = "22233344455566677778889999"

const (
	minKeypad    = 2 // keys that somebody presses who wants a name
	minKeypadNow = 3 // and without having said so
)

// keypadOf returns the keys that a folded word is typed with, as many as a key
// holds: "5646" for "john". It returns false for a word that no keypad has.
func keypadOf(word string) (trie.Key, bool) {
	var buf [trie.MaxDigits]byte
	n := 0
	for ; n < len(word) && n < len(buf); n++ {
		switch b := word[n]; {
		case 'a' <= b && b <= 'z':
			buf[n] = keypad[b-'a']
		case '0' <= b && b <= '9':
			buf[n] = b
		default:
			return 0, false
		}
	}
	return trie.Pack(string(buf[:n]))
}

// appendKeypad appends what the keypad finds a contact by: the words of all its
// names, split and joined at hyphens, in both spellings.
func (e *Entry) appendKeypad(dst []trie.Posting[trie.Key], doc trie.Doc) []trie.Posting[trie.Key] {
	first := len(dst)
	for _, t := range fold.Tokens(nil, allNames(&e.Contact)) {
		k, ok := keypadOf(t.Text)
		p := trie.Posting[trie.Key]{Key: k, Doc: doc}
		if ok && !slices.Contains(dst[first:], p) {
			dst = append(dst, p)
		}
	}
	return dst
}

// keypadWords splits what was typed on a keypad into words: 0 and 1, and what
// is no digit, stand between them. It returns none if a letter was typed.
func keypadWords(text string, least int) []string {
	if strings.ContainsFunc(text, isLetter) {
		return nil
	}
	words := strings.FieldsFunc(text, func(r rune) bool { return r < '2' || r > '9' })
	keys := 0
	for _, w := range words {
		keys += len(w)
	}
	if keys < least || len(words) > maxKeypadWords {
		return nil
	}
	return words
}

const maxKeypadWords = 8

// searchKeypad finds people by the keys that their names are typed with: 5646
// for John. Each word must be the beginning of a word of the name.
func (s *Snapshot) searchKeypad(q Search, accept func(*Entry) bool) ([]Found, bool) {
	least := minKeypadNow
	if q.Mode == ModeKeypad {
		least = minKeypad
	}
	words := keypadWords(q.Text, least)
	if len(words) == 0 {
		return nil, false
	}
	longest := slices.MaxFunc(words, func(a, b string) int { return cmp.Compare(len(a), len(b)) })
	key, ok := trie.Pack(longest)
	if !ok {
		return nil, false
	}
	docs, _ := s.keypad.Prefix(key, trie.MaxLimit, nil)
	var found []Found
	for _, doc := range docs {
		e := s.entries.entry(doc)
		if accept != nil && !accept(e) {
			continue
		}
		if f, ok := e.typedAs(words); ok {
			found = append(found, f)
		}
	}
	slices.SortFunc(found, compareKeypad)
	if len(found) > q.Limit {
		return found[:q.Limit], true
	}
	return found, false
}

// compareKeypad orders people whom a keypad found: by where the first hit is,
// by the length of the name, and then so that the order is always the same.
func compareKeypad(a, b Found) int {
	return cmp.Or(
		cmp.Compare(a.Position, b.Position), cmp.Compare(utf8.RuneCountInString(a.Name()), utf8.RuneCountInString(b.Name())),
		strings.Compare(fold.String(a.Name()), fold.String(b.Name())), cmp.Compare(a.ID, b.ID),
	)
}

// typedAs tells whether e's names are typed as the words, and what of the name
// that is shown was hit.
func (e *Entry) typedAs(words []string) (Found, bool) {
	tokens := fold.Tokens(nil, allNames(&e.Contact)) // which begin with the name that is shown
	shown := e.Name()
	end := utf8.RuneCountInString(shown)
	f := Found{Entry: e, Tier: "keypad", Field: "displayName", Position: trie.MaxPosition}
	for _, w := range words {
		at := slices.IndexFunc(tokens, func(t fold.Token) bool { return startsWith(t.Text, w) })
		if at < 0 {
			return Found{}, false
		}
		if t := tokens[at]; t.Start < end {
			start, end := t.Extent(shown, len(w))
			f.Position = min(f.Position, t.Pos)
			f.Highlights = append(f.Highlights, Highlight{Field: "displayName", Start: start, End: end})
		}
	}
	return f, true
}

// startsWith tells whether the keys of a folded word begin with others.
func startsWith(word, keys string) bool {
	k, ok := keypadOf(word)
	prefix, valid := trie.Pack(keys)
	return ok && valid && k.HasPrefix(prefix)
}
