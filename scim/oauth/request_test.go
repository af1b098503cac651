package oauth

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const formType = "application/x-www-form-urlencoded"

func basicHeader(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
}

func TestClientsSignInInThreeWays(t *testing.T) {
	jwtType := "client_assertion_type=" + url.QueryEscape(assertionType)
	for _, c := range []struct {
		header, body string
		want         Request
	}{
		{basicHeader("c1", "s1"), "grant_type=client_credentials", Request{ClientID: "c1", Secret: "s1"}},
		{basicHeader("c%31", "s%2B1"), "grant_type=client_credentials&client_id=c1", Request{ClientID: "c1", Secret: "s+1"}},
		{"basic  " + strings.TrimRight(basicHeader("c1", "s12")[6:], "="), "grant_type=client_credentials&scope=scim", Request{ClientID: "c1", Secret: "s12", Scope: "scim"}},
		{"", "grant_type=client_credentials&client_id=c1&client_secret=s1", Request{ClientID: "c1", Secret: "s1"}},
		{"", "grant_type=client_credentials&client_id=c1&client_secret=s1&unknown=x&client_assertion=", Request{ClientID: "c1", Secret: "s1"}},
		{"", "grant_type=client_credentials&client_id=c1&client_assertion=a.b.c&" + jwtType, Request{ClientID: "c1", Assertion: "a.b.c"}},
		{"", "grant_type=client_credentials&client_assertion=a.b.c&scope=scim&" + jwtType, Request{Assertion: "a.b.c", Scope: "scim"}},
	} {
		got, err := ParseRequest(formType+"; charset=UTF-8", c.header, []byte(c.body))
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", c.body, err, diff)
		}
	}
}

func TestBadRequestsGetTheirCode(t *testing.T) {
	const cc, secret = "grant_type=client_credentials", "&client_id=c1&client_secret=s1"
	jwtType := "&client_assertion_type=" + url.QueryEscape(assertionType)
	for _, c := range []struct {
		name, contentType, header, body string
		want                            Code
	}{
		{"JSON", "application/json", "", `{"grant_type":"client_credentials"}`, InvalidRequest},
		{"no content type", "", "", cc + secret, InvalidRequest},
		{"nothing", formType, "", "", InvalidRequest},
		{"no grant type", formType, "", secret[1:], InvalidRequest},
		{"an empty grant type", formType, "", "grant_type=" + secret, InvalidRequest},
		{"another grant type", formType, "", "grant_type=password" + secret, UnsupportedGrantType},
		{"a grant type twice", formType, "", cc + "&" + cc + secret, InvalidRequest},
		{"a parameter twice", formType, "", cc + secret + "&x=1&x=2", InvalidRequest},
		{"a broken escape", formType, "", cc + secret + "&x=%zz", InvalidRequest},
		{"a semicolon", formType, "", cc + ";" + secret, InvalidRequest},
		{"a control character", formType, "", cc + "&client_id=c%00&client_secret=s", InvalidRequest},
		{"no ASCII", formType, "", cc + "&client_id=c&client_secret=%C3%A4", InvalidRequest},
		{"not even UTF-8", formType, "", cc + "&client_id=c&client_secret=%ff", InvalidRequest},
		{"a long secret", formType, "", cc + "&client_id=c&client_secret=" + strings.Repeat("x", maxValueBytes+1), InvalidRequest},
		{"a long body", formType, "", cc + secret + "&x=" + strings.Repeat("x", maxRequestBytes), InvalidRequest},
		{"no client", formType, "", cc, InvalidClient},
		{"a client without a secret", formType, "", cc + "&client_id=c1", InvalidClient},
		{"a secret without a client", formType, "", cc + "&client_secret=s1", InvalidRequest},
		{"another scheme", formType, "Bearer x", cc + secret, InvalidClient},
		{"Basic without a colon", formType, "Basic " + base64.StdEncoding.EncodeToString([]byte("c1")), cc, InvalidClient},
		{"Basic without base64", formType, "Basic ???", cc, InvalidClient},
		{"Basic without a secret", formType, basicHeader("c1", ""), cc, InvalidClient},
		{"Basic and a secret", formType, basicHeader("c1", "s1"), cc + secret, InvalidRequest},
		{"Basic and an assertion", formType, basicHeader("c1", "s1"), cc + "&client_assertion=a" + jwtType, InvalidRequest},
		{"Basic and another client", formType, basicHeader("c1", "s1"), cc + "&client_id=c2", InvalidClient},
		{"a secret and an assertion", formType, "", cc + secret + "&client_assertion=a" + jwtType, InvalidRequest},
		{"an assertion without a type", formType, "", cc + "&client_assertion=a", InvalidRequest},
		{"a type without an assertion", formType, "", cc + jwtType, InvalidRequest},
		{"an assertion of another type", formType, "", cc + "&client_assertion=a&client_assertion_type=saml2", InvalidClient},
	} {
		got, err := ParseRequest(c.contentType, c.header, []byte(c.body))
		if codeOf(err) != c.want {
			t.Errorf("%s: %+v, %v; want %s", c.name, got, err, c.want)
		}
	}
}

func TestScopeIsTheOneThereIs(t *testing.T) {
	for scope, want := range map[string]Code{
		"": "", "scim": "", " scim  scim": "", "scim.readwrite": "", "admin": InvalidScope, "scim admin": InvalidScope, "SCIM": InvalidScope,
	} {
		if err := (&Request{Scope: scope}).CheckScope(); codeOf(err) != want {
			t.Errorf("scope %q: %v, want %q", scope, err, want)
		}
	}
}

// FuzzRequest reads any request: what passes signs in in exactly one way, and
// what does not gets an error that RFC 6749 allows and that quotes nothing.
func FuzzRequest(f *testing.F) {
	for _, seed := range [][3]string{
		{formType, basicHeader("c1", "s1"), "grant_type=client_credentials"},
		{formType, "", "grant_type=client_credentials&client_id=c1&client_secret=s1&scope=scim"},
		{formType, "", "grant_type=client_credentials&client_assertion=a.b.c&client_assertion_type=" + url.QueryEscape(assertionType)},
		{formType + "; charset=utf-8", "Bearer x", "grant_type=%&&=;=&grant_type"},
		{"text/plain", "Basic OjpA", "\x00\xff"},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, contentType, header, body string) {
		req, err := ParseRequest(contentType, header, []byte(body))
		if err == nil {
			if (req.Secret == "") == (req.Assertion == "") || req.Secret != "" && req.ClientID == "" {
				t.Errorf("%q signs in as %+v", body, req)
			}
			err = req.CheckScope()
		}
		if err == nil {
			return
		}
		if code := codeOf(err); code == "" || strings.ContainsAny(err.Error(), `"\`) || !printable(err.Error()) {
			t.Errorf("%q is refused with %v", body, err)
		}
	})
}
