package scim

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ringdex/ringdex/stream"
	"github.com/ringdex/ringdex/stream/memlog"
	"github.com/ringdex/ringdex/stream/pebblelog"
)

// logs are the logs that concurrent requests are tried on: the one on disk
// decides many transactions at once.
func logs(t *testing.T, test func(t *testing.T, log stream.Log)) {
	t.Helper()
	t.Run("memlog", func(t *testing.T) { test(t, memlog.New()) })
	t.Run("pebblelog", func(t *testing.T) {
		log, err := pebblelog.Open(t.Context(), pebblelog.Config{Dir: t.TempDir(), MinFreeBytes: 1})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := log.Close(); err != nil {
				t.Error(err)
			}
		})
		test(t, log)
	})
}

// together sends n requests at once and counts the answers' statuses.
func (s *site) together(n int, request func(i int) answer) map[int]int {
	s.t.Helper()
	var mu sync.Mutex // guards statuses
	statuses := map[int]int{}
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			a := request(i)
			mu.Lock()
			defer mu.Unlock()
			statuses[a.status]++
		})
	}
	close(start)
	wg.Wait()
	return statuses
}

// TestOfManyCreatesOfOneNameOneIsMade is row C2 of the checklist with a crowd.
func TestOfManyCreatesOfOneNameOneIsMade(t *testing.T) {
	logs(t, func(t *testing.T, log stream.Log) {
		s := newWorld(t, worldConfig{log: log, noIndex: true}).site(t)
		spellings := []string{"ana@example.com", "ANA@example.com", "Ana@Example.Com", "ａna@example.com"}
		for _, path := range []string{"/Users", "/Groups"} {
			name := map[string]string{"/Users": "userName", "/Groups": "displayName"}[path]
			used := spellings[:map[string]int{"/Users": 4, "/Groups": 3}[path]] // width matters to a displayName
			got := s.together(32, func(i int) answer {
				return s.send("POST", path, fmt.Sprintf(`{%q:%q}`, name, used[i%len(used)]))
			})
			if got[http.StatusCreated] != 1 || got[http.StatusConflict] != 31 {
				t.Errorf("%s: statuses %v", path, got)
			}
			is(t, "total", s.get(path).Get("totalResults"), "1")
		}
	})
}

func TestChangesOfDifferentAttributesAtOnceAllStay(t *testing.T) {
	logs(t, func(t *testing.T, log stream.Log) {
		s := newWorld(t, worldConfig{log: log, noIndex: true}).site(t)
		user, group := s.user("a"), s.group("G")
		const n = 100
		got := s.together(n, func(i int) answer {
			return s.send("PATCH", "/Users/"+user, fmt.Sprintf(`{"Operations":[{"op":"Add","path":"phoneNumbers[type eq \"t%d\"].value","value":"%d"}]}`, i, i))
		})
		if got[http.StatusOK] != n {
			t.Errorf("statuses %v", got)
		}
		if have := s.get("/Users/" + user).Get("phoneNumbers").Len(); have != n {
			t.Errorf("%d numbers of %d", have, n)
		}
		// Changes of a group as a whole, of its name and of its members.
		got = s.together(60, func(i int) answer {
			op := fmt.Sprintf(`{"op":"add","path":"members","value":[{"value":"m%d"}]}`, i)
			switch i % 3 {
			case 1:
				op = fmt.Sprintf(`{"op":"replace","path":"displayName","value":"G%d"}`, i)
			case 2:
				op = `{"op":"remove","path":"members[display eq \"nobody\"]"}`
			}
			return s.send("PATCH", "/Groups/"+group, `{"Operations":[`+op+`]}`)
		})
		if got[http.StatusNoContent] != 60 {
			t.Errorf("statuses %v", got)
		}
		if have := len(s.members(group)); have != 20 {
			t.Errorf("%d members of 20", have)
		}
	})
}

