package schema

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/scim/resource"
)

func TestResolveKnowsEverySpelling(t *testing.T) {
	user := Default().Type("user")
	for name, want := range map[string]string{
		"userName": "userName", "USERNAME": "userName", "name.GIVENNAME": "name.givenName", "id": "id", "meta.lastmodified": "meta.lastModified",
		"emails.$ref":                    "",
		UserURN + ":userName":            "userName",
		UserURN + ":name.givenName":      "name.givenName",
		UserURN + ":externalId":          "externalId",
		UserURN:                          UserURN,
		EnterpriseURN:                    EnterpriseURN,
		EnterpriseURN + ":department":    "" + EnterpriseURN + ":department",
		EnterpriseURN + ".manager":       EnterpriseURN + ":manager",
		EnterpriseURN + ":manager.value": EnterpriseURN + ":manager.value",
		"URN:IETF:params:scim:schemas:extension:ENTERPRISE:2.0:user:Division": EnterpriseURN + ":division",
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0User:manager":   EnterpriseURN + ":manager",
		"urn:scim:schemas:core:1.0:userName":                                  "userName",
		"urn:scim:schemas:core:1.0:User:userName":                             "userName",
		"urn:scim:schemas:extension:enterprise:1.0:department":                EnterpriseURN + ":department",
		"manager":                             EnterpriseURN + ":manager",
		"externalIds.authority":               GenesysURN + ":externalIds.authority",
		GenesysURN + ":externalIds":           GenesysURN + ":externalIds",
		EnterpriseURN + ":custom":             EnterpriseURN + ":custom",
		EnterpriseURN + ":custom.part":        EnterpriseURN + ":custom.part",
		EnterpriseURN + ":ana@example":        EnterpriseURN + ":(name)",
		EnterpriseURN + ":manager.nothing":    "",
		EnterpriseURN + "x:department":        "",
		EnterpriseURN + ":":                   EnterpriseURN,
		UserURN + ":department":               "",
		"urn:example:unknown:User:department": "",
		"nothing":                             "",
		"name.nothing":                        "",
		"name.givenName.more":                 "",
		"":                                    "",
		".":                                   "",
		":":                                   "",
	} {
		r, err := user.Resolve(name)
		if want == "" {
			var e *Error
			if !errors.Is(err, ErrUnknownAttribute) || !errors.As(err, &e) || e.ScimType != InvalidPath {
				t.Errorf("Resolve(%q) = %v, %v; want an unknown attribute", name, r, err)
			}
			continue
		}
		if err != nil || r.String() != want {
			t.Errorf("Resolve(%q) = %v, %v; want %s", name, r, err, want)
		}
	}
}

