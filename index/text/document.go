package text

import (
	"slices"
	"strings"

	"github.com/blevesearch/bleve/v2/document"
	bleve "github.com/blevesearch/bleve_index_api"
)

// A tag is what every term and document id of a tenant begins with. All tags
// are tagLen bytes of ASCII, so none is the beginning of another.
type tag string

const tagLen = 5

// newTag returns the n-th tag. Five letters of 64 are enough for a thousand
// million tenants.
func newTag(n int) tag {
	const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~"
	var b [tagLen]byte
	for i := range b {
		b[tagLen-1-i] = letters[n%len(letters)]
		n /= len(letters)
	}
	return tag(b[:])
}

// The classes of terms of a field, behind the tag: words, parts of addresses
// that are found in full only, and the shortest beginnings of words. Longer
// beginnings are ranges of words in the dictionary.
const (
	classWord      = "<"
	classPart      = "="
	classBeginning = "-"
)

// directoryField holds the directory's id, in full and verbatim. The searchable
// fields have the names of Field.String, and addressField.
const directoryField = "directory"

// bleveDocument returns d as Bleve indexes it: nothing stored but the id, no
// positions, no frequencies that mean anything.
func bleveDocument(t tag, d *Document) *document.Document {
	doc := document.NewDocument(string(t) + d.ID)
	c := &termCollector{tag: t}
	doc.AddField(&termsField{collector: c, name: directoryField, values: []string{d.Directory}})
	add := func(name string, f Field, values ...string) {
		if slices.ContainsFunc(values, func(v string) bool { return v != "" }) {
			doc.AddField(&termsField{collector: c, name: name, spec: &fields[f], values: values})
		}
	}
	userName, emails := d.values(UserName), d.values(Email)
	same := func(email string) bool { return strings.EqualFold(email, d.UserName) }
	if i := slices.IndexFunc(emails, same); i >= 0 {
		add(addressField, Email, d.UserName)
		userName, emails = nil, slices.Concat(emails[:i], emails[i+1:])
	}
	for f := Name; int(f) < len(fields); f++ {
		switch f {
		case UserName:
			add(f.String(), f, userName...)
		case Email:
			add(f.String(), f, emails...)
		default:
			add(f.String(), f, d.values(f)...)
		}
	}
	return doc
}

// A termsField is a Bleve field that makes its terms itself, on the goroutine
// that Bleve analyzes the whole document on.
type termsField struct {
	collector *termCollector // shared by the fields of a document
	name      string         // in Bleve
	spec      *fieldSpec     // nil for directoryField
	values    []string
	terms     bleve.TokenFrequencies // after Analyze
}

// Name returns the name of the field in Bleve.
func (f *termsField) Name() string { return f.name }

// Analyze makes the terms.
func (f *termsField) Analyze() {
	c := f.collector
	c.terms = make(bleve.TokenFrequencies)
	for _, v := range f.values {
		if f.spec == nil {
			c.add(string(c.tag)+v, tagLen+len(v))
		} else {
			c.addText(f.spec, v)
		}
	}
	f.terms, c.terms = c.terms, nil
}

// Size returns the bytes of text, which is about the number of terms.
func (f *termsField) Size() int {
	n := 0
	for _, v := range f.values {
		n += min(len(v), maxFieldBytes)
	}
	return n
}

// AnalyzedTokenFrequencies returns the terms.
func (f *termsField) AnalyzedTokenFrequencies() bleve.TokenFrequencies { return f.terms }

// Options returns that terms are indexed, and nothing else about them is.
func (f *termsField) Options() bleve.FieldIndexingOptions {
	return bleve.IndexField | bleve.SkipFreqNorm
}

// The other methods of a Bleve field tell that it is a text without a stored
// value.

func (f *termsField) Value() []byte             { return nil }
func (f *termsField) ArrayPositions() []uint64  { return nil }
func (f *termsField) EncodedFieldType() byte    { return 't' }
func (f *termsField) AnalyzedLength() int       { return len(f.terms) }
func (f *termsField) NumPlainTextBytes() uint64 { return uint64(f.Size()) }

// A termCollector gathers the terms of one field after the other of a document.
type termCollector struct {
	tag   tag
	terms bleve.TokenFrequencies
	spare []bleve.TokenFreq // to hand out; one allocation for many terms
}

// add adds the first n bytes of s as a term, for each n given.
func (c *termCollector) add(s string, ends ...int) {
	backing := []byte(s)
	for _, n := range ends {
		if _, ok := c.terms[s[:n]]; ok {
			continue
		}
		if len(c.spare) == 0 {
			c.spare = make([]bleve.TokenFreq, 32)
		}
		term := &c.spare[0]
		c.spare = c.spare[1:]
		term.Term = backing[:n:n]
		term.SetFrequency(1) // Bleve then keeps a term of one document in its dictionary alone
		c.terms[s[:n]] = term
	}
}

// addText adds the terms of one value of a field.
func (c *termCollector) addText(spec *fieldSpec, value string) {
	for _, spelling := range spellings(cutBytes(value, maxFieldBytes)) {
		for chunk := range chunks(spelling) {
			for i, w := range chunk.words {
				if spec.address && i >= chunk.local {
					c.addPart(w)
					continue
				}
				c.addWord(spec, w)
				for tail := range tails(w) {
					c.addWord(spec, tail)
				}
			}
			switch {
			case chunk.joined == "":
			case spec.address:
				c.addPart(chunk.joined)
			default:
				c.addWord(spec, chunk.joined)
			}
		}
	}
}

func (c *termCollector) addPart(word string) {
	s := string(c.tag) + classPart + word
	c.add(s, len(s))
}

// addWord adds word and its short beginnings.
func (c *termCollector) addWord(spec *fieldSpec, word string) {
	s := string(c.tag) + classWord + word
	c.add(s, len(s))
	var ends [maxTerm]int
	n := 0
	for end := range beginnings(word, spec.minPrefix, spec.maxTerm) {
		ends[n] = tagLen + len(classBeginning) + end
		n++
	}
	if n > 0 {
		s = string(c.tag) + classBeginning + word[:ends[n-1]-tagLen-len(classBeginning)]
		c.add(s, ends[:n]...)
	}
}
