package indexload

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ringdex/ringdex/bench/corpus"
	"github.com/ringdex/ringdex/index"
	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/index/phone"
	"github.com/ringdex/ringdex/index/trie"
)

// verifiedSearches is how many questions of each kind about names are held
// against the corpus.
const verifiedSearches = 200

// verify holds answers against the corpus. It returns ErrWrong if one is not
// what it should be; what the message names is generated.
func (a *asker) verify(c corpus.Corpus) error {
	for _, check := range []func() error{a.verifyLookups, a.verifyPrefixes, a.verifyRanges, func() error { return a.verifySearches(c) }} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// verifyLookups demands that the ladder names exactly the holders of each
// number, in E.164 and as written, and that the number alone leads to them.
func (a *asker) verifyLookups() error {
	for i, l := range a.lookups {
		caller := index.Caller{Number: l.Number, Context: phone.Context{Region: l.Region}}
		for _, q := range []index.Caller{{Number: l.E164}, caller} {
			id := a.snapshot.Lookup(q)
			if got := idsOf(id.Candidates); len(l.Want) <= phone.MaxCandidates && !slices.Equal(got, l.Want) {
				return fmt.Errorf("%w: %s leads to %d contacts, not %d", ErrWrong, q.Number, len(got), len(l.Want))
			}
			if id.Rung != phone.RungE164 {
				continue
			}
			if err := a.verifyExact(i, l.Want); err != nil {
				return err
			}
		}
	}
	return nil
}

// verifyExact demands that a number leads to all who have it, alone and in a
// batch: those wanted, who have it to themselves, and who share it and have an
// extension.
func (a *asker) verifyExact(i int, want []contact.ID) error {
	number := a.exact[i]
	docs := a.snapshot.Numbers().Exact(number, nil)
	if batch, ends := a.snapshot.Numbers().ExactBatch([]trie.Key{number, 0}, nil, nil); !slices.Equal(batch, docs) || !slices.Equal(ends, []int{len(docs), len(docs)}) {
		return fmt.Errorf("%w: %s leads elsewhere in a batch", ErrWrong, number)
	}
	for _, doc := range docs {
		e := a.snapshot.Entry(doc)
		if !slices.ContainsFunc(e.Parsed, func(n phone.Number) bool { return n.E164 == "+"+number.String() }) {
			return fmt.Errorf("%w: somebody without the number %s", ErrWrong, number)
		}
		if at, found := slices.BinarySearch(want, e.ID); found {
			want = slices.Delete(slices.Clone(want), at, at+1)
		}
	}
	if len(want) > 0 {
		return fmt.Errorf("%w: the number %s leads to %d contacts fewer than have it", ErrWrong, number, len(want))
	}
	return nil
}

func idsOf(found []phone.Hit) []contact.ID {
	var ids []contact.ID
	for _, h := range found {
		ids = append(ids, contact.ID(h.ID))
	}
	slices.Sort(ids)
	return ids
}

// verifyPrefixes demands that everybody found has a number with the prefix, and
// that holders of a number are found by its beginning.
func (a *asker) verifyPrefixes() error {
	for i, k := range a.prefixes {
		docs, total := a.snapshot.Numbers().Prefix(k, topTen, nil)
		if len(a.lookups[i].Want) > 0 && total == 0 {
			return fmt.Errorf("%w: nobody has a number that begins with %s", ErrWrong, k)
		}
		for _, doc := range docs {
			if !hasPrefix(a.snapshot.Entry(doc), k.String()) {
				return fmt.Errorf("%w: somebody without a number that begins with %s", ErrWrong, k)
			}
		}
	}
	return nil
}

func hasPrefix(e *index.Entry, prefix string) bool {
	for i := range e.Parsed {
		if slices.ContainsFunc(e.Parsed[i].Digits(nil), func(d string) bool { return strings.HasPrefix(d, prefix) }) {
			return true
		}
	}
	return false
}

// verifySearches demands that who is meant is found, if nobody else may be.
func (a *asker) verifySearches(c corpus.Corpus) error {
	for _, k := range corpus.Kinds() {
		for _, s := range c.Searches(k, verifiedSearches) {
			meant := func(doc trie.Doc) bool { return a.snapshot.ID(doc) == s.Target }
			hits, _ := a.snapshot.Names().Search(trie.Query{Text: s.Text, Limit: 1, Accept: meant}, nil)
			if len(hits) != 1 {
				return fmt.Errorf("%w: %q does not find who is meant (%s)", ErrWrong, s.Text, k)
			}
		}
	}
	return nil
}
