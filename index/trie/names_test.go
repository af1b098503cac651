package trie

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/index/trie/fold"
)

// A nameModel is Names as a map.
type nameModel map[Doc]*refDoc

func (m nameModel) docs() []*refDoc { return slices.Collect(maps.Values(m)) }

// An answer is what Search returns.
type answer struct {
	Query string
	Hits  []Hit
	More  bool
}

func ask(n *Names, q Query) answer {
	hits, more := n.Search(q, nil)
	return answer{q.Text, hits, more}
}

func askReference(docs []*refDoc, q Query) answer {
	hits, more := refSearch(docs, q)
	return answer{q.Text, hits, more}
}

// randomQuery adds options to what is typed, so that each path is taken.
func randomQuery(s *sampler, docs int) Query {
	q := Query{Text: s.query(), Limit: 1 + s.rng.IntN(12)}
	if s.rng.IntN(15) == 0 {
		q.Limit = 100
	}
	switch s.rng.IntN(8) {
	case 0:
		q.Fields = KindsOf(Kind(s.rng.IntN(int(kinds))), Kind(s.rng.IntN(int(kinds))), Display)
	case 1:
		q.Fields = KindsOf(Given, Family)
	}
	if s.rng.IntN(4) == 0 {
		part := Doc(2 + s.rng.IntN(20))
		q.Accept = func(d Doc) bool { return d%part == 1 }
	}
	if s.rng.IntN(3) == 0 {
		q.Boost = map[Doc]int{}
		for range 1 + s.rng.IntN(20) {
			q.Boost[Doc(s.rng.IntN(docs))] = s.rng.IntN(7) - 2
		}
	}
	return q
}

// change makes a batch and applies it to the model.
func (m nameModel) change(s *sampler, size, docs int) NamesBatch {
	var b NamesBatch
	for range size {
		d := Doc(s.rng.IntN(docs))
		if s.rng.IntN(4) == 0 {
			b.Remove = append(b.Remove, d)
			continue
		}
		b.Add = append(b.Add, s.entry(d))
	}
	for _, d := range b.Remove {
		delete(m, d)
	}
	for _, e := range b.Add {
		m[e.Doc] = newRefDoc(e)
	}
	return b
}

func TestSearchAgreesWithAScanThroughRandomChanges(t *testing.T) {
	for _, c := range []struct{ size, steps, docs, checks int }{
		{size: 1, steps: 4000, docs: 600, checks: 8},
		{size: 30, steps: 6000, docs: 1200, checks: 8},
		{size: 900, steps: 9000, docs: 2500, checks: 4},
		{size: 4000, steps: 4000, docs: 4000, checks: 1},
	} {
		t.Run(fmt.Sprintf("batches of %d", c.size), func(t *testing.T) {
			s := newSampler(uint64(c.size))
			n, model := new(Names), nameModel{}
			type snapshot struct {
				n    *Names
				q    Query
				want answer
			}
			var old []snapshot
			batches := c.steps / c.size
			for i := range batches {
				n = n.Apply(model.change(s, c.size, c.docs))
				if n.Len() != len(model) {
					t.Fatalf("%d documents; want %d", n.Len(), len(model))
				}
				if (i+1)%max(1, batches/c.checks) != 0 {
					continue
				}
				docs := model.docs()
				for range 20 {
					q := randomQuery(s, c.docs)
					want := askReference(docs, q)
					if d := gocmp.Diff(want, ask(n, q)); d != "" {
						t.Fatalf("batch %d, query %+v (-scan +search):\n%s", i, q, d)
					}
					old = append(old, snapshot{n, q, want})
				}
			}
			for _, s := range old {
				if d := gocmp.Diff(s.want, ask(s.n, s.q)); d != "" {
					t.Fatalf("an old structure changed (-then +now):\n%s", d)
				}
			}
		})
	}
}

func TestMatchIsWhatSearchRanksBy(t *testing.T) {
	s := newSampler(11)
	for i := range 1500 {
		e, q := s.entry(Doc(i)), randomQuery(s, 1)
		d := newRefDoc(e)
		want, wantOK := d.score(newRefQuery(q.Text), q.Fields)
		got, ok := Match(e.Fields, q.Text, q.Fields)
		if got != want || ok != wantOK {
			t.Fatalf("Match(%v, %q, %b) = %+v, %v; want %+v, %v", e.Fields, q.Text, q.Fields, got, ok, want, wantOK)
		}
	}
}

// people makes a Names of display names, numbered from 0.
func people(names ...string) *Names {
	var b NamesBatch
	for i, name := range names {
		b.Add = append(b.Add, Entry{Doc(i), []Field{{Display, name}}})
	}
	return new(Names).Apply(b)
}

func TestTheSameAnswerWhateverTheBatches(t *testing.T) {
	s := newSampler(12)
	var entries []Entry
	for i := range 1500 {
		entries = append(entries, s.entry(Doc(i)))
	}
	whole := new(Names).Apply(NamesBatch{Add: entries})
	parts := new(Names)
	for part := range slices.Chunk(entries, 37) {
		parts = parts.Apply(NamesBatch{Add: part})
	}
	for range 300 {
		q := randomQuery(s, 1500)
		if d := gocmp.Diff(ask(whole, q), ask(parts, q)); d != "" {
			t.Fatalf("query %+v (-at once +in parts):\n%s", q, d)
		}
	}
}

