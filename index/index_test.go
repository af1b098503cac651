package index

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/index/phone"
	"github.com/ringdex/ringdex/stream"
	"github.com/ringdex/ringdex/stream/memlog"
)

// A world is a log with an index that follows it.
type world struct {
	t     *testing.T
	log   stream.Log
	index *Index
	stop  func()

	mu      sync.Mutex // guards changes
	changes []Change
}

func newWorld(t *testing.T, log stream.Log) *world {
	t.Helper()
	return newWorldIn(t, log, "")
}

// newWorldIn returns a world whose index has its checkpoints in dir; "" for none.
func newWorldIn(t *testing.T, log stream.Log, dir string) *world {
	t.Helper()
	w := &world{t: t, log: log}
	x, err := Open(t.Context(), log, Config{TextDir: t.TempDir(), CheckpointDir: dir, Observe: func(_ string, changes []Change) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.changes = append(w.changes, changes...)
	}})
	if err != nil {
		t.Fatal(err)
	}
	w.index = x
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := x.Run(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Run = %v", err)
		}
	})
	w.stop = sync.OnceFunc(func() {
		cancel()
		wg.Wait()
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(w.stop)
	return w
}

// commit applies changes of the tenant and waits for the index.
func (w *world) commit(tenant string, tx stream.Tx) {
	w.t.Helper()
	tx.Tenant = tenant
	at, err := w.log.Commit(w.t.Context(), tx)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.index.Wait(w.t.Context(), tenant, at.Seq); err != nil {
		w.t.Fatal(err)
	}
}

// tenant makes a tenant if there is none of that id.
func (w *world) tenant(id string) {
	w.t.Helper()
	key := contact.TenantKey(id)
	_, err := w.log.Commit(w.t.Context(), stream.Tx{Tenant: contact.SystemTenant, Absent: []string{key}, Puts: []stream.Put{{Key: key, Value: []byte("{}")}}})
	if err != nil && !errors.Is(err, stream.ErrConflict) {
		w.t.Fatal(err)
	}
}

func putDirectory(id, region string, inactive bool) stream.Put {
	return stream.Put{
		Key:   contact.DirectoryKey(id),
		Value: fmt.Appendf(nil, `{"id":%q,"name":"x","defaultRegion":%q,"inactiveSearchable":%t}`, id, region, inactive),
	}
}

func putUser(c contact.Contact) stream.Put {
	u := contact.User{Contact: c, Body: []byte("{}")}
	return stream.Put{Key: contact.UserKey(c.DirectoryID, c.ID), Value: contact.AppendUser(nil, &u)}
}

func putGroup(dir string, id contact.ID, name string) stream.Put {
	return stream.Put{Key: contact.GroupKey(dir, id), Value: contact.AppendGroup(nil, &contact.Group{ID: id, DirectoryID: dir, DisplayName: name})}
}

func sample(id contact.ID, dir, name, number string) contact.Contact {
	c := contact.Contact{ID: id, DirectoryID: dir, UserName: string(id) + "@example.com", DisplayName: name, Active: true}
	if number != "" {
		c.Numbers = []contact.Number{{Type: "work", Raw: number}}
	}
	return c
}

func (w *world) who(tenant, number string) []contact.ID {
	var ids []contact.ID
	for _, c := range w.index.Snapshot(tenant).Lookup(Caller{Number: number}).Candidates {
		ids = append(ids, contact.ID(c.ID))
	}
	return ids
}

func (w *world) search(tenant, text string) []contact.ID {
	w.t.Helper()
	found, _, err := w.index.Search(w.t.Context(), tenant, Search{Text: text, Limit: 50})
	if err != nil {
		w.t.Fatal(err)
	}
	ids := []contact.ID{}
	for _, f := range found {
		ids = append(ids, f.ID)
	}
	return ids
}

func TestAWriteIsVisibleToTheNextQuestion(t *testing.T) {
	w := newWorld(t, memlog.New())
	w.tenant("a")
	w.commit("a", stream.Tx{Puts: []stream.Put{putDirectory("d", "GB", false)}})
	c := sample("u1", "d", "Ana Sample", "020 7946 0018")
	w.commit("a", stream.Tx{Puts: []stream.Put{putUser(c)}})
	for _, number := range []string{"+442079460018", "020 7946 0018", "0044 20 7946 0018", "sip:+442079460018@gw.example.com"} {
		if got := w.who("a", number); !slices.Equal(got, []contact.ID{"u1"}) {
			t.Errorf("who is %s: %v", number, got)
		}
	}
	for _, text := range []string{"ana", "sam an", "207946", "020 79", "+44 20 79", "0018"} {
		if got := w.search("a", text); !slices.Equal(got, []contact.ID{"u1"}) {
			t.Errorf("search %q: %v", text, got)
		}
	}
	c.Active = false
	w.commit("a", stream.Tx{Puts: []stream.Put{putUser(c)}})
	if got := w.who("a", "+442079460018"); got != nil {
		t.Errorf("a deactivated person is still found: %v", got)
	}
	if got := w.search("a", "ana"); len(got) != 0 {
		t.Errorf("a deactivated person is still searched: %v", got)
	}
	c.Active, c.DisplayName = true, "Ana Renamed"
	w.commit("a", stream.Tx{Puts: []stream.Put{putUser(c)}})
	if got := w.search("a", "sample"); len(got) != 0 {
		t.Errorf("the old name still finds: %v", got)
	}
	w.commit("a", stream.Tx{Deletes: []string{contact.UserKey("d", "u1")}})
	if got := w.search("a", "renamed"); len(got) != 0 || w.index.Snapshot("a").Len() != 0 {
		t.Errorf("a deleted person is still there: %v", got)
	}
}

func TestTypingErrorsAreForgivenWithinTheTextIndex(t *testing.T) {
	w := newWorld(t, memlog.New())
	w.tenant("a")
	c := sample("u1", "d", "Ana Sample", "")
	c.Department = "Logistics"
	w.commit("a", stream.Tx{Puts: []stream.Put{putDirectory("d", "GB", false), putUser(c)}})
	if err := w.index.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"logitsics", "sampel", "dept:logistics", "dept:logistics ana"} {
		if got := w.search("a", text); !slices.Equal(got, []contact.ID{"u1"}) {
			t.Errorf("search %q: %v", text, got)
		}
	}
}

