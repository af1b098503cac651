package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// sampleOffice fills a directory with a few people that between them have
// everything an answer can show, and returns what to write for their ids.
func sampleOffice(s *site) (folder, *strings.Replacer) {
	s.t.Helper()
	f := s.newFolder(s.key, `{"name":"Head office","type":"other","defaultRegion":"GB"}`)
	user := func(members string) string {
		return f.addUser(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],` + members + `}`)
	}
	one := user(`"externalId":"x-1","userName":"zoe@example.com","displayName":"Zoë Quill","name":{"givenName":"Zoë","familyName":"Quill"},"title":"Team lead",
		"nickName":"Z","emails":[{"type":"work","value":"zoe@example.com"},{"type":"home","value":"z@example.org"}],
		"phoneNumbers":[{"type":"work","value":"020 7946 0018 x12"},{"type":"mobile","value":"07911 123456"},{"type":"fax","value":"call \"reception\""}],
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Sales, north","organization":"Example; Ltd"}`)
	two := user(`"userName":"boris","displayName":"Борис Тест","phoneNumbers":[{"type":"work","value":"+44 20 7946 0100"}],
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Support","manager":{"value":"` + one + `"}}`)
	three := user(`"userName":"hana","displayName":"花子 <b>\"テスト\"</b>","phoneNumbers":[{"type":"work","value":"020 7946 0100"},{"type":"other","value":"4711"}]`)
	var group struct{ ID string }
	f.scim("POST", "/Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Front desk","members":[{"value":"`+one+`"},{"value":"`+three+`"}]}`).
		want(s.t, http.StatusCreated).decode(s.t, &group)
	s.do("PUT", "/v1/presence/"+one, s.key, `{"availability":"busy","activity":"inACall","asOf":"2026-08-21T10:00:00Z"}`).want(s.t, http.StatusOK)
	return f, strings.NewReplacer(one, "ID-ONE", two, "ID-TWO", three, "ID-THREE", group.ID, "ID-GROUP", f.id, "ID-DIRECTORY", s.url, "http://SERVER")
}

// abridged returns an answer as people read it: one contact in full, or, with
// short, names in place of contacts.
func abridged(t *testing.T, text string, short bool) string {
	t.Helper()
	var v any
	answer{body: text}.decode(t, &v)
	if short {
		v = withNames(v)
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// withNames puts a contact's name and id in its place.
func withNames(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = withNames(v[i])
		}
	case map[string]any:
		if v["directoryId"] != nil {
			return fmt.Sprintf("%s (%s)", v["displayName"], v["id"])
		}
		for k := range v {
			v[k] = withNames(v[k])
		}
	}
	return v
}

func TestAnswersReadAsDocumented(t *testing.T) {
	s := newSite(t)
	f, named := sampleOffice(s)
	ids := map[string]string{}
	for _, u := range []string{"zoe@example.com", "boris", "hana"} {
		var list struct{ Resources []struct{ ID string } }
		f.scim("GET", "/Users?filter="+url.QueryEscape(fmt.Sprintf("userName eq %q", u)), "").want(t, http.StatusOK).decode(t, &list)
		ids[u] = list.Resources[0].ID
	}
	for file, paths := range map[string][]string{
		"lookup.txt": {
			"/v1/lookup?number=%2B442079460018", "/v1/lookup?number=+442079460018", "/v1/lookup?number=02079460018&region=gb", "/v1/lookup?number=020+7946+0018+ext+12",
			"/v1/lookup?number=%2B442079460100", "/v1/lookup?number=4711", "/v1/lookup?number=%2B4915112345678", "/v1/lookup?number=anonymous",
			"/v1/lookup?number=%2B442079460018&privacy=id", "/v1/lookup?number=", "/v1/lookup?number=%00%07%ff%22", "/v1/lookup?number=004420+7946+0018&explain=1&region=DE",
		},
		"search.txt": {
			"/v1/search?q=zoe", "/v1/search?q=quill+z&limit=1", "/v1/search?q=%D0%B1%D0%BE%D1%80", "/v1/search?q=7946&limit=2", "/v1/search?q=4711&mode=number", "/v1/search?q=4711&mode=name",
			"/v1/search?q=sales&department=SALES,+NORTH", "/v1/search?q=", "/v1/search?q=nobody+here", "/v1/search?q=qiull",
		},
		"contact.txt": {"/v1/contacts/" + ids["zoe@example.com"], "/v1/contacts/" + ids["boris"], "/v1/contacts/" + ids["hana"]},
	} {
		var b strings.Builder
		for _, p := range paths {
			fmt.Fprintf(&b, "GET %s\n%s\n", p, abridged(t, s.get(p), file != "contact.txt"))
		}
		golden(t, file, named.Replace(b.String()))
	}
	var cards strings.Builder
	for _, u := range []string{"zoe@example.com", "boris", "hana"} {
		cards.WriteString(strings.ReplaceAll(s.get("/v1/contacts/"+ids[u]+".vcf"), "\r\n", "\n") + "\n")
	}
	golden(t, "card.txt", named.Replace(cards.String()))
}

func TestSearchFilters(t *testing.T) {
	s := newSite(t)
	f, _ := sampleOffice(s)
	var groups struct{ Resources []struct{ ID string } }
	f.scim("GET", "/Groups", "").want(t, http.StatusOK).decode(t, &groups)
	branch := s.newFolder(s.key, `{"name":"Branch","defaultRegion":"GB"}`)
	branch.addUser(person("zora", "Zora Quill", "020 7946 0300"))
	s.wantNames("/v1/search?q=quill", "Zoë Quill", "Zora Quill")
	s.wantNames("/v1/search?q=quill&directory="+f.id, "Zoë Quill")
	s.wantNames("/v1/search?q=quill&directory="+branch.id, "Zora Quill")
	s.wantNames("/v1/search?q=quill&directory=nowhere")
	s.wantNames("/v1/search?q=quill&group="+groups.Resources[0].ID, "Zoë Quill")
	s.wantNames("/v1/search?q=quill&group=nobody")
	s.wantNames("/v1/search?q=quill&presence=Busy", "Zoë Quill")
	s.wantNames("/v1/search?q=quill&presence=available")
	s.wantNames("/v1/search?q=quill&department=sales,+north", "Zoë Quill")
	s.wantNames("/v1/search?q=020794603&directory="+branch.id, "Zora Quill")
	s.wantNames("/v1/search?q=quill+is:busy", "Zoë Quill")
	s.wantNames("/v1/search?q=quill+is:inacall", "Zoë Quill")
	s.wantNames("/v1/search?q=quill+is:free")
	s.wantNames("/v1/search?q=quill+-is:busy", "Zora Quill")
	s.wantNames("/v1/search?q=has:number&directory="+branch.id, "Zora Quill")
	s.wantNames("/v1/search?q=&presence=busy", "Zoë Quill")
}

// An agent's favourites, and whoever the agent talked to, come first among those
// who match equally well, and nobody else's.
func TestSearchKnowsWhomAnAgentDealsWith(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Office","defaultRegion":"GB"}`)
	ids := map[string]string{}
	for i, name := range []string{"Quill A", "Quill B", "Quill C", "Quill"} {
		ids[name] = f.addUser(person("u"+strconv.Itoa(i), name, "020 7946 030"+strconv.Itoa(i)))
	}
	s.wantNames("/v1/search?q=quil&limit=3", "Quill", "Quill A", "Quill B")
	s.do("PUT", "/v1/agents/ann/favourites", s.key, `{"contacts":["`+ids["Quill C"]+`"]}`).want(t, http.StatusOK)
	s.do("POST", "/v1/calls", s.key, `{"callId":"1","state":"connected","from":"02079460301","to":"100","agent":"ann"}`).want(t, http.StatusOK)
	s.wantNames("/v1/search?q=quil&limit=3&agent=ann", "Quill C", "Quill B", "Quill")
	s.wantNames("/v1/search?q=quil&limit=3&agent=bob", "Quill", "Quill A", "Quill B")
	s.wantNames("/v1/search?q=quill&limit=2&agent=ann", "Quill", "Quill C")
	s.wantNames("/v1/search?q=&agent=ann", "Quill C", "Quill B")
	s.wantNames("/v1/search?q=&agent=bob")
	if got := s.get("/v1/agents/ann/favourites"); got != `{"contacts":["`+ids["Quill C"]+`"]}`+"\n" {
		t.Errorf("favourites are %s", got)
	}
	s.do("PUT", "/v1/agents/ann/favourites", s.key, `{"contacts":[]}`).want(t, http.StatusOK)
	s.wantNames("/v1/search?q=&agent=ann", "Quill B")
	for _, body := range []string{`{}`, `{"contacts":[""]}`, `{"contacts":"x"}`, `{"contacts":["a","a"]}`} {
		s.do("PUT", "/v1/agents/ann/favourites", s.key, body).want(t, http.StatusBadRequest)
	}
}

