package trie

import "cmp"

// A Tier is how a document matches a query, best first. No boost lifts a
// document out of its tier, so that typing a whole name puts its bearer first.
type Tier uint8

// The tiers. Words are compared folded; see package fold.
const (
	// TierWhole: the query is all of a Display, Email or UserName field, in order.
	TierWhole Tier = iota
	// TierExact: each query word is a word of a field that identifies.
	TierExact
	// TierInOrder: the query words begin words of the display name, or of
	// given name and family name, from left to right.
	TierInOrder
	// TierPrefix: each query word begins a word of some field.
	TierPrefix
	// TierInitials: as TierPrefix, but a query word of two to five letters is
	// the initials of a name: "jd" for Jo Doe.
	TierInitials
	// TierRoman: as TierInitials, but a query word begins a word of a name in
	// Latin letters that the name has in Chinese characters, kana or hangul;
	// see alias.Roman.
	TierRoman
	// TierNick: as TierRoman, but a query word is another name of one in the
	// name: Bill for William; see alias.Nicks.
	TierNick
	// TierTypo: as TierNick, but one letter of the query is wrong.
	TierTypo
	// TierSound: as TierTypo, but a query word, of four letters at least, sounds
	// like a word of a name; see alias.Codes.
	TierSound
	// TierTypos: as TierSound, but two or more letters are wrong.
	TierTypos
)

// String returns the tier in a word, as answers show it: "inOrder".
func (t Tier) String() string {
	names := [...]string{"whole", "exact", "inOrder", "prefix", "initials", "romanized", "nickname", "typo", "sound", "typos"}
	if int(t) < len(names) {
		return names[t]
	}
	return "none"
}

// A Weight is how much a field counts in ranking, best first.
type Weight uint8

// The weights of fields.
const (
	WeightName       Weight = iota // Display, Given, Family
	WeightNick                     // Phonetic, Nick
	WeightEmail                    // Email
	WeightUserName                 // UserName
	WeightCompany                  // Company
	WeightTitle                    // Title
	WeightDepartment               // Department
)

// String returns the heaviest kind of field of the weight: "name", "email".
func (w Weight) String() string {
	names := [...]string{"name", "nick", "email", "userName", "company", "title", "department"}
	if int(w) < len(names) {
		return names[w]
	}
	return "none"
}

// weight is how much a hit in a field of the kind counts.
func (k Kind) weight() Weight {
	switch k {
	case Phonetic, Nick:
		return WeightNick
	case Email:
		return WeightEmail
	case UserName:
		return WeightUserName
	case Title:
		return WeightTitle
	case Department:
		return WeightDepartment
	case Company:
		return WeightCompany
	}
	return WeightName
}

// named reports whether a field of the kind is a name, whose words can be hit
// in other spellings.
func (k Kind) named() bool { return k.weight() <= WeightNick }

// identifies reports whether a field of the kind can be hit exactly.
func (k Kind) identifies() bool { return k.weight() <= WeightUserName }

// whole reports whether a query that is all of a field of the kind is
// TierWhole.
func (k Kind) whole() bool { return k == Display || k == Email || k == UserName }

// MaxPosition is the largest Position of a Score. Words further on in a field
// count as if they stood there.
const MaxPosition = 15

// A Score is how well a document matches. Scores compare in the order of their
// fields, and smaller is better.
type Score struct {
	Tier  Tier
	Typos uint8 // wrong letters in all query words together, at most 15
	// Field is the weight of the field that the query needs at least: the
	// worst, over the query words, of the best field each is found in.
	Field Weight
	// Position is how many words stand before the first one hit, in its
	// field; at most MaxPosition.
	Position uint8
}

// Compare returns a negative number if s is better than t, a positive one if
// it is worse, and 0 if they are equal.
func (s Score) Compare(t Score) int { return cmp.Compare(s.rank(), t.rank()) }

// A rank is a Score in one word, in the same order: four bits a field.
type rank uint32

func (s Score) rank() rank {
	return rank(s.Tier)<<12 | rank(s.Typos)<<8 | rank(s.Field)<<4 | rank(s.Position)
}

func (r rank) score() Score {
	return Score{Tier: Tier(r >> 12), Typos: uint8(r >> 8 & 15), Field: Weight(r >> 4 & 15), Position: uint8(r & 15)}
}