func TestNothingCrossesTenants(t *testing.T) {
	w := newWorld(t, memlog.New())
	for _, tenant := range []string{"a", "b"} {
		w.tenant(tenant)
		w.commit(tenant, stream.Tx{Puts: []stream.Put{putDirectory("d", "GB", false), putUser(sample("u", "d", "Only "+tenant, "+442079460018"))}})
	}
	if err := w.index.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, tenant := range []string{"a", "b"} {
		id := w.index.Snapshot(tenant).Lookup(Caller{Number: "+442079460018"})
		if id.Status != phone.StatusMatch || id.Entry(0).DisplayName != "Only "+tenant {
			t.Errorf("tenant %s is answered %v", tenant, id.Status)
		}
	}
	w.commit("a", stream.Tx{Deletes: []string{contact.UserKey("d", "u")}})
	if got := w.who("a", "+442079460018"); got != nil {
		t.Errorf("tenant a finds what is b's: %v", got)
	}
	if got := w.search("a", "only"); len(got) != 0 {
		t.Errorf("tenant a searches what is b's: %v", got)
	}
	if got := w.who("c", "+442079460018"); got != nil {
		t.Errorf("a tenant that does not exist finds %v", got)
	}
	_, err := w.log.Commit(t.Context(), stream.Tx{Tenant: contact.SystemTenant, Deletes: []string{contact.TenantKey("b")}})
	if err != nil {
		t.Fatal(err)
	}
	w.commit("b", stream.Tx{Deletes: []string{"nothing"}})
	if got := w.who("b", "+442079460018"); got != nil {
		t.Errorf("a removed tenant finds %v", got)
	}
}

