package patch

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
)

func conformed(t testing.TB, typ *schema.Type, text string) resource.Value {
	t.Helper()
	in, err := resource.Parse([]byte(text), resource.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	v, _, err := typ.Conform(in, schema.Policy{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestManyAddsMakeOneElementOfEachType is what a validator sends about a user
// that has nothing but a name: every sub-attribute by itself.
func TestManyAddsMakeOneElementOfEachType(t *testing.T) {
	user := schema.Default().Type("User")
	var ops []Operation
	add := func(path, value string) {
		ops = append(ops, Operation{Op: Add, Path: path, Value: resource.OfString(value)})
	}
	for _, kind := range []string{"work", "home", "other"} {
		for _, sub := range []string{"formatted", "streetAddress", "locality", "region", "postalCode", "country"} {
			add(fmt.Sprintf(`addresses[type eq %q].%s`, kind, sub), kind+sub)
		}
		add(fmt.Sprintf(`emails[type eq %q].value`, kind), kind+"@example.com")
		add(fmt.Sprintf(`emails[type eq %q].display`, kind), kind)
		add(fmt.Sprintf(`emails[type eq %q].primary`, kind), fmt.Sprint(kind == "home"))
	}
	for _, kind := range []string{"work", "mobile", "fax"} {
		add(fmt.Sprintf(`phoneNumbers[type eq %q].value`, kind), "+1 555 0100 "+kind)
	}
	for _, sub := range []string{"value", "display", "type"} {
		add(`roles[primary eq "True"].`+sub, sub)
	}
	add("name.givenName", "G")
	add(schema.EnterpriseURN+":department", "D")
	add("displayName", "N")
	if len(ops) != 36 {
		t.Fatalf("%d operations", len(ops))
	}
	res, err := Apply(user, conformed(t, user, `{"userName":"a"}`), ops, Policy{})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int{"addresses": 3, "emails": 3, "phoneNumbers": 3, "roles": 1} {
		if got := res.Resource.Get(name).Len(); got != want {
			t.Errorf("%d %s, want %d", got, name, want)
		}
	}
	want := `{"primary":true,"value":"value","display":"display","type":"type"}`
	if got := string(res.Resource.Get("roles").At(0).Append(nil)); got != want {
		t.Errorf("role %s, want %s", got, want)
	}
	for range 40 {
		again, err := Apply(user, res.Resource, ops, Policy{})
		if err != nil || again.Changed {
			t.Fatalf("sent again: changed %v, %v", again.Changed, err)
		}
	}
}

func TestNothingOfARefusedRequestIsApplied(t *testing.T) {
	user := schema.Default().Type("User")
	before := conformed(t, user, `{"userName":"a","emails":[{"value":"1","type":"work"}]}`)
	printed := string(before.Append(nil))
	for bad := range 10 {
		ops := make([]Operation, 10)
		for i := range ops {
			ops[i] = Operation{Op: Add, Path: fmt.Sprintf(`emails[type eq "t%d"].value`, i), Value: resource.OfString("x")}
		}
		ops[bad] = Operation{Op: Replace, Path: "userName", Value: resource.OfInt(1)}
		res, err := Apply(user, before, ops, Policy{})
		var e *schema.Error
		if !errors.As(err, &e) || e.Path != "userName" || !strings.Contains(e.Detail, fmt.Sprintf("Operations[%d]", bad)) {
			t.Errorf("operation %d: %v", bad, err)
		}
		if d := cmp.Diff(Result{}, res, cmp.AllowUnexported(resource.Value{})); d != "" {
			t.Errorf("a result beside an error: %s", d)
		}
		if got := string(before.Append(nil)); got != printed {
			t.Errorf("the resource became %s", got)
		}
	}
}

func TestLargeGroupsArePatchedInOneOperation(t *testing.T) {
	group := schema.Default().Type("Group")
	elems := make([]resource.Value, 20_000)
	for i := range elems {
		elems[i] = resource.OfObject(resource.Field{Name: "value", Value: resource.OfString(fmt.Sprintf("u%d", i/2))})
	}
	res, err := Apply(group, conformed(t, group, `{"displayName":"g"}`), []Operation{{Op: Replace, Path: "members", Value: resource.OfArray(elems...)}}, Policy{})
	if err != nil {
		t.Fatal(err)
	}
	if res.Changed || len(res.Members) != 1 || len(res.Members[0].Members) != 10_000 {
		t.Errorf("changed %v, %d operations", res.Changed, len(res.Members))
	}
}

func TestMembersLeaveTheTree(t *testing.T) {
	group := schema.Default().Type("Group")
	v := conformed(t, group, `{"displayName":"g","members":[{"value":"a","$ref":null,"Display":"A"},"b",{"value":"a"},{"value":""}]}`)
	rest, members, err := TakeMembers(v)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range members {
		got = append(got, string(m.Element().Append(nil)))
	}
	if d := cmp.Diff([]string{`{"value":"a","display":"A"}`, `{"value":"b"}`}, got); d != "" {
		t.Error(d)
	}
	if s := string(rest.Append(nil)); s != `{"displayName":"g"}` {
		t.Errorf("rest %s", s)
	}
	_, _, err = TakeMembers(conformed(t, group, `{"displayName":"g","members":[{"display":"A"}]}`))
	var e *schema.Error
	if !errors.As(err, &e) || e.ScimType != schema.InvalidValue || e.Path != "members.value" {
		t.Errorf("a member without value: %v", err)
	}
}

func TestMembersMatchTheFilterThatRemovesThem(t *testing.T) {
	group := schema.Default().Type("Group")
	ops := []Operation{{Op: Remove, Path: `members[type eq "group" and not (value sw "x")]`}}
	res, err := Apply(group, conformed(t, group, `{"displayName":"g"}`), ops, Policy{})
	if err != nil || len(res.Members) != 1 || res.Members[0].Kind != RemoveMatching {
		t.Fatalf("%v, %v", res.Members, err)
	}
	kind := resource.OfObject(resource.Field{Name: "type", Value: resource.OfString("Group")})
	for m, want := range map[*Member]bool{{Value: "g1", Rest: kind}: true, {Value: "x1", Rest: kind}: false, {Value: "u1"}: false} {
		if got := res.Members[0].Where.Match(m.Element()); got != want {
			t.Errorf("%s: %v", m.Value, got)
		}
	}
}

func TestGrowthIsBounded(t *testing.T) {
	user := schema.Default().Type("User")
	var elements, attributes, notes []Operation
	for i := range MaxOperations {
		elements = append(elements, Operation{Op: Add, Path: "roles", Value: resource.OfArray(resource.OfString(fmt.Sprint("a", i)), resource.OfString(fmt.Sprint("b", i)))})
		bag := resource.OfObject()
		for j := range 3 {
			bag = bag.Set(fmt.Sprintf("x%d_%d", i, j), resource.OfInt(1))
		}
		attributes = append(attributes, Operation{Op: Add, Path: schema.EnterpriseURN, Value: bag})
		notes = append(notes, Operation{Op: Add, Path: "nothing", Value: resource.OfString("x")})
	}
	empty := conformed(t, user, `{"userName":"a"}`)
	for _, ops := range [][]Operation{elements, attributes} {
		_, err := Apply(user, empty, ops, Policy{})
		var e *schema.Error
		if !errors.As(err, &e) || e.ScimType != schema.TooMany {
			t.Errorf("%s: %v", ops[0].Path, err)
		}
	}
	res, err := Apply(user, empty, notes, Policy{})
	if err != nil || len(res.Notes) != maxNotes {
		t.Errorf("%d notes, %v", len(res.Notes), err)
	}
	var body strings.Builder
	body.WriteString(`{"Operations":[` + strings.Repeat(`{"op":"remove","path":"title"},`, MaxOperations) + `{"op":"remove","path":"title"}]}`)
	_, err = ParseRequest(parse(t, body.String()))
	var e *schema.Error
	if !errors.As(err, &e) || e.ScimType != schema.TooMany {
		t.Errorf("1001 operations: %v", err)
	}
}

func TestErrorsAndNotesHoldNoValues(t *testing.T) {
	user := schema.Default().Type("User")
	const secret = "ana@example.com"
	res := conformed(t, user, `{"userName":"a","emails":[{"value":"ana@example.com","type":"work"}]}`)
	for _, op := range []Operation{
		{Op: Replace, Path: `emails[value eq "ana@example.com"].primary`, Value: resource.OfString(secret)},
		{Op: Replace, Path: `emails[value co "ana@example.com" and type eq "x"].value`, Value: resource.OfString("x")},
		{Op: Replace, Path: `emails[value eq ana@example.com Sample]`, Value: resource.OfString("x")},
		{Op: Replace, Path: secret, Value: resource.OfString("x")},
		{Op: Replace, Path: "active", Value: resource.OfString(secret)},
		{Op: Replace, Path: "name", Value: resource.OfString(secret)},
		{Op: Replace, Value: resource.OfObject(resource.Field{Name: secret, Value: resource.OfInt(1)})},
		{Op: Replace, Path: schema.EnterpriseURN, Value: resource.OfObject(resource.Field{Name: secret, Value: resource.OfString(secret)})},
		{Op: Add, Path: "name", Value: resource.OfObject(resource.Field{Name: secret, Value: resource.OfString(secret)})},
	} {
		r, err := Apply(user, res, []Operation{op}, Policy{})
		if said := fmt.Sprint(err, r.Notes); strings.Contains(said, "ana") {
			t.Errorf("%s: %s", op.Path, said)
		}
	}
}

func FuzzApply(f *testing.F) {
	const e = schema.EnterpriseURN
	for _, ops := range []string{
		`[{"op":"Replace","path":"active","value":"False"},{"op":"Add","path":"phoneNumbers[type eq \"work2\"].value","value":"+61 2 5550 1234"}]`,
		`[{"op":"replace","value":{"displayName":"B","name.givenName":"K","` + e + `:employeeNumber":"A","` + e + `":{"x.y":[{}]}}}]`,
		`[{"op":"replace","path":"emails[type eq \"work\" and primary eq true]","value":{"value":"x","type":"home","primary":"True"}}]`,
		`[{"op":"remove","path":"emails","value":[{"value":"b"}]},{"op":"add","path":"emails","value":["b",{"value":"c","primary":true}]}]`,
		`[{"op":"replace","path":"emails.value","value":"same"},{"op":"replace","path":"emails.type","value":"same"}]`,
		`[{"op":"remove","path":"` + e + `:manager.value"},{"op":"add","path":"` + e + `:bag[a eq 1].b","value":null}]`,
		`[{"op":"add","path":"` + e + `:bag[a eq 1].b","value":{"c":[]}},{"op":"replace","path":"` + e + `:bag.b","value":7}]`,
		`[{"op":"remove","path":"members[value eq \"u\"]"},{"op":"replace","path":"members","value":["x",{"value":"y","$ref":null}]}]`,
		`[{"op":"replace","path":"` + schema.GenesysURN + `:externalIds[authority eq ‘zoomphone].value","value":"z"}]`,
		`[{"op":"add","path":"urn:example:2.0:Plain:User:parts[one eq \"x\"].tags","value":["t"]},{"op":"add","value":{"flag":"True","list":"x","urn:example:2.0:Plain:User":{"count":1}}}]`,
	} {
		f.Add([]byte(ops))
	}
	for _, r := range tables() {
		f.Add(resource.OfArray(resource.OfObject(
			resource.Field{Name: "op", Value: resource.OfString("Add")},
			resource.Field{Name: "path", Value: resource.OfString(r.path)},
			resource.Field{Name: "value", Value: parse(f, r.value)},
		)).Append(nil))
	}
	set := registered(f)
	start := map[string]resource.Value{
		"User": conformed(f, set.Type("User"), `{"userName":"a","title":"T","emails":[{"type":"work","value":"b","primary":true},{"type":"home","value":"c"}],`+
			`"name":{"givenName":"g"},"`+e+`":{"department":"d","manager":{"value":"m","displayName":"M"},"bag":[{"a":1},"x"]}}`),
		"Group": conformed(f, set.Type("Group"), `{"displayName":"g"}`),
	}
	policies := []Policy{{}, {Policy: schema.Policy{RejectUnknown: true, RejectStringBooleans: true}, StrictTargets: true, StrictPaths: true}}
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := resource.Parse(data, resource.Limits{MaxBytes: 4 << 10})
		if err != nil {
			return
		}
		ops, err := ParseRequest(resource.OfObject(resource.Field{Name: "Operations", Value: list}))
		if err != nil {
			requireSCIM(t, err)
			return
		}
		for name, doc := range start {
			for _, p := range policies {
				res, err := Apply(set.Type(name), doc, ops, p)
				if err != nil {
					requireSCIM(t, err)
					continue
				}
				checkResult(t, set.Type(name), doc, ops, p, res)
			}
		}
	})
}

func requireSCIM(t *testing.T, err error) {
	t.Helper()
	var e *schema.Error
	if !errors.As(err, &e) || e.ScimType == "" || e.Detail == "" {
		t.Fatalf("%#v", err)
	}
}

// checkResult holds what is true of every outcome.
func checkResult(t *testing.T, typ *schema.Type, doc resource.Value, ops []Operation, p Policy, res Result) {
	t.Helper()
	printed := res.Resource.Append(nil)
	again, err := resource.Parse(printed, resource.Limits{MaxDepth: 30})
	if err != nil || !again.Equal(res.Resource) {
		t.Fatalf("%s does not parse back: %v", printed, err)
	}
	if res.Changed == res.Resource.Equal(doc) {
		t.Fatalf("changed is %v for %s", res.Changed, printed)
	}
	stored, _, err := typ.Conform(res.Resource, schema.Policy{})
	if err != nil || !stored.Equal(res.Resource) {
		t.Fatalf("%s conforms to %s, %v", printed, stored.Append(nil), err)
	}
	if len(ops) != 1 || ops[0].Op == Add || strings.Contains(ops[0].Path, "[") || strings.Contains(string(ops[0].Value.Append(nil)), "[") {
		return
	}
	second, err := Apply(typ, res.Resource, ops, p)
	if err != nil || second.Changed {
		t.Fatalf("%v %s of %s comes to %s and then to %s, %v", ops[0].Op, ops[0].Path, doc.Append(nil), printed, second.Resource.Append(nil), err)
	}
}

func BenchmarkReplaceOneAttribute(b *testing.B) {
	user := schema.Default().Type("User")
	doc := conformed(b, user, `{"userName":"a@example.com","active":true,"title":"T","name":{"givenName":"A","familyName":"B"},"emails":[{"primary":true,"type":"work","value":"a@example.com"}],`+
		`"phoneNumbers":[{"type":"work","value":"1"},{"type":"mobile","value":"2"}],"`+schema.EnterpriseURN+`":{"department":"D","manager":{"value":"9"}}}`)
	for name, op := range map[string]Operation{
		"plain":  {Op: Replace, Path: "title", Value: resource.OfString("X")},
		"filter": {Op: Replace, Path: `phoneNumbers[type eq "mobile"].value`, Value: resource.OfString("3")},
		"same":   {Op: Replace, Path: "active", Value: resource.OfString("True")},
	} {
		b.Run(name, func(b *testing.B) {
			ops := []Operation{op}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Apply(user, doc, ops, Policy{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// registered returns the default types with an extension that a directory
// registered.
func registered(t testing.TB) *schema.Set {
	t.Helper()
	r, err := schema.ParseRegistration(parse(t, `{"id":"urn:example:2.0:Plain:User","attributes":[{"name":"flag","type":"boolean"},{"name":"count","type":"integer"},
		{"name":"list","multiValued":true},{"name":"parts","type":"complex","multiValued":true,"subAttributes":[{"name":"one","required":true},{"name":"tags","multiValued":true}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	set, err := schema.Default().Register(r)
	if err != nil {
		t.Fatal(err)
	}
	return set
}
