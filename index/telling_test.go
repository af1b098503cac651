package index

import (
	"fmt"
	"slices"
	"testing"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/stream"
	"github.com/ringdex/ringdex/stream/memlog"
)

// TestTheTextIndexEndsOnTheTruthAfterAStart changes people while the text index
// is still told of those that were there at the start.
func TestTheTextIndexEndsOnTheTruthAfterAStart(t *testing.T) {
	log := memlog.New()
	const people = 3 * tellAtOnce
	id := func(n int) contact.ID { return contact.ID(fmt.Sprint("u", n)) }
	if _, err := log.Commit(t.Context(), stream.Tx{Tenant: contact.SystemTenant, Puts: []stream.Put{{Key: contact.TenantKey("a"), Value: []byte("{}")}}}); err != nil {
		t.Fatal(err)
	}
	puts := []stream.Put{putDirectory("d", "GB", false)}
	for n := range people {
		puts = append(puts, putUser(sample(id(n), "d", fmt.Sprintf("Early%d Sample", n), "")))
	}
	if _, err := log.Commit(t.Context(), stream.Tx{Tenant: "a", Puts: puts}); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, log)
	const stride = 97
	for n := 0; n < people; n += stride {
		c := sample(id(n), "d", fmt.Sprintf("Later%d Sample", n), "")
		c.Department = fmt.Sprintf("changeddepartment%d", n)
		w.commit("a", stream.Tx{Puts: []stream.Put{putUser(c)}, Deletes: []string{contact.UserKey("d", id(n+1))}})
	}
	if err := w.index.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	for n := 0; n < people; n += 11 * stride {
		if got := w.search("a", fmt.Sprintf("dept:changeddepratment%d", n)); !slices.Contains(got, id(n)) {
			t.Errorf("who was changed at %d is not found by a misspelt department: %v", n, got)
		}
	}
	if lag := w.index.text.Lag(); lag.Documents != 0 {
		t.Errorf("%d documents wait", lag.Documents)
	}
}
