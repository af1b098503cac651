package scim

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/ringdex/ringdex/scim/filter"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
)

// A crowd is random people and groups, and what a list of them ought to be, found
// without any index.
type crowd struct {
	s   *site
	rng *rand.Rand
	ids map[string][]string // "/Users" → ids
	all map[string][]resource.Value
}

func (c *crowd) pick(of ...string) string { return of[c.rng.IntN(len(of))] }

func (c *crowd) word() string {
	return c.pick("a", "A", "b", "ab", "é", "É", "ß", "SS", "c/d", `q"r`, "10", "9")
}

func (c *crowd) anybody() string {
	return c.pick(slices.Concat(c.ids["/Users"], c.ids["/Groups"], []string{"nobody"})...)
}

// fields returns some attributes of a person.
func (c *crowd) fields() string {
	var list []string
	some := func(format string, args ...any) {
		if c.rng.IntN(2) == 0 {
			list = append(list, fmt.Sprintf(format, args...))
		}
	}
	some(`"displayName":%s`, quote(c.word()))
	some(`"externalId":%s`, quote(c.word()))
	some(`"active":%v`, c.rng.IntN(2) == 0)
	some(`"title":%s`, quote(c.word()))
	some(`"name":{"familyName":%s,"givenName":%s}`, quote(c.word()), quote(c.word()))
	some(`"emails":[{"type":"work","value":%s},{"type":"home","value":%s,"primary":true}]`, quote(c.word()), quote(c.word()))
	some(`"phoneNumbers":[{"type":"work","value":"+44 %d"},{"value":%s}]`, c.rng.IntN(3), quote(c.word()))
	some(`%q:{"manager":{"value":%s},"employeeNumber":%s,"rank":%d}`, schema.EnterpriseURN, quote(c.word()), quote(c.word()), c.rng.IntN(20)-5)
	some(`%q:{"externalIds":[{"authority":%s,"value":%s}]}`, schema.GenesysURN, quote(c.word()), quote(c.word()))
	return strings.Join(list, ",")
}

// stir changes a few of those who are there.
func (c *crowd) stir() {
	for range 12 {
		name := fmt.Sprintf("%s-%d", c.word(), c.rng.IntN(1000))
		path := c.pick("/Users", "/Users", "/Groups")
		ids := c.ids[path]
		body := strings.Trim(fmt.Sprintf(`"userName":%s,%s`, quote(name), c.fields()), ",")
		if path == "/Groups" {
			var members []string
			for range c.rng.IntN(4) {
				members = append(members, c.anybody(), "nobody")
			}
			body = fmt.Sprintf(`"displayName":%s,"externalId":%s,"members":%s`, quote(name), quote(c.word()), memberList(members...))
		}
		switch {
		case len(ids) < 12 || c.rng.IntN(3) == 0:
			if a := c.s.send("POST", path, "{"+body+"}"); a.status == http.StatusCreated {
				c.ids[path] = append(ids, a.body.Get("id").Text())
			} else if a.status != http.StatusConflict {
				c.s.t.Errorf("%s: %s", body, a.raw)
			}
		case c.rng.IntN(2) == 0:
			c.s.send("PUT", path+"/"+c.pick(ids...), "{"+body+"}")
		default:
			i := c.rng.IntN(len(ids))
			c.s.send("DELETE", path+"/"+ids[i], "")
			c.ids[path] = slices.Delete(ids, i, i+1)
		}
	}
	c.all = map[string][]resource.Value{}
	for path, ids := range c.ids {
		slices.Sort(ids)
		for _, id := range ids {
			c.all[path] = append(c.all[path], c.s.get(path+"/"+id))
		}
	}
}

func (c *crowd) filter(depth int) string {
	if depth > 0 && c.rng.IntN(3) > 0 {
		a, b := c.filter(depth-1), c.filter(depth-1)
		return c.pick("("+a+") and ("+b+")", "("+a+") or ("+b+")", "not ("+a+")", a+" or "+b)
	}
	attribute := c.pick("userName", "displayName", "externalId", "title", "emails", "emails.value", "phoneNumbers.value", "manager", "employeeNumber",
		"name.familyName", schema.GenesysURN+":externalIds.value", "nothing", "id", "groups", "members")
	value := quote(c.word())
	if attribute == "id" || attribute == "groups" || attribute == "members" {
		value = quote(c.anybody())
	}
	return c.pick(
		attribute+" eq "+value, attribute+" eq "+value, attribute+" "+c.pick("ne", "co", "sw", "ew", "gt", "le")+" "+value, attribute+" pr",
		`emails[type eq "work" and value eq `+value+`]`, `externalIds[authority eq `+value+` and value eq `+quote(c.word())+`]`,
		`active eq `+c.pick("true", "false"), `meta.resourceType eq "`+c.pick("User", "Group")+`"`, `meta.lastModified gt "2020-01-01T00:00:00Z"`,
		`members[value eq `+value+`]`, `userName sw `+value, `rank gt `+fmt.Sprint(c.rng.IntN(10)),
	)
}