// TestOfManyWhoSawOneVersionOneWins is row D10 of the checklist with a crowd.
func TestOfManyWhoSawOneVersionOneWins(t *testing.T) {
	logs(t, func(t *testing.T, log stream.Log) {
		s := newWorld(t, worldConfig{log: log, noIndex: true}).site(t)
		user, group := s.user("a"), s.group("G")
		for path, body := range map[string]string{
			"/Users/" + user:   `{"Operations":[{"op":"replace","path":"title","value":"t%d"}]}`,
			"/Groups/" + group: `{"Operations":[{"op":"add","path":"members","value":[{"value":"m%d"}]}]}`,
		} {
			tag := s.must(http.StatusOK, "GET", path, "").header.Get("ETag")
			got := s.together(24, func(i int) answer {
				return s.send("PATCH", path, fmt.Sprintf(body, i), "If-Match: "+tag)
			})
			if got[http.StatusPreconditionFailed] != 23 || got[http.StatusOK]+got[http.StatusNoContent] != 1 {
				t.Errorf("%.7s: statuses %v", path, got)
			}
		}
	})
}

// TestWhoIsDeletedWhileGroupsArePushedIsInNone needs the policy under which
// only those who exist can be members.
func TestWhoIsDeletedWhileGroupsArePushedIsInNone(t *testing.T) {
	logs(t, func(t *testing.T, log stream.Log) {
		s := newWorld(t, worldConfig{log: log, noIndex: true}).site(t, "unknownMembers=skip")
		const people = 30
		var users, groups []string
		for i := range people {
			users = append(users, s.user(fmt.Sprint("u", i)))
		}
		for i := range 3 {
			groups = append(groups, s.group(fmt.Sprint("g", i)))
		}
		got := s.together(people*2, func(i int) answer {
			if i%2 == 0 {
				return s.send("DELETE", "/Users/"+users[i/2], "")
			}
			return s.send("PATCH", "/Groups/"+groups[i%3], `{"Operations":[{"op":"Add","path":"members","value":`+memberList(users...)+`}]}`)
		})
		if got[http.StatusNoContent] != people*2 {
			t.Errorf("statuses %v", got)
		}
		for _, group := range groups {
			s.wantMembers(group)
		}
	})
}

// TestADeleteThatIsRepeatedEndsWhatTheFirstLeft is what a client does whose
// first DELETE was applied, but not in time to be told so and to end memberships
// that others made meanwhile.
func TestADeleteThatIsRepeatedEndsWhatTheFirstLeft(t *testing.T) {
	s := newWorld(t, worldConfig{noIndex: true}).site(t)
	gone := s.user("gone")
	s.must(http.StatusNoContent, "DELETE", "/Users/"+gone, "")
	group := s.group("g", gone) // the policy is keep
	s.must(http.StatusNotFound, "DELETE", "/Users/"+gone, "")
	s.wantMembers(group, gone)
	s.set("unknownMembers=skip")
	s.must(http.StatusNoContent, "DELETE", "/Users/"+gone, "")
	s.wantMembers(group)
	s.must(http.StatusNotFound, "DELETE", "/Users/"+gone, "")
}