func TestMembershipsFollowInAnyOrder(t *testing.T) {
	w := newWorld(t, memlog.New())
	w.tenant("a")
	groups := func() []contact.ID {
		e, err := w.index.Snapshot("a").Contact("u1")
		if err != nil {
			t.Fatal(err)
		}
		return e.Groups
	}
	w.commit("a", stream.Tx{Puts: []stream.Put{putDirectory("d", "", false), putGroup("d", "g2", "Two"), {Key: contact.MemberKey("d", "g2", "u1")}}})
	w.commit("a", stream.Tx{Puts: []stream.Put{putUser(sample("u1", "d", "Late", ""))}})
	if got := groups(); !slices.Equal(got, []contact.ID{"g2"}) {
		t.Errorf("a member who came after the group has groups %v", got)
	}
	w.commit("a", stream.Tx{Puts: []stream.Put{{Key: contact.MemberKey("d", "g1", "u1")}}})
	if got := groups(); !slices.Equal(got, []contact.ID{"g1", "g2"}) {
		t.Errorf("after a second group: %v", got)
	}
	w.commit("a", stream.Tx{Deletes: []string{contact.MemberKey("d", "g2", "u1"), contact.GroupKey("d", "g2")}})
	if got := groups(); !slices.Equal(got, []contact.ID{"g1"}) {
		t.Errorf("after the first group is gone: %v", got)
	}
	found, _, err := w.index.Search(t.Context(), "a", Search{Text: "late", Limit: 5, Group: "g1"})
	if err != nil || len(found) != 1 {
		t.Errorf("search within the group finds %d, %v", len(found), err)
	}
	found, _, err = w.index.Search(t.Context(), "a", Search{Text: "late", Limit: 5, Group: "g2"})
	if err != nil || len(found) != 0 {
		t.Errorf("search within another group finds %d, %v", len(found), err)
	}
}

func TestADirectoryThatChangesIsReadAnew(t *testing.T) {
	w := newWorld(t, memlog.New())
	w.tenant("a")
	gone := sample("u2", "d", "Gone Person", "")
	gone.Active = false
	w.commit("a", stream.Tx{Puts: []stream.Put{
		putDirectory("d", "GB", false), putDirectory("other", "", false),
		putUser(sample("u1", "d", "Ana", "02079460018")), putUser(gone), putUser(sample("u3", "other", "Stays", "")),
	}})
	if got := w.who("a", "+442079460018"); len(got) != 1 {
		t.Fatalf("before: %v", got)
	}
	w.commit("a", stream.Tx{Puts: []stream.Put{putDirectory("d", "US", true)}})
	if got := w.who("a", "+442079460018"); got != nil {
		t.Errorf("a British number is still read as one in a directory of the US: %v", got)
	}
	if got := w.search("a", "gone"); !slices.Equal(got, []contact.ID{"u2"}) {
		t.Errorf("deactivated people do not show although the directory wants it: %v", got)
	}
	w.commit("a", stream.Tx{Deletes: []string{contact.DirectoryKey("d")}})
	if got := w.search("a", "ana"); len(got) != 0 || w.index.Snapshot("a").Len() != 1 {
		t.Errorf("people of a removed directory are still there: %v", got)
	}
}

func TestAmbiguityIsReportedAndOnePersonInTwoDirectoriesIsOne(t *testing.T) {
	w := newWorld(t, memlog.New())
	w.tenant("a")
	twice := sample("u2", "d2", "Ana Sample", "+12015550123")
	twice.Emails = []contact.Email{{Value: "ANA@example.com"}}
	once := sample("u1", "d1", "Ana Sample", "+1 201 555 0123")
	once.Emails = []contact.Email{{Value: "ana@example.com"}}
	w.commit("a", stream.Tx{Puts: []stream.Put{putDirectory("d1", "US", false), putDirectory("d2", "US", false), putUser(once), putUser(twice)}})
	if id := w.index.Snapshot("a").Lookup(Caller{Number: "+12015550123"}); id.Status != phone.StatusMatch {
		t.Errorf("one person in two directories is %v", id.Status)
	}
	w.commit("a", stream.Tx{Puts: []stream.Put{putUser(sample("u3", "d1", "Bo Sample", "(201) 555-0123"))}})
	id := w.index.Snapshot("a").Lookup(Caller{Number: "+12015550123"})
	if id.Status != phone.StatusAmbiguous || id.People != 2 {
		t.Errorf("two people with one number: %v, %d people", id.Status, id.People)
	}
}

