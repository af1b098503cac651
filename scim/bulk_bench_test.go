package scim

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/ringdex/ringdex/stream/pebblelog"
)

// BenchmarkBulk makes 1,000 users on the log on disk: by one Bulk request, by
// one that stops at the first error and so goes one by one, and by 1,000
// requests of their own, one after the other and 64 at once.
func BenchmarkBulk(b *testing.B) {
	const n = 1000
	for _, way := range []struct {
		name string
		make func(s *site, round int)
	}{
		{"at once", func(s *site, round int) { s.bulkUsers(n, round, "") }},
		{"in order", func(s *site, round int) { s.bulkUsers(n, round, `"failOnErrors":1,`) }},
		{"single", func(s *site, round int) {
			for i := range n {
				s.must(http.StatusCreated, "POST", "/Users", benchUser(round*n+i))
			}
		}},
		{"single by 64", func(s *site, round int) {
			s.together(64, func(client int) answer {
				for i := client; i < n; i += 64 {
					s.send("POST", "/Users", benchUser(round*n+i))
				}
				return answer{}
			})
		}},
	} {
		b.Run(way.name, func(b *testing.B) {
			log, err := pebblelog.Open(b.Context(), pebblelog.Config{Dir: b.TempDir(), MinFreeBytes: 1})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = log.Close() })
			s := newWorld(b, worldConfig{log: log}).site(b)
			round := 0
			for b.Loop() {
				way.make(s, round)
				round++
			}
			b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "creates/s")
		})
	}
}

func benchUser(i int) string {
	return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"externalId":"%032d","userName":"user%d@example.com",
		"active":true,"displayName":"User %d","name":{"givenName":"User","familyName":"Number%d"},
		"emails":[{"primary":true,"type":"work","value":"user%d@example.com"}],"phoneNumbers":[{"type":"work","value":"+44 20 7%03d %04d"}]}`,
		i, i, i, i, i, i/10_000%1000, i%10_000)
}

func (s *site) bulkUsers(n, round int, more string) {
	s.t.Helper()
	ops := make([]string, n)
	for i := range ops {
		ops[i] = fmt.Sprintf(`{"method":"POST","path":"/Users","bulkId":"u%d","data":%s}`, i, benchUser(round*n+i))
	}
	a := s.must(http.StatusOK, "POST", "/Bulk", "{"+more+`"Operations":[`+strings.Join(ops, ",")+`]}`)
	made := 0
	for op := range a.body.Get("Operations").Elems() {
		if op.Get("status").Text() == "201" {
			made++
		}
	}
	if made != n {
		s.t.Fatalf("%d users of %d", made, n)
	}
}
