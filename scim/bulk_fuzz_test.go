package scim

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/directory"
)

// FuzzBulk sends any body as a Bulk request. {u} and {g} stand for a user and a
// group that were there at first. It is refused as a whole and changes nothing,
// or every operation is answered; and no reference is stored unresolved.
func FuzzBulk(f *testing.F) {
	for _, seed := range bulkSeeds() {
		f.Add(seed)
	}
	s := newWorld(f, worldConfig{noIndex: true}).site(f)
	known := strings.NewReplacer("{u}", s.user("user"), "{g}", s.group("group", "dangling"))
	f.Cleanup(func() { s.wantNoReference(f) })
	f.Fuzz(func(t *testing.T, body string) {
		before := s.w.log.Applied()
		a, _ := s.direct(t, "POST", "/Bulk", known.Replace(body))
		if problem := a.problem(); problem != "" {
			t.Fatalf("%d: %s: %q", a.status, problem, a.raw)
		}
		if a.status != http.StatusOK {
			if s.w.log.Applied() != before {
				t.Fatalf("refused with %d and yet written", a.status)
			}
			return
		}
		for op := range a.body.Get("Operations").Elems() {
			method := op.Get("method").Text()
			path := op.Get("location").Text() != "" || method == "POST"
			if problem := operationProblem(op); problem != "" && path {
				t.Errorf("%s: %s", problem, op.Append(nil))
			}
			if op.Get("status").Text() == "201" && op.Get("bulkId").IsNull() {
				t.Errorf("made without a bulkId: %s", op.Append(nil))
			}
		}
	})
}

// wantNoReference checks that nobody is a member by a bulkId.
func (s *site) wantNoReference(t testing.TB) {
	t.Helper()
	view, err := s.w.log.View()
	if err != nil {
		t.Fatal(err)
	}
	defer view.Close()
	for e, err := range view.Scan(directory.DefaultTenant, contact.KindMember.Prefix()+s.id+"/", "") {
		if err != nil {
			t.Fatal(err)
		}
		if key, _ := contact.ParseKey(e.Key); referenceAt(key.Member) == 0 {
			t.Error("a reference was stored as it was sent")
		}
	}
}

// bulkSeeds are bodies of Bulk requests.
func bulkSeeds() []string {
	return []string{
		bulkBody(`{"method":"POST","path":"/Users","bulkId":"a","data":{"userName":"a","manager":"bulkId:b"}},
			{"method":"POST","path":"/Users","bulkId":"b","data":{"userName":"b","manager":{"value":"bulkId:a","$ref":"../Users/bulkId:a"}}},
			{"method":"POST","path":"/Groups","bulkId":"g","data":{"displayName":"g","members":[{"value":"bulkId:a"},{"value":"bulkId:g"},{"value":"{u}"}]}},
			{"method":"PATCH","path":"/Groups/{g}","data":{"Operations":[{"op":"add","path":"members","value":"bulkId:g"},{"op":"remove","path":"members[value eq \"bulkId:a\"]"}]}},
			{"method":"PUT","path":"/Users/bulkId:a","version":"W/\"1\"","data":{"userName":"a2"}},
			{"method":"DELETE","path":"/Groups/bulkId:g"},{"method":"DELETE","path":"/Users/bulkId:b"}`),
		bulkBody(`{"method":"DELETE","path":"/Users/none"},{"method":"DELETE","path":"/Groups/none","version":"*"},{"method":"PATCH","path":"/Users/{u}","data":{}}`, `"failOnErrors":1`),
		`{"operations":[{"METHOD":"post","PATH":"users?attributes=id","BULKID":7,"DATA":{"USERNAME":"x"}}]}`,
		bulkBody(`{"method":"PUT","path":"/v2/Groups/{g}","data":{"displayName":"group","members":[{"value":"bulkId:1"}]}},{"method":"POST","path":"/Groups","bulkId":"1","data":{"displayName":"G"}}`),
		bulkBody(`{"method":"POST","path":"/Bulk","bulkId":"1","data":{}},{"method":"GET","path":"/Users"},{"method":"PATCH","path":"/Me","data":{}},{"method":"DELETE","path":"/Users/%zz"}`),
		bulkBody(`{"method":"PATCH","path":"/Groups/{g}","data":{"Operations":[{"op":"remove","path":"members[value eq bulkId:1 or value eq 'bulkId:2']"},{"op":"remove","path":"bulkId:1"}]}},{"method":"POST","path":"/Nowhere","bulkId":"1","data":{"a":"bulkId:2"}},{"method":"POST","path":"/Users","bulkId":"2","data":{"a":"bulkId:1"}}`),
		`{"Operations":[null]}`, `{"Operations":[{}],"failOnErrors":"1"}`, `{"schemas":[],"Operations":[{"path":"","method":""}]}`,
	}
}
