package scim

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// team makes a group of three users and returns the ids: the group's first.
func (s *site) team() (group, u1, u2, u3 string) {
	s.t.Helper()
	u1, u2, u3 = s.user("u1"), s.user("u2"), s.user("u3")
	return s.group("Team", u1, u2, u3), u1, u2, u3
}

func (s *site) wantMembers(group string, want ...string) {
	s.t.Helper()
	slices.Sort(want)
	if d := cmp.Diff(append([]string{}, want...), s.members(group)); d != "" {
		s.t.Errorf("members (-want +got):\n%s", d)
	}
	s.checkEdges(group)
}

// checkEdges asks both sides of every membership about the other.
func (s *site) checkEdges(group string) {
	s.t.Helper()
	for _, id := range s.members(group) {
		filter := "id eq " + quote(group) + " and members eq " + quote(id)
		if got := s.found("/Groups", strings.ReplaceAll(filter, "%", "%25")); len(got) != 1 {
			s.t.Errorf("member %.20q is not found in its group", id)
		}
		a := s.do("GET", "/Users/"+url.PathEscape(id), "")
		if a.status == http.StatusOK && !strings.Contains(string(a.body.Get("groups").Append(nil)), group) {
			s.t.Errorf("the groups of a member are %s", a.body.Get("groups").Append(nil))
		}
	}
}

func TestF11EntraRemovesOneMemberByValue(t *testing.T) {
	s := newSite(t)
	group, u1, u2, u3 := s.team()
	if a := s.patch("/Groups/"+group, `{"op":"Remove","path":"members","value":[{"$ref":null,"value":"`+u1+`"}]}`); a.status != http.StatusNoContent {
		t.Errorf("status %d", a.status)
	}
	s.wantMembers(group, u2, u3)
	is(t, "groups of who left", s.get("/Users/"+u1).Get("groups"), "")
}

func TestF12RemovingByFilterTwiceIsNoErrorAndNoChange(t *testing.T) {
	s := newSite(t)
	group, u1, u2, u3 := s.team()
	op := `{"op":"remove","path":"members[value eq \"` + u1 + `\"]"}`
	first := s.patch("/Groups/"+group, op)
	applied := s.w.log.Applied()
	second := s.patch("/Groups/"+group, op)
	if s.w.log.Applied() != applied || second.header.Get("ETag") != first.header.Get("ETag") {
		t.Error("the second removal changed something")
	}
	s.wantMembers(group, u2, u3)
}

func TestF13RemoveOfAllMembers(t *testing.T) {
	s := newSite(t)
	group, u1, _, _ := s.team()
	s.patch("/Groups/"+group, `{"op":"remove","path":"members"}`)
	s.wantMembers(group)
	s.patch("/Groups/"+group, `{"op":"add","path":"members","value":[{"value":"`+u1+`"}]}`)
	s.wantMembers(group, u1)
}

func TestF14ReplaceWithNobodyEmptiesAndAddOfNothingDoesNot(t *testing.T) {
	for value, op := range map[string]string{"[]": "replace", "null": "replace", `""`: "replace"} {
		s := newSite(t)
		group, _, _, _ := s.team()
		s.patch("/Groups/"+group, fmt.Sprintf(`{"op":%q,"path":"members","value":%s}`, op, value))
		s.wantMembers(group)
	}
	s := newSite(t)
	group, u1, u2, u3 := s.team()
	for _, value := range []string{"null", "[]"} {
		s.patch("/Groups/"+group, `{"op":"add","path":"members","value":`+value+`}`)
	}
	s.patch("/Groups/"+group, `{"op":"Remove","path":"members","value":[]}`)
	s.wantMembers(group, u1, u2, u3)
}

