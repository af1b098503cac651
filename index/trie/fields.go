package trie

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// fields has for each document its fields and the terms in them, byte by byte,
// as a list of entries would be more than twice as large. What most fields are
// like takes the fewest bytes: words one behind the other, of which many stood
// in the document before and others are in many documents.
//
// A field begins with a byte: the kind, and how many terms it has if they are
// few and as many words as stand one behind the other. Otherwise these numbers
// follow. A term is a number that has its form in the lowest bits and says
// above them which of the terms that came before in the document it is, which
// of the common ones, or which of all.
type fields struct {
	bytes  []byte
	ends   []uint32 // for each document the end of its part of bytes
	common []uint32 // the terms that most documents have, most frequent first
}

// Forms of a term.
const (
	formNext  = iota // one word, behind the last one of this form
	formFirst        // one word, the first: initials
	formPair         // the first two words, joined
	formPlace        // the place follows in a byte

	formBits = 2
)

const (
	// repeats is how many terms of a document can be named again in short.
	repeats = 8
	// commonMax is how many common terms there are: as many as two bytes say.
	commonMax = 1<<(14-formBits) - repeats
	// fewTerms is how many terms need no common ones: two bytes say each.
	fewTerms = commonMax
)

// An entry is a term of a document with its place in the field. The entries of
// a field follow a header, which is told from them by its span, 0.
type entry = uint32

func makeEntry(term uint32, p place) entry { return term<<8 | uint32(p.pos)<<4 | uint32(p.span) }

func makeHeader(p place) entry { return uint32(p.words)<<16 | uint32(p.kind)<<8 }

func isHeader(e entry) bool { return e&15 == 0 }

// openField returns the place that all entries behind the header share.
func openField(e entry, field uint8) place {
	return place{kind: Kind(e >> 8), field: field, words: uint8(e >> 16)}
}

func termOf(e entry) uint32 { return e >> 8 }

// at returns the place of an entry in an open field.
func (p place) at(e entry) place {
	p.pos, p.span = uint8(e>>4&15), uint8(e&15)
	return p
}

// A fieldsWriter adds documents to fields.
type fieldsWriter struct {
	fields *fields
	codes  map[uint32]uint32 // the places of common terms
	seen   []uint32          // the terms of the document that can be repeated
}

// newFieldsWriter returns a writer to f, which is empty. counts says how often
// each term comes up, about.
func newFieldsWriter(f *fields, counts []uint32, docs int) *fieldsWriter {
	f.ends = make([]uint32, 0, docs)
	f.common = commonTerms(counts)
	w := &fieldsWriter{fields: f, codes: make(map[uint32]uint32, len(f.common))}
	for i, term := range f.common {
		w.codes[term] = uint32(i)
	}
	return w
}

