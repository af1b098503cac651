package pebblelog

import (
	"bytes"
	"testing"

	"github.com/ringdex/ringdex/stream"
)

// TestBareWritesWhatTheLogStores holds the yardstick to what is measured with
// it: the keys of a transaction, with the values as a log stores them.
func TestBareWritesWhatTheLogStores(t *testing.T) {
	b, err := OpenBare(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	tx := sampleTx(7, sampleUsers(1)[0])
	if err := b.Commit(b.Stored(tx)); err != nil {
		t.Fatal(err)
	}
	for _, p := range tx.Puts {
		stored, closer, err := b.db.Get(appendStateKey(nil, tx.Tenant, p.Key))
		if err != nil {
			t.Fatalf("a key of the transaction: %v", err)
		}
		value, err := b.codec.value(stored)
		if err != nil || !bytes.Equal(value, p.Value) {
			t.Errorf("stored value reads as %d bytes, %v; want the %d of the transaction", len(value), err, len(p.Value))
		}
		closer.Close()
	}
	gone := stream.Tx{Tenant: tx.Tenant, Deletes: []string{tx.Puts[0].Key}}
	if err := b.Commit(b.Stored(gone)); err != nil {
		t.Fatal(err)
	}
	if v, err := readVersion(b.db, string(appendStateKey(nil, tx.Tenant, tx.Puts[0].Key))); v != 0 || err != nil {
		t.Errorf("a deleted key has version %d, %v", v, err)
	}
}
