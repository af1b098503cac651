package scim

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/stream"
)

// bulk sends a Bulk request of operations, of which the brackets around are
// left out, and returns the response's Operations.
func (s *site) bulk(operations string, more ...string) []resource.Value {
	s.t.Helper()
	a := s.send("POST", "/Bulk", bulkBody(operations, more...))
	if a.status != http.StatusOK {
		s.t.Fatalf("POST /Bulk: %d %.500s", a.status, a.raw)
	}
	is(s.t, "schemas", a.body.Get("schemas"), `["`+bulkResponseURN+`"]`)
	var list []resource.Value
	for op := range a.body.Get("Operations").Elems() {
		if problem := operationProblem(op); problem != "" {
			s.t.Errorf("%s: %s", problem, op.Append(nil))
		}
		list = append(list, op)
	}
	return list
}

func bulkBody(operations string, more ...string) string {
	return `{"schemas":["` + bulkRequestURN + `"],` + strings.Join(append(more, `"Operations":[`+operations+`]`), ",") + `}`
}

// operationProblem returns what is wrong with an answer to an operation of a
// known method and path, whatever was asked.
func operationProblem(op resource.Value) string {
	status, failed := op.Get("status"), op.Get("status").Text() >= "400"
	switch e := op.Get("response"); {
	case status.Kind() != resource.String || len(status.Text()) != 3:
		return "the status is no string of a code"
	case status.Text() == "500":
		return "the service failed"
	case failed && (e.Get("schemas").At(0).Text() != errorURN || e.Get("detail").Text() == "" || !e.Get("status").Equal(status)):
		return "an error without its SCIM error"
	case failed && !op.Get("version").IsNull():
		return "an error with a version"
	case (op.Get("location").Text() == "") != (failed && op.Get("method").Text() == "POST"):
		return "a location that should not be, or none"
	}
	return ""
}

// statuses returns the statuses of operations in one line.
func statuses(ops []resource.Value) string {
	list := make([]string, len(ops))
	for i, op := range ops {
		list[i] = op.Get("status").Text()
	}
	return strings.Join(list, " ")
}

func wantStatuses(t testing.TB, ops []resource.Value, want string) {
	t.Helper()
	if got := statuses(ops); got != want {
		t.Errorf("statuses %s, want %s", got, want)
	}
}

func TestD11BulkReadsWholeAddresses(t *testing.T) {
	s := newSite(t)
	id := s.user("a")
	for _, path := range []string{
		publicURL + s.base + "/Users/" + id, publicURL + s.base + "/v2/Users/" + id + "?attributes=title", s.base + "/Users/" + id, s.base + "/v2/users/" + id + "/",
	} {
		ops := s.bulk(fmt.Sprintf(`{"method":"PATCH","path":%q,"data":{"Operations":[{"op":"replace","path":"title","value":%q}]}}`, path, path))
		wantStatuses(t, ops, "200")
		is(t, "location", ops[0].Get("location"), quote(publicURL+s.base+"/Users/"+id))
		is(t, "title", s.get("/Users/"+id).Get("title"), quote(path))
	}
}

func TestD11BulkLimitsAreNamed(t *testing.T) {
	s := newSite(t)
	deletes := func(n int) string { return strings.Repeat(`,{"method":"DELETE","path":"/Users/none"}`, n)[1:] }
	config := s.get("/ServiceProviderConfig").Get("bulk")
	is(t, "bulk", config, `{"supported":true,"maxOperations":1000,"maxPayloadSize":4194304}`)
	if ops := s.bulk(deletes(1000)); len(ops) != 1000 {
		t.Errorf("%d answers to 1,000 operations", len(ops))
	}
	a := s.refused(http.StatusRequestEntityTooLarge, "", "POST", "/Bulk", bulkBody(deletes(1001)))
	if !strings.Contains(a.raw, "maxOperations (1000)") {
		t.Errorf("the limit is not named: %s", a.raw)
	}
	body := bulkBody(deletes(1))
	fill := strings.Repeat(" ", 4194304-len(body))
	s.must(http.StatusOK, "POST", "/Bulk", body+fill)
	a = s.refused(http.StatusRequestEntityTooLarge, "", "POST", "/Bulk", body+fill+" ")
	if !strings.Contains(a.raw, "maxPayloadSize (4194304)") {
		t.Errorf("the limit is not named: %s", a.raw)
	}
}