// commonTerms returns the terms with the largest counts.
func commonTerms(counts []uint32) []uint32 {
	if len(counts) <= fewTerms {
		return nil
	}
	// How many terms have a count, up to the last, which stands for more.
	var having [1 << 10]int
	for _, n := range counts {
		having[min(int(n), len(having)-1)]++
	}
	least, total := len(having), 0
	for least > 1 && total+having[least-1] <= commonMax {
		least--
		total += having[least]
	}
	if total == 0 {
		least = len(having) - 1 // too many with the largest count
	}
	var common []uint32
	for term, n := range counts {
		if int(n) >= least {
			common = append(common, uint32(term))
		}
	}
	slices.SortFunc(common, func(a, b uint32) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	return slices.Clip(common[:min(len(common), commonMax)])
}

// add adds a document.
func (w *fieldsWriter) add(entries []entry) {
	w.seen = w.seen[:0]
	for len(entries) > 0 {
		n := 1
		for n < len(entries) && !isHeader(entries[n]) {
			n++
		}
		w.addField(openField(entries[0], 0), entries[1:n])
		entries = entries[n:]
	}
	w.fields.ends = append(w.fields.ends, uint32(len(w.fields.bytes)))
}

func (w *fieldsWriter) addField(p place, entries []entry) {
	next := uint8(0)
	for _, e := range entries {
		if e&255 == nextPlace(next) {
			next++
		}
	}
	b := w.fields.bytes
	if n := len(entries); n < 16 && p.words == max(next, 1) {
		b = append(b, byte(p.kind)<<4|byte(n))
	} else {
		b = append(b, byte(p.kind)<<4, p.words)
		b = binary.AppendUvarint(b, uint64(n))
	}
	next = 0
	for _, e := range entries {
		form := uint64(formPlace)
		switch e & 255 {
		case nextPlace(next):
			form = formNext
			next++
		case firstPlace:
			form = formFirst
		case pairPlace:
			form = formPair
		}
		b = binary.AppendUvarint(b, uint64(w.code(termOf(e)))<<formBits|form)
		if form == formPlace {
			b = append(b, byte(e))
		}
	}
	w.fields.bytes = b
}

// code returns what stands for a term.
func (w *fieldsWriter) code(term uint32) uint32 {
	if i := slices.Index(w.seen, term); i >= 0 {
		return uint32(i)
	}
	if len(w.seen) < repeats {
		w.seen = append(w.seen, term)
	}
	if i, ok := w.codes[term]; ok {
		return repeats + i
	}
	return repeats + uint32(len(w.fields.common)) + term
}

// The places of the forms, as an entry has them.
const (
	firstPlace entry = 1
	pairPlace  entry = 2
)

func nextPlace(pos uint8) entry { return uint32(min(pos, MaxPosition))<<4 | 1 }

// A fieldCursor walks over the fields of a document.
type fieldCursor struct {
	fields *fields
	rest   []byte
	seen   [repeats + 1]uint32 // the terms that can be repeated, and one that cannot
	n      int                 // terms that came up and might have been in seen
}

// open returns a cursor before the first field of a document.
func (f *fields) open(local uint32) fieldCursor {
	return fieldCursor{fields: f, rest: f.bytes[start(f.ends, local):f.ends[local]]}
}

// next appends the header and the entries of the next field to dst, or nothing
// if there is none.
func (c *fieldCursor) next(dst []entry) []entry {
	if len(c.rest) == 0 {
		return dst
	}
	b := c.rest
	header := place{kind: Kind(b[0] >> 4)}
	n := uint32(b[0] & 15)
	b = b[1:]
	few := n > 0
	if !few {
		header.words = b[0]
		n, b = uvarint(b[1:])
	}
	at, next := len(dst), uint8(0)
	dst = append(dst, 0)
	common := c.fields.common
	rest := repeats + uint32(len(common))
	for range n {
		v := uint32(b[0])
		if v < 0x80 {
			b = b[1:]
		} else if high := uint32(b[1]); high < 0x80 {
			v = v&0x7f | high<<7
			b = b[2:]
		} else {
			high, b = uvarint(b[1:])
			v = v&0x7f | high<<7
		}
		term := v >> formBits
		if term < repeats {
			term = c.seen[term]
		} else {
			if term < rest {
				term = common[term-repeats]
			} else {
				term -= rest
			}
			c.seen[min(c.n, repeats)] = term
			c.n++
		}
		e := term << 8
		switch v & (1<<formBits - 1) {
		case formNext:
			e |= nextPlace(next)
			next++
		case formFirst:
			e |= firstPlace
		case formPair:
			e |= pairPlace
		default:
			e |= entry(b[0])
			b = b[1:]
		}
		dst = append(dst, e)
	}
	if few {
		header.words = max(next, 1)
	}
	dst[at] = makeHeader(header)
	c.rest = b
	return dst
}

// uvarint reads a number of 32 bits.
func uvarint(b []byte) (uint32, []byte) {
	v, shift := uint32(0), 0
	for i, x := range b {
		v |= uint32(x&0x7f) << shift
		if x < 0x80 {
			return v, b[i+1:]
		}
		shift += 7
	}
	return v, nil
}

// entries returns the fields of a document one behind the other, in dst, whose
// memory it uses.
func (f *fields) entries(local uint32, dst []entry) []entry {
	c := f.open(local)
	dst = dst[:0]
	for len(c.rest) > 0 {
		dst = c.next(dst)
	}
	return dst
}

// fit reports whether all bytes are fields of terms below n.
func (f *fields) fit(n int) bool {
	for local := range uint32(len(f.ends)) {
		b := f.bytes[start(f.ends, local):f.ends[local]]
		seen := uint64(0)
		for len(b) > 0 {
			left := uint64(b[0] & 15)
			if b = b[1:]; left == 0 {
				if len(b) < 2 {
					return false
				}
				var size int
				if left, size = binary.Uvarint(b[1:]); size <= 0 || left > maxTerms {
					return false
				}
				b = b[1+size:]
			}
			for ; left > 0; left-- {
				v, size := binary.Uvarint(b)
				if size <= 0 || v>>32 != 0 {
					return false
				}
				b = b[size:]
				code, common := v>>formBits, uint64(len(f.common))
				if code < repeats && code >= seen || code >= repeats+common && code-repeats-common >= uint64(n) {
					return false
				}
				if code >= repeats && seen < repeats {
					seen++
				}
				if v&(1<<formBits-1) == formPlace {
					if len(b) == 0 {
						return false
					}
					b = b[1:]
				}
			}
		}
	}
	return true
}
