package scim

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
)

// ids of a page, in its order.
func idsOf(a answer) []string {
	var ids []string
	for u := range a.body.Get("Resources").Elems() {
		ids = append(ids, u.Get("id").Text())
	}
	return ids
}

// RFC 9865: a page after the first has a previousCursor, and who follows it comes
// back to the first page and has seen everybody once.
func TestE4PreviousCursorsLeadBackToTheFirstPage(t *testing.T) {
	s := newSite(t)
	group := s.group("team")
	for i := range 23 {
		id := s.user(fmt.Sprintf("user%02d", i*7%23))
		s.patch("/Groups/"+group, `{"op":"add","path":"members","value":[{"value":"`+id+`"}]}`)
	}
	for _, list := range []string{
		"/Users?cursor", "/Users?filter=userName sw \"user\"&cursor", "/Users?sortBy=userName&cursor", "/Users?sortBy=userName&sortOrder=descending&cursor",
		"/Users?filter=groups.value eq \"" + group + "\"&cursor", "/?filter=id pr&cursor",
	} {
		for _, count := range []int{1, 4, 10, 23, 100} {
			path := fmt.Sprintf("%s&count=%d", list, count)
			var pages [][]string
			cursor, back := "", ""
			for {
				a := s.must(http.StatusOK, "GET", fmt.Sprintf("%s&cursor=%s", path, cursor), "")
				pages = append(pages, idsOf(a))
				back = a.body.Get("previousCursor").Text()
				if (back == "") != (len(pages) == 1) {
					t.Fatalf("%s: page %d has previousCursor %q", path, len(pages), back)
				}
				if cursor = a.body.Get("nextCursor").Text(); cursor == "" {
					break
				}
			}
			for i := len(pages) - 2; i >= 0; i-- {
				a := s.must(http.StatusOK, "GET", fmt.Sprintf("%s&cursor=%s", path, back), "")
				if got := idsOf(a); !slices.Equal(got, pages[i]) {
					t.Fatalf("%s: back on page %d are %v, there were %v", path, i+1, got, pages[i])
				}
				next := s.must(http.StatusOK, "GET", fmt.Sprintf("%s&cursor=%s", path, a.body.Get("nextCursor").Text()), "")
				if got := idsOf(next); !slices.Equal(got, pages[i+1]) {
					t.Fatalf("%s: from page %d on are %v, there were %v", path, i+1, got, pages[i+1])
				}
				back = a.body.Get("previousCursor").Text()
			}
			if back != "" {
				t.Errorf("%s: the first page has a previousCursor", path)
			}
		}
	}
}

// Whoever is there throughout is on exactly one of the pages back, whoever comes
// and goes meanwhile, also those at whom a page ends.
func TestE4WalksBackMissNobody(t *testing.T) {
	s := newSite(t)
	r := rand.New(rand.NewPCG(9, 5))
	stays := map[string]bool{}
	var others []string
	for i := range 40 {
		if id := s.user(fmt.Sprintf("user%02d", i)); i%3 == 0 {
			stays[id] = true
		} else {
			others = append(others, id)
		}
	}
	for _, list := range []string{"/Users?cursor&count=4", "/Users?sortBy=userName&sortOrder=descending&cursor&count=4"} {
		var a answer
		for cursor := ""; ; {
			a = s.must(http.StatusOK, "GET", list+"&cursor="+cursor, "")
			if cursor = a.body.Get("nextCursor").Text(); cursor == "" {
				break
			}
		}
		seen := map[string]int{}
		for n := 0; ; n++ {
			for _, id := range idsOf(a) {
				seen[id]++
			}
			if len(others) > 5 {
				for range 2 {
					at := r.IntN(len(others))
					s.must(http.StatusNoContent, "DELETE", "/Users/"+others[at], "")
					others = slices.Delete(others, at, at+1)
				}
			}
			s.user(fmt.Sprintf("new%d-%d", len(list), n))
			back := a.body.Get("previousCursor").Text()
			if back == "" {
				break
			}
			a = s.must(http.StatusOK, "GET", list+"&cursor="+back, "")
		}
		for id := range stays {
			if seen[id] != 1 {
				t.Errorf("%s: somebody who stayed was seen %d times", list, seen[id])
			}
		}
	}
}

// A page that ends where nobody is left before is the first one.
func TestE4PageBeforeNobodyIsTheFirst(t *testing.T) {
	s := newSite(t)
	var ids []string
	for i := range 6 {
		ids = append(ids, s.user(fmt.Sprint("user", i)))
	}
	first := s.must(http.StatusOK, "GET", "/Users?cursor&count=3", "")
	second := s.must(http.StatusOK, "GET", "/Users?cursor="+first.body.Get("nextCursor").Text(), "")
	for _, id := range ids[:4] {
		s.must(http.StatusNoContent, "DELETE", "/Users/"+id, "")
	}
	back := s.must(http.StatusOK, "GET", "/Users?cursor="+second.body.Get("previousCursor").Text(), "")
	if got := idsOf(back); !slices.Equal(got, ids[4:]) || back.body.Get("previousCursor").Text() != "" || back.body.Get("nextCursor").Text() != "" {
		t.Errorf("%s", back.raw)
	}
}
