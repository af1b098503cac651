package patch

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ringdex/ringdex/scim/filter"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
)

// A row is a row of an attribute table that a vendor publishes for its
// provisioning app: what the identity provider posts, or patches, and what is
// kept of it.
type row struct {
	name   string
	typ    string   // "Group"; empty for User
	post   string   // members of the body
	path   string   // of a PATCH that says the same
	value  string   // what it adds
	stored string   // members of the resource
	finds  []string // filters that mean it, and nobody without it
	misses []string // filters that do not
	stays  bool     // it cannot be taken away again
}

const (
	ent = schema.EnterpriseURN
	gen = schema.GenesysURN
)

// phoneRow is the row of a telephone number of some type.
func phoneRow(table, typ, number string) row {
	stored := `"phoneNumbers":[{"type":"` + typ + `","value":"` + number + `"}]`
	return row{
		name: table + `: phoneNumbers[type eq "` + typ + `"].value`,
		post: stored, path: `phoneNumbers[type eq "` + typ + `"].value`, value: `"` + number + `"`, stored: stored,
		finds: []string{
			`phoneNumbers[type eq "` + typ + `" and value eq "` + number + `"]`, `phoneNumbers.value eq "` + number + `"`,
			`phoneNumbers eq "` + number + `"`, `phoneNumbers[type eq "` + typ + `"].value sw "` + number[:2] + `"`, "PHONENUMBERS pr",
		},
		misses: []string{`phoneNumbers[type eq "other" and value eq "` + number + `"]`, `phoneNumbers.value eq "x"`},
	}
}

// plainRow is the row of an attribute that is a string.
func plainRow(name, attribute, value string) row {
	stored := `"` + attribute + `":"` + value + `"`
	return row{
		name: name, post: stored, path: attribute, value: `"` + value + `"`, stored: stored,
		finds: []string{attribute + ` eq "` + value + `"`, attribute + ` co "` + value[1:] + `"`, attribute + " pr"}, misses: []string{attribute + ` eq "x"`},
	}
}

// extensionRow is the row of an attribute of an extension that is a string.
func extensionRow(name, urn, attribute, value string) row {
	return row{
		name: name, post: `"` + urn + `":{"` + attribute + `":"` + value + `"}`, path: urn + ":" + attribute, value: `"` + value + `"`,
		stored: `"` + urn + `":{"` + attribute + `":"` + value + `"}`,
		finds:  []string{urn + ":" + attribute + ` eq "` + strings.ToUpper(value) + `"`, urn + ":" + attribute + ` sw "` + value[:1] + `"`},
		misses: []string{urn + ":" + attribute + ` eq "x"`, urn + ":" + attribute + "x pr"},
	}
}

// identityRow is the row of an identity in another system, with the quotes as
// the administrator pasted them.
func identityRow(quoted, authority string) row {
	stored := `"` + gen + `":{"externalIds":[{"authority":"` + authority + `","value":"Id-7"}]}`
	return row{
		name: "Genesys: externalIds[authority eq " + quoted + "].value",
		post: stored, path: gen + ":externalIds[authority eq " + quoted + "].value", value: `"Id-7"`, stored: stored,
		finds: []string{
			gen + `:externalIds[authority eq "` + strings.ToUpper(authority) + `" and value eq "Id-7"]`, gen + `:externalIds[value eq "Id-7"]`,
			`externalIds.value eq "Id-7"`, gen + ":externalIds[authority eq " + quoted + "]", gen + ":externalIds.authority sw " + authority[:3],
		},
		misses: []string{gen + `:externalIds[authority eq "` + authority + `" and value eq "id-7"]`, gen + `:externalIds[authority eq "x" and value eq "Id-7"]`},
	}
}

// rolesRow is one shape of roles.
func rolesRow(shape, sent, stored string, finds ...string) row {
	return row{name: "Genesys: roles, " + shape, post: `"roles":` + sent, path: "roles", value: sent, stored: `"roles":` + stored, finds: finds, misses: []string{`roles.value eq "x"`}}
}

// managerRow is one shape of the manager.
func managerRow(shape, sent string) row {
	const stored = `"` + ent + `":{"manager":{"value":"271"}}`
	return row{
		name: "Genesys: enterprise manager, " + shape, post: `"` + ent + `":{"manager":` + sent + `}`, path: ent + ":manager", value: sent, stored: stored,
		finds:  []string{`manager eq "271"`, ent + `:manager eq "271"`, ent + `:manager.value eq "271"`, ent + `.manager pr`},
		misses: []string{`manager eq "272"`},
	}
}

