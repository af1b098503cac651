package roster

import (
	"fmt"
	"testing"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/stream"
	"github.com/ringdex/ringdex/stream/memlog"
)

func TestUnchangedTellsOfEveryKeyOfADirectory(t *testing.T) {
	log := memlog.New()
	r, err := Open(log, nil)
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = r.Run(t.Context()) }()
	put := func(keys ...string) stream.Seq {
		t.Helper()
		tx := stream.Tx{Tenant: "t"}
		for _, k := range keys {
			tx.Puts = append(tx.Puts, stream.Put{Key: k})
		}
		at, err := log.Commit(t.Context(), tx)
		if err != nil {
			t.Fatal(err)
		}
		return at.Seq
	}
	unchanged := func(dir string, since stream.Seq) bool {
		t.Helper()
		same, err := r.Unchanged(t.Context(), dir, since, log.Applied())
		if err != nil {
			t.Fatal(err)
		}
		return same
	}
	at := put(contact.UserKey("d1", "u"))
	if unchanged("d1", at-1) {
		t.Error("a directory that nobody watched is unchanged since before the present")
	}
	if !unchanged("d1", at) {
		t.Error("it changed, and nothing was written")
	}
	put(contact.UserKey("d2", "u"))
	if !unchanged("d1", at) {
		t.Error("it changed with another directory")
	}
	for _, key := range []string{
		contact.UserKey("d1", "v"), contact.GroupKey("d1", "g"), contact.MemberKey("d1", "g", "v"), contact.MembersKey("d1", "g"),
		contact.MemberOfKey("d1", "v", "g"), contact.DirectoryKey("d1"), contact.UserNameKey("d1", "name"),
	} {
		if now := put(key); unchanged("d1", at) || !unchanged("d1", now) {
			t.Errorf("%q did not change it", key)
		} else {
			at = now
		}
	}
	for i := range watchedMax { // which are too many together
		unchanged(fmt.Sprint("other", i), at)
	}
	put(contact.UserKey("d2", "w"))
	if unchanged("d1", at) {
		t.Error("what is not watched any more is unchanged")
	}
}
