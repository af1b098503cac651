package journal

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
)

var (
	userType  = schema.Default().Type("User")
	groupType = schema.Default().Type("Group")
)

// parse reads JSON in which ent stands for the enterprise URN.
func parse(t testing.TB, text string) resource.Value {
	t.Helper()
	text = strings.NewReplacer(`"ent"`, `"`+schema.EnterpriseURN+`"`, `"ent:`, `"`+schema.EnterpriseURN+`:`).Replace(text)
	v, err := resource.Parse([]byte(text), resource.Limits{})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// shown prints changes one after the other, + added, - removed, ~ changed.
func shown(changes []Change) string {
	var list []string
	for _, c := range changes {
		sign := map[ChangeKind]string{Added: "+", Removed: "-", Changed: "~"}[c.Kind]
		list = append(list, sign+strings.ReplaceAll(c.Path, schema.EnterpriseURN, "ent"))
	}
	return strings.Join(list, " ")
}

func TestDiffNamesWhatChanged(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{`null`, `null`, ``},
		{`{"userName":"a"}`, `{"userName":"a"}`, ``},
		{`null`, `{"userName":"a","name":{"givenName":"b"},"active":true}`, `+userName +name +active`},
		{`{"userName":"a","title":"b"}`, `null`, `-userName -title`},
		{`{"userName":"a","title":"b"}`, `{"title":"b","userName":"c"}`, `~userName`},
		{`{"active":true}`, `{"active":false,"title":"x"}`, `~active +title`},
		{`{"name":{"givenName":"a","familyName":"b"}}`, `{"name":{"givenName":"c","middleName":"d"}}`, `~name.givenName +name.middleName -name.familyName`},
		{`null`, `{"emails":[{"type":"work","value":"a"},{"type":"home","value":"b"}]}`, `+emails[type eq "work"] +emails[type eq "home"]`},
		{`{"emails":[{"type":"work","value":"a"}]}`, `{}`, `-emails[type eq "work"]`},
		{`{"emails":[{"type":"work","value":"a"}]}`, `{"emails":[{"type":"work","value":"b","primary":true}]}`, `~emails[type eq "work"].value +emails[type eq "work"].primary`},
		{
			`{"phoneNumbers":[{"type":"work","value":"1"},{"type":"mobile","value":"2"}]}`, `{"phoneNumbers":[{"type":"mobile","value":"2"},{"type":"WORK5","value":"3"}]}`,
			`+phoneNumbers[type eq "WORK5"] -phoneNumbers[type eq "work"]`,
		},
		{`{"phoneNumbers":[{"value":"1"}]}`, `{"phoneNumbers":[{"value":"2"}]}`, `~phoneNumbers.value`},
		{`{"phoneNumbers":[{"value":"1"},{"value":"3"}]}`, `{"phoneNumbers":[{"value":"1"},{"value":"2"}]}`, `~phoneNumbers`},
		{`{"phoneNumbers":[{"type":"canarium","value":"1"}]}`, `{"phoneNumbers":[{"type":"canarium","value":"2"}]}`, `~phoneNumbers[type eq "…"].value`},
		{`{"phoneNumbers":[]}`, `{"phoneNumbers":[{"type":"work123","value":"2"}]}`, `+phoneNumbers[type eq "…"]`},
		{`{"roles":[{"value":"a"}]}`, `{"roles":[{"value":"a"},{"value":"b"}]}`, `~roles`},
		{`null`, `{"ent":{"department":"a","manager":{"value":"b"}}}`, `+ent:department +ent:manager`},
		{`{"ent":{"department":"a","costCenter":"c"}}`, `{"ent":{"department":"b","manager":{"value":"b"}}}`, `~ent:department +ent:manager -ent:costCenter`},
		{`{"ent":{"manager":{"value":"a"}}}`, `{"ent":{"manager":{"value":"b"}}}`, `~ent:manager.value`},
		{`{"ent":{"bag":{"a":1},"can@rium":1,"n":[1,2]}}`, `{"ent":{"bag":[1],"can@rium":2,"n":[1,3]}}`, `~ent:bag ~ent:(name) ~ent:n`},
		{`{"urn:unknown:1":{"a":1}}`, `{"urn:unknown:1":{"a":2}}`, `~urn:unknown:1:a`},
	} {
		if got := shown(Diff(userType, parse(t, c.old), parse(t, c.new))); got != c.want {
			t.Errorf("%s → %s: %s, want %s", c.old, c.new, got, c.want)
		}
	}
	want := []Change{{Added, 3, "members"}, {Removed, 1, "members"}}
	if diff := cmp.Diff(want, Members(3, 1)); diff != "" || Members(0, 0) != nil {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDiffIsBounded(t *testing.T) {
	var many []resource.Field
	for i := range 1000 {
		many = append(many, resource.Field{Name: fmt.Sprintf("a%d", i), Value: resource.OfInt(i)})
	}
	if n := len(Diff(userType, resource.Value{}, resource.OfObject(many...))); n != maxChanges {
		t.Errorf("%d changes", n)
	}
	var elems []resource.Value
	for i := range 1000 {
		elems = append(elems, resource.OfObject(
			resource.Field{Name: "type", Value: resource.OfString([]string{"work", "mobile", "home", "fax"}[i%4] + fmt.Sprint(i%100))},
			resource.Field{Name: "value", Value: resource.OfInt(i)}))
	}
	list := func(e []resource.Value) resource.Value {
		return resource.OfObject(resource.Field{Name: "phoneNumbers", Value: resource.OfArray(e...)})
	}
	if n := len(Diff(userType, list(elems[:500]), list(elems[500:]))); n == 0 || n > maxChanges {
		t.Errorf("%d changes", n)
	}
}

// canaries makes trees full of values that no output may have.
type canaries struct {
	*rand.Rand
	names []string
}

const canary = "canarium"

func (c canaries) value(depth int) resource.Value {
	switch n := c.IntN(6); {
	case n < 2 || depth > 3:
		return resource.OfString(canary + fmt.Sprint(c.IntN(3)))
	case n == 2:
		return resource.OfInt(7_700_900_000 + c.IntN(3))
	case n == 3:
		return resource.OfBool(c.IntN(2) == 0)
	case n == 4:
		var elems []resource.Value
		for range 1 + c.IntN(3) {
			elems = append(elems, c.value(depth+1))
		}
		return resource.OfArray(elems...)
	default:
		return c.object(depth)
	}
}

func (c canaries) object(depth int) resource.Value {
	v := resource.OfObject()
	for range 1 + c.IntN(4) {
		v = c.with(v, depth)
	}
	return v
}

// with sets a member of v. An extension is an object, as in stored trees.
func (c canaries) with(v resource.Value, depth int) resource.Value {
	name := c.names[c.IntN(len(c.names))]
	if strings.HasPrefix(name, "urn:") && depth == 0 {
		return v.Set(name, c.object(1))
	}
	return v.Set(name, c.value(depth+1))
}

func newCanaries(seed uint64) canaries {
	return canaries{rand.New(rand.NewPCG(seed, 3)), []string{
		"userName", "name", "emails", "phoneNumbers", "type", "value", "primary", "roles", "active", "id", "externalId", "password", "members",
		schema.EnterpriseURN, schema.GenesysURN, "department", "manager", "externalIds", "canarium@example.com", "+447700900000",
	}}
}

func TestDiffTellsWhatDiffersAndNoValue(t *testing.T) {
	c := newCanaries(1)
	for range 5000 {
		before, after := c.object(0), c.object(0)
		if c.IntN(3) == 0 {
			after = c.with(before, 0)
		}
		changes := Diff(userType, before, after)
		text := shown(changes)
		if containsCanary(text) {
			t.Fatalf("%s → %s shows a value: %s", before.Append(nil), after.Append(nil), text)
		}
		if same := before.Equal(after); same != (len(changes) == 0) {
			t.Fatalf("%s → %s: %q", before.Append(nil), after.Append(nil), text)
		}
	}
}

func containsCanary(text string) bool {
	return strings.Contains(strings.ToLower(text), canary) || strings.Contains(text, "77009")
}
