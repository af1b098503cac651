package scim

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/directory"
	"github.com/ringdex/ringdex/scim/key"
	"github.com/ringdex/ringdex/scim/resource"
)

// A roll call is the names that a page shows, and the total: "a b of 5".
func (s *site) names(query string) string {
	s.t.Helper()
	list := s.get("/Users?attributes=userName&" + query)
	var names []string
	for v := range list.Get("Resources").Elems() {
		names = append(names, v.Get("userName").Text())
	}
	return strings.Join(names, " ") + " of " + list.Get("totalResults").Text()
}

// TestC8WalksGoOnBehindWhatWasSeen pages by index while people go.
func TestC8WalksGoOnBehindWhatWasSeen(t *testing.T) {
	for name, steps := range map[string][][2]string{
		"one deleted behind the walker": {
			{"startIndex=1&count=2", "a b of 6"},
			{"-a", ""},
			{"startIndex=3&count=2", "c d of 6"},
			{"-b", ""},
			{"startIndex=5&count=2", "e f of 6"},
			{"startIndex=7&count=2", " of 4"},
		},
		"all deleted behind the walker": {
			{"count=2", "a b of 6"}, {"-a", ""}, {"-b", ""}, {"startIndex=3&count=2", "c d of 6"}, {"-c", ""}, {"-d", ""}, {"startIndex=5&count=2", "e f of 6"},
		},
		"the one it goes on behind is deleted": {{"count=2", "a b of 6"}, {"-b", ""}, {"startIndex=3&count=2", "c d of 6"}},
		"some deleted before it":               {{"count=2", "a b of 6"}, {"-c", ""}, {"-d", ""}, {"startIndex=3&count=2", "e f of 4"}},
		"the rest is deleted":                  {{"count=3", "a b c of 6"}, {"-d", ""}, {"-e", ""}, {"-f", ""}, {"-a", ""}, {"startIndex=4&count=3", " of 2"}},
		"more come":                            {{"count=5", "a b c d e of 6"}, {"+g", ""}, {"startIndex=6&count=5", "f g of 7"}},
		"a page asked for again": {
			{"count=2", "a b of 6"}, {"-a", ""}, {"startIndex=3&count=2", "c d of 6"}, {"-b", ""}, {"startIndex=3&count=2", "c d of 6"}, {"startIndex=5&count=2", "e f of 6"},
		},
		"a walk given up and begun again": {
			{"count=2", "a b of 6"}, {"-a", ""}, {"count=2", "b c of 5"}, {"startIndex=3&count=2", "d e of 5"}, {"startIndex=5&count=2", "f of 5"},
		},
		"a walk given up later and begun again": {
			{"count=2", "a b of 6"}, {"startIndex=3&count=2", "c d of 6"}, {"-a", ""}, {"count=2", "b c of 5"}, {"startIndex=3&count=2", "d e of 5"}, {"startIndex=5&count=2", "f of 5"},
		},
		"another count on the way":     {{"count=2", "a b of 6"}, {"-a", ""}, {"startIndex=3&count=3", "c d e of 6"}, {"-b", ""}, {"startIndex=6&count=1", "f of 6"}},
		"the whole list on the way":    {{"count=1", "a of 6"}, {"-a", ""}, {"count=100", "b c d e f of 5"}, {"startIndex=2&count=1", "c of 5"}},
		"totals on the way":            {{"count=2", "a b of 6"}, {"-a", ""}, {"count=0", " of 5"}, {"startIndex=3&count=2", "c d of 6"}},
		"another list on the way":      {{"count=2", "a b of 6"}, {"-a", ""}, {"count=2&filter=userName pr", "b c of 5"}, {"startIndex=3&count=2", "c d of 6"}},
		"somebody asks for less":       {{"count=2", "a b of 6"}, {"-a", ""}, {"count=1", "b of 5"}, {"startIndex=3&count=2", "c d of 6"}},
		"no walk":                      {{"-a", ""}, {"startIndex=3&count=2", "d e of 5"}, {"startIndex=2&count=9", "c d e f of 5"}, {"startIndex=6", " of 5"}},
		"the end and what comes later": {{"count=6", "a b c d e f of 6"}, {"-a", ""}, {"+g", ""}, {"startIndex=7&count=6", " of 6"}},
		"with a filter": {
			{"count=2&filter=userName pr", "a b of 6"}, {"-a", ""}, {"startIndex=3&count=2&filter=userName pr", "c d of 6"},
		},
		"sorted": {
			{"count=2&sortBy=userName&sortOrder=descending", "f e of 6"}, {"-f", ""}, {"+z", ""}, {"startIndex=3&count=2&sortBy=userName&sortOrder=descending", "d c of 6"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newWorld(t, worldConfig{noIndex: true}).site(t)
			ids := map[string]string{}
			for user := range strings.FieldsSeq("a b c d e f") {
				ids[user] = s.user(user)
			}
			for i, step := range steps {
				switch step[0][0] {
				case '-':
					s.must(http.StatusNoContent, "DELETE", "/Users/"+ids[step[0][1:]], "")
				case '+':
					s.user(step[0][1:])
				default:
					if got := s.names(step[0]); got != step[1] {
						t.Errorf("step %d: %s shows %q, want %q", i, step[0], got, step[1])
					}
				}
			}
		})
	}
}

