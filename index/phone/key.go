package phone

import "slices"

// A Space keeps keys of different meaning apart.
type Space uint8

// The spaces.
const (
	SpaceE164      Space = iota + 1 // Text is "+442079460018"; Ext is the stored extension or empty
	SpaceTrunk                      // Text is "+442079460018", of a number that has an extension; Ext is empty
	SpaceExtension                  // Text is digits: an internal number, or the extension of a number
	SpaceNSN                        // Text is a national significant number of eight digits or more, without country code
	SpaceURI                        // Text is "user@host", the host in lower case
	SpaceRaw                        // Text is the number's text as cleaned up; its digits alone if it has nothing else
)

// minNSN is the length below which a national number without a country says
// too little to match on.
const minNSN = 8

// A Key is one exact value under which a number is found. Keys are comparable:
// two are the same key if and only if they are equal.
type Key struct {
	Space Space
	Text  string
	Ext   string // in SpaceE164 only
}

// Keys appends to dst the keys under which an index must hold n, and returns
// the extended slice. There are at most six, none twice. Their strings are n's
// own.
func (n *Number) Keys(dst []Key) []Key {
	if n.Class == ClassAnonymous {
		return dst
	}
	if n.URI != "" {
		dst = append(dst, Key{Space: SpaceURI, Text: n.URI})
	}
	if n.E164 != "" {
		dst = append(dst, Key{Space: SpaceE164, Text: n.E164, Ext: n.Ext})
		if n.Ext != "" {
			dst = append(dst, Key{Space: SpaceTrunk, Text: n.E164})
		}
		if nsn := n.NSN(); len(nsn) >= minNSN {
			dst = append(dst, Key{Space: SpaceNSN, Text: nsn})
		}
	}
	if ext := n.internal(); ext != "" {
		dst = append(dst, Key{Space: SpaceExtension, Text: ext})
	}
	if n.Local != "" && (n.E164 == "" || len(n.Local) > maxShort) {
		dst = append(dst, Key{Space: SpaceRaw, Text: n.Local})
	}
	return dst
}

// internal returns the digits that people dial inside the company to reach n,
// as far as they can be told.
func (n *Number) internal() string {
	switch {
	case n.Class == ClassExtension:
		return n.Local
	case n.Ext != "":
		return n.Ext
	case n.Class == ClassNational && len(n.Local) <= maxExtension:
		return n.Local
	case n.Class == ClassE164 && len(n.Local) <= maxShort:
		return n.Local
	}
	return ""
}

// Digits appends to dst the strings of digits under which somebody who types
// digits finds n by prefix, and returns the extended slice: the number with its
// country code, without it, the subscriber's part of a North American number,
// the extension. There are at most four, none twice. A number in E.164 is the
// first.
//
//	"+12015550123 x42" = "12015550123", "2015550123", "5550123", "42"
//
// A national number with its trunk prefix ("020…") is not among them, because
// SearchDigits takes the prefix off what is typed.
func (n *Number) Digits(dst []string) []string {
	first := len(dst)
	switch {
	case n.Class == ClassAnonymous:
		return dst
	case n.E164 != "":
		nsn := n.NSN()
		dst = append(dst, n.E164[1:])
		if nsn != "" {
			dst = append(dst, nsn)
		}
		if n.northAmerican() && len(nsn) == 10 {
			dst = append(dst, nsn[3:])
		}
	case isDigits(n.Local):
		dst = append(dst, n.Local)
	}
	if n.Ext != "" && !slices.Contains(dst[first:], n.Ext) {
		dst = append(dst, n.Ext)
	}
	return dst
}

// Has tells whether k is among n's Keys. It is what an index checks of each
// number that a hash led to, and makes no keys.
func (n *Number) Has(k Key) bool {
	if n.Class == ClassAnonymous || k.Text == "" {
		return false
	}
	switch k.Space {
	case SpaceE164:
		return n.E164 == k.Text && n.Ext == k.Ext
	case SpaceTrunk:
		return n.E164 == k.Text && n.Ext != "" && k.Ext == ""
	case SpaceNSN:
		return len(k.Text) >= minNSN && k.Ext == "" && n.NSN() == k.Text
	case SpaceExtension:
		return n.internal() == k.Text && k.Ext == ""
	case SpaceURI:
		return n.URI == k.Text && k.Ext == ""
	case SpaceRaw:
		return n.Local == k.Text && k.Ext == "" && (n.E164 == "" || len(n.Local) > maxShort)
	}
	return false
}
