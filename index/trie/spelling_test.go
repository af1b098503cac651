package trie

import (
	"slices"
	"testing"
)

// order returns the documents that a query finds, best first, and their tiers.
func order(n *Names, text string, only Kinds) (docs []Doc, tiers []Tier) {
	hits, _ := n.Search(Query{Text: text, Limit: 20, Fields: only}, nil)
	for _, h := range hits {
		docs, tiers = append(docs, h.Doc), append(tiers, h.Score.Tier)
	}
	return docs, tiers
}

func TestTiersFollowOneAnother(t *testing.T) {
	for _, c := range []struct {
		query string
		names []string
		tiers []Tier
	}{
		{
			"bill",
			[]string{"Bill", "Bill Doe", "Billings Doe", "Bo Ida Lee Lou", "William Doe", "Bell Doe", "Paul Doe"},
			[]Tier{TierWhole, TierExact, TierInOrder, TierInitials, TierNick, TierTypo, TierSound},
		},
		{"xm", []string{"Xmas Doe", "Xenia Muster", "小明 王"}, []Tier{TierInOrder, TierInitials, TierRoman}},
		{"lisa", []string{"Lisa Doe", "丽萨", "Elisabeth Doe", "Lida Doe"}, []Tier{TierExact, TierRoman, TierNick, TierTypo}},
		{"kathryne", []string{"Kathrine Doe", "Catherine Doe", "Kahryyne Doe"}, []Tier{TierTypo, TierSound, TierTypos}},
		{"doe bill", []string{"Doe Bill", "Bill Doe", "Doe Billings", "Billings Doe", "William Doe"}, []Tier{TierWhole, TierExact, TierInOrder, TierPrefix, TierNick}},
	} {
		docs, tiers := order(people(c.names...), c.query, 0)
		for i, d := range docs {
			if int(d) != i {
				t.Errorf("%q: %q is number %d", c.query, c.names[d], i)
			}
		}
		if !slices.Equal(tiers, c.tiers) {
			t.Errorf("%q: tiers %v; want %v", c.query, tiers, c.tiers)
		}
	}
}

func TestNamesAreTypedInLatinLetters(t *testing.T) {
	for name, typed := range map[string][]string{
		"王小明":      {"wang", "wangxiaoming", "wang xiaoming", "xiaoming", "xiao ming", "xiaoming wang", "xm", "wxm", "WXM", "ming"},
		"单田芳":      {"shan", "shan tianfang", "shantianfang", "stf", "tf"},
		"さとう ゆうこ":  {"sato", "satou", "yuko", "yuuko", "yuuko sato"},
		"ﾔﾏﾀﾞ タロー": {"yamada", "taro", "taro yama"},
		"김철수":      {"kim", "gim", "kim cheolsu", "kcs"},
	} {
		n := people(name)
		for _, q := range typed {
			if _, tiers := order(n, q, 0); len(tiers) != 1 || tiers[0] != TierRoman {
				t.Errorf("%q finds %q as %v", q, name, tiers)
			}
		}
		for _, q := range []string{"x1", "wangxiaomin9", "zz", "yamado"} {
			if docs, _ := order(n, q, 0); len(docs) > 0 {
				t.Errorf("%q finds %q", q, name)
			}
		}
	}
}

// What describes a person is not spelt otherwise: Bill is no Title, and nobody
// who searches "sails" wants all of Sales.
func TestOtherSpellingsAreOfNamesAlone(t *testing.T) {
	for query, text := range map[string]string{"bill": "William", "meyer": "Maier", "xiaoshou": "销售部"} {
		for kind := range kinds {
			n := new(Names).Apply(NamesBatch{Add: []Entry{{0, []Field{{kind, text}}}}})
			if docs, _ := order(n, query, 0); len(docs) > 0 != (kind <= Nick) {
				t.Errorf("%q finds %q of kind %d: %v", query, text, kind, len(docs) > 0)
			}
		}
	}
}

func TestWhatSoundsAlikeOnlyFillsUp(t *testing.T) {
	n := people("Anna Meyer", "Anna Mayer", "Anna Maier")
	for limit, want := range map[int]int{1: 1, 2: 2, 3: 3} {
		hits, _ := n.Search(Query{Text: "meyer", Limit: limit}, nil)
		if len(hits) != want || hits[0].Score.Tier != TierExact {
			t.Errorf("limit %d: %v", limit, hits)
		}
	}
	if docs, _ := order(n, "mey", 0); len(docs) != 1 {
		t.Errorf("three letters are heard: %v", docs)
	}
}

func TestFieldsCountInOrder(t *testing.T) {
	kinds := []Kind{Display, Nick, Email, UserName, Company, Title, Department}
	var b NamesBatch
	for i, kind := range slices.Backward(kinds) {
		b.Add = append(b.Add, Entry{Doc(i), []Field{{kind, "Samplestein"}}})
	}
	docs, _ := order(new(Names).Apply(b), "sampl", 0)
	for i, d := range docs {
		if kinds[d] != kinds[i] {
			t.Errorf("kind %d is number %d", kinds[d], i)
		}
	}
	if len(docs) != len(kinds) {
		t.Errorf("found %v", docs)
	}
}

func TestOtherSpellingsOutliveMerges(t *testing.T) {
	n := people("William Doe", "王小明", "Maier Doe")
	for i := range 2000 {
		n = merged(n.Apply(NamesBatch{Add: []Entry{{Doc(10 + i%50), []Field{{Display, "Sample"}}}}}))
	}
	n = n.Apply(NamesBatch{Remove: []Doc{2}})
	for query, want := range map[string]int{"bill": 1, "xiaoming": 1, "meyer": 0, "sampel": 20} {
		if docs, _ := order(n, query, 0); len(docs) != want {
			t.Errorf("%q finds %v; want %d", query, docs, want)
		}
	}
}
