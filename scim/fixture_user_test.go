package scim

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// The tests of this file and of fixture_group_test.go are payloads that
// identity providers really send, numbered as the compatibility list does.

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

func TestF01EntraSwitchesOffWithAString(t *testing.T) {
	s := newSite(t)
	id := s.user("a", `"active":true`, `"phoneNumbers":[{"type":"work","value":"020 7946 0018"}]`)
	if got := s.who("+442079460018"); len(got) != 1 {
		t.Fatalf("before: found %v", got)
	}
	got := s.patch("/Users/"+id, `{"op":"Replace","path":"active","value":"False"}`)
	is(t, "active", got.body.Get("active"), "false")
	is(t, "active on reading", s.get("/Users/"+id).Get("active"), "false")
	if got := s.who("+442079460018"); len(got) != 0 {
		t.Errorf("a deactivated user is still found: %v", got)
	}
	s.patch("/Users/"+id, `{"op":"Replace","path":"active","value":"True"}`)
	if got := s.who("+442079460018"); len(got) != 1 {
		t.Errorf("a restored user is not found")
	}
}

func TestF02OthersSwitchOffWithoutAPath(t *testing.T) {
	s := newSite(t)
	for i, op := range []string{
		`{"op":"Replace","value":{"active":"false"}}`, `{"op":"add","value":{"active":false}}`, `{"op":"replace","value":{"active":false}}`,
	} {
		id := s.user(fmt.Sprint("a", i), `"active":true`)
		is(t, op, s.patch("/Users/"+id, op).body.Get("active"), "false")
	}
}

func TestF03AnAddedNumberComesBackVerbatimAndIsFound(t *testing.T) {
	s := newSite(t)
	id := s.user("a")
	s.patch("/Users/"+id, `{"op":"Add","path":"phoneNumbers[type eq \"work2\"].value","value":"+61 2 5550 1234"}`)
	is(t, "phoneNumbers", s.get("/Users/"+id).Get("phoneNumbers"), `[{"type":"work2","value":"+61 2 5550 1234"}]`)
	if got := s.who("+61255501234"); len(got) != 1 || got[0] != id {
		t.Errorf("the number finds %v, want %s", got, id)
	}
}

func TestF04FiveAddsMakeOneAddress(t *testing.T) {
	s := newSite(t)
	id := s.user("a")
	var ops []string
	for _, part := range []string{"streetAddress", "locality", "region", "postalCode", "country"} {
		ops = append(ops, fmt.Sprintf(`{"op":"Add","path":"addresses[type eq \"work\"].%s","value":"v-%s"}`, part, part))
	}
	s.patch("/Users/"+id, strings.Join(ops, ","))
	is(t, "addresses", s.get("/Users/"+id).Get("addresses"),
		`[{"type":"work","streetAddress":"v-streetAddress","locality":"v-locality","region":"v-region","postalCode":"v-postalCode","country":"v-country"}]`)
}

func TestF05AnAbsentElementIsMadeOfItsFilter(t *testing.T) {
	s := newSite(t)
	id := s.user("a")
	s.patch("/Users/"+id, `{"op":"Replace","path":"emails[type eq \"work\" and primary eq true].value","value":"x"}`)
	is(t, "emails", s.get("/Users/"+id).Get("emails"), `[{"type":"work","primary":true,"value":"x"}]`)
}

func TestF06ARoleIsMadePrimaryByAString(t *testing.T) {
	s := newSite(t)
	id := s.user("a")
	s.patch("/Users/"+id, `{"op":"Replace","path":"roles[primary eq \"True\"].value","value":"Admin"}`)
	is(t, "roles", s.get("/Users/"+id).Get("roles"), `[{"primary":true,"value":"Admin"}]`)
}

func TestF07EverySpellingOfManagerIsUnderstood(t *testing.T) {
	s := newSite(t)
	for i, op := range []string{
		`{"op":"Add","path":"` + enterprise + `:manager","value":"271"}`,
		`{"op":"Add","path":"` + enterprise + `.manager","value":"271"}`,
		`{"op":"Add","path":"manager","value":[{"$ref":"http://example.com/Users/271","value":"271"}]}`,
		`{"op":"Add","path":"manager","value":{"value":"271"}}`,
		`{"op":"replace","value":{"` + enterprise + `:manager":"271"}}`,
	} {
		id := s.user(fmt.Sprint("a", i))
		s.patch("/Users/"+id, op)
		u := s.get("/Users/" + id)
		is(t, op, u.Get(enterprise).Get("manager").Get("value"), `"271"`)
		is(t, "schemas", u.Get("schemas"), `["urn:ietf:params:scim:schemas:core:2.0:User","`+enterprise+`"]`)
	}
}

