package journal

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/ringdex/ringdex/scim/patch"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
)

// conformed is what is stored of a body.
func conformed(t testing.TB, body resource.Value) resource.Value {
	t.Helper()
	stored, _, err := userType.Conform(body, schema.Policy{})
	if err != nil {
		t.Fatalf("%s: %v", body.Append(nil), err)
	}
	return stored
}

func TestWellBehavedResourcesAreNotSentAgain(t *testing.T) {
	for _, body := range []string{
		`{"userName":"a","active":true}`,
		`{"userName":"a","active":"True","title":"","nickName":null,"roles":[],"addresses":null,"groups":[],"password":"x","id":"7","meta":{"resourceType":"User"},"schemas":["x"]}`,
		`{"USERNAME":"a","Emails":{"Value":"b","Primary":"true"},"phoneNumbers":[{"type":"work","value":"+44 7700 900000"}]}`,
		`{"userName":"a","ent":{"manager":"271","department":"x","own":[1,{"a":null}]}}`,
		`{"userName":"a","ent":{"manager":{"value":"271","$ref":"x"}},"manager":"271"}`,
		`{"userName":"a","department":"x","name.givenName":"b","name":{"familyName":"c","middleName":""}}`,
		`{"userName":"a","roles":"Admin"}`,
		`{"userName":"a","roles":["Admin",{"value":"User","primary":"True"}]}`,
		`{"userName":"a","emails":[{"type":"work","value":""},{"type":"home","value":null}]}`,
		`{"userName":["a"],"title":["b"]}`,
		`{"userName":"a","unknown":null,"unknown2":"","emails":[{"value":"a","odd":""}]}`,
	} {
		v := parse(t, body)
		if n := Resend(userType, v, conformed(t, v)); n != 0 {
			t.Errorf("%s: %d attributes would be sent again", body, n)
		}
	}
}

func TestWhatReadsBackOtherwiseIsCounted(t *testing.T) {
	for _, c := range []struct {
		body, stored string // without stored: as it conforms
		want         int
	}{
		{`{"userName":"a","phoneNumberss":[{"value":"1"}]}`, ``, 1},
		{`{"userName":"a","phoneNumberss":[{"value":"1"}],"favourite":"x","ent":{"department":"y"}}`, ``, 2},
		{`{"userName":"a","name":{"givenName":"b","nick":"c"}}`, ``, 1},
		{`{"userName":"a","emails":[{"value":"b","kind":"c"}]}`, ``, 1},
		{`{"userName":"a","emails.value":"b"}`, ``, 1},
		{`{"displayName":"new"}`, `{"displayName":"old"}`, 1},
		{`{"displayName":"new","name":{"givenName":"a","familyName":"b"}}`, `{"displayName":"new","name":{"givenName":"A"}}`, 2},
		{`{"active":"False"}`, `{"active":true}`, 1},
		{`{"active":false}`, `{}`, 1},
		{`{"title":""}`, `{"title":"x"}`, 1},
		{`{"roles":[]}`, `{"roles":[{"value":"x"}]}`, 1},
		{`{"phoneNumbers":[{"type":"work","value":"020 7946 0018"},{"type":"home","value":"2"}]}`, `{"phoneNumbers":[{"type":"work","value":"+442079460018"},{"type":"home","value":"2"}]}`, 1},
		{`{"ent":{"manager":"271"}}`, `{"ent":{"manager":{"value":"272"}}}`, 1},
		{`{"ent":{"manager":"271"}}`, `{}`, 1},
	} {
		body := parse(t, c.body)
		stored := resource.Value{}
		if c.stored == "" {
			stored = conformed(t, body)
		} else {
			stored = parse(t, c.stored)
		}
		if n := Resend(userType, body, stored); n != c.want {
			t.Errorf("%s stored as %s: %d, want %d", c.body, stored.Append(nil), n, c.want)
		}
	}
}

// patched applies operations and returns what a provider would send again.
func patched(t *testing.T, typ *schema.Type, stored, operations string) int {
	t.Helper()
	ops, err := patch.ParseRequest(parse(t, `{"Operations":[`+operations+`]}`))
	if err != nil {
		t.Fatalf("%s: %v", operations, err)
	}
	result, err := patch.Apply(typ, parse(t, stored), ops, patch.Policy{})
	if err != nil {
		t.Fatalf("%s: %v", operations, err)
	}
	return ResendPatch(typ, ops, result.Resource)
}

