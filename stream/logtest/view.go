package logtest

import (
	"errors"
	"strconv"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/stream"
)

func tenantTests() []test {
	return []test{
		{"TenantsNeverMeet", testTenants},
		{"TenantThatCannotExistHasNoKeys", testForgedTenant},
	}
}

func viewTests() []test {
	return []test{
		{"ViewNeverChanges", testViewFixed},
		{"ScanIsInByteOrder", testScanOrder},
		{"ScanStopsWhenToldTo", testScanStop},
		{"ClosedViewAnswersErrClosed", testViewClosed},
		{"EntriesStayValidAfterTheView", testEntriesStay},
		{"ViewsAreReadConcurrently", testViewConcurrent},
	}
}

// testTenants uses names that are prefixes of each other or border on each
// other, and keys that do the same.
func testTenants(t *testing.T, l stream.Log) {
	tenants := []string{"a", "aa", "a-", "a0", "b", "-", "0", "z"}
	keys := []string{"k", "\x00", "\xff", "a", "-k", "\x00k"}
	for _, name := range tenants {
		tx := stream.Tx{Tenant: name, Absent: keys}
		for _, k := range keys {
			tx.Puts = append(tx.Puts, stream.Put{Key: k, Value: []byte(name)})
		}
		commit(t, l, tx)
	}
	look(t, l, func(v stream.View) {
		for _, name := range tenants {
			entries := scan(t, v, name, "", "")
			if d := cmp.Diff([]string{"\x00", "\x00k", "-k", "a", "k", "\xff"}, keysOf(entries)); d != "" {
				t.Errorf("keys of %q (-want +got):\n%s", name, d)
			}
			for _, e := range entries {
				if string(e.Value) != name {
					t.Errorf("%q reads a value of %q", name, e.Value)
				}
			}
		}
	})
	commit(t, l, stream.Tx{Tenant: "a", Deletes: keys})
	look(t, l, func(v stream.View) {
		for _, name := range tenants {
			if got := len(scan(t, v, name, "", "")); (got == 0) != (name == "a") {
				t.Errorf("%q has %d keys after those of a were deleted", name, got)
			}
		}
	})
}

func testForgedTenant(t *testing.T, l stream.Log) {
	commit(t, l, put("x\x00k", "1"))
	look(t, l, func(v stream.View) {
		for _, name := range []string{"", tenant + "\x00x", "T1", "t1/", "x"} {
			if _, err := v.Get(name, "k"); !errors.Is(err, stream.ErrNotFound) {
				t.Errorf("Get of tenant %q = %v", name, err)
			}
			if got := scan(t, v, name, "", ""); len(got) != 0 {
				t.Errorf("Scan of tenant %q yields %d keys", name, len(got))
			}
		}
	})
}

func testViewFixed(t *testing.T, l stream.Log) {
	commitN(t, l, 0, 10)
	look(t, l, func(old stream.View) {
		want := scan(t, old, tenant, "", "")
		for i := range 10 {
			commit(t, l, stream.Tx{Tenant: tenant, Deletes: []string{key(i)}, Puts: []stream.Put{{Key: "new" + key(i)}}})
			commit(t, l, put(key(i), "changed"))
		}
		if got := old.Seq(); got != 10 {
			t.Errorf("the view moved to %d", got)
		}
		if d := cmp.Diff(want, scan(t, old, tenant, "", "")); d != "" {
			t.Errorf("the view changed (-before +after):\n%s", d)
		}
		if e, err := old.Get(tenant, key(3)); err != nil || string(e.Value) != "3" {
			t.Errorf("Get in the old view = %q, %v", e.Value, err)
		}
		look(t, l, func(now stream.View) {
			if got := len(scan(t, now, tenant, "", "")); now.Seq() != 30 || got != 20 {
				t.Errorf("a new view is at %d with %d keys", now.Seq(), got)
			}
		})
	})
}

func testScanOrder(t *testing.T, l stream.Log) {
	model := contents{}
	tx := stream.Tx{Tenant: tenant}
	for _, k := range []string{"b", "a", "ab", "a\x00", "a\xff", "a\xff\xff", "a\xff\xffz", "\xff", "\xff\xff", "\x00", "aa", "u/1", "u/10", "u/2", "u", "u0", "é"} {
		tx.Puts = append(tx.Puts, stream.Put{Key: k, Value: []byte(k)})
		model.set(tenant, k, k)
	}
	commit(t, l, tx)
	bounds := append(keysOf(nil), "", "c", "u/", "a\xff\xff\xff", "\xff\xff\xff")
	for k := range model[tenant] {
		bounds = append(bounds, k)
	}
	look(t, l, func(v stream.View) {
		for _, prefix := range bounds {
			for _, after := range bounds {
				got := keysOf(scan(t, v, tenant, prefix, after))
				if d := cmp.Diff(model.keys(tenant, prefix, after), got); d != "" {
					t.Errorf("Scan(%q, after %q) (-want +got):\n%s", prefix, after, d)
				}
			}
		}
	})
}

func testScanStop(t *testing.T, l stream.Log) {
	commitN(t, l, 0, 10)
	look(t, l, func(v stream.View) {
		n := 0
		for _, err := range v.Scan(tenant, "", "") {
			if n++; err != nil || n == 3 {
				break
			}
		}
		if n != 3 {
			t.Errorf("the scan yielded %d keys", n)
		}
	})
}

func testViewClosed(t *testing.T, l stream.Log) {
	commit(t, l, put("k", "1"))
	v, err := l.View()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := v.Close(); err != nil {
			t.Errorf("close view: %v", err)
		}
	}
	if _, err := v.Get(tenant, "k"); !errors.Is(err, stream.ErrClosed) {
		t.Errorf("Get = %v", err)
	}
	for _, err := range v.Scan(tenant, "", "") {
		if !errors.Is(err, stream.ErrClosed) {
			t.Errorf("Scan yields %v", err)
		}
	}
}

func testEntriesStay(t *testing.T, l stream.Log) {
	commitN(t, l, 0, 50)
	var entries []stream.Entry
	look(t, l, func(v stream.View) { entries = scan(t, v, tenant, "", "") })
	commitN(t, l, 0, 50)
	look(t, l, func(v stream.View) { scan(t, v, tenant, "", "") })
	for _, e := range entries {
		if "k/"+string(e.Value) != e.Key {
			t.Errorf("the value of %q became %q", e.Key, e.Value)
		}
	}
}

// testViewConcurrent reads views while the log moves on and views are closed
// under their readers.
func testViewConcurrent(t *testing.T, l stream.Log) {
	commitN(t, l, 0, 20)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 50 {
				v, err := l.View()
				if err != nil {
					t.Errorf("View = %v", err)
					return
				}
				wg.Go(func() {
					if err := v.Close(); err != nil {
						t.Errorf("close view: %v", err)
					}
				})
				n := 0
				for _, err = range v.Scan(tenant, "k/", "") {
					n++
				}
				if !errors.Is(err, stream.ErrClosed) && (err != nil || n != 20) {
					t.Errorf("a scan ended after %d keys: %v", n, err)
				}
				if _, err := v.Get(tenant, key(7)); err != nil && !errors.Is(err, stream.ErrClosed) {
					t.Errorf("Get = %v", err)
				}
			}
		})
	}
	for i := range 50 {
		commit(t, l, put(key(i%20), strconv.Itoa(i)))
	}
	wg.Wait()
}
