package corpuslog

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/bench/corpus"
	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/stream/memlog"
)

func TestLogHoldsEveryContactAsSCIMStoresIt(t *testing.T) {
	log, c := memlog.New(), corpus.Corpus{Size: batchLen + 7}
	done := 0
	target := Target{Log: log, Tenant: "t", Directory: "d", Progress: func(n int) { done = n }}
	if err := target.Write(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	view, err := log.View()
	if err != nil {
		t.Fatal(err)
	}
	defer view.Close()
	n := 0
	for e, err := range view.Scan("t", contact.UserPrefix("d"), "") {
		if err != nil {
			t.Fatal(err)
		}
		u, err := contact.DecodeUser(e.Value)
		if err != nil {
			t.Fatal(err)
		}
		want := c.Contact(n)
		want.DirectoryID = "d"
		if d := cmp.Diff(want, u.Contact); d != "" {
			t.Fatalf("contact %d (-want +got):\n%s", n, d)
		}
		var body struct{ UserName string }
		if err := json.Unmarshal(u.Body, &body); err != nil || body.UserName != want.UserName {
			t.Fatalf("the resource of contact %d: %v", n, err)
		}
		n++
	}
	if n != c.Size || done != c.Size {
		t.Errorf("%d contacts of %d, progress %d", n, c.Size, done)
	}
}
