package index

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/index/trie/fold"
	"github.com/ringdex/ringdex/stream"
	"github.com/ringdex/ringdex/stream/memlog"
)

func keypadWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, memlog.New())
	w.tenant("a")
	tx := stream.Tx{Puts: []stream.Put{putDirectory("d", "GB", false)}}
	for i, name := range []string{"John Sample", "Jöhn Löwe", "Mary O'Shea", "Loin Test", "Ana Johnson", "花子 テスト", "Number Five"} {
		c := sample(contact.ID(fmt.Sprintf("u%d", i+1)), "d", name, fmt.Sprintf("+4420794600%02d", i))
		if name == "Number Five" {
			c.Numbers[0].Raw = "5646"
		}
		tx.Puts = append(tx.Puts, putUser(c))
	}
	w.commit("a", tx)
	return w
}

func idsOf(found []Found) []contact.ID {
	ids := []contact.ID{}
	for _, f := range found {
		ids = append(ids, f.ID)
	}
	return ids
}

func TestDigitsAreANumberAnExtensionOrAName(t *testing.T) {
	w := keypadWorld(t)
	for name, c := range map[string]struct {
		q    Search
		want []contact.ID
		more bool
	}{
		"extension, then names":    {Search{Text: "5646"}, []contact.ID{"u7", "u2", "u4", "u1", "u5"}, false},
		"keypad alone":             {Search{Text: "5646", Mode: ModeKeypad}, []contact.ID{"u2", "u4", "u1", "u5"}, false},
		"number alone":             {Search{Text: "5646", Mode: ModeNumber}, []contact.ID{"u7"}, false},
		"two words":                {Search{Text: "5646 0 72", Mode: ModeKeypad}, []contact.ID{"u1"}, false},
		"other order":              {Search{Text: "72105646", Mode: ModeKeypad}, []contact.ID{"u1"}, false},
		"apostrophe joined":        {Search{Text: "67432", Mode: ModeKeypad}, []contact.ID{"u3"}, false},
		"apostrophe as 1":          {Search{Text: "617432", Mode: ModeKeypad}, []contact.ID{"u3"}, false},
		"umlaut as two letters":    {Search{Text: "5693", Mode: ModeKeypad}, []contact.ID{"u2"}, false},
		"umlaut spelled out":       {Search{Text: "56393", Mode: ModeKeypad}, []contact.ID{"u2"}, false},
		"limit":                    {Search{Text: "5646", Mode: ModeKeypad, Limit: 2}, []contact.ID{"u2", "u4"}, true},
		"letters are no keys":      {Search{Text: "john", Mode: ModeKeypad}, []contact.ID{}, false},
		"one key says nothing":     {Search{Text: "5", Mode: ModeKeypad}, []contact.ID{}, false},
		"separators alone":         {Search{Text: "0101", Mode: ModeKeypad}, []contact.ID{}, false},
		"a number is no name":      {Search{Text: "+442079460003"}, []contact.ID{"u4"}, false},
		"too many words":           {Search{Text: strings.Repeat("50", 20), Mode: ModeKeypad}, []contact.ID{}, false},
		"longer than any key":      {Search{Text: strings.Repeat("5", 40), Mode: ModeKeypad}, []contact.ID{}, false},
		"accepted by the caller":   {Search{Text: "5646", Mode: ModeKeypad, Accept: func(e *Entry) bool { return e.ID == "u1" }}, []contact.ID{"u1"}, false},
		"name mode reads no digit": {Search{Text: "5646", Mode: ModeName}, []contact.ID{}, false},
	} {
		if c.q.Limit == 0 {
			c.q.Limit = 10
		}
		found, more, err := w.index.Search(t.Context(), "a", c.q)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, idsOf(found)); diff != "" || more != c.more {
			t.Errorf("%s, more %v (-want +got):\n%s", name, more, diff)
		}
	}
	found, _, err := w.index.Search(t.Context(), "a", Search{Text: "56393", Mode: ModeKeypad, Limit: 1})
	if err != nil || !slices.Equal(found[0].Highlights, []Highlight{{Field: "displayName", Start: 5, End: 9}}) || found[0].Tier != "keypad" {
		t.Errorf("highlights %+v, %v", found, err)
	}
}

func TestKeypadFollowsChanges(t *testing.T) {
	w := keypadWorld(t)
	ask := func() []contact.ID {
		found, _, err := w.index.Search(t.Context(), "a", Search{Text: "5646", Mode: ModeKeypad, Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		return idsOf(found)
	}
	w.commit("a", stream.Tx{Puts: []stream.Put{putUser(sample("u1", "d", "Zed Sample", "+442079460000"))}, Deletes: []string{contact.UserKey("d", "u2")}})
	if diff := cmp.Diff([]contact.ID{"u4", "u5"}, ask()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestKeypadFindsWhatALookAtEveryNameFinds compares with a scan.
func TestKeypadFindsWhatALookAtEveryNameFinds(t *testing.T) {
	w := newWorld(t, memlog.New())
	w.tenant("a")
	rnd := rand.New(rand.NewPCG(3, 4))
	syllables := []string{"jo", "hn", "ko", "im", "an", "bo", "cu", "ém", "ßa", "zo"}
	word := func() string {
		s := ""
		for range 1 + rnd.IntN(3) {
			s += syllables[rnd.IntN(len(syllables))]
		}
		return s
	}
	tx := stream.Tx{Puts: []stream.Put{putDirectory("d", "GB", false)}}
	names := map[contact.ID]string{}
	for i := range 300 {
		id := contact.ID(fmt.Sprintf("u%03d", i))
		names[id] = word() + " " + word()
		tx.Puts = append(tx.Puts, putUser(sample(id, "d", names[id], "")))
	}
	w.commit("a", tx)
	for range 500 {
		keys := fmt.Sprint(2 + rnd.IntN(8))
		for range 1 + rnd.IntN(3) {
			keys += fmt.Sprint(2 + rnd.IntN(8))
		}
		want := []contact.ID{}
		for id, name := range names {
			if slices.ContainsFunc(fold.Tokens(nil, name), func(tok fold.Token) bool { return startsWith(tok.Text, keys) }) {
				want = append(want, id)
			}
		}
		slices.Sort(want)
		found, _, err := w.index.Search(t.Context(), "a", Search{Text: keys, Mode: ModeKeypad, Limit: 200})
		if err != nil {
			t.Fatal(err)
		}
		got := idsOf(found)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("keys %s (-want +got):\n%s", keys, diff)
		}
	}
}