func tables() []row {
	rows := []row{
		{
			name: "CX: userPrincipalName", post: `"userName":"Test.User@example.com"`, path: "userName", value: `"Test.User@example.com"`, stored: `"userName":"Test.User@example.com"`,
			finds: []string{`userName eq "test.user@EXAMPLE.com"`}, misses: []string{`userName eq "other"`}, stays: true,
		},
		plainRow("CX: objectId", "externalId", "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef"),
		plainRow("Okta: externalId", "externalId", "00ujl29u0le5T6Aj10h7"),
		phoneRow("CX: telephoneNumber", "work", "+44 20 7946 0018"),
		phoneRow("NEONNOW: mobile", "work", "tel:+61-2-5550-1234"),
		phoneRow("Okta: a number that is none", "work", "ask reception"),
		{
			name: "CX: givenName", post: `"name":{"givenName":"Ana"}`, path: "name.givenName", value: `"Ana"`, stored: `"name":{"givenName":"Ana"}`,
			finds: []string{`name.givenName eq "ANA"`}, misses: []string{`name.familyName eq "Ana"`},
		},
		{
			name: "CX: surname", post: `"name":{"familyName":"Šampl"}`, path: "name.familyName", value: `"Šampl"`, stored: `"name":{"familyName":"Šampl"}`,
			finds: []string{`name.familyName sw "š"`}, misses: []string{`name.familyName sw "s"`},
		},
		{
			name: "CX: mail", post: `"emails":[{"type":"work","value":"a@example.com"}]`, path: `emails[type eq "work"].value`, value: `"a@example.com"`,
			stored: `"emails":[{"type":"work","value":"a@example.com"}]`,
			finds:  []string{`emails eq "A@example.com"`, `emails.value eq "a@example.com"`, `emails[type eq "work" and value co "@example"]`}, misses: []string{`emails[type eq "home"]`},
		},
		plainRow("CX: jobTitle", "title", "Engineer"),
		{
			name: "CX: deactivate", post: `"active":"False"`, path: "active", value: `"False"`, stored: `"active":false`,
			finds: []string{"active eq false", `active eq "False"`, "active ne true"}, misses: []string{"active eq true"},
		},
		plainRow("Genesys: displayName", "displayName", "Ana Sample"),
		plainRow("Genesys: title", "title", "Agent"),
		extensionRow("Dialpad: officeName", ent, "officeName", "Main office"),
		extensionRow("Dialpad: physicalDeliveryOfficeName", ent, "physicalDeliveryOfficeName", "Main office"),
		extensionRow("Dialpad: licenseType", ent, "licenseType", "talk"),
		extensionRow("Dialpad: department", ent, "department", "Support"),
		{
			name: "Dialpad: country", post: `"addresses":[{"type":"work","country":"GB"}]`, path: `addresses[type eq "work"].country`, value: `"GB"`,
			stored: `"addresses":[{"type":"work","country":"GB"}]`, finds: []string{`addresses.country eq "gb"`}, misses: []string{`addresses[type eq "home"].country eq "GB"`},
		},
		extensionRow("Genesys: enterprise department", ent, "department", "Support"),
		extensionRow("Genesys: enterprise employeeNumber", ent, "employeeNumber", "701984"),
		extensionRow("Genesys: enterprise division", ent, "division", "Contact centre"),
		managerRow("bare id", `"271"`),
		managerRow("object", `{"value":"271"}`),
		managerRow("array of one", `[{"value":"271"}]`),
		managerRow("with a null reference", `{"$ref":null,"value":"271"}`),
		identityRow("‘microsoftteams’", "microsoftteams"),
		identityRow("‘ringcentral’", "ringcentral"),
		identityRow("‘zoomphone", "zoomphone"),
		identityRow(`"zoomphone`, "zoomphone"),
		identityRow(`“zoomphone”`, "zoomphone"),
		identityRow(`'zoomphone'`, "zoomphone"),
		identityRow("„zoomphone“", "zoomphone"),
		identityRow("‚zoomphone‘", "zoomphone"),
		identityRow("zoomphone", "zoomphone"),
		identityRow(`"zoomphone"`, "zoomphone"),
		rolesRow("bare string", `"Agent"`, `[{"value":"Agent"}]`, `roles eq "agent"`, `roles.value eq "Agent"`),
		rolesRow("array of strings", `["Agent","Lead"]`, `[{"value":"Agent"},{"value":"Lead"}]`, `roles eq "Lead"`, `roles[value eq "Agent"]`),
		rolesRow("array of objects", `[{"value":"25","display":"Role","type":"app","primary":true}]`, `[{"value":"25","display":"Role","type":"app","primary":true}]`, `roles[primary eq true and type eq "app"]`),
		rolesRow("object", `{"value":"25"}`, `[{"value":"25"}]`, `roles.value eq "25"`),
		rolesRow("mixed", `["Agent",{"value":"25"}]`, `[{"value":"Agent"},{"value":"25"}]`, `roles.value eq "25"`),
		rolesRow("primary as a string", `[{"primary":"True","value":"Admin"}]`, `[{"primary":true,"value":"Admin"}]`, `roles[primary eq "True"].value eq "Admin"`),
		rolesRow("JSON text in value", `[{"value":"{\"id\":\"b\",\"value\":\"25\",\"displayName\":\"Role1234\"}"}]`,
			`[{"value":"{\"id\":\"b\",\"value\":\"25\",\"displayName\":\"Role1234\"}"}]`, `roles.value co "Role1234"`),
		{
			name: "Genesys: roles, by filter", post: `"roles":[{"primary":true,"value":"Admin"}]`, path: `roles[primary eq "True"].value`, value: `"Admin"`,
			stored: `"roles":[{"primary":true,"value":"Admin"}]`, finds: []string{`roles[primary eq true]`},
		},
		gradedRow("routingSkills", `[{"name":"sales","proficiency":4.50},{"name":"billing"}]`),
		gradedRow("routingLanguages", `[{"name":"sales","proficiency":4.50},{"name":"Español","proficiency":0}]`),
		{
			name: "Genesys group: displayName", typ: "Group", post: `"displayName":"Support EMEA"`, path: "displayName", value: `"Support EMEA"`, stored: `"displayName":"Support EMEA"`,
			finds: []string{`displayName eq "support emea"`}, misses: []string{`displayName eq "Support"`}, stays: true,
		},
		{
			name: "Genesys group: externalId", typ: "Group", post: `"externalId":"Ext-1"`, path: "externalId", value: `"Ext-1"`, stored: `"externalId":"Ext-1"`,
			finds: []string{`externalId eq "Ext-1"`}, misses: []string{`externalId eq "ext-1"`},
		},
	}
	for _, typ := range []string{"mobile", "work", "work2", "work3", "work4", "home", "other", "fax", "pager"} {
		rows = append(rows, phoneRow("Genesys", typ, "+61 2 5550 1234"))
	}
	return append(rows, phoneRow("Genesys", "microsoftteams", "sip:a.sample@example.com"), phoneRow("Genesys, open type", "deskOfTheFuture", "4711"))
}

