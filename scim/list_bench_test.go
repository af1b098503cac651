package scim

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/directory"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/stream"
	"github.com/ringdex/ringdex/stream/pebblelog"
)

// crowded returns a directory on disk with that many users, who are put there
// past HTTP, all of them in one group whose id it returns.
func crowded(b *testing.B, people int) (*site, string) {
	b.Helper()
	log, err := pebblelog.Open(b.Context(), pebblelog.Config{Dir: b.TempDir(), MinFreeBytes: 1})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = log.Close() })
	s := newWorld(b, worldConfig{log: log, noIndex: true}).site(b)
	r := &request{ctx: b.Context(), service: s.w.service, tenant: directory.DefaultTenant}
	if err := r.loadDirectory(s.id); err != nil {
		b.Fatal(err)
	}
	group := s.group("Everybody")
	for from := 0; from < people; from += 1000 {
		view, err := log.View()
		if err != nil {
			b.Fatal(err)
		}
		tx := &stream.Tx{}
		for i := from; i < from+1000; i++ {
			tree, err := resource.Parse(fmt.Appendf(nil, `{"userName":"user%d@example.com","externalId":"%032d","active":true,"displayName":"User %d",
				"name":{"givenName":"User","familyName":"Number%d"},"title":"Agent","emails":[{"primary":true,"type":"work","value":"user%d@example.com"}],
				"phoneNumbers":[{"type":"work","value":"+44 20 7%03d %04d"}],"%s":{"department":"Sales","employeeNumber":"%d"}}`,
				i, i, i, i, i, i/10_000%1000, i%10_000, enterprise, i), resource.Limits{})
			if err != nil {
				b.Fatal(err)
			}
			id := contact.ID(uuid.Must(uuid.NewV7()).String())
			if err := r.puts(view, r.kinds.users, resource.Value{}, &object{id: id, tree: tree}, tx); err != nil {
				b.Fatal(err)
			}
			tx.Puts = append(tx.Puts, stream.Put{Key: contact.MemberKey(s.id, contact.ID(group), string(id))},
				stream.Put{Key: contact.MemberOfKey(s.id, string(id), contact.ID(group))})
		}
		tx.Puts = append(tx.Puts, stream.Put{Key: contact.MembersKey(s.id, contact.ID(group))})
		_ = view.Close()
		if _, err := r.commit(*tx); err != nil {
			b.Fatal(err)
		}
	}
	return s, group
}

// BenchmarkList asks a directory of 100,000 people, on disk and over HTTP.
func BenchmarkList(b *testing.B) {
	s, group := crowded(b, 100_000)
	for _, ask := range []struct{ name, path string }{
		{"TestConnection", `/Users?filter=userName eq "nobody"`},
		{"ByUserName", `/Users?filter=userName eq "user77777@example.com"`},
		{"ByEmail", `/Users?filter=emails[type eq "work" and value eq "user77777@example.com"]`},
		{"PageByIndex", `/Users?startIndex=50001&count=100`},
		{"MembersByGroup", `/Users?count=100&filter=groups.value eq "` + group + `"`},
		{"ScanWithText", `/Users?filter=displayName ew "r 77777"`},
		{"ScanWithout", `/Users?filter=not (title pr)`},
		{"Sorted", `/Users?sortBy=name.familyName&count=100`},
		{"SortedAgain", `/Users?sortBy=name.familyName&count=100&startIndex=50001`},
	} {
		b.Run(ask.name, func(b *testing.B) {
			for b.Loop() {
				if !strings.HasSuffix(ask.name, "Again") { // as if the directory had changed
					s.w.service.kept = newKept()
				}
				if a := s.send("GET", ask.path, ""); a.status != http.StatusOK {
					b.Fatal(a.raw)
				}
			}
		})
	}
}
