package patch

import (
	"math/rand/v2"
	"testing"

	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
)

var (
	randomPaths = []string{
		"", "title", "active", "name", "name.givenName", "emails", "emails.value", "emails.primary", `emails[type eq "work"]`, `emails[type eq "work"].value`,
		`emails[type eq "home" and primary eq true].value`, `emails[value eq "a"].type`, `emails[value sw "a"]`, `roles[primary eq "True"].value`, "roles",
		`addresses[type eq "work"].locality`, `addresses[type eq "work"].region`, "addresses", "manager", "manager.displayName",
		schema.EnterpriseURN, schema.EnterpriseURN + ":department", schema.EnterpriseURN + ":bag", schema.EnterpriseURN + ":bag.x", schema.EnterpriseURN + `:bag[x eq 1].y`,
		schema.GenesysURN + `:externalIds[authority eq "x"].value`, "userName", "nothing", "id",
	}
	randomValues = []string{
		`null`, `""`, `"a"`, `"b"`, `"work"`, `"True"`, `true`, `false`, `7`, `[]`, `{}`, `["a"]`, `["a","b"]`, `{"value":"a"}`, `{"value":"b","type":"work","primary":true}`,
		`[{"value":"a","type":"work"},{"value":"b","type":"home","primary":"true"}]`, `{"givenName":"G","familyName":""}`, `{"type":"home"}`, `{"locality":"L","region":null}`,
		`{"title":"X","emails":[{"value":"c"}],"name.familyName":"F"}`, `{"department":"D","manager":"m","bag":[{"x":1}]}`, `{"x":1}`, `{"value":"m","displayName":"M"}`,
	}
)

// TestRandomOperationsKeepTheirPromises applies random operations: what they
// come to is a tree that Conform would store, and one request of several
// operations comes to what several requests come to.
func TestRandomOperationsKeepTheirPromises(t *testing.T) {
	user := schema.Default().Type("User")
	rng := rand.New(rand.NewPCG(5, 6))
	values := make([]resource.Value, len(randomValues))
	for i, text := range randomValues {
		values[i] = parse(t, text)
	}
	applied, changed := 0, 0
	for range 1000 {
		doc := parse(t, `{"userName":"u"}`)
		for range 40 {
			op := Operation{
				Op:    []Op{Add, Replace, Remove}[rng.IntN(3)],
				Path:  randomPaths[rng.IntN(len(randomPaths))],
				Value: values[rng.IntN(len(values))],
			}
			p := Policy{StrictTargets: rng.IntN(4) == 0}
			res, err := Apply(user, doc, []Operation{op}, p)
			if err != nil {
				requireSCIM(t, err)
				continue
			}
			checkResult(t, user, doc, []Operation{op}, p, res)
			joinRequests(t, user, doc, op, p, res, values[rng.IntN(len(values))])
			applied++
			if res.Changed {
				changed++
			}
			doc = res.Resource
		}
	}
	if applied < 15_000 || changed < 6000 {
		t.Errorf("only %d operations were applied and %d changed anything", applied, changed)
	}
}

// joinRequests sends op and another operation in one request and compares that
// with sending the other after the first.
func joinRequests(t *testing.T, typ *schema.Type, doc resource.Value, op Operation, p Policy, first Result, v resource.Value) {
	t.Helper()
	other := Operation{Op: Replace, Path: `emails[type eq "home"].display`, Value: v}
	second, err := Apply(typ, first.Resource, []Operation{other}, p)
	if err != nil {
		return
	}
	both, err := Apply(typ, doc, []Operation{op, other}, p)
	if err != nil || !both.Resource.Equal(second.Resource) {
		t.Fatalf("%v of %s and then %v: in one request %s, %v; in two %s", op, doc.Append(nil), other, both.Resource.Append(nil), err, second.Resource.Append(nil))
	}
}