func TestF08AnEmptyManagerIsNone(t *testing.T) {
	s := newSite(t)
	id := s.user("a", `"`+enterprise+`":{"manager":{"value":"271"}}`)
	s.patch("/Users/"+id, `{"op":"Replace","path":"`+enterprise+`:manager","value":""}`)
	u := s.get("/Users/" + id)
	is(t, "extension", u.Get(enterprise), "")
	is(t, "schemas", u.Get("schemas"), `["urn:ietf:params:scim:schemas:core:2.0:User"]`)
}

func TestF09DottedKeysOfAValueAreNested(t *testing.T) {
	s := newSite(t)
	id := s.user("a")
	s.patch("/Users/"+id, `{"op":"replace","value":{"displayName":"B","name.givenName":"K","`+enterprise+`:employeeNumber":"A"}}`)
	u := s.get("/Users/" + id)
	is(t, "displayName", u.Get("displayName"), `"B"`)
	is(t, "name", u.Get("name"), `{"givenName":"K"}`)
	is(t, "extension", u.Get(enterprise), `{"employeeNumber":"A"}`)
	is(t, "name.givenName as a key", u.Get("name.givenName"), "")
}

func TestF10AnExtensionIsMergedInto(t *testing.T) {
	s := newSite(t)
	id := s.user("a", `"`+enterprise+`":{"employeeNumber":"7","department":"W"}`)
	s.patch("/Users/"+id, `{"op":"replace","value":{"`+enterprise+`":{"department":"X"}}}`)
	is(t, "extension", s.get("/Users/"+id).Get(enterprise), `{"employeeNumber":"7","department":"X"}`)
}

func TestF18APutOfWhatWasReadChangesOnlyWhatDiffers(t *testing.T) {
	s := newSite(t)
	id := s.user("a", `"phoneNumbers":[{"type":"work","value":"020 7946 0018"}]`, `"name":{"givenName":"K"}`)
	s.group("G", id)
	before := s.must(http.StatusOK, "GET", "/Users/"+id, "")
	same := s.must(http.StatusOK, "PUT", "/Users/"+id, before.raw)
	if same.raw != before.raw {
		t.Errorf("an echo changed the user from\n%s to\n%s", before.raw, same.raw)
	}
	after := s.must(http.StatusOK, "PUT", "/Users/"+id, strings.Replace(before.raw, "0018", "0019", 1)).body
	is(t, "phoneNumbers", after.Get("phoneNumbers"), `[{"type":"work","value":"020 7946 0019"}]`)
	for _, name := range []string{"id", "userName", "name", "groups", "schemas"} {
		is(t, name, after.Get(name), string(before.body.Get(name).Append(nil)))
	}
	is(t, "created", after.Get("meta").Get("created"), string(before.body.Get("meta").Get("created").Append(nil)))
	if old, now := s.who("+442079460018"), s.who("+442079460019"); len(old) != 0 || len(now) != 1 {
		t.Errorf("the old number finds %v, the new one %v", old, now)
	}

	group := s.found("/Groups", `displayName eq "G"`)[0]
	echo := s.must(http.StatusOK, "GET", "/Groups/"+group, "")
	if put := s.must(http.StatusOK, "PUT", "/Groups/"+group, echo.raw); put.raw != echo.raw {
		t.Errorf("an echo changed the group from\n%s to\n%s", echo.raw, put.raw)
	}
}

