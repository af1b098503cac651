package text

import (
	"fmt"
	"testing"
)

// TestUnfinishedWordsOfManyPeopleAreForgiven asks where more words begin like
// the question than are read one by one.
func TestUnfinishedWordsOfManyPeopleAreForgiven(t *testing.T) {
	x := open(t, Config{BatchSize: 1000})
	const n = 3 * maxScanned
	docs := make([]Document, n)
	for i := range docs {
		docs[i] = Document{ID: fmt.Sprint(i), Directory: "d", UserName: fmt.Sprintf("sample%06d", i)}
	}
	docs = append(docs, Document{ID: "last", Directory: "e", UserName: "sampxyz"}, Document{ID: "other", Directory: "e", UserName: "sambalek"})
	x.Put("t", docs...)
	settle(t, x)
	for _, question := range []string{"sapmle", "sampel", "samplx"} {
		hits, err := x.Search(t.Context(), "t", Query{Text: question, Limit: MaxLimit})
		if err != nil || len(hits) != MaxLimit {
			t.Errorf("%q finds %d, %v; want %d", question, len(hits), err, MaxLimit)
		}
	}
	hits, err := x.Search(t.Context(), "t", Query{Text: "samqx", Directory: "e"})
	if err != nil || len(hits) != 1 || hits[0].ID != "last" || hits[0].Typos != 1 || !hits[0].Prefix {
		t.Errorf("found %+v, %v", hits, err)
	}
}