func TestSearchIsPaged(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Office","defaultRegion":"GB"}`)
	names := make([]string, 5)
	for i := range names {
		names[i] = "Quill " + string(rune('A'+i))
		f.addUser(person("u"+strconv.Itoa(i), names[i], ""))
	}
	for _, q := range []string{"quill", "-has:mobile"} {
		s.wantNames("/v1/search?limit=2&q="+q, names[:2]...)
		s.wantNames("/v1/search?limit=2&offset=2&q="+q, names[2:4]...)
		s.wantNames("/v1/search?limit=2&offset=4&q="+q, names[4:]...)
		s.wantNames("/v1/search?limit=2&offset=6&q=" + q)
	}
	if got := s.get("/v1/search?q=quill&limit=2&offset=4"); !strings.Contains(got, `"more":false,"total":5`) {
		t.Errorf("the last page says %s", got)
	}
	for _, offset := range []string{"-1", "x", "999"} {
		s.do("GET", "/v1/search?q=quill&limit=2&offset="+offset, s.key, "").want(t, http.StatusBadRequest)
	}
}

func TestBatchAnswersInOrderInBothForms(t *testing.T) {
	s := newSite(t)
	sampleOffice(s)
	numbers := []string{"+442079460018", "", "4711", "+442079460100", "020 7946 0018", "nonsense", "+442079460018"}
	var one []any
	for _, n := range numbers {
		var v map[string]any
		answer{body: s.get("/v1/lookup?number=" + url.QueryEscape(n))}.decode(t, &v)
		one = append(one, v)
	}
	var batch struct {
		Answers []any
		Seq     int
	}
	list, _ := json.Marshal(numbers)
	s.do("POST", "/v1/lookup:batch", s.key, `{"numbers":`+string(list)+`}`).want(t, http.StatusOK).decode(t, &batch)
	if diff := gocmp.Diff(one, batch.Answers); diff != "" {
		t.Errorf("batch of JSON (-one by one +batch):\n%s", diff)
	}
	var lines strings.Builder
	for i, n := range numbers {
		text, _ := json.Marshal(n)
		if i%2 == 0 {
			fmt.Fprintf(&lines, "{\"number\":%s}\r\n\n", text)
		} else {
			fmt.Fprintf(&lines, "%s\n", text)
		}
	}
	header := http.Header{"Authorization": {"Bearer " + s.key}, "Content-Type": {"application/x-ndjson"}}
	a, err := s.send("POST", "/v1/lookup:batch", header, strings.TrimSuffix(lines.String(), "\n"))
	if err != nil {
		t.Fatal(err)
	}
	a.want(t, http.StatusOK)
	var answers []any
	for line := range strings.Lines(a.body) {
		var v any
		answer{body: line}.decode(t, &v)
		answers = append(answers, v)
	}
	if diff := gocmp.Diff(one, answers); diff != "" || a.header.Get("Content-Type") != "application/x-ndjson" {
		t.Errorf("batch of lines, %s (-one by one +batch):\n%s", a.header.Get("Content-Type"), diff)
	}
}

