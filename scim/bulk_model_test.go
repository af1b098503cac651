package scim

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/scim/resource"
)

// TestD11BulkDoesWhatItsOperationsWouldDoInOrder sends random operations to one
// directory as a Bulk request, and to another one by one: in the order of the
// request, but a POST before those who refer to it, until as many failed as
// failOnErrors says. Answers and outcome must be the same, whatever ran at the
// same time.
func TestD11BulkDoesWhatItsOperationsWouldDoInOrder(t *testing.T) {
	rounds := 300
	if testing.Short() {
		rounds = 30
	}
	w := newWorld(t, worldConfig{noIndex: true})
	for seed := range rounds {
		rng := rand.New(rand.NewPCG(uint64(seed), 7))
		policy := "unknownMembers=" + []string{"keep", "skip", "reject"}[rng.IntN(3)]
		bulked, single := newBulkSide(w.site(t, policy)), newBulkSide(w.site(t, policy))
		ops := randomOperations(rng)
		limit := []int{0, 0, 0, 1, 2, 3}[rng.IntN(6)]
		var want []string
		single.inOrder(ops, limit, &want)
		got := bulked.atOnce(ops, limit)
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("seed %d, failOnErrors %d: statuses (-one by one +bulk):\n%s\n%s", seed, limit, d, bulked.text(ops))
		}
		if d := cmp.Diff(single.dump(), bulked.dump()); d != "" {
			t.Fatalf("seed %d, failOnErrors %d: outcome (-one by one +bulk):\n%s\n%s", seed, limit, d, bulked.text(ops))
		}
	}
}

// A sample is an operation of the model. In path and data, {u0} to {u3} and
// {g0} to {g2} stand for resources that were there at first, and bulkId:1 for
// what operation 1 makes.
type sample struct {
	method, path, data string
	version            string // "{u0}" for the version at first, "other", or ""
	refs               []int
}

func randomOperations(rng *rand.Rand) []sample {
	const n = 14
	ops := make([]sample, n)
	posts := rng.Perm(n)[:8] // a POST refers to those behind it here: no circle
	for rank, i := range posts {
		ops[i] = randomPost(rng, posts[rank+1:])
	}
	for i := range ops {
		if ops[i].method == "" {
			ops[i] = randomChange(rng, posts)
		}
	}
	return ops
}

func randomPost(rng *rand.Rand, others []int) sample {
	var op sample
	switch rng.IntN(8) {
	case 0, 1, 2, 3:
		op = sample{path: "/Users", data: fmt.Sprintf(`{"userName":%q,"manager":%q}`, randomName(rng), op.someone(rng, others))}
	case 4, 5, 6:
		op.data = fmt.Sprintf(`{"displayName":%q,"members":[{"value":%q},{"value":%q}]}`, randomName(rng), op.someone(rng, others), op.someone(rng, others))
		op.path = "/Groups"
	default:
		op = sample{path: "/Users", data: `{"title":"without a name"}`}
	}
	op.method = "POST"
	op.referTo()
	return op
}

func randomChange(rng *rand.Rand, posts []int) sample {
	users := rng.IntN(2) == 0
	op := sample{path: "/Groups/" + oneOf(rng, "g", 3)}
	if users {
		op.path = "/Users/" + oneOf(rng, "u", 4)
	}
	if rng.IntN(4) == 0 {
		op.path = []string{"/Groups/", "/Users/"}[rng.IntN(2)] + fmt.Sprint("bulkId:", posts[rng.IntN(len(posts))])
	}
	switch rng.IntN(6) {
	case 0:
		op.method = "DELETE"
	case 1:
		op.method = "PUT"
		op.data = fmt.Sprintf(`{"userName":%q,"title":"put"}`, randomName(rng))
		if strings.HasPrefix(op.path, "/Groups") {
			op.data = fmt.Sprintf(`{"displayName":%q,"members":[{"value":%q}]}`, randomName(rng), op.someone(rng, posts))
		}
	case 2:
		op.method = "PATCH"
		op.data = fmt.Sprintf(`{"Operations":[{"op":"replace","path":%q,"value":%q}]}`, []string{"userName", "displayName"}[rng.IntN(2)], randomName(rng))
	default:
		op.method = "PATCH"
		op.data = fmt.Sprintf(`{"Operations":[{"op":"add","path":"title","value":"t%d"}]}`, rng.IntN(3))
		if strings.HasPrefix(op.path, "/Groups") {
			op.data = fmt.Sprintf(`{"Operations":[{"op":"add","path":"members","value":[{"value":%q}]},{"op":"remove","path":"members[value eq \"%s\"]"}]}`,
				op.someone(rng, posts), op.someone(rng, posts))
		}
	}
	if strings.HasSuffix(op.path, "}") && rng.IntN(4) == 0 {
		op.version = []string{op.path[strings.Index(op.path, "{"):], "other"}[rng.IntN(2)]
	}
	op.referTo()
	return op
}

func randomName(rng *rand.Rand) string { return []string{"a", "A", "b", "c", "d", "e"}[rng.IntN(6)] }

func oneOf(rng *rand.Rand, kind string, n int) string {
	return fmt.Sprintf("{%s%d}", kind, rng.IntN(n))
}