// TestD11ABulkOfTheLargestSize has 999 users in as many bytes as there may be,
// and before them the group of all.
func TestD11ABulkOfTheLargestSize(t *testing.T) {
	s := newSite(t)
	const users = maxOperations - 1
	var members, ops strings.Builder
	for i := range users {
		fmt.Fprintf(&members, `,{"value":"bulkId:u%d"}`, i)
		fmt.Fprintf(&ops, `,{"method":"POST","path":"/Users","bulkId":"u%d","data":{"userName":"u%d","title":"%s"}}`, i, i, strings.Repeat("x", 4000))
	}
	body := bulkBody(`{"method":"POST","path":"/Groups","bulkId":"g","data":{"displayName":"G","members":[` + members.String()[1:] + `]}}` + ops.String())
	a := s.must(http.StatusOK, "POST", "/Bulk", body+strings.Repeat(" ", maxBulkBytes-len(body)))
	if n := strings.Count(a.raw, `"status":"201"`); n != maxOperations {
		t.Errorf("%d of %d were made", n, maxOperations)
	}
	is(t, "users", s.get("/Users?count=0").Get("totalResults"), fmt.Sprint(users))
	group := s.found("/Groups", `displayName eq "G"`)[0]
	if n := len(s.members(group)); n != users {
		t.Errorf("%d members of %d", n, users)
	}
}

// TestD11DataNestsAsDeepAsABody compares a resource on its own with the same in
// a Bulk request, at the depth that is just allowed and at the next.
func TestD11DataNestsAsDeepAsABody(t *testing.T) {
	s := newSite(t)
	for depth, want := range map[int]int{15: http.StatusCreated, 16: http.StatusBadRequest} {
		data := fmt.Sprintf(`{"userName":"d%d","x":%s%s}`, depth, strings.Repeat("[", depth), strings.Repeat("]", depth))
		s.must(want, "POST", "/Users", data)
		got := http.StatusBadRequest
		if a := s.send("POST", "/Bulk", bulkBody(`{"method":"POST","path":"/Users","bulkId":"1","data":`+strings.Replace(data, `"d`, `"e`, 1)+`}`)); a.status == http.StatusOK {
			got = http.StatusCreated
		}
		if got != want {
			t.Errorf("arrays nested %d deep: %d alone, %d in bulk", depth, want, got)
		}
	}
}

// TestD11BulkBodiesThatAreNone sends what no JSON reader should accept.
func TestD11BulkBodiesThatAreNone(t *testing.T) {
	s := newSite(t)
	op := `{"method":"POST","path":"/Users","bulkId":"1","data":{"userName":"a"}}`
	for name, body := range map[string]string{
		"empty": "", "cut": bulkBody(op)[:90], "trailing": bulkBody(op) + "{}", "a name twice": bulkBody(op, `"Operations":[]`),
		"a name twice in data": bulkBody(strings.Replace(op, `"a"`, `"a","USERNAME":"b"`, 1)), "lone surrogate": bulkBody(strings.Replace(op, `"a"`, `"\ud800"`, 1)),
		"invalid UTF-8": bulkBody(strings.Replace(op, `"a"`, "\"\xff\"", 1)), "deep": bulkBody(strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000)),
		"operations inside": bulkBody(`[` + op + `]`), "null": bulkBody("null"), "no list": `{"Operations":null}`,
	} {
		if a := s.do("POST", "/Bulk", body); a.status != http.StatusBadRequest || a.body.Get("scimType").Text() != "invalidSyntax" {
			t.Errorf("%s: %d %.300s", name, a.status, a.raw)
		}
	}
}

// TestD11AThousandInACircle makes groups each of which has the next, and the
// last the first; then the same with one that cannot be made.
func TestD11AThousandInACircle(t *testing.T) {
	s := newWorld(t, worldConfig{noIndex: true}).site(t, "unknownMembers=reject")
	circle := func(n int, name func(i int) string) string {
		ops := make([]string, n)
		for i := range ops {
			ops[i] = fmt.Sprintf(`{"method":"POST","path":"/Groups","bulkId":"%d","data":{"displayName":%q,"members":[{"value":"bulkId:%d"}]}}`, i, name(i), (i+1)%n)
		}
		return strings.Join(ops, ",")
	}
	before := s.w.log.Applied()
	ops := s.bulk(circle(1000, func(i int) string { return fmt.Sprint("g", i) }))
	wantStatuses(t, ops, strings.TrimSpace(strings.Repeat("201 ", 1000)))
	if n := s.w.log.Applied() - before; n != 1 {
		t.Errorf("%d transactions for one circle", n)
	}
	for i, op := range ops[:999] {
		next := strings.TrimPrefix(ops[i+1].Get("location").Text(), publicURL+s.base+"/Groups/")
		if got := s.members(strings.TrimPrefix(op.Get("location").Text(), publicURL+s.base+"/Groups/")); len(got) != 1 || got[0] != next {
			t.Fatalf("group %d has %v, want %s", i, got, next)
		}
		if i > 20 {
			break
		}
	}
	before = s.w.log.Applied()
	ops = s.bulk(circle(1000, func(i int) string {
		if i == 500 {
			return "G7"
		}
		return fmt.Sprint("h", i)
	}))
	wantStatuses(t, ops, strings.TrimSpace(strings.Repeat("409 ", 1000)))
	if s.w.log.Applied() != before {
		t.Error("a circle that could not be made was written")
	}
}

