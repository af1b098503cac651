package scim

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestF39BodiesThatAreNone(t *testing.T) {
	s := newSite(t)
	id := s.user("a")
	big := `{"userName":"` + strings.Repeat("x", 5<<20) + `"}`
	for name, body := range map[string]string{
		"empty": "", "blank": " \n", "array": "[]", "string": `"x"`, "null": "null", "cut": `{"userName":"b"`, "trailing": `{"userName":"b"}{}`,
		"deep arrays":      `{"userName":"b","x":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + `}`,
		"deep objects":     `{"userName":"b","name":` + strings.Repeat(`{"name":`, 10_000) + "1" + strings.Repeat("}", 10_001),
		"duplicate keys":   `{"userName":"b","userName":"c"}`,
		"keys by case":     `{"userName":"b","USERNAME":"c"}`,
		"lone surrogate":   `{"userName":"b\ud800"}`,
		"invalid UTF-8":    "{\"userName\":\"b\xff\"}",
		"control in text":  "{\"userName\":\"b\x01\"}",
		"not JSON":         `<user name="b"/>`,
		"unquoted key":     `{userName:"b"}`,
		"many fields":      `{"userName":"b"` + manyFields(2000) + `}`,
		"NaN":              `{"userName":"b","x":NaN}`,
		"form":             "userName=b",
		"truncated escape": `{"userName":"b\u12"}`,
	} {
		for _, r := range []struct{ method, path string }{{"POST", "/Users"}, {"PUT", "/Users/" + id}, {"PATCH", "/Users/" + id}, {"POST", "/Users/.search"}, {"POST", "/Groups"}} {
			if a := s.do(r.method, r.path, body); a.status != http.StatusBadRequest || a.body.Get("scimType").Text() != "invalidSyntax" {
				t.Errorf("%s: %s %s: %d %s", name, r.method, r.path, a.status, a.raw)
			}
		}
	}
	s.refused(http.StatusRequestEntityTooLarge, "", "POST", "/Users", big)
	s.refused(http.StatusRequestEntityTooLarge, "", "PATCH", "/Users/"+id, big)
}

func manyFields(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"f%d":1`, i)
	}
	return b.String()
}

func TestF40FiltersThatAreTooMuch(t *testing.T) {
	s := newSite(t)
	s.user("a")
	for name, filter := range map[string]string{
		"10,000 brackets":    strings.Repeat("(", 10_000) + `userName eq "a"` + strings.Repeat(")", 10_000),
		"brackets":           strings.Repeat("(", 100) + `userName eq "a"` + strings.Repeat(")", 100),
		"not not not":        strings.Repeat("not ", 500) + `(userName eq "a")`,
		"not of not of not":  strings.Repeat("not (", 500) + `userName eq "a"` + strings.Repeat(")", 500),
		"path inside a path": `emails[type eq "work" and emails[value eq "a"]]`,
		"too many terms":     strings.Repeat(`userName eq "a" or `, 200) + `userName eq "a"`,
		"10 KB":              `userName eq "` + strings.Repeat("x", 10_000) + `"`,
		"unclosed":           `emails[type eq "work"`,
		"no operator":        "userName",
		"unknown operator":   `userName is "a"`,
		"gt of a boolean":    "active gt true",
		"two terms":          `userName eq "a" displayName eq "b"`,
		"nothing after and":  `userName eq "a" and`,
		"a schema":           enterprise + ` eq "a"`,
	} {
		if a := s.do("GET", "/Users?filter="+filter, ""); a.status != http.StatusBadRequest || a.body.Get("scimType").Text() != "invalidFilter" {
			t.Errorf("%s: %d %.300s", name, a.status, a.raw)
		}
	}
}

