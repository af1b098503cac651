package resource

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func mustParse(t *testing.T, text string) Value {
	t.Helper()
	v, err := Parse([]byte(text), Limits{})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func TestMembersAreFoundInAnyCase(t *testing.T) {
	v := mustParse(t, `{"userName":"a","$ref":1}`)
	for _, name := range []string{"userName", "USERNAME", "username"} {
		if got, ok := v.Lookup(name); !ok || got.Text() != "a" {
			t.Errorf("Lookup(%s) = %v, %v", name, got.Text(), ok)
		}
	}
	if _, ok := v.Lookup("userName2"); ok {
		t.Error("a longer name was found")
	}
	if got := OfString("x").Get("a"); !got.IsNull() {
		t.Errorf("a string has a member: %s", got.Append(nil))
	}
}

func TestSetAndDeleteLeaveTheOriginal(t *testing.T) {
	const text = `{"a":1,"b":{"c":[2]}}`
	v := mustParse(t, text)
	for want, got := range map[string]Value{
		`{"A":9,"b":{"c":[2]}}`:         v.Set("A", OfInt(9)),
		`{"a":1,"b":{"c":[2]},"d":"x"}`: v.Set("d", OfString("x")),
		`{"b":{"c":[2]}}`:               v.Delete("a"),
		`{"a":1}`:                       v.Delete("B"),
		text:                            v.Delete("z"),
		`{"x":null}`:                    Value{}.Set("x", Value{}),
	} {
		if s := string(got.Append(nil)); s != want {
			t.Errorf("got %s, want %s", s, want)
		}
		if s := string(v.Append(nil)); s != text {
			t.Fatalf("the original became %s", s)
		}
	}
}

// TestTwoValuesGrownFromOneStayApart would fail if Set appended into spare room
// that two values share.
func TestTwoValuesGrownFromOneStayApart(t *testing.T) {
	v := OfObject().Set("a", OfInt(1)).Set("b", OfInt(2))
	x, y := v.Set("x", OfInt(3)), v.Set("y", OfInt(4))
	if got := string(x.Append(nil)) + string(y.Append(nil)); got != `{"a":1,"b":2,"x":3}{"a":1,"b":2,"y":4}` {
		t.Error(got)
	}
}

func TestEqualIgnoresOrderAndCaseOfNamesOnly(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{`{"a":1,"b":2}`, `{"B":2,"A":1}`, true},
		{`{"a":1}`, `{"a":1,"b":null}`, false},
		{`{"a":1,"b":1}`, `{"a":1,"c":1}`, false},
		{`[1,2]`, `[2,1]`, false},
		{`1.0`, `1`, false},
		{`"A"`, `"a"`, false},
		{`true`, `false`, false},
		{`"true"`, `true`, false},
		{`[]`, `{}`, false},
		{`null`, `""`, false},
		{`[{"x":{"y":[]}}]`, `[{"X":{"Y":[]}}]`, true},
	} {
		if got := mustParse(t, test.a).Equal(mustParse(t, test.b)); got != test.want {
			t.Errorf("%s equals %s: %v", test.a, test.b, got)
		}
	}
}

func TestConstructorsPrintJSON(t *testing.T) {
	elems := []Value{OfBool(true), OfBool(false), OfInt(-7), OfNumber("1.0"), OfString("a\"\u2028\xff"), {}}
	v := OfObject(Field{"list", OfArray(elems...)}, Field{"none", OfArray()})
	elems[0] = Value{}
	got := string(v.Append([]byte("> ")))
	if want := "> {\"list\":[true,false,-7,1.0,\"a\\\"\u2028\ufffd\",null],\"none\":[]}"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	marshalled, err := json.Marshal(map[string]Value{"v": OfInt(1)})
	if err != nil || string(marshalled) != `{"v":1}` {
		t.Errorf("encoding/json: %s, %v", marshalled, err)
	}
}

func TestAccessorsOfOtherKindsAreEmpty(t *testing.T) {
	for _, v := range []Value{{}, OfBool(true), OfInt(1), OfString("x")} {
		for range v.Elems() {
			t.Errorf("%v has elements", v.Kind())
		}
		for range v.All() {
			t.Errorf("%v has members", v.Kind())
		}
		if v.Len() != 0 || !v.At(0).IsNull() {
			t.Errorf("%v has a length", v.Kind())
		}
	}
	arr := OfArray(OfInt(1))
	if arr.At(1).Kind() != Null || arr.At(-1).Kind() != Null || arr.At(0).Text() != "1" {
		t.Error("At is off")
	}
	if arr.Text() != "" || OfBool(true).Text() != "" || OfString("true").Bool() {
		t.Error("a value passes for another kind")
	}
}

// TestObjectsFollowAModel compares objects with a list of pairs through random
// changes.
func TestObjectsFollowAModel(t *testing.T) {
	type pair struct{ Name, Text string }
	rng := rand.New(rand.NewPCG(1, 2))
	var model []pair
	v := OfObject()
	for step := range 5000 {
		name := string(rune('a' + rng.IntN(12)))
		if rng.IntN(2) == 0 {
			name = strings.ToUpper(name)
		}
		at := -1
		for i, p := range model {
			if strings.EqualFold(p.Name, name) {
				at = i
			}
		}
		text := fmt.Sprint(step)
		switch {
		case rng.IntN(3) == 0 && at >= 0:
			model = append(model[:at:at], model[at+1:]...)
			v = v.Delete(name)
		case rng.IntN(3) == 0:
			got, ok := v.Lookup(name)
			if ok != (at >= 0) || ok && got.Text() != model[at].Text {
				t.Fatalf("step %d: Lookup(%s) = %q, %v", step, name, got.Text(), ok)
			}
		case at >= 0:
			model = append(model[:0:0], model...)
			model[at] = pair{name, text}
			v = v.Set(name, OfString(text))
		default:
			model = append(model, pair{name, text})
			v = v.Set(name, OfString(text))
		}
		var got []pair
		for n, m := range v.All() {
			got = append(got, pair{n, m.Text()})
		}
		if d := cmp.Diff(model, got, cmp.Comparer(func(a, b []pair) bool { return fmt.Sprint(a) == fmt.Sprint(b) })); d != "" {
			t.Fatalf("step %d:\n%s", step, d)
		}
	}
}
