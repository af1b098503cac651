package identity

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/schema"
	"github.com/ringdex/ringdex/stream"
	"github.com/ringdex/ringdex/stream/memlog"
)

// user is the record of a user with external ids: "zoomphone=z1".
func user(id contact.ID, ids ...string) []byte {
	elements := make([]string, len(ids))
	for i, x := range ids {
		authority, value, _ := strings.Cut(x, "=")
		elements[i] = fmt.Sprintf(`{"authority":%q,"value":%q}`, authority, value)
	}
	body := fmt.Sprintf(`{"userName":"x","externalId":"e","%s":{"externalIds":[%s]}}`, schema.GenesysURN, strings.Join(elements, ","))
	return raw(id, body)
}

func raw(id contact.ID, body string) []byte {
	return contact.AppendUser(nil, &contact.User{Contact: contact.Contact{ID: id, DirectoryID: "d1"}, Body: []byte(body)})
}

func commit(t *testing.T, log stream.Log, puts map[string][]byte, deletes ...string) stream.Seq {
	t.Helper()
	tx := stream.Tx{Tenant: "t1", Deletes: deletes}
	for k, v := range puts {
		tx.Puts = append(tx.Puts, stream.Put{Key: k, Value: v})
	}
	c, err := log.Commit(t.Context(), tx)
	if err != nil {
		t.Fatal(err)
	}
	return c.Seq
}

// run follows the log until the test ends.
func run(t *testing.T, b *Book) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := b.Run(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Run = %v", err)
		}
	})
	t.Cleanup(func() { cancel(); wg.Wait() })
}

func await(t *testing.T, ok func() bool) {
	t.Helper()
	tick, end := time.NewTicker(time.Millisecond), time.After(20*time.Second)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatal("the book does not follow the log")
		}
	}
}

func TestPeopleAreFoundByTheirIDsInOtherSystems(t *testing.T) {
	log := memlog.New()
	commit(t, log, map[string][]byte{
		contact.UserKey("d1", "u1"): user("u1", "ZoomPhone=z1", "ringcentral=400", "ringcentral=400", "=x", "x="),
		contact.UserKey("d1", "u2"): user("u2", "zoomphone=z1"),
		contact.UserKey("d2", "u3"): user("u3", "zoomphone=z1"),
		contact.UserKey("d1", "u4"): raw("u4", `{"userName":"x","externalId":"e"}`),
		contact.UserKey("d1", "u5"): raw("u5", `{"URN:ietf:params:scim:schemas:extension:GENESYS:purecloud:2.0:User":{"EXTERNALIDS":{"Authority":"zoomphone","value":"z5"}}}`),
	})
	b, err := Open(log, []string{"t1"})
	if err != nil {
		t.Fatal(err)
	}
	find := func(directory, authority, value string, want ...contact.ID) {
		t.Helper()
		got := b.Find(directory, authority, value)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s %s %s (-want +got):\n%s", directory, authority, value, diff)
		}
	}
	find("d1", "ZOOMPHONE", "z1", "u1", "u2")
	find("d2", "zoomphone", "z1", "u3")
	find("d1", "ringcentral", "400", "u1")
	find("d1", "zoomphone", "Z1")
	find("d1", "zoomphone", "z5", "u5")
	find("d3", "zoomphone", "z1")
	if got := b.Of("d1", "u1", "ringCentral"); got != "400" {
		t.Errorf("u1 is %q at RingCentral", got)
	}
	if got := b.Of("d1", "u4", "ringCentral"); got != "" || len(b.of) != 4 {
		t.Errorf("u4 is %q, and %d people are kept", got, len(b.of))
	}
	run(t, b)
	commit(t, log, map[string][]byte{contact.UserKey("d1", "u1"): user("u1", "zoomphone=z9")}, contact.UserKey("d1", "u2"))
	await(t, func() bool { return len(b.Find("d1", "zoomphone", "z9")) == 1 })
	find("d1", "zoomphone", "z1")
	find("d1", "ringcentral", "400")
}

// The book that followed the log, one that was opened at its end, and the last
// record of each person say the same.
func TestFollowedAndRebuiltBooksAgree(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 0))
	log := memlog.New()
	b, err := Open(log, []string{"t1"})
	if err != nil {
		t.Fatal(err)
	}
	run(t, b)
	truth := map[string][]string{}
	for range 2000 {
		directory, id := fmt.Sprintf("d%d", rng.IntN(2)), contact.ID(fmt.Sprintf("u%d", rng.IntN(20)))
		k := contact.UserKey(directory, id)
		if rng.IntN(4) == 0 {
			commit(t, log, nil, k)
			delete(truth, k)
			continue
		}
		ids := []string{}
		for range rng.IntN(4) {
			ids = append(ids, fmt.Sprintf("a%d=%d", rng.IntN(3), rng.IntN(6)))
		}
		commit(t, log, map[string][]byte{k: user(id, ids...)})
		truth[k] = ids
	}
	commit(t, log, map[string][]byte{contact.UserKey("d0", "last"): user("last", "a=last")})
	truth[contact.UserKey("d0", "last")] = []string{"a=last"}
	await(t, func() bool { return len(b.Find("d0", "a", "last")) == 1 })
	again, err := Open(log, []string{"t1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, directory := range []string{"d0", "d1"} {
		for a := range 3 {
			for v := range 6 {
				authority, value := fmt.Sprintf("a%d", a), fmt.Sprint(v)
				want := []contact.ID{}
				for k, ids := range truth {
					if key, _ := contact.ParseKey(k); key.Dir == directory && slices.Contains(ids, authority+"="+value) {
						want = append(want, key.ID)
					}
				}
				slices.Sort(want)
				for name, book := range map[string]*Book{"followed": b, "rebuilt": again} {
					got := append([]contact.ID{}, book.Find(directory, authority, value)...)
					slices.Sort(got)
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("%s: %s %s=%s (-want +got):\n%s", name, directory, authority, value, diff)
					}
				}
			}
		}
	}
	if len(b.who) != len(again.who) || len(b.of) != len(again.of) {
		t.Errorf("the followed book has %d names of %d people, the rebuilt one %d of %d", len(b.who), len(b.of), len(again.who), len(again.of))
	}
}

func TestDamagedRecordIsOurCorruption(t *testing.T) {
	log := memlog.New()
	commit(t, log, map[string][]byte{contact.UserKey("d1", "u1"): []byte("?")})
	if _, err := Open(log, []string{"t1"}); !errors.Is(err, stream.ErrCorrupt) {
		t.Errorf("error %v", err)
	}
}

func FuzzMentionsIDsMissesNone(f *testing.F) {
	f.Add(`{"x":1}`)
	f.Add(string(user("u", "a=b")))
	f.Fuzz(func(t *testing.T, body string) {
		if ids := read([]byte(body)); len(ids) > 0 && !mentionsIDs([]byte(body)) {
			t.Errorf("%q has %v", body, ids)
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	log := memlog.New()
	tx := stream.Tx{Tenant: "t1"}
	filler := strings.Repeat("an example ", 70)
	for i := range 10_000 {
		id := contact.ID(fmt.Sprintf("u%d", i))
		value := raw(id, `{"userName":"`+filler+`"}`)
		if i%10 == 0 {
			value = user(id, "zoomphone=z"+fmt.Sprint(i), "filler="+filler)
		}
		tx.Puts = append(tx.Puts, stream.Put{Key: contact.UserKey("d1", id), Value: value})
	}
	if _, err := log.Commit(b.Context(), tx); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		book, err := Open(log, []string{"t1"})
		if err != nil || len(book.of) != 1000 {
			b.Fatal(err)
		}
	}
}
