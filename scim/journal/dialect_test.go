package journal

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/scim/resource"
)

func TestDialectsAreToldApart(t *testing.T) {
	const json, scim = "application/json", "application/scim+json"
	for _, c := range []struct {
		r    Request // without its body
		body string
		want Dialect
		says Traits
	}{
		{Request{Method: "GET"}, ``, Unknown, 0},
		{Request{Method: "GET", UserAgent: "Okta SCIM Client 1.0.0"}, ``, Okta, 0},
		{Request{Method: "GET", UserAgent: "OneLogin-Provisioning"}, ``, OneLogin, 0},
		{Request{Method: "GET", OptSCIM: true}, ``, EntraOptSCIM, OptSCIMFlag},
		{Request{Method: "PATCH"}, `{"Operations":[{"op":"Replace","path":"active","value":"False"}]}`, Entra, CapitalOperations | StringBooleans},
		{Request{Method: "PATCH"}, `{"Operations":[{"op":"Remove","path":"members","value":[{"$ref":null,"value":"u1"}]}]}`, Entra, CapitalOperations | MembersByValue | NullReferences},
		{Request{Method: "PATCH"}, `{"Operations":[{"op":"remove","path":"members","value":[{"value":"u1"}]}]}`, Entra, MembersByValue},
		{Request{Method: "PATCH"}, `{"Operations":[{"op":"Add","path":"phoneNumbers[type eq \"work2\"].value","value":"+61"}]}`, Entra, CapitalOperations | FilterPaths},
		{Request{Method: "PATCH"}, `{"Operations":[{"op":"Replace","path":"manager","value":""}]}`, Entra, CapitalOperations | EmptyToClear},
		{Request{Method: "PATCH"}, `{"Operations":[{"op":"replace","value":{"displayName":"B","name.givenName":"K"}}]}`, EntraOptSCIM, WithoutPath | DottedNames},
		{Request{Method: "PATCH"}, `{"Operations":[{"op":"replace","value":{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber":"A"}}]}`, EntraOptSCIM, WithoutPath | DottedNames},
		{Request{Method: "PATCH", OptSCIM: true, ContentType: scim}, `{"Operations":[{"op":"replace","path":"active","value":false}]}`, EntraOptSCIM, OptSCIMFlag},
		{Request{Method: "PATCH", ContentType: json}, `{"Operations":[{"op":"replace","value":{"active":false}}]}`, Okta, WithoutPath | PlainJSON},
		{Request{Method: "PATCH"}, `{"Operations":[{"op":"replace","value":{"id":"abf4","displayName":"New"}}]}`, Okta, WithoutPath | IDInValue},
		{Request{Method: "PATCH"}, `{"Operations":[{"op":"add","value":{"active":"false"}}]}`, Generic, WithoutPath | StringBooleans},
		{Request{Method: "PATCH"}, `{"Operations":[{"op":"replace","path":"title","value":"x"}]}`, Generic, 0},
		{Request{Method: "PATCH"}, `{"Operations":{"op":"Add","path":"title","value":"x"}}`, Entra, CapitalOperations},
		{Request{Method: "POST", ContentType: "application/json; charset=utf-8"}, `{"userName":"a","groups":[],"password":"x"}`, Okta, Password | PlainJSON},
		{Request{Method: "PUT"}, `{"id":"1","meta":{"version":"x"},"userName":"a"}`, Okta, PutEcho},
		{Request{Method: "POST"}, `{"schemas":["urn:scim:schemas:core:1.0"],"userName":"a"}`, OneLogin, SCIM1Schemas},
		{Request{Method: "POST"}, `{"userName":"a","emails":{"value":"a@example.com"}}`, OneLogin, ObjectForList},
		{Request{Method: "POST"}, `{"displayName":"a","schemas":["x","http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"]}`, Entra, MicrosoftSchema},
		{Request{Method: "POST"}, `{"userName":"a","meta":{"resourceType":"User"},"addresses":null}`, Entra, MetaInCreate | NullAttributes},
		{Request{Method: "POST"}, `{"userName":"a","roles":[{"primary":"True","value":"{\"id\":\"1\"}"}]}`, Generic, StringBooleans | JSONInValue},
		{Request{Method: "POST"}, `{"userName":"a","title":""}`, Generic, 0},
		{Request{Method: "POST"}, `[]`, Generic, 0},
	} {
		if c.body != "" {
			c.r.Body = parse(t, c.body)
		}
		got, traits := Recognize(c.r)
		if got != c.want || traits != c.says {
			t.Errorf("%s %s: %v %v, want %v %v", c.r.Method, c.body, got, traits.Strings(), c.want, c.says.Strings())
		}
	}
}

// The requests that the provider simulator was recorded with are recognized as
// its profiles, or say nothing.
func TestRecordedTrafficIsRecognized(t *testing.T) {
	for profile, want := range map[string]Dialect{"entra": Entra, "entra-optscim": EntraOptSCIM, "okta": Okta} {
		text, err := os.ReadFile("../idpsim/testdata/" + profile + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		seen, r := 0, Request{}
		for line := range strings.Lines(string(text)) {
			if method, path, ok := strings.Cut(line, " /scim/"); ok {
				r = Request{Method: method, ContentType: "application/scim+json; charset=utf-8", OptSCIM: strings.Contains(path, "aadOptscim062020")}
				if profile == "okta" {
					r.UserAgent, r.ContentType = "Okta SCIM Client 1.0.0", "application/json"
				}
				continue
			}
			if !strings.HasPrefix(line, "{") {
				continue
			}
			if r.Body, err = resource.Parse([]byte(line), resource.Limits{}); err != nil {
				t.Fatal(err)
			}
			seen++
			if got, traits := Recognize(r); got != want {
				t.Errorf("%s: %s %s is %v: %v", profile, r.Method, line, got, traits.Strings())
			}
			if r.OptSCIM || r.UserAgent != "" { // also without the clearest sign it is nobody else's
				r.OptSCIM, r.UserAgent = false, ""
				if got, traits := Recognize(r); got != want && got != Generic && got != Entra {
					t.Errorf("%s: %s %s looks like %v: %v", profile, r.Method, line, got, traits.Strings())
				}
			}
		}
		if seen < 5 {
			t.Errorf("%s: only %d requests", profile, seen)
		}
	}
}

func TestEveryTraitAndDialectHasAName(t *testing.T) {
	if 1<<len(traitNames) != traitEnd {
		t.Errorf("%d names for traits below %d", len(traitNames), traitEnd)
	}
	for d := Generic; d < dialectCount; d++ {
		if got, ok := ParseDialect(d.String()); !ok || got != d {
			t.Errorf("dialect %d is %q", d, d)
		}
	}
	if _, ok := ParseDialect(""); ok || Dialect(200).String() != "" {
		t.Error("a dialect without a name is one")
	}
	if diff := cmp.Diff([]string{"string booleans", "put of what was read"}, (StringBooleans | PutEcho).Strings()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRecognizeTakesAnyBody(t *testing.T) {
	c := newCanaries(2)
	c.names = append(c.names, "Operations", "op", "path", "value", "schemas", "meta", "$ref")
	for range 20_000 {
		_, traits := Recognize(Request{Method: "POST", Body: c.value(0)})
		if text := strings.Join(traits.Strings(), " "); containsCanary(text) {
			t.Fatal(text)
		}
	}
}