// TestC7WhoeverCountsOnByWhatWasAskedForMissesNobody asks for more than a page
// may have.
func TestC7WhoeverCountsOnByWhatWasAskedForMissesNobody(t *testing.T) {
	s := newWorld(t, worldConfig{noIndex: true}).site(t)
	const people = 2*maxPage + 5
	s.together(people, func(i int) answer { return s.send("POST", "/Users", fmt.Sprintf(`{"userName":"u%d"}`, i)) })
	for _, by := range []string{"items", "count"} {
		seen := map[string]int{}
		walker{s: s, path: "/Users?attributes=id", count: 1500, by: by, clamps: true}.walk(func(v resource.Value) { seen[v.Get("id").Text()]++ })
		if len(seen) != people {
			t.Errorf("by %s %d are seen of %d", by, len(seen), people)
		}
	}
	if got := s.get("/Users?attributes=id&count=5000").Get("Resources").Len(); got != maxPage {
		t.Errorf("%d on a page", got)
	}
}

func places(names string) []place {
	var list []place
	for name := range strings.FieldsSeq(names) {
		list = append(list, place{id: contact.ID(name)})
	}
	return list
}

// TestWalkersOfOneTokenMissNobody lets requests of one token overlap: each gets
// the earliest place that may be its own.
func TestWalkersOfOneTokenMissNobody(t *testing.T) {
	ws := newWalks()
	now := time.Unix(0, 0)
	ws.now = func() time.Time { return now }
	enter := func(start int) *step {
		s := &step{dir: "d", compare: (&window{}).compare, start: start, asked: 10}
		ws.enter(s)
		return s
	}
	where := func(start int) string {
		s := enter(start)
		if s.from == nil {
			return "rank"
		}
		return string(s.from.id)
	}
	p := places("x y z")
	a, b := enter(1), enter(1)
	a.next(p[0], 10)
	b.next(p[1], 10)
	if got := where(11) + where(11) + where(12); got != "xxrank" {
		t.Errorf("overlapping walkers go on behind %s", got)
	}
	// One at a time again, but not for long enough.
	enter(1).next(p[2], 10)
	if got := where(11); got != "x" {
		t.Errorf("goes on behind %s", got)
	}
	now = now.Add(walkTime + time.Second)
	if got := where(11); got != "rank" {
		t.Errorf("goes on behind %s after all that time", got)
	}
	enter(1).next(p[1], 10)
	enter(1).next(p[2], 10)
	if got := where(11); got != "z" {
		t.Errorf("one client begins twice and goes on behind %s", got)
	}
	// Another one further on: not the page that the last one leads to.
	c := enter(11)
	c.next(p[2], 10)
	d := enter(1)
	d.next(p[1], 10)
	if got := where(21); got != "z" {
		t.Errorf("the one ahead goes on behind %s", got)
	}
}

func TestWalksAreBounded(t *testing.T) {
	ws := newWalks()
	now := time.Unix(0, 0)
	ws.now = func() time.Time { return now }
	p := places("x")[0]
	step := func(dir string, sc byte, start int) {
		now = now.Add(time.Millisecond)
		s := &step{dir: dir, scope: scope{sc}, compare: (&window{}).compare, start: start, asked: 1}
		ws.enter(s)
		s.next(p, 1)
	}
	for i := range 3 * anchorsKept {
		step("d", 0, i+1)
	}
	if n := len(ws.byDir["d"][scope{0}].anchors); n > anchorsKept {
		t.Errorf("%d places", n)
	}
	for i := range 3 * walksKept {
		step("d", byte(i), 1)
		step("other", 7, 1)
	}
	if n := len(ws.byDir["d"]); n > walksKept || len(ws.byDir["other"]) != 1 {
		t.Errorf("%d walks", n)
	}
	if ws.byDir["d"][scope{byte(3*walksKept - 1)}] == nil {
		t.Error("the newest walk is forgotten")
	}
	now = now.Add(2 * walkTime)
	step("third", 0, 1)
	if len(ws.byDir) != 1 {
		t.Errorf("%d directories are remembered", len(ws.byDir))
	}
}

