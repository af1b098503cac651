package scim

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"
)

// A walk through a sorted list reads the directory once, as long as nothing is
// written in it.
func TestSortedWalkReadsTheDirectoryOnce(t *testing.T) {
	s := newSite(t)
	for i := range 9 {
		s.user(fmt.Sprint("user", i))
	}
	other := s.w.site(t)
	page := func(path string) []string {
		t.Helper()
		return idsOf(s.must(http.StatusOK, "GET", path, ""))
	}
	const list = "/Users?sortBy=userName&count=3"
	page(list)
	page(list) // by now the directory is watched
	kept := s.w.service.kept
	if len(kept.lists) != 1 || kept.places != 9 {
		t.Fatalf("%d lists of %d places are kept", len(kept.lists), kept.places)
	}
	for sc, l := range kept.lists { // marks what is answered from it
		slices.SortFunc(l.places, (&window{order: &order{}}).compare)
		marked := slices.Delete(slices.Clone(l.places), 4, 5)
		kept.lists[sc] = &keptList{at: l.at, used: l.used, places: marked}
	}
	other.user("elsewhere")
	for _, path := range []string{list + "&startIndex=4", list + "&startIndex=4"} {
		if got := s.must(http.StatusOK, "GET", path, ""); number(got.body, "totalResults") != 8 {
			t.Errorf("%s is not answered from the list: %s", path, got.raw)
		}
	}
	s.user("user99")
	if got := s.must(http.StatusOK, "GET", list+"&startIndex=4", ""); number(got.body, "totalResults") != 10 {
		t.Errorf("after a change: %s", got.raw)
	}
}

func TestKeptListsAreFewAndShortLived(t *testing.T) {
	k := newKept()
	now := time.Unix(1_000_000, 0)
	k.now = func() time.Time { return now }
	const each = keptPlaces / 4
	for i := range 9 {
		k.put(scope{byte(i)}, 1, make([]place, each))
		now = now.Add(time.Second)
		if i == 5 {
			k.find(scope{3}) // so that it is not the oldest
		}
	}
	if len(k.lists) != 4 || k.places != keptPlaces {
		t.Errorf("%d lists of %d places", len(k.lists), k.places)
	}
	for _, i := range []byte{3, 6, 7, 8} {
		if k.find(scope{i}) == nil {
			t.Errorf("list %d is not kept", i)
		}
	}
	k.put(scope{8}, 2, make([]place, 1))
	if k.find(scope{8}).at != 2 || k.places != 3*each+1 {
		t.Errorf("replaced, there are %d places", k.places)
	}
	now = now.Add(keptTime + time.Second)
	if k.find(scope{8}) != nil || k.places != 0 {
		t.Errorf("%d places are kept for longer", k.places)
	}
}
