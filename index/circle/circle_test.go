package circle

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/stream/memlog"
)

func ids(list ...contact.ID) []contact.ID { return list }

func TestFavouritesAreKeptInOrderForEachAgent(t *testing.T) {
	s := &Store{Log: memlog.New()}
	set := func(tenant, agent string, list ...contact.ID) {
		t.Helper()
		if err := s.SetFavourites(t.Context(), tenant, agent, list); err != nil {
			t.Fatal(err)
		}
	}
	set("a", "x", "u2", "u1")
	set("a", "x/y", "u3")
	set("b", "x", "u4")
	set("a", "gone", "u5")
	set("a", "gone")
	for _, c := range []struct {
		tenant, agent string
		want          []contact.ID
	}{{"a", "x", ids("u2", "u1")}, {"a", "x/y", ids("u3")}, {"b", "x", ids("u4")}, {"a", "gone", nil}, {"b", "nobody", nil}} {
		got, err := s.Favourites(c.tenant, c.agent)
		if d := cmp.Diff(c.want, got); err != nil || d != "" {
			t.Errorf("%s of %s: %v (-want +got):\n%s", c.agent, c.tenant, err, d)
		}
	}
}

func TestFavouritesThatAreWrongAreRefused(t *testing.T) {
	s := &Store{Log: memlog.New()}
	many := make([]contact.ID, MaxFavourites+1)
	for i := range many {
		many[i] = contact.ID(fmt.Sprint("u", i))
	}
	for field, c := range map[string]struct {
		agent string
		list  []contact.ID
	}{
		"agent":       {strings.Repeat("x", MaxAgentBytes+1), ids("u1")},
		"contacts":    {"x", many},
		"contacts[0]": {"x", ids("")},
		"contacts[1]": {"x", ids("u1", "u1")},
		"contacts[2]": {"x", ids("u1", "u2", contact.ID(strings.Repeat("u", 65)))},
	} {
		err := s.SetFavourites(t.Context(), "a", c.agent, c.list)
		if e, ok := errors.AsType[*FieldError](err); !ok || e.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if got, err := s.Favourites("a", "x"); err != nil || got != nil {
		t.Errorf("what was refused is kept: %v, %v", got, err)
	}
}

func TestRecentCallsRankBehindFavouritesByNumberAndAge(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	r := &Ranking{Store: &Store{Log: memlog.New()}, Calls: &Calls{}}
	if err := r.Store.SetFavourites(t.Context(), "a", "x", ids("dear", "often")); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		r.Calls.Note("a", "x", "old", now.Add(-4*halfLife)) // worth 3/16
	}
	for range 9 {
		r.Calls.Note("a", "x", "often", now)
	}
	r.Calls.Note("a", "x", "once", now.Add(-halfLife)) // worth 1/2
	r.Calls.Note("a", "x", "new", now)
	r.Calls.Note("a", "y", "of another", now)
	r.Calls.Note("b", "x", "elsewhere", now)
	got, err := r.Ranks("a", "x", now)
	if d := cmp.Diff(ids("dear", "often", "new", "once", "old"), got); err != nil || d != "" {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
}

func TestWhatIsRememberedIsBounded(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	c := &Calls{}
	for i := range 3 * maxPartners {
		c.Note("a", "x", contact.ID(fmt.Sprintf("u%04d", i)), now.Add(time.Duration(i)*time.Minute))
	}
	recent := c.Recent("a", "x", now.Add(time.Hour))
	if _, newest := recent[contact.ID(fmt.Sprintf("u%04d", 3*maxPartners-1))]; len(recent) != maxPartners || !newest {
		t.Errorf("%d people are remembered, the newest among them: %t", len(recent), newest)
	}
	for i := range maxAgents {
		c.Note("a", fmt.Sprint("agent", i), "u1", now.Add(24*time.Hour+time.Duration(i)*time.Second))
	}
	if len(c.agents) != maxAgents || c.Recent("a", "x", now) != nil {
		t.Errorf("%d agents are remembered, the eldest: %t", len(c.agents), c.Recent("a", "x", now) != nil)
	}
}

func TestCallsAreNotedWhileTheyAreRead(t *testing.T) {
	c := &Calls{}
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for n := range 500 {
				c.Note("a", "x", contact.ID(fmt.Sprint("u", (i*n)%150)), time.Unix(int64(n), 0))
				c.Recent("a", "x", time.Unix(int64(n), 0))
			}
		})
	}
	wg.Wait()
}