// TestClientsWithTokensOfTheirOwnDoNotMeet is the usual case of two.
func TestClientsWithTokensOfTheirOwnDoNotMeet(t *testing.T) {
	s := newWorld(t, worldConfig{noIndex: true}).site(t)
	other := s.as("other")
	a := s.user("a")
	for name := range strings.FieldsSeq("b c d e") {
		s.user(name)
	}
	var got []string
	got = append(got, s.names("count=2"))
	s.must(http.StatusNoContent, "DELETE", "/Users/"+a, "")
	got = append(got, other.names("count=2"), s.names("startIndex=3&count=2"), other.names("startIndex=3&count=2"))
	if want := []string{"a b of 5", "b c of 4", "c d of 5", "d e of 4"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestE4CursorsEndWithTheirToken is section 5 of RFC 9865.
func TestE4CursorsEndWithTheirToken(t *testing.T) {
	w := newWorld(t, worldConfig{noIndex: true})
	s := w.site(t)
	s.user("a")
	s.user("b")
	client := s.as("client")
	cursor := client.get("/Users?cursor&count=1").Get("nextCursor").Text()
	path := "/Users?count=1&cursor=" + cursor
	s.refused(http.StatusBadRequest, "invalidCursor", "GET", path, "")
	other := w.site(t)
	other.user("a")
	other.refused(http.StatusBadRequest, "invalidCursor", "GET", path, "")
	client.must(http.StatusOK, "GET", path, "")
	tokens, err := w.registry.Tokens(directory.DefaultTenant, s.id)
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range tokens {
		if token.Label == "client" {
			if err := w.registry.RevokeToken(t.Context(), directory.DefaultTenant, s.id, token.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	client.must(http.StatusUnauthorized, "GET", path, "")
}

// TestC8AWalkAfterACrowdIsExact lets many clients of one token read pages at
// once, deletes half of the people, and walks when the crowd has gone: nobody is
// missed or seen twice, and the total is right.
func TestC8AWalkAfterACrowdIsExact(t *testing.T) {
	s := newWorld(t, worldConfig{noIndex: true}).site(t)
	later := time.Duration(0)
	s.w.service.walks.now = func() time.Time { return time.Now().Add(later) }
	const people = 60
	ids := make([]string, people)
	for i := range ids {
		ids[i] = s.user(fmt.Sprintf("u%02d", i))
	}
	ws, crowd := s.w.service.walks, []*step{}
	r := &request{ctx: t.Context(), service: s.w.service, tenant: directory.DefaultTenant, keyID: keyIDOf(t, s)}
	if err := r.loadDirectory(s.id); err != nil {
		t.Fatal(err)
	}
	q, err := r.query([]*kind{r.kinds.users})
	if err != nil {
		t.Fatal(err)
	}
	for start := 1; start < people; start += 10 { // all under way at once
		st := &step{dir: s.id, scope: r.scope(q), compare: (&window{}).compare, start: start, asked: 10}
		ws.enter(st)
		crowd = append(crowd, st)
	}
	for i, st := range crowd {
		st.next(place{id: contact.ID(ids[i*10+9])}, 10)
	}
	for i := 0; i < people; i += 2 {
		s.must(http.StatusNoContent, "DELETE", "/Users/"+ids[i], "")
	}
	later = aloneAfter
	for range 2 { // also right after the first
		seen := map[string]int{}
		total := ""
		for start := 1; start <= people/2; start += 10 {
			list := s.get(fmt.Sprintf("/Users?attributes=id&count=10&startIndex=%d", start))
			total = list.Get("totalResults").Text()
			for v := range list.Get("Resources").Elems() {
				seen[v.Get("id").Text()]++
			}
		}
		if total != fmt.Sprint(people/2) {
			t.Errorf("the total is %s of %d", total, people/2)
		}
		for i, id := range ids {
			if want := i % 2; seen[id] != want {
				t.Errorf("u%02d is seen %d times, want %d", i, seen[id], want)
			}
		}
	}
}

// keyIDOf returns the id of the site's token.
func keyIDOf(t *testing.T, s *site) string {
	t.Helper()
	k, err := key.Parse(s.token)
	if err != nil {
		t.Fatal(err)
	}
	return k.ID
}