// A national number can mean different people where directories read it in
// different regions; nobody is picked then.
func TestANumberThatReadsDifferentlyInTwoRegionsIsAmbiguous(t *testing.T) {
	w := newWorld(t, memlog.New())
	w.tenant("a")
	w.commit("a", stream.Tx{Puts: []stream.Put{
		putDirectory("de", "DE", false), putDirectory("gb", "GB", false),
		putUser(sample("u1", "de", "Bernd", "+49 20 79460018")), putUser(sample("u2", "gb", "Brian", "+44 20 7946 0018")),
	}})
	id := w.index.Snapshot("a").Lookup(Caller{Number: "020 7946 0018"})
	if id.Status == phone.StatusMatch && len(id.Candidates) == 1 && id.Entry(0).ID != "u2" {
		t.Errorf("the number was given to %s alone", id.Entry(0).ID)
	}
	id = w.index.Snapshot("a").Lookup(Caller{Number: "020 7946 0018", Context: phone.Context{Region: "GB"}})
	if id.Status != phone.StatusMatch || id.Entry(0).ID != "u2" {
		t.Errorf("with the region said: %v", id.Status)
	}
}

func TestRestartGivesTheSameAnswers(t *testing.T) {
	log := memlog.New()
	w := newWorld(t, log)
	randomHistory(t, w, 11)
	before := describe(w.index.Snapshot("a"))
	w.stop()
	after := describe(newWorld(t, log).index.Snapshot("a"))
	if d := cmp.Diff(before, after); d != "" {
		t.Errorf("rebuilt index differs (-live +rebuilt):\n%s", d)
	}
}

// Observed changes, applied to an empty set, give the contacts of the snapshot.
func TestObservedChangesAddUp(t *testing.T) {
	w := newWorld(t, memlog.New())
	randomHistory(t, w, 12)
	snapshot := w.index.Snapshot("a")
	w.stop()
	seen := map[contact.ID]*Entry{}
	for _, c := range w.changes {
		if (c.Before == nil) != (seen[c.ID] == nil) {
			t.Fatalf("change of %s says before=%v, seen=%v", c.ID, c.Before != nil, seen[c.ID] != nil)
		}
		if c.After == nil {
			delete(seen, c.ID)
		} else {
			seen[c.ID] = c.After
		}
	}
	for e := range snapshot.All {
		if d := cmp.Diff(e, seen[e.ID], cmpopts.IgnoreUnexported(Entry{}), cmpopts.EquateEmpty()); d != "" {
			t.Errorf("the observer's %s is not the snapshot's (-want +got):\n%s", e.ID, d)
		}
		delete(seen, e.ID)
	}
	if len(seen) != 0 {
		t.Errorf("the observer knows %d contacts that are gone", len(seen))
	}
}