func TestTypingForms(t *testing.T) {
	for _, c := range []struct {
		name    string
		typed   []string
		refused []string
	}{
		{"John Doe", []string{"j", "jo", "J D", "Doe, John", "do jo", "jd", "JD", "jhon", "jonh doe"}, []string{"x", "jo x", "dj", "ohn", "jjhn0"}},
		{"Shea O'Shea", []string{"o'shea", "oshea", "o shea", "osh", "o’s", "so"}, []string{"hsea"}},
		{"Jean-Luc Sample", []string{"jean luc", "luc", "jeanluc", "jean-luc", "jeanl", "jls", "js"}, []string{"lucjean"}},
		{"Jürgen Müller", []string{"jurgen", "juergen", "Jürgen", "JÜRG", "müller", "mueller", "muller", "mue"}, []string{"mieller0"}},
		{"Łukasz Groß", []string{"lukasz", "Łuk", "gross", "groß", "GROSS"}, nil},
		{"王小明", []string{"王", "王小明", "小明", "明", "小"}, []string{"王明", "明小"}},
		{"山田 太郎", []string{"山田", "太郎", "山田太郎", "太郎 山田", "田"}, []string{"山太"}},
		{"محمد الأحمد", []string{"محمد", "مُحَمَّد", "الاحمد"}, nil},
		{"Γιώργος Παπαδόπουλος", []string{"γιωργος", "ΠΑΠΑΔΟΠΟΥΛΟΣ", "γπ"}, nil},
		{"Room 4711", []string{"4711", "47", "room 4"}, []string{"4712", "4171", "471x"}},
		{"Jonathan Sample", []string{"jonahtan", "jonatan", "jonathna", "jonethan", "joanthan samlpe"}, []string{"qonathan", "jonathaxxx", "jonapan"}},
	} {
		n := people(c.name)
		for _, q := range c.typed {
			if hits, _ := n.Search(Query{Text: q, Limit: 5}, nil); len(hits) != 1 {
				t.Errorf("%q does not find %q", q, c.name)
			}
		}
		for _, q := range c.refused {
			if hits, _ := n.Search(Query{Text: q, Limit: 5}, nil); len(hits) != 0 {
				t.Errorf("%q finds %q", q, c.name)
			}
		}
	}
}

// A character is not a letter to leave out: with it stands or falls the hit.
func TestAWordThatJoinsLettersWithCharactersHasNoTypos(t *testing.T) {
	for name, queries := range map[string][]string{
		"Ana Aesir":    {"æsir-太", "aesri-太", "ÆSIR-太"},
		"Engineer":     {"engineer-김", "enginere-김"},
		"Fatima فاطمة": {"فاطمة-営", "fatima-営"},
	} {
		for _, q := range queries {
			if hits, _ := people(name).Search(Query{Text: q, Limit: 5}, nil); len(hits) != 0 {
				t.Errorf("%q finds %q: %v", q, name, hits)
			}
		}
	}
}

func TestBoostNeverCrossesATier(t *testing.T) {
	n := people("Jo Sample", "Johanna Sample", "Joan Sample")
	q := Query{Text: "jo", Limit: 3, Boost: map[Doc]int{1: 5, 2: -3}}
	var got []Doc
	hits, _ := n.Search(q, nil)
	for _, h := range hits {
		got = append(got, h.Doc)
	}
	if !slices.Equal(got, []Doc{0, 1, 2}) {
		t.Errorf("order %v; want the exact name, then the boosted, then the lowered", got)
	}
}

func TestTyposOnlyFillUp(t *testing.T) {
	n := people("Jonas A", "Jonas B", "Jonsa C")
	for limit, want := range map[int]int{1: 1, 2: 2, 3: 3} {
		hits, more := n.Search(Query{Text: "jonas", Limit: limit}, nil)
		if len(hits) != want || more != (limit == 1) {
			t.Errorf("limit %d: %d hits, more %v", limit, len(hits), more)
		}
	}
}

func TestHostileQueriesFindNothingOrLittle(t *testing.T) {
	n := people("Ana Sample", "Bo Sample")
	for _, q := range []string{"", " ", "\x01as", "\xff", "\u0301\u0302", "'-'", strings.Repeat("a ", 1000), strings.Repeat("+", 1000), strings.Repeat("x", 10_000)} {
		if hits, more := n.Search(Query{Text: q}, nil); len(hits) > 0 && q != "\x01as" || more {
			t.Errorf("%.20q finds %v", q, hits)
		}
	}
	if hits, more := n.Search(Query{Text: "sample", Limit: -5}, nil); len(hits) != 1 || !more {
		t.Errorf("limit below 1: %d hits, more %v; want 1, true", len(hits), more)
	}
}

