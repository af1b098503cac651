package scim

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/scim/resource"
)

// A rollModel is a group's members the plain way: id → display, "" for none.
type rollModel map[string]string

// operate draws one operation and applies it to the model.
func (m rollModel) operate(rng *rand.Rand, ids []string) string {
	id := func() string { return ids[rng.IntN(len(ids))] }
	display := func() string { return []string{"", "x", "y"}[rng.IntN(3)] }
	listed := func(each func(id, display string)) string {
		var elems []string
		for range rng.IntN(4) {
			who, name := id(), display()
			e := `{"value":` + quote(who)
			if name != "" {
				e += `,"display":` + quote(name)
			}
			elems = append(elems, e+"}")
			each(who, name)
		}
		return "[" + strings.Join(elems, ",") + "]"
	}
	add := func(id, display string) {
		if _, ok := m[id]; !ok {
			m[id] = display
		}
	}
	switch rng.IntN(8) {
	case 0, 1:
		return `{"op":"add","path":"members","value":` + listed(add) + `}`
	case 2:
		return `{"op":"Remove","path":"members","value":` + listed(func(id, _ string) { delete(m, id) }) + `}`
	case 3:
		who := id()
		delete(m, who)
		return `{"op":"remove","path":"members[value eq ` + strings.ReplaceAll(quote(who), `"`, `\"`) + `]"}`
	case 4:
		name := "x"
		maps.DeleteFunc(m, func(_, d string) bool { return d == name })
		return `{"op":"remove","path":"members[display eq \"` + name + `\"]"}`
	case 5:
		clear(m)
		return `{"op":"remove","path":"members"}`
	case 6:
		clear(m)
		return `{"op":"replace","path":"members","value":` + listed(add) + `}`
	}
	who, name := id(), "y"
	add(who, name)
	return `{"op":"add","value":{"members":{"value":` + quote(who) + `,"display":` + quote(name) + `}}}`
}

// TestMembersAgreeWithAPlainModel sends requests of several operations on a
// group's members in every order, and compares the members, what is written,
// and what is not.
func TestMembersAgreeWithAPlainModel(t *testing.T) {
	s := newWorld(t, worldConfig{noIndex: true}).site(t)
	group := s.group("G")
	ids := []string{s.user("a"), s.user("b"), "dangling", "a/b", s.group("nested"), group}
	model := rollModel{}
	rng := rand.New(rand.NewPCG(5, 6))
	for step := range 1500 {
		before := maps.Clone(model)
		applied := s.w.log.Applied()
		var ops []string
		if rng.IntN(6) == 0 {
			s.put(group, model, rng, ids)
		} else {
			for range 1 + rng.IntN(4) {
				ops = append(ops, model.operate(rng, ids))
			}
			s.patch("/Groups/"+group, strings.Join(ops, ","))
		}
		got := rollModel{}
		for m := range s.get("/Groups/" + group).Get("members").Elems() {
			got[m.Get("value").Text()] = m.Get("display").Text()
		}
		if d := cmp.Diff(model, got); d != "" {
			t.Fatalf("step %d: %v\n(-want +got)\n%s", step, ops, d)
		}
		if wrote, changed := s.w.log.Applied() > applied, !maps.Equal(before, model); wrote != changed {
			t.Fatalf("step %d: %v: changed %v, wrote %v", step, ops, changed, wrote)
		}
	}
}

// put replaces the group with a few members.
func (s *site) put(group string, model rollModel, rng *rand.Rand, ids []string) {
	s.t.Helper()
	clear(model)
	var listed []string
	for range rng.IntN(4) {
		id := ids[rng.IntN(len(ids))]
		model[id] = ""
		listed = append(listed, id)
	}
	s.must(http.StatusOK, "PUT", "/Groups/"+group, `{"displayName":"G","members":`+memberList(listed...)+`}`)
}

