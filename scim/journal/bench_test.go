package journal

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ringdex/ringdex/scim/patch"
	"github.com/ringdex/ringdex/scim/resource"
)

const sampleUser = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
	"externalId":"0a21f0f2","userName":"ana.sample@example.com","active":true,"displayName":"Ana Sample",
	"emails":[{"primary":true,"type":"work","value":"ana.sample@example.com"}],"meta":{"resourceType":"User"},
	"name":{"formatted":"Ana Sample","familyName":"Sample","givenName":"Ana"},"title":"Engineer",
	"phoneNumbers":[{"type":"work","value":"+44 20 7946 0018"},{"type":"mobile","value":"+44 7700 900123"}],"roles":[],
	"ent":{"employeeNumber":"E1","organization":"Example","department":"Sales"}}`

func TestRecordingAllocatesNothingButTheRing(t *testing.T) {
	j := New(Config{})
	events := make([]*Event, 2001)
	for i := range events {
		events[i] = &Event{Time: start, Method: "POST", Endpoint: "Users", Resource: someID, Status: 201, Changes: []Change{{Kind: Added, Path: "userName"}}}
	}
	for range 5 {
		j.Record("d1", &Event{Time: start, Method: "POST", Endpoint: "Users", Status: 201})
	}
	i := 0
	if n := testing.AllocsPerRun(2000, func() { j.Record("d1", events[i]); i++ }); n > 0.1 {
		t.Errorf("%v allocations an event", n)
	}
}

func BenchmarkRecord(b *testing.B) {
	for name, directories := range map[string]int{"one directory": 1, "many directories": 64} {
		b.Run(name, func(b *testing.B) {
			j := New(Config{})
			changes := Diff(userType, resource.Value{}, conformed(b, parse(b, sampleUser)))
			var workers atomic.Int64
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				dir := fmt.Sprintf("d%d", workers.Add(1)%int64(directories))
				for pb.Next() {
					j.Record(dir, &Event{
						Time: time.Now(), Duration: time.Millisecond, Method: "POST", Endpoint: "Users", Resource: someID, Status: 201, Changes: changes,
					})
				}
			})
		})
	}
}

func BenchmarkDiff(b *testing.B) {
	old := conformed(b, parse(b, sampleUser))
	again := conformed(b, parse(b, sampleUser))
	changed := old.Set("title", resource.OfString("x"))
	for _, c := range []struct {
		name     string
		old, new resource.Value
	}{{"create", resource.Value{}, old}, {"one attribute", old, changed}, {"same tree", old, old}, {"equal tree", old, again}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Diff(userType, c.old, c.new)
			}
		})
	}
}

func BenchmarkResend(b *testing.B) {
	body := parse(b, sampleUser)
	stored := conformed(b, body)
	b.Run("create", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Resend(userType, body, stored)
		}
	})
	ops := []patch.Operation{{Op: patch.Replace, Path: `phoneNumbers[type eq "work"].value`, Value: resource.OfString("+44 20 7946 0018")}}
	b.Run("patch", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			ResendPatch(userType, ops, stored)
		}
	})
}

func BenchmarkRecognize(b *testing.B) {
	r := Request{Method: "POST", ContentType: "application/scim+json", Body: parse(b, sampleUser)}
	b.ReportAllocs()
	for b.Loop() {
		Recognize(r)
	}
}

func BenchmarkRedact(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		RedactFilter(userType, `userName eq "ana.sample@example.com"`)
	}
}

func BenchmarkSummary(b *testing.B) {
	j := New(Config{})
	for i := range 5000 {
		j.Record("d1", []*Event{created(), refused(), read(200)}[i%3])
	}
	b.Run("summary", func(b *testing.B) {
		for b.Loop() {
			j.Summary("d1")
		}
	})
	b.Run("search", func(b *testing.B) {
		for b.Loop() {
			j.Find("d1", Query{Text: "nowhere", Limit: 50})
		}
	})
}
