package scim

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ringdex/ringdex/stream/pebblelog"
)

// BenchmarkCreate creates users over HTTP, 64 at once: durable in the log on
// disk and visible in the index when they are answered.
func BenchmarkCreate(b *testing.B) {
	log, err := pebblelog.Open(b.Context(), pebblelog.Config{Dir: b.TempDir(), MinFreeBytes: 1})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = log.Close() })
	s := newWorld(b, worldConfig{log: log}).site(b)
	var n atomic.Int64
	b.SetParallelism(max(1, 64/runtime.GOMAXPROCS(0)))
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := n.Add(1)
			a := s.send("POST", "/Users", fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","%s"],"externalId":"%032d",
				"userName":"user%d@example.com","active":true,"displayName":"User %d","name":{"givenName":"User","familyName":"Number%d"},
				"emails":[{"primary":true,"type":"work","value":"user%d@example.com"}],"phoneNumbers":[{"type":"work","value":"+44 20 7%03d %04d"}],
				"%s":{"department":"Sales"}}`, enterprise, i, i, i, i, i, i/10_000%1000, i%10_000, enterprise))
			if a.status != http.StatusCreated {
				b.Errorf("status %d", a.status)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "creates/s")
}

// BenchmarkAddMember adds one member to a group by PATCH. What it costs does
// not depend on how many there are.
func BenchmarkAddMember(b *testing.B) {
	for _, size := range []int{0, 100_000} {
		b.Run(fmt.Sprint("to", size), func(b *testing.B) {
			s := newWorld(b, worldConfig{noIndex: true}).site(b)
			group := s.group("G")
			for from := 0; from < size; from += 10_000 {
				var list strings.Builder
				for i := range 10_000 {
					fmt.Fprintf(&list, `,{"value":"%08x-0000-7000-8000-000000000000"}`, from+i)
				}
				s.patch("/Groups/"+group, `{"op":"add","path":"members","value":[`+list.String()[1:]+`]}`)
			}
			i := 0
			for b.Loop() {
				s.patch("/Groups/"+group, fmt.Sprintf(`{"op":"add","path":"members","value":[{"value":"%08x-0000-7000-9000-000000000000"}]}`, i))
				i++
			}
		})
	}
}

// BenchmarkMembersByTheThousand adds and removes the 20,000 members that one
// body holds.
func BenchmarkMembersByTheThousand(b *testing.B) {
	s := newWorld(b, worldConfig{noIndex: true}).site(b)
	group := s.group("G")
	list := `{"op":"add","path":"members","value":[` + manyMembers(20_000) + `]}`
	for b.Loop() {
		s.patch("/Groups/"+group, list)
		s.patch("/Groups/"+group, `{"op":"remove","path":"members"}`)
	}
}

// BenchmarkFind asks for a user by name, as every identity provider does before
// it writes.
func BenchmarkFind(b *testing.B) {
	s := newWorld(b, worldConfig{noIndex: true}).site(b)
	for i := range 1000 {
		s.user(fmt.Sprintf("user%d@example.com", i))
	}
	for b.Loop() {
		if a := s.send("GET", `/Users?filter=userName eq "user500@example.com"`, ""); a.status != http.StatusOK {
			b.Fatalf("status %d", a.status)
		}
	}
}
