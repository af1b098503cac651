package filter

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
)

// A person is what the model knows of a user: plain Go values.
type person struct {
	userName string
	title    string // "" if absent
	active   bool
	emails   []email
}

type email struct{ kind, value string }

func (p person) resource() resource.Value {
	v := resource.OfObject().Set("userName", resource.OfString(p.userName)).Set("active", resource.OfBool(p.active))
	if p.title != "" {
		v = v.Set("title", resource.OfString(p.title))
	}
	var emails []resource.Value
	for _, e := range p.emails {
		emails = append(emails, resource.OfObject().Set("type", resource.OfString(e.kind)).Set("value", resource.OfString(e.value)))
	}
	if emails != nil {
		v = v.Set("emails", resource.OfArray(emails...))
	}
	return v
}

// A question is a filter's text and what it means, decided by brute force.
type question struct {
	src   string
	means func(person) bool
}

type asker struct{ rng *rand.Rand }

func (a asker) word() string { return string("abAB"[a.rng.IntN(4)]) + string("ab"[a.rng.IntN(2)]) }

func (a asker) blanks() string { return strings.Repeat(" ", 1+a.rng.IntN(2)) }

// cased writes a keyword in any case.
func (a asker) cased(s string) string {
	if a.rng.IntN(2) == 0 {
		return strings.ToUpper(s)
	}
	return s
}

// text returns a comparison of strings without case.
func (a asker) text() (op, operand string, holds func(string) bool) {
	w := a.word()
	operand = fmt.Sprintf("%q", w)
	if a.rng.IntN(3) == 0 {
		operand = w
	}
	w = strings.ToLower(w)
	ops := map[string]func(string) bool{
		"eq": func(s string) bool { return s == w }, "ne": func(s string) bool { return s != w },
		"co": func(s string) bool { return strings.Contains(s, w) }, "sw": func(s string) bool { return strings.HasPrefix(s, w) },
		"ew": func(s string) bool { return strings.HasSuffix(s, w) }, "gt": func(s string) bool { return s > w },
		"ge": func(s string) bool { return s >= w }, "lt": func(s string) bool { return s < w }, "le": func(s string) bool { return s <= w },
	}
	op = []string{"eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"}[a.rng.IntN(9)]
	return op, operand, func(s string) bool { return ops[op](strings.ToLower(s)) }
}

func (a asker) question(depth int) question {
	if depth > 0 {
		switch a.rng.IntN(4) {
		case 0:
			return a.joined("and", depth, func(x, y bool) bool { return x && y })
		case 1:
			return a.joined("or", depth, func(x, y bool) bool { return x || y })
		case 2:
			q := a.question(depth - 1)
			return question{a.cased("not") + " (" + q.src + ")", func(p person) bool { return !q.means(p) }}
		}
	}
	return a.comparison()
}

// joined puts brackets around operands only where precedence needs them.
func (a asker) joined(op string, depth int, decide func(x, y bool) bool) question {
	x, y := a.question(depth-1), a.question(depth-1)
	bracket := func(src string) string {
		if op == "and" && strings.Contains(strings.ToLower(src), " or ") || a.rng.IntN(4) == 0 {
			return "(" + src + ")"
		}
		return src
	}
	return question{
		bracket(x.src) + a.blanks() + a.cased(op) + a.blanks() + bracket(y.src),
		func(p person) bool { return decide(x.means(p), y.means(p)) },
	}
}

func (a asker) comparison() question {
	op, operand, holds := a.text()
	right := a.blanks() + a.cased(op) + a.blanks() + operand
	switch a.rng.IntN(7) {
	case 0:
		return question{a.cased("userName") + right, func(p person) bool { return holds(p.userName) }}
	case 1:
		return question{a.cased("title") + right, func(p person) bool { return p.title != "" && holds(p.title) || p.title == "" && op == "ne" }}
	case 2:
		return question{a.cased("title") + a.blanks() + a.cased("pr"), func(p person) bool { return p.title != "" }}
	case 3:
		return question{a.cased("active") + " eq true", func(p person) bool { return p.active }}
	case 4:
		found := func(p person) bool {
			for _, e := range p.emails {
				if holds(e.value) {
					return true
				}
			}
			return len(p.emails) == 0 && op == "ne"
		}
		return question{"emails" + []string{"", ".value"}[a.rng.IntN(2)] + right, found}
	case 5:
		kind := a.word()
		return question{fmt.Sprintf("emails[type eq %q and value%s]", kind, right), func(p person) bool {
			for _, e := range p.emails {
				if strings.EqualFold(e.kind, kind) && holds(e.value) {
					return true
				}
			}
			return false
		}}
	default:
		return question{"unknown" + right, func(person) bool { return op == "ne" }}
	}
}

