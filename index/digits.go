package index

import (
	"strings"

	"github.com/ringdex/ringdex/index/phone"
	"github.com/ringdex/ringdex/index/trie"
)

// searchDigits finds people by digits. What they are shows by itself: those who
// have a number or an extension like that come first, then those whose names
// are typed so on a keypad.
func (s *Snapshot) searchDigits(q Search, accept func(*Entry) bool) (found []Found, more bool) {
	if q.Mode != ModeKeypad {
		found, more = s.searchNumber(q, accept)
	}
	if q.Mode == ModeNumber || more {
		return found, more
	}
	typed, moreTyped := s.searchKeypad(q, accept)
	found, cut := appendNew(found, typed, q.Limit)
	return found, moreTyped || cut
}

// minTail is how many last digits of a number must be typed to find it by them.
const minTail = 4

// searchNumber finds people by digits of their numbers, from the beginning in
// any form or from the end. Numbers have no typing errors.
func (s *Snapshot) searchNumber(q Search, accept func(*Entry) bool) ([]Found, bool) {
	if q.Mode != ModeNumber && strings.ContainsFunc(q.Text, isLetter) {
		return nil, false
	}
	n := numberSearch{snapshot: s, limit: q.Limit + 1, accept: accept, seen: map[trie.Doc]bool{}}
	whole := phone.TypedWhole(q.Text)
	regions := []string{q.Region}
	if q.Region == "" {
		regions = s.regions()
	}
	for _, region := range regions {
		for _, prefix := range phone.SearchDigits(q.Text, region) {
			n.add(s.whole, prefix, false)
			if !whole {
				n.add(s.digits, prefix, false)
			}
		}
	}
	if digits := onlyDigits(q.Text); len(digits) >= minTail && !whole {
		n.add(s.tails, digits, true)
	}
	if len(n.found) > q.Limit {
		return n.found[:q.Limit], true
	}
	return n.found, false
}

func isLetter(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r > 0x2ff && !isDigit(r)
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' || r >= 0xff10 && r <= 0xff19 }

// onlyDigits returns the ASCII digits of s.
func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// numberSearch gathers people found by several readings of what was typed.
type numberSearch struct {
	snapshot *Snapshot
	limit    int
	accept   func(*Entry) bool
	seen     map[trie.Doc]bool
	found    []Found
}

func (n *numberSearch) add(in *trie.Numbers, digits string, tail bool) {
	key, ok := trie.Pack(digits)
	if !ok || len(n.found) >= n.limit {
		return
	}
	if tail {
		key = key.Reverse()
	}
	want := n.limit
	if n.accept != nil || len(n.seen) > 0 {
		want = trie.MaxLimit
	}
	docs, _ := in.Prefix(key, want, nil)
	for _, doc := range docs {
		if n.seen[doc] {
			continue
		}
		e := n.snapshot.entries.entry(doc)
		if n.accept != nil && !n.accept(e) {
			continue
		}
		n.seen[doc] = true
		tier := "numberPrefix"
		if tail {
			tier = "numberSuffix"
		}
		n.found = append(n.found, Found{Entry: e, Tier: tier, Field: "numbers", Highlights: e.highlightDigits(digits, tail)})
		if len(n.found) >= n.limit {
			return
		}
	}
}

// highlightDigits marks, in the first number that has them, the digits typed;
// whatever stands between them is part of the mark.
func (e *Entry) highlightDigits(digits string, tail bool) []Highlight {
	for i, n := range e.Numbers {
		if start, end, ok := digitSpan(n.Raw, digits, tail); ok {
			return []Highlight{{Field: "numbers", Index: i, Start: start, End: end}}
		}
	}
	return nil
}

// digitSpan finds digits among the digits of raw and returns the code points
// that they cover.
func digitSpan(raw, digits string, tail bool) (start, end int, ok bool) {
	all := onlyDigits(raw)
	at := strings.Index(all, digits)
	if tail {
		at = strings.LastIndex(all, digits)
	}
	if at < 0 {
		return 0, 0, false
	}
	digit, point := 0, 0
	for _, r := range raw {
		if r >= '0' && r <= '9' {
			if digit == at {
				start = point
			}
			if digit++; digit == at+len(digits) {
				return start, point + 1, true
			}
		}
		point++
	}
	return 0, 0, false
}
