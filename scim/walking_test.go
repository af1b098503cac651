package scim

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ringdex/ringdex/scim/directory"
	"github.com/ringdex/ringdex/scim/resource"
)

// as returns the site as a client with a token of its own sees it.
func (s *site) as(label string) *site {
	s.t.Helper()
	_, token, err := s.w.registry.AddToken(s.t.Context(), directory.DefaultTenant, s.id, label, time.Time{})
	if err != nil {
		s.t.Fatal(err)
	}
	other := *s
	other.token = token.Text()
	return &other
}

// A walker reads a whole list page by page.
type walker struct {
	s     *site
	path  string // with the query but for paging
	count int
	by    string // "items", "count" or "cursor": how it goes on
	each  func() // called with every page

	clamps bool // count is more than a page may have
}

// walk calls visit with every resource, in the order in which they come.
func (w walker) walk(visit func(resource.Value)) {
	w.s.t.Helper()
	start, cursor := 1, ""
	for page := 0; ; page++ {
		path := fmt.Sprintf("%s&count=%d&startIndex=%d", w.path, w.count, start)
		if w.by == "cursor" {
			path = fmt.Sprintf("%s&count=%d&cursor=%s", w.path, w.count, cursor)
		}
		if w.each != nil {
			w.each()
		}
		list := w.s.send("GET", path, "").body
		items := w.check(list, start)
		for v := range list.Get("Resources").Elems() {
			visit(v)
		}
		next, more := list.Lookup("nextCursor")
		switch {
		case page > 10_000:
			w.s.t.Fatalf("%+v does not end", w)
		case w.by == "cursor" && !more:
			return
		case w.by == "cursor":
			cursor = next.Text()
			continue
		case w.by == "count":
			start += w.count
		default:
			start += items
		}
		if total := number(list, "totalResults"); start > total || items == 0 {
			return
		}
	}
}

func number(v resource.Value, name string) int {
	n, err := strconv.Atoi(v.Get(name).Text())
	if err != nil || v.Get(name).Kind() != resource.Number {
		return -1
	}
	return n
}

// check holds what is true of every page, and returns how many resources it has.
func (w walker) check(list resource.Value, start int) int {
	w.s.t.Helper()
	items, total := list.Get("Resources").Len(), number(list, "totalResults")
	if number(list, "itemsPerPage") != items || items > w.count {
		w.s.t.Errorf("%d resources, itemsPerPage %s, count %d", items, list.Get("itemsPerPage").Text(), w.count)
	}
	next, more := list.Lookup("nextCursor")
	if w.by == "cursor" {
		if more && (items != w.count || strings.Trim(next.Text(), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~") != "") {
			w.s.t.Errorf("a page of %d is followed by cursor %q", items, next.Text())
		}
		return items
	}
	if more || number(list, "startIndex") != start {
		w.s.t.Errorf("startIndex %s, want %d; with a cursor: %v", list.Get("startIndex").Text(), start, more)
	}
	if w.clamps {
		return items
	}
	if full := items == w.count; full && total < start-1+items || !full && items > 0 && total != start-1+items {
		w.s.t.Errorf("%d of %d from %d have a total of %d", items, w.count, start, total)
	}
	return items
}

// TestC8NobodyIsMissedOrSeenTwiceWhileOthersWrite walks both ways through a
// directory that 50 writers change. Whoever is there all the time is seen once;
// in the order of creation nobody is seen twice.
func TestC8NobodyIsMissedOrSeenTwiceWhileOthersWrite(t *testing.T) {
	s := newWorld(t, worldConfig{noIndex: true}).site(t)
	const people, writers = 30, 50
	stay := map[string]bool{}
	pool := make([]string, 0, people)
	for i := range people {
		stay[s.user(fmt.Sprintf("stay%02d", i), `"title":"t"`)] = true
		pool = append(pool, s.user(fmt.Sprintf("churn%02d", i), `"title":"t"`))
	}
	churn := &churn{s: s, ids: pool}
	for id := range stay {
		churn.stay = append(churn.stay, id)
	}
	turns := make(chan struct{}, writers) // each lets one of the writers write: a few a page, or the walkers starve
	var writing, walking sync.WaitGroup
	for i := range writers {
		writing.Go(func() { churn.write(i, turns) })
	}
	write := func() {
		for range 4 {
			select {
			case turns <- struct{}{}:
			default:
			}
		}
	}
	for i, path := range []string{"/Users?attributes=userName", "/Users?filter=title pr", "/Users?sortBy=userName&sortOrder=descending"} {
		for j, by := range []string{"items", "count", "cursor"} {
			client := s.as(fmt.Sprint("walker ", i, j))
			walking.Go(func() {
				seen := map[string]int{}
				walker{s: client, path: path, count: 5 + i + j, by: by, each: write}.walk(func(v resource.Value) { seen[v.Get("id").Text()]++ })
				for id := range stay {
					if seen[id] != 1 {
						t.Errorf("%s by %s: %s is seen %d times", path, by, id, seen[id])
					}
				}
				for id, n := range seen {
					if n > 1 && !strings.Contains(path, "sortBy") {
						t.Errorf("%s by %s: %s is seen %d times", path, by, id, n)
					}
				}
			})
		}
	}
	walking.Wait()
	close(turns)
	writing.Wait()
}

// churn is the people who come, change and go.
type churn struct {
	s    *site
	stay []string

	mu  sync.Mutex // guards ids
	ids []string
}

func (c *churn) take(rng *rand.Rand) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.ids) == 0 {
		return "", false
	}
	i := rng.IntN(len(c.ids))
	id := c.ids[i]
	c.ids[i] = c.ids[len(c.ids)-1]
	c.ids = c.ids[:len(c.ids)-1]
	return id, true
}

func (c *churn) give(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ids = append(c.ids, id)
}

// write creates, renames, deactivates and deletes as long as it gets turns, so
// that about as many come as go. Those who stay are changed too, but not in what lists go by.
func (c *churn) write(client int, turns <-chan struct{}) {
	rng := rand.New(rand.NewPCG(uint64(client), 7))
	n := 0
	for range turns {
		n++
		id, ok := c.take(rng)
		var a answer
		switch {
		case !ok || rng.IntN(3) == 0:
			if ok {
				c.give(id)
			}
			if a = c.s.send("POST", "/Users", fmt.Sprintf(`{"userName":"new%d-%d","title":"t"}`, client, n)); a.status == http.StatusCreated {
				c.give(a.body.Get("id").Text())
			}
		case rng.IntN(2) == 0:
			a = c.s.send("DELETE", "/Users/"+id, "")
		default:
			a = c.s.send("PATCH", "/Users/"+id, fmt.Sprintf(`{"Operations":[{"op":"replace","path":"userName","value":"re%d-%d"}]}`, client, n))
			c.give(id)
		}
		if a.status >= 300 {
			c.s.t.Errorf("a writer is answered %d: %s", a.status, a.raw)
		}
		active := fmt.Sprintf(`{"Operations":[{"op":"replace","value":{"active":%v}}]}`, n%2 == 0)
		if a = c.s.send("PATCH", "/Users/"+c.stay[rng.IntN(len(c.stay))], active); a.status != http.StatusOK {
			c.s.t.Errorf("a writer is answered %d: %s", a.status, a.raw)
		}
	}
}