// someone returns a member or manager: one who was there, is made, or is not.
func (op *sample) someone(rng *rand.Rand, made []int) string {
	switch pick := rng.IntN(6); {
	case pick < 2 && len(made) > 0:
		return fmt.Sprint("bulkId:", made[rng.IntN(len(made))])
	case pick == 2:
		return "nobody"
	case pick == 3:
		return oneOf(rng, "g", 3)
	}
	return oneOf(rng, "u", 4)
}

// referTo notes what the operation refers to.
func (op *sample) referTo() {
	for i := range 14 {
		name := fmt.Sprint("bulkId:", i)
		if strings.Contains(op.data, name+`"`) || strings.Contains(op.data, name+`\`) || strings.HasSuffix(op.path, name) {
			op.refs = append(op.refs, i)
		}
	}
}

// A bulkSide is a directory of the model.
type bulkSide struct {
	s      *site
	ids    map[string]string // by "{u0}" and "bulkId:1"
	tags   map[string]string // by "{u0}"
	failed map[int]bool
}

func newBulkSide(s *site) *bulkSide {
	side := &bulkSide{s: s, ids: map[string]string{}, tags: map[string]string{"other": `W/"0"`}, failed: map[int]bool{}}
	for i := range 4 {
		side.ids[fmt.Sprintf("{u%d}", i)] = s.user(string(rune('a' + i)))
	}
	for i := range 3 {
		side.ids[fmt.Sprintf("{g%d}", i)] = s.group(string(rune('a'+i)), side.ids["{u0}"], side.ids[fmt.Sprintf("{u%d}", i+1)])
	}
	for name, id := range side.ids {
		path := map[byte]string{'u': "/Users/", 'g': "/Groups/"}[name[1]]
		side.tags[name] = s.must(http.StatusOK, "GET", path+id, "").header.Get("ETag")
	}
	return side
}

// fill puts ids in the place of names, longer names first.
func (b *bulkSide) fill(text string) string {
	names := make([]string, 0, len(b.ids))
	for name := range b.ids {
		names = append(names, name)
	}
	slices.SortFunc(names, func(x, y string) int { return len(y) - len(x) })
	for _, name := range names {
		text = strings.ReplaceAll(text, name, b.ids[name])
	}
	return text
}

// inOrder sends operations one by one.
func (b *bulkSide) inOrder(ops []sample, limit int, results *[]string) {
	status := make([]string, len(ops))
	errors := 0
	var do func(i int)
	do = func(i int) {
		for _, ref := range ops[i].refs {
			if status[ref] == "" {
				do(ref)
			}
		}
		if status[i] != "" || limit > 0 && errors >= limit {
			return
		}
		if status[i] = b.one(i, ops[i]); status[i] >= "400" {
			errors++
			b.failed[i] = true
		}
	}
	for i := range ops {
		do(i)
	}
	for i, st := range status {
		if st != "" {
			*results = append(*results, fmt.Sprint(i, " ", ops[i].method, " ", st))
		}
	}
}

func (b *bulkSide) one(i int, op sample) string {
	for _, ref := range op.refs {
		if b.failed[ref] {
			return "409"
		}
	}
	a := b.s.do(op.method, b.fill(op.path), b.fill(op.data), "If-Match: "+b.tags[op.version])
	if a.status == http.StatusCreated {
		b.ids[fmt.Sprint("bulkId:", i)] = a.body.Get("id").Text()
	}
	return fmt.Sprint(a.status)
}

func (b *bulkSide) text(ops []sample) string {
	texts := make([]string, len(ops))
	for i, op := range ops {
		data := ""
		if op.data != "" {
			data = `,"data":` + b.fill(op.data)
		}
		texts[i] = fmt.Sprintf(`{"bulkId":"%d","method":%q,"path":%q,"version":%q%s}`, i, op.method, b.fill(op.path), b.tags[op.version], data)
	}
	return strings.Join(texts, ",\n")
}

// atOnce sends operations as a Bulk request.
func (b *bulkSide) atOnce(ops []sample, limit int) []string {
	var results []string
	for _, op := range b.s.bulk(b.text(ops), fmt.Sprintf(`"failOnErrors":%d`, limit)) {
		results = append(results, op.Get("bulkId").Text()+" "+op.Get("method").Text()+" "+op.Get("status").Text())
		if op.Get("status").Text() == "201" {
			location := op.Get("location").Text()
			b.ids["bulkId:"+op.Get("bulkId").Text()] = location[strings.LastIndexByte(location, '/')+1:]
		}
	}
	return results
}

// dump returns all resources, with names in the place of ids.
func (b *bulkSide) dump() []string {
	pairs := []string{b.s.base, ""}
	for name, id := range b.ids {
		pairs = append(pairs, id, name)
	}
	names := strings.NewReplacer(pairs...)
	var lines []string
	for _, path := range []string{"/Users", "/Groups"} {
		for v := range b.s.get(path + "?excludedAttributes=meta").Get("Resources").Elems() {
			var fields []string
			for name, m := range v.All() {
				fields = append(fields, name+" "+sortedElems(m, names))
			}
			lines = append(lines, strings.Join(fields, "\n"))
		}
	}
	slices.Sort(lines)
	return lines
}

func sortedElems(v resource.Value, names *strings.Replacer) string {
	if v.Kind() != resource.Array {
		return names.Replace(string(v.Append(nil)))
	}
	var elems []string
	for e := range v.Elems() {
		elems = append(elems, names.Replace(string(e.Append(nil))))
	}
	slices.Sort(elems)
	return strings.Join(elems, " ")
}