func TestF19WhatEntraAndOktaSendBesideAttributesIsTolerated(t *testing.T) {
	s := newSite(t)
	a := s.must(http.StatusCreated, "POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User",
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0User"],"externalId":"7","userName":"a","active":true,
		"addresses":null,"phoneNumbers":null,"roles":[],"groups":[],"department":null,"manager":null,"password":"secret-1mz050nq",
		"meta":{"resourceType":"User"},"name":{"formatted":"F","familyName":null}}`)
	if strings.Contains(a.raw, "secret-1mz050nq") || strings.Contains(a.raw, "password") {
		t.Error("the password came back")
	}
	for _, name := range []string{"addresses", "phoneNumbers", "roles", "groups", "department", "manager"} {
		is(t, name, a.body.Get(name), "")
	}
	is(t, "name", a.body.Get("name"), `{"formatted":"F"}`)
	view, err := s.w.log.View()
	if err != nil {
		t.Fatal(err)
	}
	defer view.Close()
	for e, err := range view.Scan("default", "", "") {
		if err != nil || strings.Contains(string(e.Value), "secret-1mz050nq") {
			t.Fatalf("the password is stored under a key of kind %q, %v", e.Key[:1], err)
		}
	}
}

func TestF20KeysInAnyCaseComeBackCanonical(t *testing.T) {
	s := newSite(t)
	u := s.must(http.StatusCreated, "POST", "/Users", `{"USERNAME":"a","Emails":[{"Primary":true,"VALUE":"b"}],
		"Department":"D","Manager":{"Value":"m"}}`).body
	is(t, "emails", u.Get("emails"), `[{"primary":true,"value":"b"}]`)
	is(t, "extension", u.Get(enterprise), `{"department":"D","manager":{"value":"m"}}`)
	for name := range u.All() {
		switch name {
		case "schemas", "id", "userName", "emails", enterprise, "meta":
		default:
			t.Errorf("unexpected attribute %s", name)
		}
	}
}

func TestF21AnObjectStandsForAnArrayOfOne(t *testing.T) {
	s := newSite(t)
	u := s.must(http.StatusCreated, "POST", "/Users", `{"userName":"a","emails":{"value":"b"},"phoneNumbers":[{"value":"020 7946 0018"}]}`).body
	is(t, "emails", u.Get("emails"), `[{"value":"b"}]`)
	is(t, "phoneNumbers", u.Get("phoneNumbers"), `[{"value":"020 7946 0018"}]`)
}

func TestF22FiltersAsClientsWriteThem(t *testing.T) {
	s := newSite(t)
	bob := s.user("bob@example.com", `"displayName":"Bob"`, `"externalId":"jyoung"`, `"active":true`)
	s.user("eve@example.com", `"displayName":"Eve"`)
	for _, query := range []string{
		"/Users/?filter=DisplayName+eq+%22Bob%22",
		`/Users?filter=userName Eq "BOB@example.com"`,
		"/Users?filter=externalId eq jyoung",
		`/Users?filter=(ActiVe eq true) and meta.lastmodified ge "2021-09-23T19:35:41.8420572Z"`,
		"/Users?filter=displayName+eq+%22bob%22&startindex=0",
	} {
		list := s.get(query)
		is(t, query, list.Get("totalResults"), "1")
		is(t, query, list.Get("startIndex"), "1")
		is(t, query, list.Get("Resources").At(0).Get("id"), fmt.Sprintf("%q", bob))
	}
}

func TestF23EscapesOfJSONAndOfAddressesAreUndoneExactly(t *testing.T) {
	s := newSite(t)
	odd := s.must(http.StatusCreated, "POST", "/Users", `{"userName":"o\"brien\\x@é.com","phoneNumbers":[{"value":"+61255501234"}]}`).body.Get("id").Text()
	s.user("61255501234")
	if got := s.found("/Users", `userName eq "o\"brien\\x@é.com"`); len(got) != 1 || got[0] != odd {
		t.Errorf("the odd name finds %v", got)
	}
	if got := s.found("/Users", `userName eq "o\"brien\\x@e.com"`); len(got) != 0 {
		t.Errorf("another name finds %v", got)
	}
	for number, want := range map[string]int{"%2B61255501234": 1, "+61255501234": 0, "61255501234": 0} {
		if got := s.found("/Users", `phoneNumbers.value eq "`+number+`"`); len(got) != want {
			t.Errorf("%s finds %d, want %d", number, len(got), want)
		}
	}
}

func TestF24ANumberIsFilteredVerbatim(t *testing.T) {
	s := newSite(t)
	id := s.user("a", `"phoneNumbers":[{"type":"work","value":"+61255501234"},{"type":"mobile","value":"+61 4"}]`)
	s.user("b", `"phoneNumbers":[{"type":"work","value":"+61 2 5550 1234"}]`)
	if got := s.found("/Users", `phoneNumbers[type eq "work" and value eq "%2B61255501234"]`); len(got) != 1 || got[0] != id {
		t.Errorf("found %v, want %s", got, id)
	}
	if got := s.found("/Users", `phoneNumbers[type eq "mobile" and value eq "%2B61255501234"]`); len(got) != 0 {
		t.Errorf("found %v, want nobody", got)
	}
}

func TestF26EveryOptionalAttributeIsClearedByAnEmptyString(t *testing.T) {
	s := newSite(t)
	id := s.user("a", `"externalId":"x","displayName":"d","nickName":"n","profileUrl":"https://example.com","title":"t","userType":"u",
		"preferredLanguage":"en","locale":"en-GB","timezone":"Europe/London","active":true,"name":{"givenName":"g","familyName":"f","formatted":"gf"},
		"emails":[{"type":"work","value":"e"}],"phoneNumbers":[{"type":"work","value":"1"}],"ims":[{"value":"i"}],"photos":[{"value":"https://example.com/p"}],
		"addresses":[{"type":"work","locality":"l"}],"entitlements":[{"value":"e"}],"roles":[{"value":"r"}],"x509Certificates":[{"value":"MII="}]`,
		`"`+enterprise+`":{"employeeNumber":"1","costCenter":"2","organization":"3","division":"4","department":"5","manager":{"value":"6"}}`)
	whole := s.get("/Users/" + id)
	var paths []string
	for name := range whole.All() {
		switch name {
		case "schemas", "id", "meta", "userName", enterprise:
		default:
			paths = append(paths, name)
		}
	}
	for name := range whole.Get(enterprise).All() {
		paths = append(paths, enterprise+":"+name)
	}
	if len(paths) != 25 {
		t.Fatalf("the sample has %d optional attributes: %v", len(paths), paths)
	}
	for _, path := range paths {
		s.patch("/Users/"+id, fmt.Sprintf(`{"op":"replace","path":%q,"value":""}`, path))
		u := s.get("/Users/" + id)
		name, in := path, u
		if rest, ok := strings.CutPrefix(path, enterprise+":"); ok {
			name, in = rest, u.Get(enterprise)
		}
		is(t, path, in.Get(name), "")
	}
	left := s.get("/Users/" + id)
	if left.Len() != 4 { // schemas, id, userName, meta
		t.Errorf("left is %s", left.Append(nil))
	}
	if got := s.found("/Users", `externalId eq "x"`); len(got) != 0 {
		t.Errorf("a removed externalId finds %v", got)
	}
}

func TestF27APathWithTypographicQuotesAndNoneAtTheEnd(t *testing.T) {
	s := newSite(t)
	const urn = "urn:ietf:params:scim:schemas:extension:genesys:purecloud:2.0:User"
	id := s.user("a")
	s.patch("/Users/"+id, `{"op":"Add","path":"`+urn+`:externalIds[authority eq ‘zoomphone].value","value":"z1"},
		{"op":"Add","path":"`+urn+`:externalIds[authority eq ‘microsoftteams’].value","value":"m1"}`)
	is(t, "externalIds", s.get("/Users/"+id).Get(urn).Get("externalIds"),
		`[{"authority":"zoomphone","value":"z1"},{"authority":"microsoftteams","value":"m1"}]`)
}

func TestF28AMistypedAttributeDoesNotFailTheRequest(t *testing.T) {
	s := newSite(t)
	id := s.user("a")
	before := s.must(http.StatusOK, "GET", "/Users/"+id, "").raw
	s.patch("/Users/"+id, `{"op":"Add","path":"phoneNumberss[type eq \"work3\"].value","value":"1"}`)
	if after := s.must(http.StatusOK, "GET", "/Users/"+id, "").raw; after != before {
		t.Errorf("the user became %s", after)
	}
	s.set("unknownCoreAttributes=reject")
	a := s.refused(http.StatusBadRequest, "invalidPath", "PATCH", "/Users/"+id,
		`{"Operations":[{"op":"Add","path":"phoneNumberss[type eq \"work3\"].value","value":"1"}]}`)
	if !strings.Contains(a.raw, "phoneNumbers?") {
		t.Errorf("no hint at what was meant: %s", a.raw)
	}
}

// TestF29ThirtySixAddsOnAMinimalUser is the SCIM validator's hardest request.
func TestF29ThirtySixAddsOnAMinimalUser(t *testing.T) {
	s := newSite(t)
	id := s.user("a")
	var ops []string
	add := func(path string) {
		ops = append(ops, fmt.Sprintf(`{"op":"add","path":%q,"value":%q}`, path, "v"+fmt.Sprint(len(ops))))
	}
	for _, typ := range []string{"work", "home", "other"} {
		add(`emails[type eq "` + typ + `"].value`)
		add(`emails[type eq "` + typ + `"].display`)
		for _, part := range []string{"formatted", "streetAddress", "locality", "region", "postalCode", "country"} {
			add(`addresses[type eq "` + typ + `"].` + part)
		}
	}
	for _, typ := range []string{"work", "mobile", "fax", "pager", "home"} {
		add(`phoneNumbers[type eq "` + typ + `"].value`)
	}
	add(`roles[primary eq "True"].display`)
	add(`roles[primary eq "True"].value`)
	add(`roles[primary eq "True"].type`)
	for _, path := range []string{"displayName", "title", "preferredLanguage", "name.givenName"} {
		add(path)
	}
	if len(ops) != 36 {
		t.Fatalf("%d operations", len(ops))
	}
	s.patch("/Users/"+id, strings.Join(ops, ","))
	u := s.get("/Users/" + id)
	for name, want := range map[string]int{"emails": 3, "addresses": 3, "phoneNumbers": 5, "roles": 1} {
		if got := u.Get(name).Len(); got != want {
			t.Errorf("%d %s, want %d: %s", got, name, want, u.Get(name).Append(nil))
		}
	}
	for e := range u.Get("addresses").Elems() {
		if e.Len() != 7 {
			t.Errorf("an address is %s", e.Append(nil))
		}
	}
}

// TestF32EveryFormOfTheAuthorizationHeader is row A2 of the checklist too.
func TestF32EveryFormOfTheAuthorizationHeader(t *testing.T) {
	s := newSite(t)
	for _, form := range []string{"bearer ", "BEARER  ", "Bearer ", ""} {
		s.must(http.StatusOK, "GET", "/Users", "", "Authorization: "+form+s.token)
	}
	for _, header := range []string{"Authorization: non-token", "Authorization: Basic " + s.token, "Authorization: Bearer " + otherToken(), "Authorization: "} {
		s.refused(http.StatusUnauthorized, "", "GET", "/Users", "", header)
		s.refused(http.StatusUnauthorized, "", "POST", "/Users", `{"userName":"a"}`, header)
	}
}

func TestF37ARepeatedPatchWritesNothing(t *testing.T) {
	s := newSite(t)
	id := s.user("a", `"displayName":"D","emails":[{"type":"work","value":"e"}]`)
	member := s.user("b")
	group := s.group("G", member)
	const ops = `{"op":"Replace","path":"displayName","value":"D"},{"op":"Add","path":"emails[type eq \"work\"].value","value":"e"},
		{"op":"Replace","path":"title","value":"t"}`
	first := s.patch("/Users/"+id, ops)
	applied := s.w.log.Applied()
	for range 40 {
		if again := s.patch("/Users/"+id, ops); again.raw != first.raw || again.header.Get("ETag") != first.header.Get("ETag") {
			t.Fatalf("the same PATCH changed\n%s to\n%s", first.raw, again.raw)
		}
		s.patch("/Groups/"+group, `{"op":"Add","path":"members","value":[{"$ref":null,"value":"`+member+`"}]},
			{"op":"Remove","path":"members","value":[{"value":"nobody"}]},{"op":"replace","path":"displayName","value":"G"}`)
	}
	if got := s.w.log.Applied(); got != applied {
		t.Errorf("%d transactions for nothing", got-applied)
	}
}

// TestF38EveryContentTypeOfJSONIsAccepted is row A7 too.
func TestF38EveryContentTypeOfJSONIsAccepted(t *testing.T) {
	s := newSite(t)
	for i, header := range []string{
		"Content-Type: application/scim+json; charset=utf-8", "Content-Type: application/json", "Content-Type: application/scim+json", "Content-Type: ",
	} {
		s.must(http.StatusCreated, "POST", "/Users", fmt.Sprintf(`{"userName":"a%d"}`, i), header)
	}
}
