package server

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// entraUser is what Entra ID sends to create a user.
const entraUser = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
	"externalId":"0f0f0f0f-0001","userName":"sample.one@example.com","active":true,"displayName":"Sample One",
	"emails":[{"primary":true,"type":"work","value":"sample.one@example.com"}],
	"meta":{"resourceType":"User"},"name":{"formatted":"Sample One","familyName":"One","givenName":"Sample"},"title":"Agent",
	"phoneNumbers":[{"type":"work","value":"020 7946 0018"}],
	"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Sales","employeeNumber":"701"}}`

func TestCreateIsFoundByTheVeryNextRequest(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office","type":"entra","defaultRegion":"GB"}`)
	for i, name := range []string{"Ana Karlsen", "Бойко Олена", "山田太郎", "Zoë Étienne", "Ömer Yılmaz", "Σοφία Παπά", "ليلى حداد"} {
		f.addUser(person(fmt.Sprintf("p%d@example.com", i), name, fmt.Sprintf("020 7946 01%02d", i)))
		s.wantNames(fmt.Sprintf("/v1/lookup?number=%%2B44207946%04d", 100+i), name)
		s.wantNames("/v1/search?q="+url.QueryEscape(strings.ToLower(name)), name)
	}
}

func TestLookupFollowsEachStepOfEntra(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office","type":"entra","defaultRegion":"GB"}`)
	id := f.addUser(entraUser)
	const first, second, third = "/v1/lookup?number=%2B442079460018", "/v1/lookup?number=%2B442079460019", "/v1/lookup?number=%2B442079460020"
	s.wantNames(first, "Sample One")

	patch := func(operations string) {
		t.Helper()
		body := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":` + operations + `}`
		if a := f.scim("PATCH", "/Users/"+id, body); a.status != http.StatusOK && a.status != http.StatusNoContent {
			t.Fatalf("PATCH = %d: %s", a.status, a.body)
		}
	}
	// The dialect of old: capitals, a value behind a filter, booleans as text.
	patch(`[{"op":"Replace","path":"phoneNumbers[type eq \"work\"].value","value":"020 7946 0019"}]`)
	s.wantNames(first)
	s.wantNames(second, "Sample One")
	patch(`[{"op":"Replace","path":"active","value":"False"}]`)
	s.wantNames(second)
	s.wantNames("/v1/search?q=sample")
	f.scim("GET", "/Users/"+id, "").want(t, http.StatusOK) // deactivated is not deleted
	patch(`[{"op":"Replace","path":"active","value":"True"}]`)
	s.wantNames(second, "Sample One")

	// The dialect of aadOptscim062020: no path, several attributes.
	patch(`[{"op":"replace","value":{"displayName":"Sample Two","phoneNumbers[type eq \"work\"].value":"020 7946 0020"}}]`)
	s.wantNames(second)
	s.wantNames(third, "Sample Two")
	s.wantNames("/v1/search?q=sample+two", "Sample Two")
	patch(`[{"op":"add","path":"phoneNumbers","value":[{"type":"mobile","value":"07911 123456"}]}]`)
	s.wantNames("/v1/lookup?number=%2B447911123456", "Sample Two")

	f.scim("DELETE", "/Users/"+id, "").want(t, http.StatusNoContent)
	s.wantNames(third)
	s.do("GET", "/v1/contacts/"+id, s.key, "").want(t, http.StatusNotFound)
}

func TestRestartFindsEverybodyAgain(t *testing.T) {
	dir := t.TempDir()
	s := startSite(t, Config{DataDir: dir})
	f := s.newFolder(s.key, `{"name":"Head office","type":"entra","defaultRegion":"GB"}`)
	id := f.addUser(entraUser)
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	again := startSite(t, Config{DataDir: dir})
	if again.key != "" {
		t.Error("the second start made another admin key")
	}
	again.key, f.site = s.key, again
	again.wantNames("/v1/lookup?number=%2B442079460018", "Sample One")
	again.wantNames("/v1/search?q=sample", "Sample One")
	f.scim("GET", "/Users/"+id, "").want(t, http.StatusOK)
}

// TestAnswerWaitsForTheIndex looks at the index in the very moment in which an
// answer is decided, with no network in between to give it time.
func TestAnswerWaitsForTheIndex(t *testing.T) {
	s := newSite(t)
	const directories, people = 25, 20
	var folders [directories]folder
	for i := range folders {
		folders[i] = s.newFolder(s.key, `{"name":"Office","defaultRegion":"GB"}`)
		for p := range people {
			folders[i].addUser(person(fmt.Sprint("p", p), fmt.Sprintf("Sample %d of %d", p, i), fmt.Sprintf("030 1234%02d", p)))
		}
	}
	inRegion := func(f folder, prefix string) (found int) {
		for e := range s.srv.index.Snapshot("default").All {
			if e.DirectoryID == f.id && strings.HasPrefix(e.Parsed[0].E164, prefix) {
				found++
			}
		}
		return found
	}
	for _, f := range folders {
		s.handle("PATCH", "/v1/directories/"+f.id, `{"defaultRegion":"DE"}`)
		if n := inRegion(f, "+49"); n != people {
			t.Errorf("after the region changed, %d of %d numbers are read by it", n, people)
		}
		if got := s.handle("DELETE", "/v1/directories/"+f.id, "").Response.StatusCode(); got != http.StatusNoContent {
			t.Errorf("DELETE = %d", got)
		}
		if n := inRegion(f, ""); n != 0 {
			t.Errorf("after the directory was removed, %d of its people are found", n)
		}
	}
}

func TestRemovedDirectoryIsGoneFromEveryAnswer(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office","type":"okta","defaultRegion":"GB"}`)
	stays := s.newFolder(s.key, `{"name":"Branch","type":"okta","defaultRegion":"GB"}`)
	for i := range 50 {
		f.addUser(person(fmt.Sprintf("p%d", i), fmt.Sprintf("Leaving %d", i), fmt.Sprintf("020 7946 01%02d", i)))
	}
	stays.addUser(person("q", "Staying One", "020 7946 0200"))
	s.do("DELETE", "/v1/directories/"+f.id, s.key, "").want(t, http.StatusNoContent)
	s.wantNames("/v1/lookup?number=%2B442079460100")
	s.wantNames("/v1/search?q=leaving")
	s.wantNames("/v1/search?q=staying", "Staying One")
	f.scim("GET", "/Users", "").want(t, http.StatusUnauthorized)
	s.do("GET", "/v1/directories/"+f.id, s.key, "").want(t, http.StatusNotFound)
}

func TestChangedRegionReadsNumbersAnewInTheNextLookup(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office","defaultRegion":"GB"}`)
	f.addUser(person("p", "Sample One", "030 123456"))
	s.wantNames("/v1/lookup?number=%2B4930123456")
	s.do("PATCH", "/v1/directories/"+f.id, s.key, `{"defaultRegion":"DE"}`).want(t, http.StatusOK)
	s.wantNames("/v1/lookup?number=%2B4930123456", "Sample One")
}
