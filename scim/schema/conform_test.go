package schema

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/scim/resource"
)

func parse(t testing.TB, text string) resource.Value {
	t.Helper()
	v, err := resource.Parse([]byte(text), resource.Limits{})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func TestConformBringsInputIntoOneShape(t *testing.T) {
	const e, g = `"` + EnterpriseURN + `"`, `"` + GenesysURN + `"`
	for name, test := range map[string]struct{ in, want string }{
		"capital names at every level": {
			`{"USERNAME":"a","Emails":[{"Primary":true,"VALUE":"b"}],"Name":{"GivenName":"c"},` + e + `:{"Department":"d","Manager":{"Value":"m"}}}`,
			`{"userName":"a","emails":[{"primary":true,"value":"b"}],"name":{"givenName":"c"},` + e + `:{"department":"d","manager":{"value":"m"}}}`,
		},
		"nulls, empty lists and what only the service writes": {
			`{"schemas":["x"],"id":"1","meta":{"resourceType":"User"},"groups":[{"value":"g"}],"password":"p","userName":"a","addresses":null,"roles":[],"emails":[null],"name":{},"department":null,"manager":null}`,
			`{"userName":"a"}`,
		},
		"booleans as strings": {
			`{"userName":"a","active":"False","roles":[{"value":"r","primary":"TRUE"}]}`,
			`{"userName":"a","active":false,"roles":[{"value":"r","primary":true}]}`,
		},
		"one value where there may be several": {
			`{"userName":"a","emails":{"value":"b","type":"work"},"roles":"admin","phoneNumbers":["1","2"]}`,
			`{"userName":"a","emails":[{"value":"b","type":"work"}],"roles":[{"value":"admin"}],"phoneNumbers":[{"value":"1"},{"value":"2"}]}`,
		},
		"several where there is one": {
			`{"userName":["a"],"name":[{"givenName":"g"}],"manager":[{"value":"m","$ref":null}]}`,
			`{"userName":"a","name":{"givenName":"g"},` + e + `:{"manager":{"value":"m"}}}`,
		},
		"a manager by id": {
			`{"userName":"a",` + e + `:{"manager":"m"}}`,
			`{"userName":"a",` + e + `:{"manager":{"value":"m"}}}`,
		},
		"a manager without id is none": {
			`{"userName":"a",` + e + `:{"manager":{"value":"","displayName":"M"}}}`,
			`{"userName":"a"}`,
		},
		"extension attributes outside of their extension": {
			`{"userName":"a","department":"d","` + EnterpriseURN + `:division":"v","` + EnterpriseURN + `.costCenter":"c"}`,
			`{"userName":"a",` + e + `:{"department":"d","division":"v","costCenter":"c"}}`,
		},
		"other spellings of URNs": {
			`{"urn:scim:schemas:core:1.0":{"userName":"a"},"urn:ietf:params:scim:schemas:extension:enterprise:2.0User":{"department":"d"},"urn:scim:schemas:extension:enterprise:1.0":{"division":"v"},"` + UserURN + `:title":"t"}`,
			`{"userName":"a","title":"t",` + e + `:{"department":"d","division":"v"}}`,
		},
		"an open extension keeps what it does not define": {
			`{"userName":"a",` + e + `:{"licenseType":"pro","a.b":{"C":[1.50,null]},"gone":null},` + g + `:{"x":true}}`,
			`{"userName":"a",` + e + `:{"licenseType":"pro","a.b":{"C":[1.50,null]}},` + g + `:{"x":true}}`,
		},
		"names with dots": {
			`{"userName":"a","name.givenName":"g","name.familyName":"f","` + EnterpriseURN + `:manager.value":"m"}`,
			`{"userName":"a","name":{"givenName":"g","familyName":"f"},` + e + `:{"manager":{"value":"m"}}}`,
		},
		"the same type and value twice": {
			`{"userName":"a","phoneNumbers":[{"type":"work","value":"1"},{"value":"1"},{"value":"1","type":"Work","primary":true}]}`,
			`{"userName":"a","phoneNumbers":[{"type":"Work","value":"1","primary":true},{"value":"1"}]}`,
		},
		"the same value of two authorities": {
			`{"userName":"a",` + g + `:{"externalIds":[{"authority":"x","value":"1"},{"authority":"y","value":"1"},{"value":"1","authority":"x"}]}}`,
			`{"userName":"a",` + g + `:{"externalIds":[{"authority":"x","value":"1"},{"authority":"y","value":"1"}]}}`,
		},
		"values stay as they are": {
			`{"userName":" A b ","title":"","phoneNumbers":[{"value":"+61 2 5550 1234"}],"displayName":"Å\u0000","roles":[{"value":"{\"id\":7}"}],` + g + `:{"routingSkills":[{"name":"s","proficiency":2.50}]}}`,
			`{"userName":" A b ","title":"","phoneNumbers":[{"value":"+61 2 5550 1234"}],"displayName":"Å\u0000","roles":[{"value":"{\"id\":7}"}],` + g + `:{"routingSkills":[{"name":"s","proficiency":2.50}]}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			user := Default().Type("User")
			got, _, err := user.Conform(parse(t, test.in), Policy{})
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(test.want, string(got.Append(nil))); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			again, hints, err := user.Conform(got, Policy{RejectUnknown: true, RejectStringBooleans: true})
			if err != nil || len(hints) > 0 || !again.Equal(got) {
				t.Errorf("conforming twice: %s, %v, %v", again.Append(nil), hints, err)
			}
		})
	}
}

func TestConformRefuses(t *testing.T) {
	for _, test := range []struct {
		in     string
		policy Policy
		want   ScimType
		path   string
	}{
		{`[]`, Policy{}, InvalidSyntax, ""},
		{`{}`, Policy{}, InvalidValue, "userName"},
		{`{"userName":""}`, Policy{}, InvalidValue, "userName"},
		{`{"userName":null}`, Policy{}, InvalidValue, "userName"},
		{`{"userName":7}`, Policy{}, InvalidValue, "userName"},
		{`{"userName":["a","b"]}`, Policy{}, InvalidValue, "userName"},
		{`{"userName":"a","active":"yes"}`, Policy{}, InvalidValue, "active"},
		{`{"userName":"a","active":"true"}`, Policy{RejectStringBooleans: true}, InvalidValue, "active"},
		{`{"userName":"a","name":"b"}`, Policy{}, InvalidValue, "name"},
		{`{"userName":"a","name":{"givenName":1}}`, Policy{}, InvalidValue, "name.givenName"},
		{`{"userName":"a","emails":[7]}`, Policy{}, InvalidValue, "emails"},
		{`{"userName":"a","emails":[{"value":{}}]}`, Policy{}, InvalidValue, "emails.value"},
		{`{"userName":"a","addresses":["x"]}`, Policy{}, InvalidValue, "addresses"},
		{`{"userName":"a","emails":[{"value":"1","primary":true},{"value":"2","primary":true}]}`, Policy{}, InvalidValue, "emails.primary"},
		{`{"userName":"a","` + EnterpriseURN + `":7}`, Policy{}, InvalidValue, EnterpriseURN},
		{`{"userName":"a","` + EnterpriseURN + `":{"department":[1]}}`, Policy{}, InvalidValue, EnterpriseURN + ":department"},
		{`{"userName":"a","` + GenesysURN + `":{"externalIds":[{"value":"1"}]}}`, Policy{}, InvalidValue, GenesysURN + ":externalIds.authority"},
		{`{"userName":"a","titel":"b"}`, Policy{RejectUnknown: true}, InvalidSyntax, "titel"},
		{`{"userName":"a","name":{"first":"b"}}`, Policy{RejectUnknown: true}, InvalidSyntax, "name.first"},
		{`{"userName":"a","department":"b"}`, Policy{RejectUnknown: true}, InvalidSyntax, "department"},
		{`{"userName":"a","urn:example:User":{"x":1}}`, Policy{RejectUnknown: true}, InvalidSyntax, "urn:example:User"},
	} {
		_, _, err := Default().Type("User").Conform(parse(t, test.in), test.policy)
		var e *Error
		if !errors.As(err, &e) || e.ScimType != test.want || e.Path != test.path {
			t.Errorf("%s: %#v; want %s about %q", test.in, err, test.want, test.path)
		}
	}
}

func TestTooManyElementsAreRefused(t *testing.T) {
	elems := make([]resource.Value, MaxElements+1)
	for i := range elems {
		elems[i] = resource.OfString(fmt.Sprint(i))
	}
	_, _, err := Default().Type("User").Conform(resource.OfObject(text("userName", "a"), field("roles", resource.OfArray(elems...))), Policy{})
	var e *Error
	if !errors.As(err, &e) || e.ScimType != TooMany {
		t.Errorf("1001 roles: %v", err)
	}
	_, _, err = Default().Type("Group").Conform(resource.OfObject(text("displayName", "a"), field("members", resource.OfArray(elems...))), Policy{})
	if err != nil {
		t.Errorf("1001 members: %v", err)
	}
}

func TestHintsSayWhatWasProbablyMeant(t *testing.T) {
	for in, want := range map[string]string{
		`{"phoneNumberss":[{"value":"1"}]}`:            "did you mean phoneNumbers?",
		`{"dispalyName":"x"}`:                          "did you mean displayName?",
		`{"name":{"givnName":"x"}}`:                    "did you mean givenName?",
		`{"departmet":"x"}`:                            "did you mean " + EnterpriseURN + ":department?",
		`{"` + UserURN + `:tittle":"x"}`:               "did you mean title?",
		`{"name.familyname2":"x"}`:                     "did you mean name.familyName?",
		`{"emails.value":"x"}`:                         "which element",
		`{"favouriteColour":"blue"}`:                   "favouriteColour: ignored: is not an attribute of User",
		`{"ana@example.com":"x"}`:                      "(name): ignored",
		`{"nothing":null}`:                             "",
		`{"` + strings.Repeat("x", 300) + `":"value"}`: "(name): ignored",
	} {
		v := parse(t, in).Set("userName", resource.OfString("a"))
		got, hints, err := Default().Type("User").Conform(v, Policy{})
		if err != nil || got.Len() != 1 {
			t.Errorf("%s: %s, %v", in, got.Append(nil), err)
		}
		switch {
		case want == "" && len(hints) == 0:
		case len(hints) != 1 || !strings.Contains(hints[0].Path+": "+hints[0].Detail, want):
			t.Errorf("%s: hints %v; want one with %q", in, hints, want)
		}
	}
}

func TestHintsAreBounded(t *testing.T) {
	v := resource.OfObject(text("userName", "a"))
	for i := range 200 {
		v = v.Set(fmt.Sprintf("unknown%d", i), resource.OfInt(i))
	}
	_, hints, err := Default().Type("User").Conform(v, Policy{})
	if err != nil || len(hints) != maxHints {
		t.Errorf("%d hints, %v", len(hints), err)
	}
}

func TestImmutableAttributesKeepTheirValue(t *testing.T) {
	set, err := Default().With("User", Extension{Schema: &Schema{ID: "urn:example:2.0:Badge", Attributes: []*Attribute{
		{Name: "serial", Mutability: Immutable},
		{Name: "card", Type: Complex, Sub: []*Attribute{{Name: "chip", Mutability: Immutable}, {Name: "colour"}}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	user := set.Type("User")
	tree := func(badge string) resource.Value {
		return parse(t, `{"userName":"a","urn:example:2.0:Badge":`+badge+`}`)
	}
	for _, test := range []struct {
		before, after, path string
	}{
		{`{}`, `{"serial":"1"}`, ""},
		{`{"serial":"1"}`, `{"serial":"1","card":{"chip":"x"}}`, ""},
		{`{"card":{"chip":"x"}}`, `{"card":{"chip":"x","colour":"red"}}`, ""},
		{`{"serial":"1"}`, `{"serial":"2"}`, "urn:example:2.0:Badge:serial"},
		{`{"serial":"1"}`, `{}`, "urn:example:2.0:Badge:serial"},
		{`{"card":{"chip":"x"}}`, `{"card":{"chip":"y"}}`, "urn:example:2.0:Badge:card.chip"},
	} {
		err := user.CheckImmutable(tree(test.before), tree(test.after))
		var e *Error
		if errors.As(err, &e) != (test.path != "") || e != nil && (e.Path != test.path || e.ScimType != NotMutable) {
			t.Errorf("from %s to %s: %v", test.before, test.after, err)
		}
	}
}

func FuzzConform(f *testing.F) {
	for _, seed := range []string{
		`{"userName":"a","emails":{"value":"b"},"active":"True","manager":[{"value":"m"}],"roles":["x",{"primary":true,"value":"x"}]}`,
		`{"USERNAME":["a"],"urn:ietf:params:scim:schemas:extension:enterprise:2.0User":{"x":[],"manager.value":"m"},"name.givenName":"g"}`,
		`{"userName":"a","phoneNumbers":[{"value":"1","type":"Work"},{"type":"work","value":"1","display":""}],"groups":[],"id":7}`,
		`{"userName":"a","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager.value":""}}`,
		`{"displayName":"g","members":[{"value":"u","$ref":null},"v",null]}`,
		`{"userName":"a","urn:ietf:params:scim:schemas:core:2.0:User:name.givenName":"x","name":{"familyName":null}}`,
		`{"userName":"a","` + plainURN + `":{"TEXT":["b"],"flag":"true","count":7,"when":"2021-09-23T19:35:41.8420572Z","list":["x","x"],"parts":[{"tags":"t","one":null}]}}`,
		`{"userName":"a","flag":"","` + plainURN + `:parts":[],"` + plainURN + `.text":"b","phonenumberss":{"value":"1"}}`,
		`{"userName":"a","routingSkills":[{"name":"s","proficiency":1.50}],"` + GenesysURN + `":{"externalIds":{"authority":"x","value":"y"}}}`,
	} {
		f.Add([]byte(seed))
	}
	set := withPlain(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		in, err := resource.Parse(data, resource.Limits{MaxBytes: 4 << 10})
		if err != nil {
			return
		}
		for _, typ := range set.Types() {
			out, _, err := typ.Conform(in, Policy{})
			if err != nil {
				var e *Error
				if !errors.As(err, &e) || e.ScimType == "" || e.Detail == "" {
					t.Fatalf("%s: %#v", data, err)
				}
				continue
			}
			again, hints, err := typ.Conform(out, Policy{})
			if err != nil || len(hints) > 0 || !again.Equal(out) {
				t.Fatalf("%s conforms to %s, and that to %s, %v, %v", data, out.Append(nil), again.Append(nil), hints, err)
			}
			p, err := typ.Project("", "")
			if err != nil {
				t.Fatal(err)
			}
			if shown := p.Apply(out).Delete("schemas"); !shown.Equal(out) {
				t.Fatalf("%s is shown as %s", out.Append(nil), shown.Append(nil))
			}
		}
	})
}

const benchmarkUser = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
"externalId":"0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef","userName":"test.user.0001@example.com","active":true,"displayName":"Test User",
"emails":[{"primary":true,"type":"work","value":"test.user.0001@example.com"}],"meta":{"resourceType":"User"},
"name":{"formatted":"Test User","familyName":"User","givenName":"Test"},"title":"Engineer","preferredLanguage":"en-GB","addresses":[
{"type":"work","streetAddress":"1 Sample Street","locality":"Exampleton","region":"EX","postalCode":"12345","country":"Sampleland"}],
"phoneNumbers":[{"type":"work","value":"+44 20 7946 0018"},{"type":"mobile","value":"+44 7700 900123"},{"type":"fax","value":"+44 20 7946 0019"}],
"roles":[],"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Support","employeeNumber":"701984",
"manager":{"value":"26118915-6090-4610-87e4-49d8ca9f808d"}}}`

func BenchmarkParseAndConform(b *testing.B) {
	user := Default().Type("User")
	data := []byte(benchmarkUser)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		in, err := resource.Parse(data, resource.Limits{})
		if err != nil {
			b.Fatal(err)
		}
		if _, _, err := user.Conform(in, Policy{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkProject(b *testing.B) {
	user := Default().Type("User")
	v, _, err := user.Conform(parse(b, benchmarkUser), Policy{})
	if err != nil {
		b.Fatal(err)
	}
	p, err := user.Project("", "groups")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	var buf []byte
	for b.Loop() {
		buf = p.Apply(v).Append(buf[:0])
	}
}

const plainURN = "urn:example:2.0:Plain:User"

// withPlain returns the default types with an alias and a registered extension
// that has an attribute of every type, none of which is required or hidden.
func withPlain(t testing.TB) *Set {
	t.Helper()
	r, err := ParseRegistration(parse(t, `{"id":"`+plainURN+`","attributes":[{"name":"text"},{"name":"flag","type":"boolean"},{"name":"count","type":"integer"},
		{"name":"ratio","type":"decimal"},{"name":"when","type":"dateTime"},{"name":"blob","type":"binary"},{"name":"link","type":"reference"},
		{"name":"list","multiValued":true},{"name":"one","type":"complex","subAttributes":[{"name":"a"},{"name":"value"}]},
		{"name":"parts","type":"complex","multiValued":true,"subAttributes":[{"name":"one"},{"name":"tags","multiValued":true},{"name":"primary","type":"boolean"}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	set, err := Default().Register(r)
	if err == nil {
		set, err = set.WithAliases("User", map[string]string{"phoneNumberss": "phoneNumbers"})
	}
	if err != nil {
		t.Fatal(err)
	}
	return set
}