func TestPatchesAreReadBack(t *testing.T) {
	const some = `{"userName":"a","active":true,"title":"x","emails":[{"type":"work","value":"a"},{"type":"home","value":"b"}],"ent":{"manager":{"value":"1"},"department":"d"}}`
	for _, c := range []struct {
		operations string
		want       int
	}{
		{`{"op":"Replace","path":"active","value":"False"}`, 0},
		{`{"op":"replace","value":{"active":"false","name.givenName":"K","displayName":"B","id":"7"}}`, 0},
		{`{"op":"Add","path":"phoneNumbers[type eq \"work2\"].value","value":"+61 2"}`, 0},
		{`{"op":"Add","path":"addresses[type eq \"work\"].locality","value":"x"},{"op":"Add","path":"addresses[type eq \"work\"].country","value":"y"}`, 0},
		{`{"op":"Replace","path":"emails[type eq \"work\" and primary eq true].value","value":"x"}`, 0},
		{`{"op":"Replace","path":"emails[value eq \"a\"].value","value":"x"}`, 0},
		{`{"op":"Replace","path":"roles[primary eq \"True\"].value","value":"Admin"}`, 0},
		{`{"op":"Add","path":"ent:manager","value":"271"}`, 0},
		{`{"op":"Add","path":"manager","value":[{"$ref":"http://example.com/Users/2","value":"271"}]}`, 0},
		{`{"op":"Replace","path":"ent:manager","value":""}`, 0},
		{`{"op":"Remove","path":"ent:manager"},{"op":"Replace","path":"title","value":""}`, 0},
		{`{"op":"replace","value":{"ent":{"department":"X","costCenter":null}}}`, 0},
		{`{"op":"remove","path":"emails[type eq \"work\"]"},{"op":"remove","path":"emails[type eq \"home\"].value"}`, 0},
		{`{"op":"remove","path":"emails","value":[{"value":"a","type":"work"}]}`, 0},
		{`{"op":"replace","path":"emails","value":[{"value":"z"}]},{"op":"add","path":"emails","value":{"value":"y","primary":true}}`, 0},
		{`{"op":"replace","path":"title","value":"1"},{"op":"replace","path":"title","value":"2"}`, 0},
		{`{"op":"replace","path":"name.givenName","value":"1"},{"op":"remove","path":"name"}`, 0},
		{`{"op":"add","path":"title","value":null}`, 0},
		{`{"op":"replace","path":"password","value":"x"}`, 0},
		{`{"op":"replace","path":"phoneNumberss[type eq \"work3\"].value","value":"1"}`, 1},
		{`{"op":"replace","value":{"favourite":"x","title":"y","shoeSize":9}}`, 2},
		{`{"op":"remove","path":"favourite"},{"op":"replace","path":"favourite","value":""}`, 0},
		{`{"op":"replace","path":"emails.value","value":"q"}`, 0},
		{`{"op":"replace","path":"emails[type eq \"work\"].primary","value":true},{"op":"replace","path":"emails[type eq \"home\"].primary","value":true}`, 1},
	} {
		if n := patched(t, userType, some, c.operations); n != c.want {
			t.Errorf("%s: %d, want %d", c.operations, n, c.want)
		}
	}
	for _, operations := range []string{
		`{"op":"Add","path":"members","value":[{"value":"u1"}]}`, `{"op":"remove","path":"members[value eq \"u1\"]"}`, `{"op":"replace","value":{"members":[],"displayName":"x"}}`,
	} {
		if n := patched(t, groupType, `{"displayName":"x"}`, operations); n != 0 {
			t.Errorf("%s: %d", operations, n)
		}
	}
	ops := []patch.Operation{{Op: patch.Replace, Path: "displayName", Value: resource.OfString("new")}}
	if n := ResendPatch(groupType, ops, parse(t, `{"displayName":"old"}`)); n != 1 {
		t.Errorf("a name that was not taken over counts %d", n)
	}
	ops = []patch.Operation{{Op: patch.Remove, Path: "title"}, {Op: patch.Remove, Path: `emails[type eq "work"]`}}
	if n := ResendPatch(userType, ops, parse(t, `{"title":"x","emails":[{"type":"work","value":"a"}]}`)); n != 2 {
		t.Errorf("what was not removed counts %d", n)
	}
}

// However a provider orders its operations, what the schema knows reads back.
func TestOperationsOnDifferentAttributesReadBack(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	known := []string{
		`{"op":%s,"path":"title","value":"%d"}`, `{"op":%s,"path":"name.givenName","value":"%d"}`, `{"op":%s,"path":"emails[type eq \"work\"].value","value":"%d"}`,
		`{"op":%s,"path":"phoneNumbers[type eq \"mobile\"].value","value":"%d"}`, `{"op":%s,"path":"ent:department","value":"%d"}`,
		`{"op":%s,"value":{"nickName":"%d"}}`, `{"op":%s,"path":"manager","value":"%d"}`, `{"op":%s,"value":{"name.familyName":"%d","active":"True"}}`,
	}
	for range 500 {
		text := ""
		for i, at := range r.Perm(len(known))[:1+r.IntN(len(known))] {
			if i > 0 {
				text += ","
			}
			text += fmt.Sprintf(known[at], []string{`"Add"`, `"replace"`}[r.IntN(2)], r.IntN(3))
		}
		if n := patched(t, userType, `{"userName":"a","title":"0","emails":[{"type":"work","value":"1"}]}`, text); n != 0 {
			t.Fatalf("%s: %d attributes would be sent again", text, n)
		}
	}
}

func TestResendTakesAnyBody(t *testing.T) {
	c := newCanaries(4)
	for range 20_000 {
		v := c.object(0)
		if stored, _, err := userType.Conform(v, schema.Policy{}); err == nil {
			Resend(userType, v, stored)
		}
		Resend(userType, v, c.object(0))
		ResendPatch(userType, []patch.Operation{{Op: patch.Add, Path: c.names[c.IntN(len(c.names))], Value: c.value(0)}, {Op: patch.Remove, Value: v}}, c.object(0))
	}
}