func TestF15AnUnknownMemberIsKeptBesideTheKnown(t *testing.T) {
	s := newSite(t)
	group, u1 := s.group("G"), s.user("u1")
	s.patch("/Groups/"+group, `{"op":"Add","path":"members","value":[{"value":"`+u1+`"},{"value":"unknown"}]}`)
	s.wantMembers(group, u1, "unknown")
}

func TestF16AMemberMayBeABareString(t *testing.T) {
	s := newSite(t)
	group := s.group("G")
	if a := s.patch("/Groups/"+group, `{"op":"add","path":"members","value":"string id 1"}`); a.status != http.StatusNoContent {
		t.Errorf("status %d", a.status)
	}
	s.wantMembers(group, "string id 1")
}

func TestF17OktaRenamesAGroupNamingItsID(t *testing.T) {
	s := newSite(t)
	group := s.group("Old")
	s.patch("/Groups/"+group, `{"op":"replace","value":{"id":"`+group+`","displayName":"New"}}`)
	is(t, "displayName", s.get("/Groups/"+group).Get("displayName"), `"New"`)
	s.patch("/Groups/"+group, `{"op":"replace","value":{"id":"another","displayName":"Newer"}}`)
	g := s.get("/Groups/" + group)
	is(t, "displayName", g.Get("displayName"), `"Newer"`)
	is(t, "id", g.Get("id"), fmt.Sprintf("%q", group))
	s.group("Old") // is free again
	s.refused(http.StatusConflict, "uniqueness", "POST", "/Groups", `{"displayName":"NEWER"}`)
}

func TestF25GroupsWithoutTheirMembers(t *testing.T) {
	s := newSite(t)
	group, u1, _, _ := s.team()
	s.group("Other")
	for _, path := range []string{
		`/Groups?filter=displayName eq "team"&excludedAttributes=members`, "/Groups/" + group + "?excludedAttributes=members",
		"/Groups?excludedAttributes=Members", "/Groups?attributes=displayName",
	} {
		if a := s.must(http.StatusOK, "GET", path, ""); strings.Contains(a.raw, `"members"`) {
			t.Errorf("%s: %s", path, a.raw)
		}
	}
	for filter, want := range map[string]int{
		`id eq "` + group + `" and members eq "` + u1 + `"`:       1,
		`id eq "` + group + `" and members eq "nobody"`:           0,
		`members eq "` + u1 + `"`:                                 1,
		`members[value eq "` + u1 + `"]`:                          1,
		`members.value eq "` + u1 + `" and displayName eq "Team"`: 1,
		`members pr`:               1,
		`not (members pr)`:         1,
		`members co "-"`:           1,
		`members[type eq "Group"]`: 0,
		`members[value eq "` + u1 + `"] and not (displayName co "e")`:        0,
		`members eq "` + u1 + `" or displayName eq "other"`:                  2,
		`members ne "` + u1 + `"`:                                            2,
		`id eq "` + group + `" and members eq "` + strings.ToUpper(u1) + `"`: 0,
	} {
		if got := s.found("/Groups", filter); len(got) != want {
			t.Errorf("%s finds %d, want %d", filter, len(got), want)
		}
	}
	for filter, want := range map[string]int{
		`groups eq "` + group + `"`: 3, `groups.display eq "team"`: 3, `groups pr`: 3, `groups[value eq "` + group + `"] and userName eq "u1"`: 1,
		`groups eq "none"`: 0, `groups eq "` + group + `" and manager eq "x"`: 0, `id eq "` + u1 + `" and groups eq "` + group + `"`: 1,
	} {
		if got := s.found("/Users", filter); len(got) != want {
			t.Errorf("%s finds %d, want %d", filter, len(got), want)
		}
	}
}

