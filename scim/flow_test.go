package scim

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/resource"
)

// fill gives a group members m00000, m00001 and so on, up to n.
func (s *site) fill(group string, n int) {
	s.t.Helper()
	for from := 0; from < n; from += 15_000 {
		var list strings.Builder
		for i := from; i < min(from+15_000, n); i++ {
			fmt.Fprintf(&list, `,{"value":"m%05d","display":"No. %d"}`, i, i)
		}
		s.patch("/Groups/"+group, `{"op":"add","path":"members","value":[`+list.String()[1:]+`]}`)
	}
}

// TestALongMemberListIsTheSameAsAShortOne reads groups around the number of
// members that are held at once, and holds the answers against the members that
// were added, in full and in part.
func TestALongMemberListIsTheSameAsAShortOne(t *testing.T) {
	s := newWorld(t, worldConfig{noIndex: true}).site(t)
	for _, n := range []int{1, membersHeld - 1, membersHeld, membersHeld + 1, 2 * membersHeld, 2*membersHeld + 1} {
		group := s.group(fmt.Sprintf("group of %d", n))
		s.fill(group, n)
		whole := s.get("/Groups/" + group)
		if got := whole.Get("members").Len(); got != n {
			t.Fatalf("%d members are answered of %d", got, n)
		}
		i := 0
		for m := range whole.Get("members").Elems() {
			is(t, "member", m, fmt.Sprintf(`{"value":"m%05d","$ref":"%s%s/Users/m%05d","display":"No. %d"}`, i, publicURL, s.base, i, i))
			i++
		}
		is(t, "displayName", whole.Get("displayName"), fmt.Sprintf(`"group of %d"`, n))
		part := s.get("/Groups/" + group + "?attributes=members.display")
		is(t, "members", part.Get("members").At(n-1), fmt.Sprintf(`{"display":"No. %d"}`, n-1))
		if part.Get("members").Len() != n || part.Get("displayName").Kind() != resource.Null {
			t.Errorf("attributes=members.display answers %d members of %d", part.Get("members").Len(), n)
		}
		without := s.get("/Groups/" + group + "?excludedAttributes=members")
		if _, ok := without.Lookup("members"); ok {
			t.Error("excluded members are answered")
		}
		if a := s.send("HEAD", "/Groups/"+group, ""); a.status != http.StatusOK || a.raw != "" {
			t.Errorf("HEAD = %d %.50s", a.status, a.raw)
		}
	}
}

// TestALongMemberListIsOfOneMoment changes a group while its members are read.
func TestALongMemberListIsOfOneMoment(t *testing.T) {
	s := newWorld(t, worldConfig{noIndex: true}).site(t)
	group := s.group("G")
	s.fill(group, 3*membersHeld)
	r := &request{ctx: t.Context(), service: s.w.service, tenant: "default", base: publicURL + s.base}
	if err := r.loadDirectory(s.id); err != nil {
		t.Fatal(err)
	}
	if err := r.read(r.kinds.groups, contact.ID(group)); err != nil {
		t.Fatal(err)
	}
	start := make([]byte, 100)
	if _, err := io.ReadFull(r.reply.flow, start); err != nil {
		t.Fatal(err)
	}
	s.patch("/Groups/"+group, `{"op":"remove","path":"members"}`)
	rest, err := io.ReadAll(r.reply.flow)
	if err != nil {
		t.Fatal(err)
	}
	v, err := resource.Parse(append(start, rest...), resource.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	n := v.Get("members").Len()
	if n != 3*membersHeld {
		t.Errorf("%d members were read", n)
	}
	if err := r.reply.flow.Close(); err != nil {
		t.Error(err)
	}
}

// TestAGroupOfAHundredThousandIsEmptiedAtOnce holds what one transaction takes.
func TestAGroupOfAHundredThousandIsEmptiedAtOnce(t *testing.T) {
	s := newWorld(t, worldConfig{noIndex: true}).site(t)
	group := s.group("G")
	s.fill(group, 100_000)
	before := s.w.log.Applied()
	s.patch("/Groups/"+group, `{"op":"replace","path":"members","value":[{"value":"m00007"}]}`)
	if wrote := s.w.log.Applied() - before; wrote != 1 {
		t.Errorf("%d transactions", wrote)
	}
	s.wantMembers(group, "m00007")
}

// TestAListOfLongGroupsIsTheSameAsTheGroups lists groups that together, or alone,
// have more members than are held, and holds each against what reading it shows.
func TestAListOfLongGroupsIsTheSameAsTheGroups(t *testing.T) {
	s := newWorld(t, worldConfig{noIndex: true}).site(t)
	var groups []string
	for i, n := range []int{0, 700, 0, 700, 1, membersHeld + 1, 2, 2*membersHeld + 3} {
		groups = append(groups, s.group(fmt.Sprint("G", i)))
		if n > 0 {
			s.fill(groups[i], n)
		}
	}
	s.user("a")
	for _, path := range []string{"/Groups?count=100", "/Groups?cursor&count=100", "/?count=100&filter=displayName pr", "/Groups?sortBy=displayName&count=100"} {
		list := s.get(path)
		if got := list.Get("itemsPerPage").Text(); got != fmt.Sprint(len(groups)) || list.Get("totalResults").Text() != got {
			t.Errorf("%s: %s of %s", path, got, list.Get("totalResults").Text())
		}
		for i := range groups {
			if got, want := list.Get("Resources").At(i), s.get("/Groups/"+groups[i]); !got.Equal(want) {
				t.Errorf("%s: group %d has %d members in the list and %d alone", path, i, got.Get("members").Len(), want.Get("members").Len())
			}
		}
	}
	if got := s.get("/Groups?count=100&excludedAttributes=members").Get("Resources").At(5).Get("members"); !got.IsNull() {
		t.Error("excluded members are listed")
	}
}