// expected returns the ids that a list has, in its order.
func (c *crowd) expected(t *testing.T, paths []string, text, by string, descending bool) []string {
	type entry struct {
		v    resource.Value
		path int
	}
	var list []entry
	for i, path := range paths {
		typ := c.s.w.service.kindsOf(c.s.id).types.Type(strings.TrimSuffix(path[1:], "s"))
		var f filter.Filter
		if text != "" {
			var err error
			if f, err = filter.Parse(text, typ, filter.Options{}); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
		}
		for _, v := range c.all[path] {
			if f.Match(v, nil) {
				list = append(list, entry{v, i})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b entry) int {
		x, hasX := sortValue(a.v, by)
		y, hasY := sortValue(b.v, by)
		order := 0
		switch {
		case by == "" || !hasX && !hasY:
		case !hasX:
			order = 1
		case !hasY:
			order = -1
		case x.Kind() == resource.Number:
			order = cmp.Compare(number(resource.OfObject(resource.Field{Name: "n", Value: x}), "n"), number(resource.OfObject(resource.Field{Name: "n", Value: y}), "n"))
		case x.Kind() == resource.Boolean:
			order = cmp.Compare(fmt.Sprint(x.Bool()), fmt.Sprint(y.Bool()))
		case by == "externalId" || by == "manager":
			order = strings.Compare(x.Text(), y.Text())
		case by == "userName":
			order = strings.Compare(schema.PrepareUserName(x.Text()), schema.PrepareUserName(y.Text()))
		default:
			order = strings.Compare(schema.FoldName(x.Text()), schema.FoldName(y.Text()))
		}
		if descending {
			order = -order
		}
		return order
	})
	ids := []string{}
	for _, e := range list {
		ids = append(ids, e.v.Get("id").Text())
	}
	return ids
}

// sortValue is RFC 7644 section 3.4.2.3 for the attributes that the test sorts by.
func sortValue(v resource.Value, by string) (resource.Value, bool) {
	switch by {
	case "meta.created":
		by = "id" // of version 7
	case "manager", "employeeNumber", "rank":
		v = v.Get(schema.EnterpriseURN)
	}
	head, tail, _ := strings.Cut(by, ".")
	v = v.Get(head)
	if v.Kind() == resource.Array {
		first := v.At(0)
		for e := range v.Elems() {
			if e.Get("primary").Bool() {
				first = e
			}
		}
		v = first
	}
	if v.Kind() == resource.Object {
		v = v.Get(cmp.Or(tail, "value"))
	}
	return v, !v.IsNull()
}

// TestC9C14ListsFollowAModel asks random questions about random people, in pages
// of all kinds, and compares with what reading everybody finds.
func TestC9C14ListsFollowAModel(t *testing.T) {
	s := newWorld(t, worldConfig{noIndex: true}).site(t)
	c := &crowd{s: s, rng: rand.New(rand.NewPCG(11, 12)), ids: map[string][]string{"/Users": nil, "/Groups": nil}}
	found := 0
	for range 12 {
		c.stir()
		s.w.service.walks = newWalks() // places of before would be gone on from
		for range 40 {
			text, by, descending := "", "", c.rng.IntN(2) == 0
			if c.rng.IntN(5) > 0 {
				text = c.filter(c.rng.IntN(3))
			}
			if c.rng.IntN(3) > 0 {
				by = c.pick("userName", "displayName", "externalId", "title", "emails", "emails.value", "name.familyName", "active", "manager",
					"employeeNumber", schema.EnterpriseURN+":rank", "meta.created", "id", "nothing", "phoneNumbers.type")
			}
			found += c.ask(t, text, by, descending)
		}
	}
	if found < 2000 {
		t.Errorf("only %d resources were found", found)
	}
}

// ask reads a list in a random way, and returns how many resources it has.
func (c *crowd) ask(t *testing.T, text, by string, descending bool) int {
	t.Helper()
	paths := [][]string{{"/Users"}, {"/Users"}, {"/Groups"}, {"/Users", "/Groups"}}[c.rng.IntN(4)]
	endpoint := paths[0]
	if len(paths) > 1 {
		endpoint = ""
	}
	order := map[bool]string{false: "ascending", true: "Descending"}[descending]
	want := c.expected(t, paths, text, strings.TrimPrefix(by, schema.EnterpriseURN+":"), descending)
	body := fmt.Sprintf(`"filter":%s,"sortBy":%s,"sortOrder":%q`, quote(text), quote(by), order)
	var got []string
	start, count, cursor, total := 1, 1+c.rng.IntN(9), "", 0
	if c.rng.IntN(2) == 0 {
		start = 1 + c.rng.IntN(len(want)+2)
	}
	first := start
	byCursor := c.rng.IntN(3) == 0
	for {
		page := fmt.Sprintf(`{%s,"startIndex":%d,"count":%d}`, body, start, count)
		if byCursor {
			first = 1
			page = fmt.Sprintf(`{%s,"cursor":%q,"count":%d}`, body, cursor, count)
		}
		list := c.s.must(http.StatusOK, "POST", endpoint+"/.search", page).body
		total = number(list, "totalResults")
		for v := range list.Get("Resources").Elems() {
			got = append(got, v.Get("id").Text())
		}
		start += list.Get("Resources").Len()
		cursor = list.Get("nextCursor").Text()
		if byCursor && cursor == "" || !byCursor && (start > total || list.Get("Resources").Len() == 0) {
			break
		}
	}
	if total != len(want) || !slices.Equal(got, want[min(first-1, len(want)):]) {
		t.Fatalf("%v filter %s by %q %s from %d: %v of %d, want %v of %d", paths, text, by, order, first, got, total, want[min(first-1, len(want)):], len(want))
	}
	return len(got)
}