// The two ways of finding terms with one typo agree, wherever it is.
func TestOneTypoIsFoundInBothWays(t *testing.T) {
	s := newSampler(21)
	s.suffixes = 16
	for _, size := range []int{3, 30, 3000} {
		b := sampleNames(size).layers[0].run
		fast := 0
		for range 2000 {
			word := string(s.slip([]rune(fold.String(s.name(givenNames)))))
			if s.rng.IntN(3) == 0 {
				word = word[:1+s.rng.IntN(len(word))]
			}
			if word = strings.ToValidUTF8(word, ""); len(word) < oneTypoFrom || strings.Contains(word, " ") {
				continue
			}
			got, want := walker{book: b}, walker{book: b}
			if !got.one(word) {
				continue
			}
			fast++
			want.distance.reset(word, 1)
			want.begin(word)
			if d := gocmp.Diff(termsOf(want.out), termsOf(got.out)); d != "" {
				t.Fatalf("%d people, %q (-walk +one):\n%s", size, word, d)
			}
		}
		if fast < 200 {
			t.Errorf("%d people: only %d words", size, fast)
		}
	}
}

// termsOf lists the terms of spans, which must not overlap.
func termsOf(list []typoSpan) []uint32 {
	var terms []uint32
	for _, s := range list {
		for term := s.lo; term < s.hi; term++ {
			terms = append(terms, term)
		}
	}
	slices.Sort(terms)
	return terms
}

func TestHeadsDivideTheWords(t *testing.T) {
	b := sampleNames(3000).layers[0].run
	first := func(term uint32) string {
		r := []rune(string(b.terms.at(term)))
		return string(r[:min(len(r), headLetters)])
	}
	for term := b.words(); term < uint32(b.terms.len()); term++ {
		same := term > b.words() && first(term) == first(term-1)
		if begins := slices.Contains(b.pairs.heads, term); begins == same {
			t.Fatalf("term %q begins a head: %v", b.terms.at(term), begins)
		}
	}
}

func TestZeroNamesFindsNothing(t *testing.T) {
	var n Names
	if hits, more := n.Search(Query{Text: "a", Limit: 3}, nil); len(hits) != 0 || more || n.Len() != 0 {
		t.Errorf("found %v", hits)
	}
}

func TestSearchDoesNotAllocate(t *testing.T) {
	n := sampleNames(3000)
	var s searcher
	for q, limit := range map[string]float64{"j": 0, "jo": 0, "jo sm": 0, "jonas": 0, "smiht": 0, "J. Müller": 2} {
		if allocs := testing.AllocsPerRun(50, func() {
			s.search(n, Query{Text: q, Limit: 10})
			s.release()
		}); allocs > limit {
			t.Errorf("%q: %v allocations; want %v, for the folded text", q, allocs, limit)
		}
	}
}

// sampleNames makes a directory in one run.
func sampleNames(count int) *Names {
	s := newSampler(13)
	s.suffixes = 16
	var b NamesBatch
	for i := range count {
		b.Add = append(b.Add, s.entry(Doc(i)))
	}
	return new(Names).Apply(b)
}

func TestReadersNeedNoLockWhileNamesChange(t *testing.T) {
	var published atomic.Pointer[Names]
	published.Store(sampleNames(300))
	var done atomic.Bool
	var readers sync.WaitGroup
	for i := range 3 {
		readers.Go(func() {
			s := newSampler(uint64(20 + i))
			for !done.Load() {
				n, q := published.Load(), randomQuery(s, 300)
				if d := gocmp.Diff(ask(n, q), ask(n, q)); d != "" {
					t.Errorf("a published structure changed:\n%s", d)
					return
				}
			}
		})
	}
	s, model := newSampler(14), nameModel{}
	for range 150 {
		published.Store(published.Load().Apply(model.change(s, 5, 300)))
	}
	done.Store(true)
	readers.Wait()
}

func FuzzSearch(f *testing.F) {
	for _, c := range [][2]string{{"O'Shea Jean-Luc|Müller-Åse|王小明", "o'shea"}, {"a\u0301|John Doe|john", "jhon d"}, {"山田 太郎|Æsir|x-y-z 1", "x-y"}} {
		f.Add(c[0], c[1])
	}
	f.Fuzz(func(t *testing.T, names, query string) {
		var b NamesBatch
		model := nameModel{}
		for i, name := range strings.Split(names, "|") {
			if i == 40 {
				break
			}
			e := Entry{Doc(i), []Field{{Display, name}, {[]Kind{Given, Family, Email, Title}[i%4], query}}}
			if i%3 == 0 {
				e.Fields = e.Fields[:1]
			}
			b.Add = append(b.Add, e)
			model[e.Doc] = newRefDoc(e)
		}
		n := new(Names).Apply(b)
		docs := model.docs()
		for _, q := range []string{query, b.Add[0].Fields[0].Text} {
			q := Query{Text: q, Limit: 1 + rand.N(len(b.Add))}
			if d := gocmp.Diff(askReference(docs, q), ask(n, q)); d != "" {
				t.Fatalf("query %+q (-scan +search):\n%s", q.Text, d)
			}
			for _, e := range b.Add {
				checkHighlights(t, e.Fields, q.Text)
			}
		}
	})
}