func gradedRow(attribute, list string) row {
	return row{
		name: "Genesys: " + attribute, post: `"` + gen + `":{"` + attribute + `":` + list + `}`, path: gen + ":" + attribute, value: list, stored: `"` + gen + `":{"` + attribute + `":` + list + `}`,
		finds:  []string{gen + ":" + attribute + `[name eq "SALES" and proficiency ge 4]`, gen + ":" + attribute + ".proficiency eq 4.5"},
		misses: []string{gen + ":" + attribute + `[name eq "sales" and proficiency gt 4.5]`},
	}
}

// TestAttributeTables shows of every row that it can be posted and patched, is
// kept and shown as it came, is found by filters, and can be taken away.
func TestAttributeTables(t *testing.T) {
	for _, r := range tables() {
		t.Run(r.name, func(t *testing.T) {
			typ, minimal := schema.Default().Type("User"), `{"userName":"minimal"}`
			if r.typ == "Group" {
				typ, minimal = schema.Default().Type("Group"), `{"displayName":"minimal"}`
			}
			bare := conformed(t, typ, minimal)
			want := withAll(bare, parse(t, "{"+r.stored+"}"))
			posted, _, err := typ.Conform(withAll(bare, parse(t, "{"+r.post+"}")), schema.Policy{})
			if err != nil || !posted.Equal(want) {
				t.Errorf("posted: %s, %v", posted.Append(nil), err)
			}
			value := parse(t, r.value)
			for _, op := range []Op{Add, Replace} {
				if got := applied(t, typ, bare, op, r.path, value); !got.Equal(want) {
					t.Errorf("%s %s: %s, want %s", op, r.path, got.Append(nil), want.Append(nil))
				}
				if got := applied(t, typ, want, op, r.path, value); !got.Equal(want) {
					t.Errorf("%s %s again: %s", op, r.path, got.Append(nil))
				}
			}
			if !r.stays {
				if gone := applied(t, typ, want, Replace, r.path, resource.OfString("")); !gone.Equal(bare) {
					t.Errorf("emptied: %s, want %s", gone.Append(nil), bare.Append(nil))
				}
			}
			requireShown(t, typ, want)
			r.find(t, typ, bare, want)
		})
	}
}

