package pebblelog

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"

	"github.com/ringdex/ringdex/stream"
)

// Everything that is written in a directory checks the directory's key. Whatever
// is known of it from before, a transaction is applied only if the key is at the
// version that it names when its turn comes.
func TestFamiliarKeysAreCheckedAtTheirPresentVersion(t *testing.T) {
	l := openTest(t, Config{Dir: t.TempDir(), recentKeys: 16})
	const hot = "d/hot"
	var wg sync.WaitGroup
	for part := range 8 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(part)))
			for i := range 400 {
				v, err := l.View()
				if err != nil {
					t.Error(err)
					return
				}
				e, err := v.Get("t", hot)
				if err != nil && !errors.Is(err, stream.ErrNotFound) {
					t.Error(err)
				}
				_ = v.Close()
				claimed := []byte(strconv.FormatUint(uint64(e.Seq), 10))
				tx := stream.Tx{Tenant: "t", Checks: []stream.Check{{Key: hot, Version: e.Seq}}, Puts: []stream.Put{{Key: fmt.Sprintf("u/%d/%d", part, i), Value: claimed}}}
				switch r.IntN(20) {
				case 0:
					tx.Puts = append(tx.Puts, stream.Put{Key: hot, Value: claimed})
				case 1:
					tx.Deletes = []string{hot}
				}
				if _, err := l.Commit(t.Context(), tx); err != nil && !errors.Is(err, stream.ErrConflict) {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	ended := errors.New("read all")
	var version stream.Seq
	applied := 0
	err := l.Follow(t.Context(), 0, func(rec stream.Record) error {
		for _, c := range rec.Changes {
			if c.Key == hot {
				continue
			}
			if got := string(c.Value); got != strconv.FormatUint(uint64(version), 10) {
				return fmt.Errorf("record %d was checked against %s; the key was at %d", rec.Seq, got, version)
			}
			applied++
		}
		for _, c := range rec.Changes {
			switch {
			case c.Key == hot && c.Deleted:
				version = 0
			case c.Key == hot:
				version = rec.Seq
			}
		}
		if rec.Seq == l.Applied() {
			return ended
		}
		return nil
	})
	if !errors.Is(err, ended) {
		t.Fatal(err)
	}
	if applied < 400 {
		t.Errorf("only %d transactions were applied", applied)
	}
}

func TestFamiliarKeyThatIsTooOldIsForgotten(t *testing.T) {
	var f familiar
	f.put("a", 3, 5)
	if k := f.get("a"); k == nil || k.version != 3 || k.at != 5 {
		t.Errorf("get = %+v", k)
	}
	f.floor.Store(6)
	if k := f.get("a"); k != nil {
		t.Errorf("get = %+v as of 5, behind the floor of 6", k)
	}
	f.put("a", 3, 5)
	if k := f.get("a"); k != nil {
		t.Errorf("get = %+v, which was too old when it was put", k)
	}
	f.put("a", 0, 7)
	if k := f.get("a"); k == nil || k.version != 0 {
		t.Errorf("get = %+v", k)
	}
}
