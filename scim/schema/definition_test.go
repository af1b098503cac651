package schema

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/scim/resource"
)

const badgeURN = "urn:example:params:scim:schemas:extension:badge:2.0:User"

// badge is a schema with every characteristic, as a service prints it.
const badge = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"` + badgeURN + `","name":"Badge","description":"Badges and doors","open":true,
"meta":{"resourceType":"Schema","location":"/Schemas/x"},"attributes":[
 {"name":"serial","type":"string","multiValued":false,"description":"Printed on it.","required":true,"caseExact":true,"mutability":"immutable","returned":"always","uniqueness":"server"},
 {"name":"level","type":"integer","multiValued":false,"required":false,"mutability":"readWrite","returned":"request","uniqueness":"none"},
 {"name":"doors","type":"complex","multiValued":true,"mutability":"readWrite","returned":"default","subAttributes":[
  {"name":"value","type":"string","canonicalValues":["north","south"],"required":true},
  {"name":"$ref","type":"reference","referenceTypes":["external","uri"],"mutability":"readOnly"},
  {"name":"since","type":"dateTime","returned":"never"},
  {"name":"primary","type":"boolean"}]},
 {"name":"photo","type":"binary"}]}`

func TestSchemaIsReadWithEveryCharacteristic(t *testing.T) {
	got, err := ParseSchema(parse(t, badge))
	if err != nil {
		t.Fatal(err)
	}
	want := &Schema{ID: badgeURN, Name: "Badge", Description: "Badges and doors", Open: true, Attributes: []*Attribute{
		stated(Attribute{
			Name: "serial", Description: "Printed on it.", Required: true, CaseExact: true, Mutability: Immutable, Returned: ReturnedAlways, Uniqueness: UniqueServer,
		}),
		stated(Attribute{Name: "level", Type: Integer, Returned: ReturnedRequest}),
		stated(Attribute{Name: "doors", Type: Complex, MultiValued: true, Sub: []*Attribute{
			stated(Attribute{Name: "value", CanonicalValues: []string{"north", "south"}, Required: true}),
			stated(Attribute{Name: "$ref", Type: Reference, CaseExact: true, ReferenceTypes: []string{"external", "uri"}, Mutability: ReadOnly}),
			stated(Attribute{Name: "since", Type: DateTime, Returned: ReturnedNever}),
			stated(Attribute{Name: "primary", Type: Boolean}),
		}}),
		stated(Attribute{Name: "photo", Type: Binary, CaseExact: true}),
	}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("read (-want +got):\n%s", d)
	}
}

// stated returns a with words in the place of its empty characteristics.
func stated(a Attribute) *Attribute {
	for _, empty := range []struct {
		field *string
		word  string
	}{
		{(*string)(&a.Type), string(String)},
		{(*string)(&a.Mutability), string(ReadWrite)},
		{(*string)(&a.Returned), string(ReturnedDefault)},
		{(*string)(&a.Uniqueness), string(UniqueNone)},
	} {
		if *empty.field == "" {
			*empty.field = empty.word
		}
	}
	return &a
}

func TestSchemasOfOtherHandsAreUnderstood(t *testing.T) {
	want, err := ParseRegistration(parse(t, `{"id":"`+badgeURN+`","name":"User","attributes":[
		{"name":"serial","type":"string","multiValued":true,"required":true,"mutability":"readWrite","returned":"default","uniqueness":"none","caseExact":false}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		`{"ID":"` + badgeURN + `","Attributes":[{"Name":"serial","MultiValued":"True","REQUIRED":"true"}]}`,
		`{"id":"` + badgeURN + `","name":null,"description":null,"attributes":[{"name":"serial","type":"STRING","multivalued":true,"required":true,"mutability":"READWRITE","returned":null,"canonicalValues":[],"subAttributes":[],"vendor":{"x":1}}]}`,
	} {
		got, err := ParseRegistration(parse(t, text))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", text, d)
		}
	}
}

