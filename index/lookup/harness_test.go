package lookup

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/ringdex/ringdex/index"
	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/index/phone"
	"github.com/ringdex/ringdex/stream"
	"github.com/ringdex/ringdex/stream/memlog"
)

// tenant and office are the only tenant and directory of these tests.
const (
	tenant = "default"
	office = "d1"
)

// reachable is a Presence that knows one thing of everybody.
type reachable string

// Fragment implements Presence.
func (r reachable) Fragment(string, string) []byte {
	if r == "" {
		return nil
	}
	return []byte(`{"availability":"` + r + `"}`)
}

// Availability implements Presence.
func (r reachable) Availability(string, string) string { return string(r) }

// Activity implements Presence.
func (r reachable) Activity(string, string) string { return string(r) }

// newService returns a service over an index that holds contacts.
func newService(tb testing.TB, people ...contact.Contact) *Service {
	tb.Helper()
	log := memlog.New()
	x, err := index.Open(tb.Context(), log, index.Config{TextDir: tb.TempDir()})
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := x.Run(ctx); !errors.Is(err, context.Canceled) {
			tb.Errorf("Run = %v", err)
		}
	})
	tb.Cleanup(func() {
		cancel()
		wg.Wait()
		if err := errors.Join(x.Close(), log.Close()); err != nil {
			tb.Error(err)
		}
	})
	puts := []stream.Put{{Key: contact.DirectoryKey(office), Value: []byte(`{"id":"d1","defaultRegion":"GB"}`)}}
	for i := range people {
		c := people[i]
		c.DirectoryID, c.Active = office, true
		puts = append(puts, stream.Put{Key: contact.UserKey(office, c.ID), Value: contact.AppendUser(nil, &contact.User{Contact: c})})
	}
	at, err := log.Commit(tb.Context(), stream.Tx{Tenant: tenant, Puts: puts})
	if err != nil {
		tb.Fatal(err)
	}
	if err := x.Wait(tb.Context(), tenant, at.Seq); err != nil {
		tb.Fatal(err)
	}
	return &Service{Index: x, Presence: reachable(""), ValidRegion: phone.ValidRegion}
}