// withAll returns v with the members of more.
func withAll(v, more resource.Value) resource.Value {
	for name, m := range more.All() {
		v = v.Set(name, m)
	}
	return v
}

func applied(t *testing.T, typ *schema.Type, doc resource.Value, op Op, path string, v resource.Value) resource.Value {
	t.Helper()
	res, err := Apply(typ, doc, []Operation{{Op: op, Path: path, Value: v}}, Policy{})
	if err != nil {
		t.Fatalf("%s %s: %v", op, path, err)
	}
	return res.Resource
}

// requireShown fails the test unless a resource is shown as it is stored, and
// stored as it is shown.
func requireShown(t *testing.T, typ *schema.Type, doc resource.Value) {
	t.Helper()
	p, err := typ.Project("", "")
	if err != nil {
		t.Fatal(err)
	}
	shown := parse(t, string(p.Apply(doc).Append(nil)))
	again, hints, err := typ.Conform(shown, schema.Policy{RejectUnknown: true, RejectStringBooleans: true})
	if err != nil || len(hints) > 0 || !again.Equal(doc) || string(shown.Delete("schemas").Append(nil)) != string(doc.Append(nil)) {
		t.Errorf("%s is shown as %s and stored again as %s, %v, %v", doc.Append(nil), shown.Append(nil), again.Append(nil), hints, err)
	}
}

// find checks the row's filters.
func (r row) find(t *testing.T, typ *schema.Type, bare, doc resource.Value) {
	t.Helper()
	for _, src := range slices.Concat(r.finds, r.misses) {
		f, err := filter.Parse(src, typ, filter.Options{})
		if err != nil {
			t.Errorf("filter %s: %v", src, err)
			continue
		}
		if got, want := f.Match(doc, nil), slices.Contains(r.finds, src); got != want {
			t.Errorf("%s finds %s: %v", src, doc.Append(nil), got)
		}
		if f.Match(bare, nil) && !strings.Contains(src, " ne ") {
			t.Errorf("%s finds %s", src, bare.Append(nil))
		}
	}
}

func TestAttributeTableGroupMembers(t *testing.T) {
	group := schema.Default().Type("Group")
	tree, members, err := TakeMembers(conformed(t, group, `{"displayName":"g","members":["u1",{"value":"u2","type":"User","$ref":null},{"value":"u1"}]}`))
	if err != nil || tree.Len() != 1 || len(members) != 2 || string(members[1].Element().Append(nil)) != `{"value":"u2","type":"User"}` {
		t.Errorf("posted: %s, %v, %v", tree.Append(nil), members, err)
	}
	res, err := Apply(group, tree, []Operation{{Op: Add, Path: "members", Value: parse(t, `[{"$ref":null,"value":"u3"}]`)}}, Policy{})
	if err != nil || res.Changed || len(res.Members) != 1 || res.Members[0].Kind != AddMembers || res.Members[0].Members[0].Value != "u3" {
		t.Errorf("patched: %+v, %v", res, err)
	}
	outside := func(attr *schema.Attribute, _ string) resource.Value {
		if attr.Name == "members" {
			return resource.OfArray(members[0].Element(), members[1].Element())
		}
		return resource.Value{}
	}
	for src, want := range map[string]bool{`members eq "u1"`: true, `members.value eq "u3"`: false, `members[value eq "u2" and type eq "user"]`: true} {
		f, err := filter.Parse(src, group, filter.Options{})
		if err != nil || f.Match(tree, outside) != want {
			t.Errorf("%s: %v, %v", src, !want, err)
		}
	}
}