func TestRefusedSchemasNameTheAttribute(t *testing.T) {
	attribute := func(text string) string { return `{"id":"` + badgeURN + `","attributes":[` + text + `]}` }
	for _, test := range []struct{ doc, path, detail string }{
		{`[]`, "", "the schema must be a JSON object"},
		{`{"attributes":[{"name":"a"}]}`, "id", "must be a URN"},
		{`{"id":"badge","attributes":[{"name":"a"}]}`, "id", "must be a URN"},
		{`{"id":"urn:example:","attributes":[{"name":"a"}]}`, "id", "must be a URN"},
		{`{"id":"urn:example:2.","attributes":[{"name":"a"}]}`, "id", "must be a URN"},
		{`{"id":"urn:example:a/b","attributes":[{"name":"a"}]}`, "id", "must be a URN"},
		{`{"id":"urn:example:` + strings.Repeat("x", 200) + `","attributes":[{"name":"a"}]}`, "id", "is longer than 150 bytes"},
		{`{"id":7,"attributes":[{"name":"a"}]}`, "id", "must be a string"},
		{`{"id":"` + badgeURN + `"}`, "attributes", "must be an array of at least one attribute"},
		{`{"id":"` + badgeURN + `","attributes":{"name":"a"}}`, "attributes", "must be an array of attributes"},
		{`{"id":"` + badgeURN + `","name":"a\u0000b","attributes":[{"name":"a"}]}`, "name", "contains a control character"},
		{`{"id":"` + badgeURN + `","resourceType":"Robot","attributes":[{"name":"a"}]}`, "resourceType", `must be "User" or "Group"`},
		{`{"id":"` + badgeURN + `","required":"maybe","attributes":[{"name":"a"}]}`, "required", "must be true or false"},
		{attribute(`"a"`), "attributes[0]", "must be an object"},
		{attribute(`{"name":"a"},{}`), "attributes[1]", "name must be a letter followed by"},
		{attribute(`{"name":"a.b"}`), "attributes[0]", "name must be a letter followed by"},
		{attribute(`{"name":"9a"}`), "attributes[0]", "name must be a letter followed by"},
		{attribute(`{"name":"ana@example.com"}`), "attributes[0]", "name must be a letter followed by"},
		{attribute(`{"name":"$ref"}`), "attributes[0]", "name must be a letter followed by"},
		{attribute(`{"name":"` + strings.Repeat("x", 101) + `"}`), "attributes[0]", "name is longer than 100 bytes"},
		{attribute(`{"name":"a"},{"name":"b"},{"name":"A"}`), "A", "is defined twice"},
		{attribute(`{"name":"a","type":"money"}`), "a", "type must be one of string, boolean, decimal, integer, dateTime, binary, reference, complex"},
		{attribute(`{"name":"a","type":"any"}`), "a", "type must be one of"},
		{attribute(`{"name":"a","multiValued":1}`), "a", "multiValued must be true or false"},
		{attribute(`{"name":"a","mutability":"sometimes"}`), "a", "mutability must be one of readWrite, readOnly, immutable, writeOnly"},
		{attribute(`{"name":"a","returned":"sometimes"}`), "a", "returned must be one of default, always, never, request"},
		{attribute(`{"name":"a","uniqueness":"sometimes"}`), "a", "uniqueness must be one of none, server, global"},
		{attribute(`{"name":"a","canonicalValues":"x"}`), "a", "canonicalValues must be an array of at most 200 strings"},
		{attribute(`{"name":"a","canonicalValues":[7]}`), "a", "canonicalValues must be strings of 1 to 200 bytes"},
		{attribute(`{"name":"a","subAttributes":[{"name":"b"}]}`), "a", "has subAttributes, which only the type complex has"},
		{attribute(`{"name":"a","type":"complex"}`), "a", "is complex and has no subAttributes"},
		{attribute(`{"name":"a","type":"complex","subAttributes":{}}`), "a", "subAttributes must be an array of attributes"},
		{attribute(`{"name":"a","type":"complex","subAttributes":[{"name":"b"},{"name":"c","type":"complex","subAttributes":[{"name":"d"}]}]}`), "a.c", "cannot be complex within a complex attribute"},
		{attribute(`{"name":"a","type":"complex","subAttributes":[{"name":"b"},{"name":"B"}]}`), "a.B", "is defined twice"},
		{attribute(`{"name":"a","type":"complex","subAttributes":[{"type":"string"}]}`), "a.subAttributes[0]", "name must be a letter"},
		{attribute(`{"name":"a","type":"complex","subAttributes":[{"name":"b","required":true,"mutability":"readOnly"}]}`), "a.b", "cannot be required: it is readOnly"},
		{attribute(`{"name":"a","required":true,"mutability":"writeOnly"}`), "a", "cannot be required: it is writeOnly"},
	} {
		_, err := ParseRegistration(parse(t, test.doc))
		var e *Error
		if !errors.As(err, &e) || e.Path != test.path || !strings.HasPrefix(e.Detail, test.detail) {
			t.Errorf("%.120s\n gives %v; want %s: %s", test.doc, err, test.path, test.detail)
		}
	}
}