func TestAnswerToABatchIsBounded(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office","defaultRegion":"GB"}`)
	f.addUser(fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"p","title":%q,"phoneNumbers":[{"value":"020 7946 0018"}]}`,
		strings.Repeat("long ", 150_000)))
	body := `{"numbers":["+442079460018"` + strings.Repeat(`,"+442079460018"`, 50) + `]}`
	a := s.do("POST", "/v1/lookup:batch", s.key, body).want(t, http.StatusRequestEntityTooLarge)
	wantProblem(t, "/v1/lookup:batch", a)
}

func TestLongAndOddNumbersAreAnswered(t *testing.T) {
	s := newSite(t)
	sampleOffice(s)
	for _, n := range []string{
		strings.Repeat("1", 10<<10), strings.Repeat("+", 5000), strings.Repeat("(", 5000), strings.Repeat("%", 100), "\x00\x01\x1b[31m", "+44\r\nX: y", "\u202e12\u202c", "١٢٣٤٥",
		"sip:" + strings.Repeat("a", 9000) + "@b", `"` + strings.Repeat(`\"`, 2000) + `" <sip:1@b>`, "tel:+1;ext=" + strings.Repeat("9", 5000), "<", ";", "@", "sip:", "tel:",
	} {
		a := s.do("GET", "/v1/lookup?number="+url.QueryEscape(n), s.key, "").want(t, http.StatusOK)
		var got struct {
			Query  struct{ Raw string }
			Status string
		}
		a.decode(t, &got)
		if got.Query.Raw != n || got.Status == "match" {
			t.Errorf("%.40q came back as %.40q with status %s", n, got.Query.Raw, got.Status)
		}
	}
}

func TestAnswerIsAtLeastAsNewAsAsked(t *testing.T) {
	t.Parallel() // it waits for the most part
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office","defaultRegion":"GB"}`)
	a := f.scim("POST", "/Users", person("p", "Sample One", "020 7946 0018")).want(t, http.StatusCreated)
	seq := strings.Trim(a.header.Get("ETag"), `W/"`)
	s.wantNames("/v1/lookup?number=%2B442079460018&minSeq="+seq, "Sample One")
	s.wantNames("/v1/search?q=sample&minSeq="+seq, "Sample One")
	late := s.do("GET", "/v1/lookup?number=1&minSeq=999999999", s.key, "").want(t, http.StatusServiceUnavailable)
	if late.header.Get("Retry-After") == "" {
		t.Error("who asks for the future is not told when to come back")
	}
}

