package index

import (
	"fmt"
	"testing"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/stream"
	"github.com/ringdex/ringdex/stream/memlog"
)

const benchContacts = 20_000

// benchSnapshot returns a snapshot of benchContacts people of one directory.
func benchSnapshot(b *testing.B) *Snapshot {
	b.Helper()
	log := memlog.New()
	commit := func(tenant string, puts ...stream.Put) {
		if _, err := log.Commit(b.Context(), stream.Tx{Tenant: tenant, Puts: puts}); err != nil {
			b.Fatal(err)
		}
	}
	commit(contact.SystemTenant, stream.Put{Key: contact.TenantKey("a"), Value: []byte("{}")})
	commit("a", putDirectory("d", "GB", false))
	for n := 0; n < benchContacts; n += 500 {
		puts := make([]stream.Put, 0, 500)
		for i := n; i < n+500; i++ {
			c := sample(contact.ID(fmt.Sprintf("u%06d", i)), "d", fmt.Sprintf("Name%d Family%d", i%977, i%1013), fmt.Sprintf("+4420794%05d", i))
			puts = append(puts, putUser(c))
		}
		commit("a", puts...)
	}
	x, err := Open(b.Context(), log, Config{TextDir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = x.Close() })
	return x.Snapshot("a")
}

// BenchmarkMatcher answers one plain number after the other, as a batch does.
func BenchmarkMatcher(b *testing.B) {
	s := benchSnapshot(b)
	for name, format := range map[string]string{"hit": "+4420794%05d", "miss": "+4420795%05d", "national": "020 794%05d"} {
		numbers := make([]string, 4096)
		for i := range numbers {
			numbers[i] = fmt.Sprintf(format, i*2311%benchContacts)
		}
		b.Run(name, func(b *testing.B) {
			m := s.Matcher()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				m.Lookup(Caller{Number: numbers[i%len(numbers)]})
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1e6, "M/s")
		})
		b.Run(name+"_batch", func(b *testing.B) {
			m := s.Matcher()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if at := i % len(numbers); at%WarmLen == 0 {
					m.Warm(numbers[at : at+WarmLen])
				}
				m.Lookup(Caller{Number: numbers[i%len(numbers)]})
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1e6, "M/s")
		})
	}
}