func (a asker) person() person {
	p := person{userName: a.word(), active: a.rng.IntN(2) == 0}
	if a.rng.IntN(2) == 0 {
		p.title = a.word()
	}
	for range a.rng.IntN(3) {
		p.emails = append(p.emails, email{a.word(), a.word()})
	}
	return p
}

// fulfils decides about a need one term at a time.
func fulfils(t *testing.T, v resource.Value, n Need) bool {
	t.Helper()
	switch {
	case n.Never:
		return false
	case n.Term != nil:
		f, err := Parse(fmt.Sprintf("%v eq %q", n.Term.Ref, n.Term.Value), schema.Default().Type("User"), Options{})
		if err != nil {
			t.Fatal(err)
		}
		return f.Match(v, nil)
	}
	not := func(n Need) bool { return !fulfils(t, v, n) }
	return !slices.ContainsFunc(n.All, not) && (len(n.Any) == 0 || slices.ContainsFunc(n.Any, func(n Need) bool { return fulfils(t, v, n) }))
}

// TestFiltersFollowAModel compares random filters with brute force, and checks
// that whoever a filter means fulfils its need and contains its needles.
func TestFiltersFollowAModel(t *testing.T) {
	a := asker{rand.New(rand.NewPCG(3, 4))}
	user := schema.Default().Type("User")
	matched := 0
	for range 4000 {
		q := a.question(a.rng.IntN(4))
		f, err := Parse(q.src, user, Options{})
		if err != nil {
			t.Fatalf("%s: %v", q.src, err)
		}
		for range 6 {
			p := a.person()
			v := p.resource()
			got := f.Match(v, nil)
			if got != q.means(p) {
				t.Fatalf("%s of %s: %v", q.src, v.Append(nil), got)
			}
			if !got {
				continue
			}
			matched++
			if !fulfils(t, v, f.Need()) {
				t.Fatalf("%s means %s, which does not fulfil its need %s", q.src, v.Append(nil), says(f.Need()))
			}
			for _, needle := range f.Needles() {
				if !strings.Contains(strings.ToLower(string(v.Append(nil))), needle) {
					t.Fatalf("%s means %s, which has no %s", q.src, v.Append(nil), needle)
				}
			}
		}
	}
	if matched < 1000 {
		t.Errorf("only %d matches were tried", matched)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`userName eq "a" and not (emails[type eq "work" and value co "b"].primary pr) or meta.created gt 2011-05-13T04:42:34Z`,
		`externalId eq jyoung`, `a[b[c eq 1]]`, `((((((((((`, `not not not`, `title eq "\ud800\`, schema.EnterpriseURN + `:x.y ge 1e999`,
		`urn:a:b:c eq ‘x and y eq ’`, `schemas co "user" or groups pr`, `routingSkills[proficiency gt -1.5e3] and active ne "FALSE"`,
	} {
		f.Add(seed)
	}
	set := schema.Default()
	v, err := resource.Parse([]byte(sampleUser), resource.Limits{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, src string) {
		for _, typ := range set.Types() {
			for _, opts := range []Options{{}, {Strict: true}} {
				parsed, err := Parse(src, typ, opts)
				if err != nil {
					var e *schema.Error
					if !errors.As(err, &e) || e.ScimType != schema.InvalidFilter || e.Detail == "" {
						t.Fatalf("%q: %#v", src, err)
					}
					continue
				}
				if parsed.Match(v, nil) != parsed.Match(v, func(*schema.Attribute, string) resource.Value { return resource.Value{} }) {
					t.Fatalf("%q depends on an outside that has nothing", src)
				}
				parsed.Needles()
				parsed.Sole()
				if parsed.Need().Never && parsed.Match(v, nil) {
					t.Fatalf("%q never matches and does", src)
				}
				negated, err := Parse("not ("+src+")", typ, opts)
				if err == nil && negated.Match(v, nil) == parsed.Match(v, nil) {
					t.Fatalf("%q and its negation agree", src)
				}
			}
		}
	})
}