// TestF30MembersByTheThousand sends as many as one body holds.
func TestF30MembersByTheThousand(t *testing.T) {
	s := newWorld(t, worldConfig{noIndex: true}).site(t)
	for _, n := range []int{100, 1000, 20_000} {
		group := s.group(fmt.Sprint("G", n))
		body := `{"Operations":[{"op":"add","path":"members","value":[` + manyMembers(n) + `]}]}`
		if len(body) >= maxBodyBytes {
			t.Fatalf("the body has %d bytes", len(body))
		}
		applied := s.w.log.Applied()
		s.must(http.StatusNoContent, "PATCH", "/Groups/"+group, body)
		if got := s.w.log.Applied() - applied; got != 1 {
			t.Errorf("%d members in %d transactions", n, got)
		}
		if got := len(s.members(group)); got != n {
			t.Errorf("%d members, want %d", got, n)
		}
		s.must(http.StatusNoContent, "PATCH", "/Groups/"+group, `{"Operations":[{"op":"remove","path":"members"}]}`)
		s.wantMembers(group)
	}
}

func manyMembers(n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"value":"%08x-0000-7000-8000-%012x"}`, i, i)
	}
	return b.String()
}

func TestF31TwoClientsAddMembersAndNoneIsLost(t *testing.T) {
	s := newWorld(t, worldConfig{noIndex: true}).site(t)
	group := s.group("G")
	const each = 1000
	var wg sync.WaitGroup
	for client := range 2 {
		wg.Go(func() {
			for i := range each {
				a := s.send("PATCH", "/Groups/"+group, fmt.Sprintf(`{"Operations":[{"op":"Add","path":"members","value":[{"value":"c%d-%d"}]}]}`, client, i))
				if a.status != http.StatusNoContent {
					t.Errorf("client %d: %d %s", client, a.status, a.raw)
					return
				}
			}
		})
	}
	wg.Wait()
	if got := len(s.members(group)); got != 2*each {
		t.Errorf("%d members of %d are left", got, 2*each)
	}
}

// TestF33OneBadOperationOfTenChangesNothing is row D3 of the checklist too.
func TestF33OneBadOperationOfTenChangesNothing(t *testing.T) {
	s := newSite(t)
	user, group := s.user("a", `"title":"t"`), s.group("G", "m")
	var good []string
	for i := range 10 {
		good = append(good, fmt.Sprintf(`{"op":"replace","path":"title","value":"t%d"}`, i))
	}
	for _, bad := range []string{
		`{"op":"replace","path":"active","value":"perhaps"}`, `{"op":"replace","path":"id","value":"x"}`, `{"op":"remove"}`, `{"op":"copy","path":"title"}`,
		`{"op":"replace","path":"emails[","value":"x"}`, `{"op":"remove","path":"userName"}`, `{"op":"replace","path":"userName","value":""}`,
		`{"op":"replace","path":"emails","value":[{"value":1}]}`, `"x"`, `{"op":"replace","path":7,"value":1}`, `{"op":"replace","value":"x"}`,
	} {
		for at := range []int{0, 5, 10} {
			ops := strings.Join(slices.Insert(slices.Clone(good), at, bad), ",")
			if a := s.do("PATCH", "/Users/"+user, `{"Operations":[`+ops+`]}`); a.status != http.StatusBadRequest {
				t.Errorf("%s: %d %s", bad, a.status, a.raw)
			}
		}
	}
	is(t, "title", s.get("/Users/"+user).Get("title"), `"t"`)
	for _, bad := range []string{
		`{"op":"add","path":"members","value":[{"display":"no value"}]}`, `{"op":"add","path":"members","value":[7]}`,
		`{"op":"replace","path":"members[value eq \"m\"].value","value":"n"}`, `{"op":"remove","path":"members[value lk \"m\"]"}`,
		`{"op":"remove","path":"displayName"}`, `{"op":"add","path":"members","value":[{"value":"` + strings.Repeat("x", 600) + `"}]}`,
		`{"op":"replace","path":"displayName","value":"` + strings.Repeat("x", 1100) + `"}`,
	} {
		ops := `{"op":"add","path":"members","value":[{"value":"n"}]},` + bad + `,{"op":"remove","path":"members"}`
		if a := s.do("PATCH", "/Groups/"+group, `{"Operations":[`+ops+`]}`); a.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", bad, a.status, a.raw)
		}
	}
	s.wantMembers(group, "m")
}

// TestF34ADeletedUserLeavesAllGroups also says what becomes of the groups: they
// are modified, because their members are.
func TestF34ADeletedUserLeavesAllGroups(t *testing.T) {
	s := newSite(t)
	group, u1, u2, u3 := s.team()
	second := s.group("Second", u1)
	before := s.must(http.StatusOK, "GET", "/Groups/"+second, "").header.Get("ETag")
	s.must(http.StatusNoContent, "DELETE", "/Users/"+u1, "")
	s.wantMembers(group, u2, u3)
	s.wantMembers(second)
	if after := s.must(http.StatusOK, "GET", "/Groups/"+second, "").header.Get("ETag"); after == before {
		t.Error("the group's version is as before")
	}
	for _, method := range []string{"GET", "PUT", "PATCH", "DELETE"} {
		s.refused(http.StatusNotFound, "", method, "/Users/"+u1, map[string]string{
			"PUT": `{"userName":"u1"}`, "PATCH": `{"Operations":[{"op":"replace","path":"title","value":"t"}]}`,
		}[method])
	}
	if got := s.found("/Groups", `members eq "`+u1+`"`); len(got) != 0 {
		t.Errorf("found in %v", got)
	}
}

// TestF35ATokenOpensItsOwnDirectoryOnly is row A10 of the checklist too.
func TestF35ATokenOpensItsOwnDirectoryOnly(t *testing.T) {
	a := newSite(t)
	b := a.w.site(t)
	id := b.user("b")
	applied := a.w.log.Applied()
	crossed := &site{t: t, w: a.w, id: b.id, token: a.token, base: b.base}
	for _, r := range []struct{ method, path, body string }{
		{"GET", "/Users", ""},
		{"GET", "/Users/" + id, ""},
		{"POST", "/Users", `{"userName":"x"}`},
		{"DELETE", "/Users/" + id, ""},
		{"GET", "/Schemas", ""},
		{"PATCH", "/Users/" + id, `{"Operations":[{"op":"replace","path":"title","value":"t"}]}`},
	} {
		crossed.refused(http.StatusUnauthorized, "", r.method, r.path, r.body)
		nowhere := &site{t: t, w: a.w, token: a.token, base: "/scim/nosuchdirectory"}
		nowhere.refused(http.StatusUnauthorized, "", r.method, r.path, r.body)
		if r.method != "POST" && strings.HasPrefix(r.path, "/Users/") {
			a.refused(http.StatusNotFound, "", r.method, r.path, r.body) // the other's id in its own directory
		}
	}
	if got := a.w.log.Applied(); got != applied {
		t.Error("something was written")
	}
	a.user("b") // user names are unique in one directory only
}

// TestF36JumpCloudTestsWithARealUser creates and deletes within a second.
func TestF36JumpCloudTestsWithARealUser(t *testing.T) {
	s := newSite(t)
	for range 2 {
		user := s.user("test", `"phoneNumbers":[{"value":"020 7946 0018"}]`)
		group := s.group("test")
		s.patch("/Groups/"+group, `{"op":"add","path":"members","value":[{"value":"`+user+`"}]}`)
		s.patch("/Groups/"+group, `{"op":"remove","path":"members","value":[{"value":"`+user+`"}]}`)
		s.must(http.StatusNoContent, "DELETE", "/Groups/"+group, "")
		s.must(http.StatusNoContent, "DELETE", "/Users/"+user, "")
	}
	for _, path := range []string{"/Users", "/Groups"} {
		is(t, path, s.get(path).Get("totalResults"), "0")
	}
	if got := s.who("+442079460018"); len(got) != 0 {
		t.Errorf("the number still finds %v", got)
	}
}