func TestCardIsNotSentTwice(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office"}`)
	id := f.addUser(person("p", "Sample One", "020 7946 0018"))
	a := s.do("GET", "/v1/contacts/"+id+".vcf", s.key, "").want(t, http.StatusOK)
	if got := a.header.Get("Content-Type"); got != "text/vcard; charset=utf-8" {
		t.Errorf("content type %q", got)
	}
	header := http.Header{"Authorization": {"Bearer " + s.key}, "If-None-Match": {a.header.Get("ETag")}}
	again, err := s.send("GET", "/v1/contacts/"+id+".vcf", header, "")
	if err != nil || again.status != http.StatusNotModified || again.body != "" {
		t.Errorf("known card is answered with %d %q (%v), want 304", again.status, again.body, err)
	}
}

// BenchmarkLookupRequest is a lookup from the parsed request to the ready
// answer: routing, the key, the index, printing, metrics. No network.
func BenchmarkLookupRequest(b *testing.B) {
	s := newSite(b)
	f := s.newFolder(s.key, `{"name":"Head office","defaultRegion":"GB"}`)
	for i := range 200 {
		f.addUser(person(fmt.Sprint("p", i), fmt.Sprint("Sample ", i), fmt.Sprintf("020 7946 0%03d", i)))
	}
	for name, number := range map[string]string{"match": "%2B442079460018", "none": "%2B14155550100"} {
		b.Run(name, func(b *testing.B) {
			r := s.handle("GET", "/v1/lookup?number="+number, "")
			b.ReportAllocs()
			for b.Loop() {
				r.Response.Reset()
				s.srv.http.Handler(r)
			}
			if r.Response.StatusCode() != http.StatusOK {
				b.Errorf("answered %d", r.Response.StatusCode())
			}
		})
	}
}