func TestSchemasAreBounded(t *testing.T) {
	var many []string
	for i := range MaxAttributes {
		many = append(many, fmt.Sprintf(`{"name":"a%d"}`, i))
	}
	full := parse(t, `{"id":"`+badgeURN+`","attributes":[`+strings.Join(many, ",")+`]}`)
	if _, err := ParseSchema(full); err != nil {
		t.Errorf("%d attributes: %v", len(many), err)
	}
	many[0] = `{"name":"a0","type":"complex","subAttributes":[{"name":"b"}]}`
	_, err := ParseSchema(parse(t, `{"id":"`+badgeURN+`","attributes":[`+strings.Join(many, ",")+`]}`))
	var e *Error
	if !errors.As(err, &e) || e.ScimType != TooMany || e.Path != "attributes" {
		t.Errorf("one sub-attribute more: %v", err)
	}
}

func TestRegistrationsPrintAsTheyAreRead(t *testing.T) {
	for text, typeName := range map[string]string{
		badge: "User",
		`{"id":"urn:example:2.0:Group","required":true,"attributes":[{"name":"a"}]}`:       "Group",
		`{"id":"urn:example:2.0:Group","resourceType":"user","attributes":[{"name":"a"}]}`: "User",
		`{"id":"urn:example:2.0:x","resourceType":"GROUP","open":true}`:                    "Group",
	} {
		r, err := ParseRegistration(parse(t, text))
		if err != nil || r.ResourceType != typeName {
			t.Fatalf("%s is of %s, %v; want %s", text, r.ResourceType, err, typeName)
		}
		requireRoundTrip(t, r)
	}
}

// requireRoundTrip fails the test unless r prints as what it is, also as /Schemas
// prints it.
func requireRoundTrip(t *testing.T, r Registration) {
	t.Helper()
	printed := r.Document()
	again, err := ParseRegistration(printed)
	if err != nil {
		t.Fatalf("%s is not read: %v", printed.Append(nil), err)
	}
	if d := cmp.Diff(r, again); d != "" {
		t.Fatalf("%s (-want +got):\n%s", printed.Append(nil), d)
	}
	listed, err := ParseSchema(r.Schema.Document("https://example.com/scim/d"))
	if r.Schema.Open && len(r.Schema.Attributes) == 0 {
		return // /Schemas does not say that a schema is open
	}
	if err != nil {
		t.Fatalf("/Schemas prints %s: %v", r.Schema.ID, err)
	}
	listed.Open = r.Schema.Open
	if d := cmp.Diff(r.Schema, listed); d != "" {
		t.Fatalf("/Schemas (-want +got):\n%s", d)
	}
}

func TestBuiltInSchemasAreReadAsTheyArePrinted(t *testing.T) {
	for _, s := range Default().Schemas() {
		if _, err := ParseSchema(s.Document("https://example.com")); err != nil {
			t.Errorf("%s: %v", s.ID, err)
		}
	}
}