// TestD11OneFaultIsOneOperations lets the log fail for one operation of many.
func TestD11OneFaultIsOneOperations(t *testing.T) {
	for name, fault := range map[string]func() error{
		"error": func() error { return fmt.Errorf("%w: bad sector", stream.ErrCorrupt) },
		"panic": func() error { panic("a fault") },
	} {
		t.Run(name, func(t *testing.T) {
			s, before := hookedSite(t)
			before(fault)
			a := s.send("POST", "/Bulk", bulkBody(`{"method":"POST","path":"/Users","bulkId":"1","data":{"userName":"a"}},
				{"method":"POST","path":"/Users","bulkId":"2","data":{"userName":"b","manager":"bulkId:1"}},{"method":"POST","path":"/Users","bulkId":"3","data":{"userName":"A"}}`))
			ops := []resource.Value{a.body.Get("Operations").At(0), a.body.Get("Operations").At(1), a.body.Get("Operations").At(2)}
			wantStatuses(t, ops, "500 409 201")
			if !strings.Contains(s.w.failures.text(), "SCIM request failed") {
				t.Error("the fault was not logged")
			}
			s.w.failures.clear()
		})
	}
}

// TestD11AfterItsTimeABulkBeginsNothing answers each operation all the same.
func TestD11AfterItsTimeABulkBeginsNothing(t *testing.T) {
	s := newSite(t)
	ctx, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	r := &request{ctx: ctx, service: s.w.service, tenant: "default", base: publicURL + s.base}
	if err := r.loadDirectory(s.id); err != nil {
		t.Fatal(err)
	}
	r.call = call{method: "POST", segments: []string{"Bulk"}, text: []byte(bulkBody(`{"method":"POST","path":"/Users","bulkId":"1","data":{"userName":"a"}},{"method":"DELETE","path":"/Users/x"}`))}
	applied := s.w.log.Applied()
	if err := r.route(); err != nil {
		t.Fatal(err)
	}
	ops := []resource.Value{r.reply.body.Get("Operations").At(0), r.reply.body.Get("Operations").At(1)}
	wantStatuses(t, ops, "503 503")
	if s.w.log.Applied() != applied {
		t.Error("something was written")
	}
}

// TestD11BulksAtOnceLoseNothing lets clients send Bulk requests at once that
// make users, put all of them into one group and fight over names.
func TestD11BulksAtOnceLoseNothing(t *testing.T) {
	logs(t, func(t *testing.T, log stream.Log) {
		s := newWorld(t, worldConfig{log: log, noIndex: true}).site(t, "unknownMembers=reject")
		group := s.group("G")
		const clients, each = 12, 25
		var made, taken atomic.Int64
		s.together(clients, func(client int) answer {
			var ops []string
			for i := range each {
				ops = append(ops, fmt.Sprintf(`{"method":"POST","path":"/Users","bulkId":"u%d","data":{"userName":"c%du%d"}}`, i, client, i),
					fmt.Sprintf(`{"method":"POST","path":"/Users","bulkId":"f%d","data":{"userName":"fought%d"}}`, i, i),
					fmt.Sprintf(`{"method":"PATCH","path":"/Groups/%s","data":{"Operations":[{"op":"add","path":"members","value":[{"value":"bulkId:u%d"}]}]}}`, group, i))
			}
			for i, op := range s.bulk(strings.Join(ops, ",")) {
				switch status := op.Get("status").Text(); {
				case i%3 == 1 && status == "201":
					made.Add(1)
				case i%3 == 1 && status == "409":
					taken.Add(1)
				case status != "201" && status != "204":
					t.Errorf("%s", op.Append(nil))
				}
			}
			return answer{}
		})
		if made.Load() != each || taken.Load() != each*(clients-1) {
			t.Errorf("of %d names %d were given and %d refused", each, made.Load(), taken.Load())
		}
		if n := len(s.members(group)); n != clients*each {
			t.Errorf("%d members of %d", n, clients*each)
		}
	})
}

// TestD11ABulkHoldsNobodyUp answers a request while a Bulk request waits.
func TestD11ABulkHoldsNobodyUp(t *testing.T) {
	s, before := hookedSite(t)
	id := s.user("other")
	before(func() error {
		s.must(http.StatusOK, "PATCH", "/Users/"+id, `{"Operations":[{"op":"add","path":"title","value":"t"}]}`)
		return nil
	})
	wantStatuses(t, s.bulk(`{"method":"POST","path":"/Users","bulkId":"1","data":{"userName":"a"}}`), "201")
}
