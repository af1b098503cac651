package scim

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/directory"
	"github.com/ringdex/ringdex/scim/roster"
)

// What DELETE leaves behind where it deactivates is in no list, whichever way
// the list is made, and does not come back with a restart.
func TestDepartedUsersAreInNoList(t *testing.T) {
	w := newWorld(t, worldConfig{})
	s := w.site(t, "deleteMode=deactivate")
	var ids []string
	for i := range 30 {
		ids = append(ids, s.user(fmt.Sprintf("user%02d", i)))
	}
	for i := 0; i < len(ids); i += 3 {
		s.must(http.StatusNoContent, "DELETE", "/Users/"+ids[i], "")
	}
	for _, query := range []string{
		"", "?startIndex=1&count=1000", "?cursor&count=100", "?sortBy=userName", "?filter=userName sw \"user\"", "?filter=active eq false or userName pr",
	} {
		body := s.send("GET", "/Users"+query, "").raw
		for i, id := range ids {
			if listed := strings.Contains(body, id); listed != (i%3 != 0) {
				t.Errorf("%q: user %d is listed: %v", query, i, listed)
			}
		}
		if !strings.Contains(body, `"totalResults":20`) {
			t.Errorf("%q: %.120s", query, body)
		}
	}
	again, err := roster.Open(w.log, []string{directory.DefaultTenant})
	if err != nil {
		t.Fatal(err)
	}
	if n := again.Count(directory.DefaultTenant, s.id, contact.KindUser); n != 20 {
		t.Errorf("after a restart there are %d", n)
	}
}

// Many may come at once who want the name of somebody who left: one of them gets
// it, and what was left is gone.
func TestOneTakesTheNameOfADepartedUser(t *testing.T) {
	w := newWorld(t, worldConfig{})
	s := w.site(t, "deleteMode=deactivate")
	old := s.user("same")
	s.must(http.StatusNoContent, "DELETE", "/Users/"+old, "")
	made := make(chan int, 16)
	var wg sync.WaitGroup
	for range cap(made) {
		wg.Go(func() { made <- s.send("POST", "/Users", `{"userName":"Same"}`).status })
	}
	wg.Wait()
	close(made)
	count := map[int]int{}
	for status := range made {
		count[status]++
	}
	if count[http.StatusCreated] != 1 || count[http.StatusConflict] != 15 {
		t.Errorf("answers by status: %v", count)
	}
}

// A group that takes only members who exist takes nobody who was deleted.
func TestDepartedUserIsNoMember(t *testing.T) {
	w := newWorld(t, worldConfig{})
	s := w.site(t, "deleteMode=deactivate", "unknownMembers=reject")
	id := s.user("gone")
	s.must(http.StatusNoContent, "DELETE", "/Users/"+id, "")
	s.must(http.StatusBadRequest, "POST", "/Groups", `{"displayName":"team","members":[{"value":"`+id+`"}]}`)
}