func TestLongestURNWins(t *testing.T) {
	set := Default()
	var err error
	for _, id := range []string{"urn:example:a", "urn:example:a:b", "urn:example:a:b.c"} {
		set, err = set.With("User", Extension{Schema: &Schema{ID: id, Open: true, Attributes: []*Attribute{{Name: "x"}}}})
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{
		"urn:example:a:x": "urn:example:a", "urn:example:a:b:x": "urn:example:a:b", "urn:example:a:b.c:x": "urn:example:a:b.c",
		"urn:example:a:b.c": "urn:example:a:b.c", "urn:example:a:b.d": "urn:example:a:b", "urn:example:a:bb": "urn:example:a",
	} {
		r, err := set.Type("User").Resolve(name)
		if err != nil || r.Schema.ID != want {
			t.Errorf("Resolve(%s) in %v, %v; want %s", name, r, err, want)
		}
	}
}

func TestSetsGrowWithoutChangingTheOldOne(t *testing.T) {
	old := Default()
	ext := Extension{Schema: &Schema{ID: "urn:example:2.0:Badge", Name: "Badge", Attributes: []*Attribute{{Name: "serial", Required: true}}}, Required: true}
	grown, err := old.With("user", ext)
	if err != nil {
		t.Fatal(err)
	}
	if old.Schema("urn:example:2.0:Badge") != nil || grown.Schema("URN:example:2.0:badge") != ext.Schema {
		t.Error("the extension is in the wrong set")
	}
	if got, want := len(grown.Schemas()), len(old.Schemas())+1; got != want {
		t.Errorf("%d schemas, want %d", got, want)
	}
	if _, _, err := grown.Type("User").Conform(parse(t, `{"userName":"a"}`), Policy{}); err == nil {
		t.Error("a required extension was not missed")
	}
	again, err := grown.With("User", Extension{Schema: &Schema{ID: "urn:example:2.0:Badge"}})
	if err != nil || len(again.Schemas()) != len(grown.Schemas()) {
		t.Errorf("an extension was not replaced by one with its id: %v", err)
	}
	for typeName, id := range map[string]string{"Robot": "urn:example:x", "User": UserURN, "Group": EnterpriseURN} {
		if _, err := old.With(typeName, Extension{Schema: &Schema{ID: id}}); err == nil {
			t.Errorf("%s took %s", typeName, id)
		}
	}
	if _, err := old.With("User", Extension{Schema: &Schema{ID: "badge"}}); err == nil {
		t.Error("an id that is no URN was taken")
	}
}

func TestAliasesStandForAttributes(t *testing.T) {
	set, err := Default().WithAliases("User", map[string]string{"PhoneNumberss": "phoneNumbers"})
	if err != nil {
		t.Fatal(err)
	}
	got, hints, err := set.Type("User").Conform(parse(t, `{"userName":"a","phonenumberss":"1"}`), Policy{RejectUnknown: true})
	if err != nil || len(hints) > 0 || string(got.Append(nil)) != `{"userName":"a","phoneNumbers":[{"value":"1"}]}` {
		t.Errorf("%s, %v, %v", got.Append(nil), hints, err)
	}
	if r, err := set.Type("User").Resolve("phoneNumberss.value"); err != nil || r.String() != "phoneNumbers.value" {
		t.Errorf("Resolve: %v, %v", r, err)
	}
	if _, err := Default().WithAliases("User", map[string]string{"x": "y"}); err == nil {
		t.Error("an alias of nothing was taken")
	}
}

func TestProjection(t *testing.T) {
	const e = `"` + EnterpriseURN + `"`
	const full = `{"id":"1","userName":"a","name":{"givenName":"g","familyName":"f"},"emails":[{"type":"work","value":"w"},{"type":"home"}],` +
		e + `:{"department":"d","manager":{"value":"m","displayName":"M"}},"groups":[{"value":"x"}],"meta":{"resourceType":"User","version":"v"},"password":"p"}`
	const schemas, both = `"schemas":["` + UserURN + `"]`, `"schemas":["` + UserURN + `",` + e + `]`
	for _, test := range []struct{ attributes, excluded, want string }{
		{"", "", `{` + both + `,"id":"1","userName":"a","name":{"givenName":"g","familyName":"f"},"emails":[{"type":"work","value":"w"},{"type":"home"}],` + e + `:{"department":"d","manager":{"value":"m","displayName":"M"}},"groups":[{"value":"x"}],"meta":{"resourceType":"User","version":"v"}}`},
		{"userName", "", `{` + schemas + `,"id":"1","userName":"a"}`},
		{"USERNAME, Name.givenName", "", `{` + schemas + `,"id":"1","userName":"a","name":{"givenName":"g"}}`},
		{`emails[type eq "a,]"].value,password`, "", `{` + schemas + `,"id":"1","emails":[{"value":"w"}]}`},
		{"emails", "", `{` + schemas + `,"id":"1","emails":[{"type":"work","value":"w"},{"type":"home"}]}`},
		{EnterpriseURN, "", `{` + both + `,"id":"1",` + e + `:{"department":"d","manager":{"value":"m","displayName":"M"}}}`},
		{EnterpriseURN + ":manager.value", "", `{` + both + `,"id":"1",` + e + `:{"manager":{"value":"m"}}}`},
		{"department", "", `{` + both + `,"id":"1",` + e + `:{"department":"d"}}`},
		{"nothing", "", `{` + schemas + `,"id":"1"}`},
		{"meta.version", "", `{` + schemas + `,"id":"1","meta":{"version":"v"}}`},
		{"", "id,schemas,name,emails.type,groups,meta," + EnterpriseURN, `{` + schemas + `,"id":"1","userName":"a","emails":[{"value":"w"}]}`},
		{"", "manager.displayName,name.givenName,name.familyName,emails,groups,meta", `{` + both + `,"id":"1","userName":"a",` + e + `:{"department":"d","manager":{"value":"m"}}}`},
		{"", UserURN + ",manager,department", `{` + schemas + `,"id":"1"}`},
	} {
		p, err := Default().Type("User").Project(test.attributes, test.excluded)
		if err != nil {
			t.Error(err)
			continue
		}
		if d := cmp.Diff(test.want, string(p.Apply(parse(t, full)).Append(nil))); d != "" {
			t.Errorf("attributes=%s excludedAttributes=%s (-want +got):\n%s", test.attributes, test.excluded, d)
		}
	}
	_, err := Default().Type("User").Project("userName", "name")
	var e2 *Error
	if !errors.As(err, &e2) || e2.ScimType != InvalidValue {
		t.Errorf("both parameters: %v", err)
	}
}

func TestProjectionSaysWhatNeedNotBeGathered(t *testing.T) {
	group := Default().Type("Group")
	for _, test := range []struct {
		attributes, excluded string
		want                 bool
	}{
		{"", "", true},
		{"", "members", false},
		{"", "Members.display", true},
		{"displayName", "", false},
		{"members.value", "", true},
		{"", GroupURN + ":members", false},
	} {
		p, err := group.Project(test.attributes, test.excluded)
		if err != nil || p.Wants("members") != test.want {
			t.Errorf("attributes=%s excludedAttributes=%s wants members: %v, %v", test.attributes, test.excluded, p.Wants("members"), err)
		}
	}
}

func TestReturnedOnRequestOnly(t *testing.T) {
	set, err := Default().With("User", Extension{Schema: &Schema{ID: "urn:example:2.0:X", Attributes: []*Attribute{
		{Name: "rare", Returned: ReturnedRequest},
		{Name: "fixed", Returned: ReturnedAlways},
		{Name: "box", Type: Complex, Sub: []*Attribute{{Name: "a", Returned: ReturnedAlways}, {Name: "b"}, {Name: "c", Returned: ReturnedNever}}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	v := parse(t, `{"userName":"n","urn:example:2.0:X":{"rare":"r","fixed":"f","box":{"a":"1","b":"2","c":"3"}}}`)
	for attributes, want := range map[string]string{
		"":      `{"fixed":"f","box":{"a":"1","b":"2"}}`,
		"rare":  `{"rare":"r","fixed":"f"}`,
		"box.b": `{"fixed":"f","box":{"a":"1","b":"2"}}`,
		"fixed": `{"fixed":"f"}`,
	} {
		p, err := set.Type("User").Project(attributes, "")
		if err != nil {
			t.Fatal(err)
		}
		if got := string(p.Apply(v).Get("urn:example:2.0:X").Append(nil)); got != want {
			t.Errorf("attributes=%s: %s, want %s", attributes, got, want)
		}
	}
}

func TestSchemasAreThoseOfWhatIsThere(t *testing.T) {
	user := Default().Type("User")
	for in, want := range map[string]string{
		`{"userName":"a"}`:                                  `["` + UserURN + `"]`,
		`{"` + GenesysURN + `":{"x":1}}`:                    `["` + UserURN + `","` + GenesysURN + `"]`,
		`{"` + EnterpriseURN + `":{},"` + UserURN + `":{}}`: `["` + UserURN + `"]`,
	} {
		if got := string(user.Schemas(parse(t, in)).Append(nil)); got != want {
			t.Errorf("schemas of %s: %s", in, got)
		}
	}
}

func TestDocumentsHaveNoNullsAndOfferWhatIsMapped(t *testing.T) {
	set := Default()
	const base = "https://example.com/scim/d1"
	var walk func(v resource.Value)
	walk = func(v resource.Value) {
		if v.IsNull() {
			t.Error("a document holds null")
		}
		for e := range v.Elems() {
			walk(e)
		}
		for _, m := range v.All() {
			walk(m)
		}
	}
	for _, s := range append(set.Schemas(), serviceSchemas...) {
		d := s.Document(base)
		walk(d)
		if got := d.Get("meta").Get("location").Text(); got != base+"/Schemas/"+s.ID {
			t.Errorf("location %s", got)
		}
		if d.Get("attributes").Len() == 0 {
			t.Errorf("%s offers nothing", s.ID)
		}
	}
	user := string(set.Schema(UserURN).Document(base).Append(nil))
	for _, not := range []string{"password", `"any"`} {
		if strings.Contains(user, not) {
			t.Errorf("/Schemas of User has %s", not)
		}
	}
	emails := documented(set.Schema(UserURN).Document(base).Get("attributes"), "emails")
	if !documented(emails.Get("subAttributes"), "display").IsNull() {
		t.Error("display of emails is listed")
	}
	phones := documented(set.Schema(UserURN).Document(base).Get("attributes"), "phoneNumbers")
	types := string(documented(phones.Get("subAttributes"), "type").Get("canonicalValues").Append(nil))
	if want := `["work","work2","work3","work4","home","mobile","other","fax","pager","microsoftteams"]`; types != want {
		t.Errorf("types of phone numbers: %s", types)
	}
	d := set.Type("User").Document(base)
	walk(d)
	if got := string(d.Get("schemaExtensions").Append(nil)); got != `[{"schema":"`+EnterpriseURN+`","required":false},{"schema":"`+GenesysURN+`","required":false}]` {
		t.Errorf("extensions %s", got)
	}
}

func documented(attributes resource.Value, name string) resource.Value {
	for a := range attributes.Elems() {
		if a.Get("name").Text() == name {
			return a
		}
	}
	return resource.Value{}
}