// TestOddAddresses sends what no client library would. None of it is more than
// a refusal.
func TestOddAddresses(t *testing.T) {
	s := newSite(t)
	id := s.user("a")
	applied := s.w.log.Applied()
	for request, want := range map[string]int{
		"GET %s/Users/%%": http.StatusBadRequest, "GET %s/Users/%%zz": http.StatusBadRequest, "GET %s/%%/x": http.StatusBadRequest,
		"GET %s//Users//": http.StatusOK, "GET %s/Users//x": http.StatusNotFound, "GET %s/Users/./x": http.StatusNotFound,
		"GET %s/../Users": http.StatusNotFound, "GET %s/%%2e%%2e/Users": http.StatusNotFound, "GET %s/Users/..%%2f..": http.StatusNotFound,
		"DELETE %s/Users/": http.StatusMethodNotAllowed, "PATCH %s/Users": http.StatusMethodNotAllowed, "DELETE %s/Users/%%20": http.StatusNotFound,
		"GET %s/Users/%%00": http.StatusNotFound, "GET %s/Users/" + id + "%%00": http.StatusNotFound, "GET %s/Users/" + id + "%%2F": http.StatusNotFound,
		"GET %s/Users/%%ff%%fe": http.StatusNotFound, "GET %s/Users/*": http.StatusNotFound, "DELETE %s/Users/*": http.StatusNotFound,
		"GET %s/Users/" + strings.Repeat("x", 10_000): http.StatusNotFound, "GET %s/" + strings.Repeat("/x", 50): http.StatusNotFound,
		"GET %s/users/" + id: http.StatusOK, "GET %s/USERS/" + strings.ToUpper(id): http.StatusNotFound, "GET %s/Groups/" + id: http.StatusNotFound,
		"BREW %s/Users": http.StatusMethodNotAllowed, "OPTIONS %s/Users/" + id: http.StatusMethodNotAllowed, "TRACE %s/Schemas": http.StatusMethodNotAllowed,
		"GET %s/Users?filter=%%zz": http.StatusBadRequest, "GET %s/Users?filter=%%ff": http.StatusBadRequest, "GET %s/Users?%%ff=1": http.StatusOK,
		"GET %s/Users?attributes=%%ff": http.StatusBadRequest, "GET %s/Users?&&&=&": http.StatusOK, "GET %s/Users?filter": http.StatusOK,
		"GET %s/Users?startIndex=1&startIndex=x": http.StatusBadRequest, "GET %s/Users?count=0x10": http.StatusBadRequest,
		"GET %s/Users?attributes=" + strings.Repeat("[", 5000): http.StatusOK, "GET %s/Users?attributes=" + strings.Repeat("a,", 5000): http.StatusOK,
		"GET %s/Users?filter=userName%%20eq%%20%%22" + strings.Repeat("%%ef%%b7%%ba", 400) + "%%22": http.StatusOK,
		"GET %s/Users?filter=id%%20eq%%20%%22" + strings.Repeat("/", 3000) + "%%22":                 http.StatusOK,
		"GET %s/Users?filter=groups%%20eq%%20%%22a/b%%25%%2522%%22":                                 http.StatusOK,
		"GET %s/Schemas/%%2F": http.StatusNotFound, "GET %s/Schemas/": http.StatusOK, "GET %s/v2": http.StatusNotFound, "GET %s/v2/": http.StatusNotFound,
		"GET %s/v2/v2/Users": http.StatusNotFound, "GET %s/v1/Me": http.StatusBadRequest, "GET %s/vX/Users": http.StatusNotFound, "GET %s/V2/Users": http.StatusNotFound,
	} {
		line := fmt.Sprintf(request, s.base)
		a := s.sendRaw(line + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + s.token + "\r\nConnection: close\r\n\r\n")
		if a.status != want {
			t.Errorf("%.100s: %d, want %d: %.200s", request, a.status, want, a.raw)
		}
	}
	if got := s.w.log.Applied(); got != applied {
		t.Errorf("%d transactions", got-applied)
	}
}

func TestBodiesInOddForms(t *testing.T) {
	s := newSite(t)
	head := " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + s.token + "\r\nConnection: close\r\n"
	chunked := s.sendRaw("POST " + s.base + "/Users" + head + "Transfer-Encoding: chunked\r\n\r\n" + "9\r\n{\"userNam\r\n7\r\ne\":\"a\"}\r\n0\r\n\r\n")
	if chunked.status != http.StatusCreated {
		t.Errorf("chunked: %d %s", chunked.status, chunked.raw)
	}
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	if _, err := w.Write([]byte(`{"userName":"b"}`)); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	s.refused(http.StatusBadRequest, "invalidSyntax", "POST", "/Users", zipped.String(), "Content-Encoding: gzip")
	for _, header := range []string{"text/xml", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "x", "text/html; charset=utf-16"} {
		s.refused(http.StatusBadRequest, "invalidSyntax", "POST", "/Users", "<x/>", "Content-Type: "+header)
	}
	s.must(http.StatusCreated, "POST", "/Users", "\ufeff{\"userName\":\"with a byte order mark\"}")
	s.must(http.StatusOK, "GET", "/Users", `{"what":"is this"}`)
	s.must(http.StatusNoContent, "DELETE", "/Users/"+chunked.body.Get("id").Text(), `not JSON`)
}