// randomHistory provisions, changes and removes at random; several changes in
// one transaction, some of them of one contact.
func randomHistory(t *testing.T, w *world, seed uint64) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	w.tenant("a")
	dirs := []string{"d1", "d2"}
	for range 400 {
		dir := dirs[rng.IntN(len(dirs))]
		id := contact.ID(fmt.Sprintf("%s-u%d", dir, rng.IntN(40)))
		group := contact.ID(fmt.Sprintf("g%d", rng.IntN(5)))
		tx := stream.Tx{}
		switch rng.IntN(12) {
		case 0:
			tx.Puts = append(tx.Puts, putDirectory(dir, []string{"GB", "US", "DE"}[rng.IntN(3)], rng.IntN(2) == 0))
		case 1:
			tx.Deletes = append(tx.Deletes, contact.UserKey(dir, id))
		case 2:
			tx.Deletes = append(tx.Deletes, contact.MemberKey(dir, group, string(id)))
		case 3:
			tx.Puts = append(tx.Puts, putGroup(dir, group, fmt.Sprint("Group ", rng.IntN(9))))
		case 4, 5:
			tx.Puts = append(tx.Puts, stream.Put{Key: contact.MemberKey(dir, group, string(id))})
		default:
			c := sample(id, dir, fmt.Sprintf("Name%d Family%d", rng.IntN(9), rng.IntN(9)), fmt.Sprintf("020 7946 0%03d", rng.IntN(200)))
			c.Active = rng.IntN(5) > 0
			tx.Puts = append(tx.Puts, putUser(c))
		}
		w.commit("a", tx)
	}
}

// describe lists everything that a snapshot would answer.
func describe(s *Snapshot) []string {
	var out []string
	for e := range s.All {
		line := fmt.Sprintf("%s %s active=%t groups=%v", e.ID, e.Name(), e.Active, e.Groups)
		for i := range e.Parsed {
			line += " " + e.Parsed[i].E164
		}
		out = append(out, line)
	}
	for _, id := range slices.Sorted(maps.Keys(s.groups)) {
		out = append(out, "group "+string(id)+" "+s.groups[id].DisplayName)
	}
	for n := range 200 {
		var ids []string
		for _, c := range s.Lookup(Caller{Number: fmt.Sprintf("+44207946%04d", n), Context: phone.Context{Region: "GB"}}).Candidates {
			ids = append(ids, c.ID)
		}
		slices.Sort(ids)
		out = append(out, fmt.Sprintf("%04d %s", n, strings.Join(ids, ",")))
	}
	for _, text := range []string{"name1", "fam", "name2 family3"} {
		found, _ := s.searchNames(Search{Text: text, Limit: 1000}, nil)
		ids := []string{}
		for _, f := range found {
			ids = append(ids, string(f.ID))
		}
		slices.Sort(ids)
		out = append(out, text+" "+strings.Join(ids, ","))
	}
	slices.Sort(out)
	return out
}

func TestSnapshotsNeverChange(t *testing.T) {
	w := newWorld(t, memlog.New())
	w.tenant("a")
	w.commit("a", stream.Tx{Puts: []stream.Put{putDirectory("d", "GB", false), putUser(sample("u1", "d", "Ana", "+442079460018"))}})
	old := w.index.Snapshot("a")
	want := describe(old)
	randomHistory(t, w, 13)
	if d := cmp.Diff(want, describe(old)); d != "" {
		t.Errorf("an old snapshot changed (-then +now):\n%s", d)
	}
}

func TestReadersDuringWritesSeeWholeContacts(t *testing.T) {
	w := newWorld(t, memlog.New())
	w.tenant("a")
	w.commit("a", stream.Tx{Puts: []stream.Put{putDirectory("d", "GB", false)}})
	ctx, cancel := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for ctx.Err() == nil {
				s := w.index.Snapshot("a")
				id := s.Lookup(Caller{Number: "+442079460018"})
				for i := range id.Candidates {
					if e := id.Entry(i); string(e.ID) != id.Candidates[i].ID || len(e.Parsed) != len(e.Numbers) {
						t.Error("a lookup shows half a contact")
					}
				}
				s.searchNames(Search{Text: "name", Limit: 10}, nil)
			}
		})
	}
	for n := range 300 {
		w.commit("a", stream.Tx{Puts: []stream.Put{putUser(sample(contact.ID(fmt.Sprint("u", n%7)), "d", fmt.Sprint("Name ", n), "+442079460018"))}})
	}
	cancel()
	readers.Wait()
}