// TestNamesStayUniqueWhateverTheOrder lets clients create, rename and delete
// under few names at once, and leaves the judgement to checkKeys and to the
// filters.
func TestNamesStayUniqueWhateverTheOrder(t *testing.T) {
	logs(t, func(t *testing.T, log stream.Log) {
		s := newWorld(t, worldConfig{log: log, noIndex: true}).site(t)
		var mu sync.Mutex // guards ids
		var ids []string
		pick := func(rng *rand.Rand) string {
			mu.Lock()
			defer mu.Unlock()
			return append(ids, "none")[rng.IntN(len(ids)+1)]
		}
		s.together(8, func(client int) answer {
			rng := rand.New(rand.NewPCG(uint64(client), 9))
			for range 60 {
				name := []string{"a", "b", "B", "c"}[rng.IntN(4)]
				var a answer
				switch rng.IntN(5) {
				case 0, 1:
					a = s.send("POST", "/Users", fmt.Sprintf(`{"userName":%q,"externalId":"x%d"}`, name, rng.IntN(2)))
					if a.status == http.StatusCreated {
						mu.Lock()
						ids = append(ids, a.body.Get("id").Text())
						mu.Unlock()
					}
				case 2:
					a = s.send("DELETE", "/Users/"+pick(rng), "")
				case 3:
					a = s.send("PUT", "/Users/"+pick(rng), fmt.Sprintf(`{"userName":%q}`, name))
				default:
					a = s.send("PATCH", "/Users/"+pick(rng), fmt.Sprintf(`{"Operations":[{"op":"replace","value":{"userName":%q,"externalId":"y"}}]}`, name))
				}
				switch a.status {
				case http.StatusOK, http.StatusCreated, http.StatusNoContent, http.StatusNotFound, http.StatusConflict:
				default:
					t.Errorf("status %d: %s", a.status, a.raw)
				}
			}
			return answer{}
		})
		var names []string
		list := s.get("/Users")
		for u := range list.Get("Resources").Elems() {
			name := strings.ToLower(u.Get("userName").Text())
			if slices.Contains(names, name) {
				t.Errorf("two users have the name %s", name)
			}
			names = append(names, name)
			if got := s.found("/Users", `userName eq "`+name+`"`); len(got) != 1 || got[0] != u.Get("id").Text() {
				t.Errorf("%s finds %v", name, got)
			}
		}
		if list.Get("totalResults").Text() != fmt.Sprint(len(names)) {
			t.Errorf("total %s of %d", list.Get("totalResults").Text(), len(names))
		}
	})
}

// TestAPageWhileOthersWriteHoldsNoneTwice pages through users who stay while
// others come behind them: row C8 of the checklist.
func TestAPageWhileOthersWriteHoldsNoneTwice(t *testing.T) {
	s := newWorld(t, worldConfig{noIndex: true}).site(t)
	want := map[string]bool{}
	for i := range 60 {
		want[s.user(fmt.Sprint("stays", i))] = true
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range 100 {
			s.send("POST", "/Users", fmt.Sprintf(`{"userName":"comes%d"}`, i))
		}
	})
	seen := map[string]bool{}
	for start := 1; start <= 60; start += 10 {
		list := s.send("GET", fmt.Sprintf("/Users?startIndex=%d&count=10", start), "").body
		for u := range list.Get("Resources").Elems() {
			id := u.Get("id").Text()
			if seen[id] {
				t.Error("a user stands on two pages")
			}
			seen[id] = true
		}
	}
	wg.Wait()
	for id := range want {
		if !seen[id] {
			t.Error("a user stands on no page")
		}
	}
}

// TestAPageHoldsAThousandAtMost is rows C7 and C13 of the checklist: who wants
// more turns the page.
func TestAPageHoldsAThousandAtMost(t *testing.T) {
	s := newWorld(t, worldConfig{noIndex: true}).site(t)
	const n = maxPage + 1
	for i := range n {
		s.user(fmt.Sprint("u", i))
	}
	for _, filter := range []string{"", "&filter=userName sw u"} {
		var seen []string
		for start := 1; start <= n; start += maxPage {
			list := s.get(fmt.Sprintf("/Users?attributes=userName&startIndex=%d&count=99999%s", start, filter))
			is(t, "totalResults", list.Get("totalResults"), fmt.Sprint(n))
			is(t, "itemsPerPage", list.Get("itemsPerPage"), fmt.Sprint(min(maxPage, n-start+1)))
			for u := range list.Get("Resources").Elems() {
				seen = append(seen, u.Get("userName").Text())
			}
		}
		for i, name := range seen {
			if name != fmt.Sprint("u", i) {
				t.Fatalf("place %d holds %s", i, name)
			}
		}
		if len(seen) != n {
			t.Errorf("%d users of %d", len(seen), n)
		}
	}
}
