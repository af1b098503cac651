package index

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"weak"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/stream"
	"github.com/ringdex/ringdex/stream/memlog"
)

// TestLoadingAtOnceAnswersAsLoadingBitByBit loads so many contacts that all
// cores take part, and the same in small steps.
func TestLoadingAtOnceAnswersAsLoadingBitByBit(t *testing.T) {
	const people = manyDocs + 500
	puts := make([]stream.Put, people)
	for i := range puts {
		c := sample(contact.ID(fmt.Sprintf("u%06d", i)), "d", fmt.Sprintf("Name%d Family%d", i%97, i%89), fmt.Sprintf("+4420794%05d", i%2000))
		puts[i] = putUser(c)
	}
	log := memlog.New()
	steps := newWorld(t, log)
	steps.tenant("a")
	steps.commit("a", stream.Tx{Puts: []stream.Put{putDirectory("d", "GB", false)}})
	for part := range slices.Chunk(puts, 300) {
		steps.commit("a", stream.Tx{Puts: part})
	}
	once := newWorld(t, log)
	if got := once.index.Snapshot("a").Len(); got != people {
		t.Fatalf("%d contacts, want %d", got, people)
	}
	for _, text := range []string{"name1", "fam name9", "name1 family2", "0207940", "+44 20 7940 19", "0199"} {
		if d := cmp.Diff(steps.search("a", text), once.search("a", text)); d != "" {
			t.Errorf("%q (-steps +once):\n%s", text, d)
		}
	}
	for i := range 2000 {
		number := fmt.Sprintf("+4420794%05d", i)
		if d := cmp.Diff(steps.who("a", number), once.who("a", number)); d != "" || once.who("a", number) == nil {
			t.Errorf("%s (-steps +once):\n%s", number, d)
		}
	}
}

// TestIndexKeepsNoResource demands that what SCIM stores behind a contact is
// not held in memory with it.
func TestIndexKeepsNoResource(t *testing.T) {
	b := newBuilder(&tenant{})
	if err := b.change(stream.Change{Key: contact.DirectoryKey("d"), Value: putDirectory("d", "GB", false).Value}, 1); err != nil {
		t.Fatal(err)
	}
	value := contact.AppendUser(nil, &contact.User{Contact: sample("u1", "d", "Ana Sample", "+442079460018"), Body: make([]byte, 1000)})
	stored := weak.Make(&value[0])
	d, err := b.derive(contact.Key{Kind: contact.KindUser, Dir: "d", ID: "u1"}, value, 2)
	if err != nil || d.record == "" {
		t.Fatalf("derive = %+v, %v", d, err)
	}
	value = nil // the last reference
	runtime.GC()
	if stored.Value() != nil {
		t.Error("the stored value is kept with the record")
	}
	runtime.KeepAlive(d)
}