// TestWrongTypesNameTheirAttribute gives each kind of attribute what it is not.
func TestWrongTypesNameTheirAttribute(t *testing.T) {
	s := newSite(t)
	id := s.user("a")
	for body, path := range map[string]string{
		`"userName":["a","b"]`: "userName", `"userName":{"value":"a"}`: "userName", `"userName":true`: "userName", `"displayName":7`: "displayName",
		`"name":"x"`: "name", `"name":[{"givenName":"a"},{"givenName":"b"}]`: "name", `"name":{"givenName":{}}`: "name.givenName",
		`"emails":7`: "emails", `"emails":[7]`: "emails", `"emails":[{"value":7}]`: "emails.value", `"emails":[{"value":"a","primary":"x"}]`: "emails.primary",
		`"emails":[[["a"]]]`: "emails", `"phoneNumbers":[{"value":"1","type":["work"]},{"value":"2","type":7}]`: "phoneNumbers.type",
		`"active":1`: "active", `"active":[true,false]`: "active", `"` + enterprise + `":"x"`: enterprise, `"` + enterprise + `":[]` + `,"externalId":{}`: "externalId",
		`"manager":{"value":7}`: enterprise + ":manager.value", `"roles":[{"value":"a","primary":true},{"value":"b","primary":true}]`: "roles.primary",
		`"externalId":"` + strings.Repeat("x", 1025) + `"`: "externalId", `"photos":[{"value":false}]`: "photos.value",
	} {
		if !strings.Contains(body, `"userName"`) {
			body = `"userName":"b",` + body
		}
		for _, r := range [][2]string{{"POST", "/Users"}, {"PUT", "/Users/" + id}} {
			a := s.refused(http.StatusBadRequest, "invalidValue", r[0], r[1], "{"+body+"}")
			if detail := a.body.Get("detail").Text(); !strings.HasPrefix(detail, path+":") {
				t.Errorf("%.80s: %s does not name %s", body, detail, path)
			}
		}
	}
	s.refused(http.StatusBadRequest, "invalidValue", "POST", "/Users", `{"userName":"`+strings.Repeat("ÿ", 600)+`"}`)
	s.refused(http.StatusBadRequest, "tooMany", "POST", "/Users", `{"userName":"b","emails":[`+strings.Repeat(`{"value":"a"},`, 1000)+`{"value":"b"}]}`)
}

// TestRefusalsQuoteNothing sends a secret wherever a client can write.
func TestRefusalsQuoteNothing(t *testing.T) {
	s := newSite(t)
	const secret = "ana.sample@example.com"
	s.user(secret)
	id := s.user("a")
	for _, r := range []struct{ method, path, body string }{
		{"POST", "/Users", `{"userName":"` + secret + `"}`},
		{"POST", "/Users", `{"userName":{"` + secret + `":"` + secret + `"}}`},
		{"POST", "/Users", `{"userName":"x","` + secret + `":1,"` + secret + `":2}`},
		{"POST", "/Users", `{"userName":"` + secret},
		{"PATCH", "/Users/" + id, `{"Operations":[{"op":"` + secret + `"}]}`},
		{"PATCH", "/Users/" + id, `{"Operations":[{"op":"add","path":"` + secret + `[","value":1}]}`},
		{"PATCH", "/Users/" + id, `{"Operations":[{"op":"add","path":"active","value":"` + secret + `"}]}`},
		{"GET", "/Users?filter=" + secret, ""},
		{"GET", `/Users?filter=userName eq "` + secret + `" "` + secret + `"`, ""},
		{"GET", "/Users?startIndex=" + secret, ""},
		{"GET", "/Users/" + secret, ""},
		{"GET", "/" + secret, ""},
		{"GET", "/Schemas/" + secret, ""},
		{"POST", "/Users/.search", `{"` + secret + `":{}}`},
	} {
		a := s.do(r.method, r.path, r.body)
		if a.status < 400 || strings.Contains(a.raw, "sample") {
			t.Errorf("%s %.60s %.60s: %d %s", r.method, r.path, r.body, a.status, a.raw)
		}
	}
}

func TestIDsAreNoPaths(t *testing.T) {
	s := newSite(t)
	u := s.user("a")
	odd := []string{"a/b", "a%2Fb", "../" + u, u + "/", "/", "%", "\x00", " ", "é", "#", "?", `"`, `\`, strings.Repeat("%/", 256), "\u2028"}
	group := s.group("G", append(slices.Clone(odd), u)...)
	s.wantMembers(group, append(slices.Clone(odd), u)...)
	for _, id := range odd {
		if got := s.found("/Groups", "members eq "+strings.ReplaceAll(quote(id), "%", "%25")); len(got) != 1 {
			t.Errorf("member %.10q is found in %d groups", id, len(got))
		}
	}
	for _, id := range odd {
		s.patch("/Groups/"+group, `{"op":"remove","path":"members","value":`+memberList(id)+`}`)
	}
	s.wantMembers(group, u)
}