func TestAttributeTableMisspelledPhoneNumbers(t *testing.T) {
	user := schema.Default().Type("User")
	doc := conformed(t, user, `{"userName":"a"}`)
	const path = `phoneNumberss[type eq "work3"].value`
	op := []Operation{{Op: Add, Path: path, Value: resource.OfString("+61 2 5550 1234")}}
	res, err := Apply(user, doc, op, Policy{})
	if err != nil || res.Changed || len(res.Notes) == 0 || !strings.HasSuffix(res.Notes[0].Detail, "did you mean phoneNumbers?") {
		t.Errorf("without an alias: %+v, %v", res, err)
	}
	_, hints, err := user.Conform(parse(t, `{"userName":"a","phoneNumberss":[{"type":"work3","value":"1"}]}`), schema.Policy{})
	if err != nil || len(hints) != 1 || !strings.HasSuffix(hints[0].Detail, "did you mean phoneNumbers?") {
		t.Errorf("posted without an alias: %v, %v", hints, err)
	}
	set, err := schema.Default().WithAliases("User", map[string]string{"phoneNumberss": "phoneNumbers"})
	if err != nil {
		t.Fatal(err)
	}
	res, err = Apply(set.Type("User"), doc, op, Policy{Policy: schema.Policy{RejectUnknown: true}})
	if want := `{"userName":"a","phoneNumbers":[{"type":"work3","value":"+61 2 5550 1234"}]}`; err != nil || string(res.Resource.Append(nil)) != want {
		t.Errorf("with an alias: %s, %v", res.Resource.Append(nil), err)
	}
	f, err := filter.Parse(path+` eq "+61 2 5550 1234"`, set.Type("User"), filter.Options{})
	if err != nil || !f.Match(res.Resource, nil) {
		t.Errorf("a filter with the alias does not find it: %v", err)
	}
}

func TestAttributeTableRoutingIsBoundedAt50(t *testing.T) {
	user := schema.Default().Type("User")
	var all []string
	for i := range 50 {
		all = append(all, fmt.Sprintf(`{"name":"skill %d"}`, i))
	}
	for _, attribute := range []string{"routingSkills", "routingLanguages"} {
		body := func(list []string) string {
			return `{"userName":"a","` + gen + `":{"` + attribute + `":[` + strings.Join(list, ",") + `]}}`
		}
		doc := conformed(t, user, body(all))
		_, _, err := user.Conform(parse(t, body(append(all, `{"name":"x"}`))), schema.Policy{})
		requireTooMany(t, err, gen+":"+attribute)
		_, err = Apply(user, doc, []Operation{{Op: Add, Path: gen + ":" + attribute, Value: parse(t, `[{"name":"x"}]`)}}, Policy{})
		requireTooMany(t, err, gen+":"+attribute)
	}
}

func requireTooMany(t *testing.T, err error, path string) {
	t.Helper()
	requireSCIM(t, err)
	if e := err.(*schema.Error); e.ScimType != schema.TooMany || e.Path != path { //nolint:errorlint,forcetypeassert // requireSCIM looked
		t.Errorf("one too many: %v", err)
	}
}

// TestResourceMayLackWhatItsExtensionAsksForOnlyNow registers a schema under
// which a user that is there already is wrong.
func TestResourceMayLackWhatItsExtensionAsksForOnlyNow(t *testing.T) {
	const urn = "urn:example:2.0:Badge"
	set, err := schema.Default().With("User", schema.Extension{Required: true, Schema: &schema.Schema{ID: urn, Attributes: []*schema.Attribute{{Name: "serial", Required: true}, {Name: "level"}}}})
	if err != nil {
		t.Fatal(err)
	}
	user := set.Type("User")
	without, with := parse(t, `{"userName":"a","active":true}`), parse(t, `{"userName":"a","`+urn+`":{"serial":"s"}}`)
	for _, test := range []struct {
		doc resource.Value
		op  Operation
		ok  bool
	}{
		{without, Operation{Op: Replace, Path: "active", Value: resource.OfBool(false)}, true},
		{without, Operation{Op: Replace, Path: urn + ":serial", Value: resource.OfString("s")}, true},
		{without, Operation{Op: Remove, Path: "userName"}, false},
		{with, Operation{Op: Replace, Path: "active", Value: resource.OfBool(false)}, true},
		{with, Operation{Op: Remove, Path: urn + ":serial"}, false},
		{with, Operation{Op: Remove, Path: urn}, false},
	} {
		if _, err := Apply(user, test.doc, []Operation{test.op}, Policy{}); (err == nil) != test.ok {
			t.Errorf("%s %s of %s: %v", test.op.Op, test.op.Path, test.doc.Append(nil), err)
		}
	}
}