func TestAGroupInAGroupIsLocatedAsOne(t *testing.T) {
	s := newSite(t)
	inner := s.group("Inner")
	outer := s.group("Outer", inner)
	s.patch("/Groups/"+outer, `{"op":"add","path":"members","value":"`+outer+`"}`) // even itself
	for m := range s.get("/Groups/" + outer).Get("members").Elems() {
		id := m.Get("value").Text()
		is(t, "member", m, fmt.Sprintf(`{"value":%q,"$ref":"%s%s/Groups/%s","type":"Group"}`, id, publicURL, s.base, id))
	}
	s.must(http.StatusNoContent, "DELETE", "/Groups/"+inner, "")
	s.wantMembers(outer, outer)
	s.must(http.StatusNoContent, "DELETE", "/Groups/"+outer, "")
}

func TestADanglingMemberIsNobodysGroup(t *testing.T) {
	s := newSite(t)
	group := s.group("G", "later")
	is(t, "member", s.get("/Groups/"+group).Get("members").At(0), `{"value":"later","$ref":"`+publicURL+s.base+`/Users/later"}`)
	s.refused(http.StatusNotFound, "", "GET", "/Users/later", "")
	if got := s.found("/Users", `groups eq "`+group+`"`); len(got) != 0 {
		t.Errorf("found %v", got)
	}
}

// TestAGroupOfManyTransactionsIsDeleted has more members than one transaction
// of its deletion takes.
func TestAGroupOfManyTransactionsIsDeleted(t *testing.T) {
	s := newWorld(t, worldConfig{noIndex: true}).site(t)
	user := s.user("u")
	group := s.group("G", user)
	const each = 9000
	for part := range 3 {
		var b strings.Builder
		for i := range each {
			fmt.Fprintf(&b, `,{"value":"m%d-%d"}`, part, i)
		}
		s.patch("/Groups/"+group, `{"op":"add","path":"members","value":[`+b.String()[1:]+`]}`)
	}
	if got := len(s.members(group)); got != 3*each+1 {
		t.Fatalf("%d members", got)
	}
	s.must(http.StatusNoContent, "DELETE", "/Groups/"+group, "")
	s.refused(http.StatusNotFound, "", "GET", "/Groups/"+group, "")
	is(t, "groups", s.get("/Users/"+user).Get("groups"), "")
	is(t, "total", s.get("/Groups").Get("totalResults"), "0")
}

// TestTooManyMembersAtOnceIsSaid empties a group whose memberships are too many
// for one transaction: nothing of it happens.
func TestTooManyMembersAtOnceIsSaid(t *testing.T) {
	s := newWorld(t, worldConfig{noIndex: true}).site(t)
	group := s.group("G")
	id := strings.Repeat("/", 490) // three bytes each in a key
	for part := range 12 {
		var b strings.Builder
		for i := range 1900 {
			fmt.Fprintf(&b, `,{"value":"%s-%d-%d"}`, id, part, i)
		}
		s.patch("/Groups/"+group, `{"op":"add","path":"members","value":[`+b.String()[1:]+`]}`)
	}
	a := s.refused(http.StatusRequestEntityTooLarge, "", "PATCH", "/Groups/"+group, `{"Operations":[{"op":"remove","path":"members"}]}`)
	if !strings.Contains(a.raw, "several") {
		t.Errorf("it is not said what to do: %s", a.raw)
	}
	if got := len(s.members(group)); got != 22_800 {
		t.Errorf("%d members are left", got)
	}
	s.must(http.StatusNoContent, "DELETE", "/Groups/"+group, "")
}

func TestMembersSurviveVerbatim(t *testing.T) {
	s := newSite(t)
	group := s.group("G")
	s.patch("/Groups/"+group, `{"op":"add","path":"members","value":[{"display":"D  ","value":" x","type":"user","$ref":null}]}`)
	m := s.get("/Groups/" + group).Get("members").At(0)
	is(t, "member", m.Delete("$ref"), `{"value":" x","display":"D  ","type":"user"}`)
	if m.Get("$ref").Kind() != resource.String {
		t.Error("no location")
	}
}