func TestRegisteredSchemasAreToldApartFromAllOthers(t *testing.T) {
	register := func(s *Set, id string) (*Set, error) {
		return s.Register(Registration{ResourceType: "User", Extension: Extension{Schema: &Schema{ID: id, Attributes: []*Attribute{{Name: "a"}}}}})
	}
	set, err := register(Default(), "urn:example:2.0:Badge")
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{
		UserURN, GroupURN, EnterpriseURN, GenesysURN, SchemaURN, "URN:IETF:params:scim:schemas:core:2.0:user",
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0User", "urn:scim:schemas:core:1.0",
		UserURN + ":userName", EnterpriseURN + ".manager", "urn:ietf:params:scim:schemas:core:2.0",
		"urn:example:2.0:badge", "urn:example:2.0:Badge:serial", "urn:example:2.0", "urn:example:2",
	} {
		_, err := register(set, id)
		var e *Error
		if !errors.As(err, &e) || e.Path != "id" {
			t.Errorf("%s was taken: %v", id, err)
		}
	}
	for _, id := range []string{"urn:example:2.0:Badges", "urn:ietf:params:scim:schemas:extension:badge:2.0:User", EnterpriseURN + "2"} {
		if _, err := register(set, id); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestRegisteredExtensionBehavesLikeABuiltInOne(t *testing.T) {
	r, err := ParseRegistration(parse(t, badge))
	if err != nil {
		t.Fatal(err)
	}
	set, err := Default().Register(r)
	if err != nil {
		t.Fatal(err)
	}
	user := set.Type("User")
	for name, want := range map[string]string{
		badgeURN + ":serial": badgeURN + ":serial", "doors.SINCE": badgeURN + ":doors.since", "urn:EXAMPLE" + badgeURN[11:] + ".doors.value": badgeURN + ":doors.value",
		badgeURN + ":more": badgeURN + ":more",
	} {
		if got, err := user.Resolve(name); err != nil || got.String() != want {
			t.Errorf("Resolve(%s) = %v, %v; want %s", name, got, err, want)
		}
	}
	in := `{"userName":"a","` + strings.ToUpper(badgeURN) + `":{"SERIAL":"s","level":3,"doors":"north","more":{"x":1}}}`
	tree, _, err := user.Conform(parse(t, in), Policy{})
	if want := `{"userName":"a","` + badgeURN + `":{"serial":"s","level":3,"doors":[{"value":"north"}],"more":{"x":1}}}`; err != nil || string(tree.Append(nil)) != want {
		t.Fatalf("conforms to %s, %v", tree.Append(nil), err)
	}
	p, err := user.Project("", "")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(p.Apply(tree).Append(nil)), `{"schemas":["`+UserURN+`","`+badgeURN+`"],"userName":"a","`+badgeURN+`":{"serial":"s","doors":[{"value":"north"}],"more":{"x":1}}}`; got != want {
		t.Errorf("shown as %s", got)
	}
	for in, path := range map[string]string{
		`{"userName":"a"}`: "",
		`{"userName":"a","` + badgeURN + `":{"level":1}}`:                                     badgeURN + ":serial",
		`{"userName":"a","` + badgeURN + `":{"serial":"s","level":"x"}}`:                      badgeURN + ":level",
		`{"userName":"a","` + badgeURN + `":{"serial":"s","doors":[{"since":"2020-01-01"}]}}`: badgeURN + ":doors.since",
		`{"userName":"a","` + badgeURN + `":{"serial":"s","doors":[{"primary":true}]}}`:       badgeURN + ":doors.value",
	} {
		_, _, err := user.Conform(parse(t, in), Policy{})
		var e *Error
		if errors.As(err, &e) != (path != "") || e != nil && e.Path != path {
			t.Errorf("%s: %v; want an error at %q", in, err, path)
		}
	}
	r.Required = true
	strict, err := Default().Register(r)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := strict.Type("User").Conform(parse(t, `{"userName":"a"}`), Policy{}); err == nil {
		t.Error("a required extension was not missed")
	}
}

func TestRequiredExtensionIsMissedThoughNothingInItIsRequired(t *testing.T) {
	set, err := Default().With("User", Extension{Required: true, Schema: &Schema{ID: badgeURN, Attributes: []*Attribute{{Name: "a"}}}})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = set.Type("User").Conform(parse(t, `{"userName":"a"}`), Policy{})
	var e *Error
	if !errors.As(err, &e) || e.Path != badgeURN {
		t.Errorf("without the extension: %v", err)
	}
	if _, _, err = set.Type("User").Conform(parse(t, `{"userName":"a","a":"x"}`), Policy{}); err != nil {
		t.Errorf("with it: %v", err)
	}
}

// TestValuesOutliveTheirSchema shows what a resource is that was stored under a
// schema that is gone, or is another one now.
func TestValuesOutliveTheirSchema(t *testing.T) {
	stored := parse(t, `{"userName":"a","`+badgeURN+`":{"serial":"s","level":3,"photo":"eA=="}}`)
	narrow, err := Default().Register(Registration{ResourceType: "User", Extension: Extension{Schema: &Schema{ID: badgeURN, Attributes: []*Attribute{{Name: "level", Type: Boolean}}}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		set   *Set
		shown string
		bare  bool
	}{
		{Default(), `{"schemas":["` + UserURN + `"],"userName":"a"}`, true},
		{narrow, `{"schemas":["` + UserURN + `","` + badgeURN + `"],"userName":"a","` + badgeURN + `":{"level":3}}`, false},
	} {
		user := test.set.Type("User")
		p, err := user.Project("", "")
		if err != nil {
			t.Fatal(err)
		}
		if got := string(p.Apply(stored).Append(nil)); got != test.shown {
			t.Errorf("shown as %s, want %s", got, test.shown)
		}
		if err := user.Check(stored); err != nil {
			t.Errorf("cannot be patched any more: %v", err)
		}
		if !test.bare {
			continue
		}
		put, hints, err := user.Conform(stored, Policy{})
		if err != nil || len(hints) != 1 || put.Len() != 1 {
			t.Errorf("put back as it was: %s, %v, %v", put.Append(nil), hints, err)
		}
	}
}

func TestAliasesWorkBehindTheCoreURN(t *testing.T) {
	set, err := Default().WithAliases("User", map[string]string{"phoneNumberss": "phoneNumbers"})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"phoneNumberss.value", UserURN + ":PHONENUMBERSS.value"} {
		if r, err := set.Type("User").Resolve(name); err != nil || r.String() != "phoneNumbers.value" {
			t.Errorf("Resolve(%s): %v, %v", name, r, err)
		}
	}
	if r, err := set.Type("User").Resolve("phoneNumberss."); err == nil {
		t.Errorf("a name that ends in a dot is %v", r)
	}
}

func FuzzParseSchema(f *testing.F) {
	f.Add([]byte(badge))
	for _, s := range Default().Schemas() {
		f.Add(s.Document("https://example.com").Append(nil))
	}
	for _, seed := range []string{
		`{"id":"urn:a:b","attributes":[{"name":"a","type":"complex","subAttributes":[{"name":"$ref"},{"name":"b","type":"complex","subAttributes":[]}]}]}`,
		`{"ID":"urn:a:Group","open":"true","required":"True","resourceType":"group"}`,
		`{"id":"urn:a:b","attributes":[{"name":"a","canonicalValues":["x",null],"referenceTypes":null}]}`,
		`{"id":"urn::b","attributes":[null]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := resource.Parse(data, resource.Limits{MaxBytes: 16 << 10})
		if err != nil {
			return
		}
		r, err := ParseRegistration(doc)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.ScimType == "" || e.Detail == "" {
				t.Fatalf("%s: %#v", data, err)
			}
			return
		}
		requireRoundTrip(t, r)
		set, err := Default().Register(r)
		if err != nil {
			return
		}
		for _, a := range r.Schema.Attributes {
			if ref, err := set.Type(r.ResourceType).Resolve(r.Schema.ID + ":" + a.Name); err != nil || ref.Attr != a {
				t.Fatalf("%s of %s leads to %v, %v", a.Name, r.Schema.ID, ref, err)
			}
		}
	})
}

// BenchmarkUnknownAttributes reads a body of a thousand misspelled names where a
// directory registered as many attributes as it may.
func BenchmarkUnknownAttributes(b *testing.B) {
	set := Default()
	for i := range 20 {
		var attributes []*Attribute
		for j := range MaxAttributes {
			attributes = append(attributes, &Attribute{Name: fmt.Sprintf("attribute%dof%d", j, i)})
		}
		var err error
		if set, err = set.With("User", Extension{Schema: &Schema{ID: fmt.Sprintf("urn:example:s%d:User", i), Attributes: attributes}}); err != nil {
			b.Fatal(err)
		}
	}
	var names []string
	for i := range 999 {
		names = append(names, fmt.Sprintf(`"attribuet%dfo":1`, i))
	}
	in := parse(b, `{"userName":"a",`+strings.Join(names, ",")+`}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := set.Type("User").Conform(in, Policy{}); err != nil {
			b.Fatal(err)
		}
	}
}
