package dialplan

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/stream"
	"github.com/ringdex/ringdex/stream/memlog"
)

func newStore(t *testing.T) *Store {
	t.Helper()
	log := memlog.New()
	t.Cleanup(func() { _ = log.Close() })
	return &Store{Log: log, Visible: func(context.Context, string, stream.Seq) error { return nil }}
}

func (s *Store) mustPut(t *testing.T, tenant string, site Site) Site {
	t.Helper()
	stored, _, err := s.PutSite(t.Context(), tenant, site)
	if err != nil {
		t.Fatal(err)
	}
	return stored
}

func TestSiteIsStoredInOneForm(t *testing.T) {
	s := newStore(t)
	got := s.mustPut(t, "a", Site{
		ID: "newark", Region: " us", AreaCode: "201", ExtensionLength: 4, AccessCodes: []string{"9", "L0#"}, DIDs: []string{"+1 (201) 555-0101", "+12015550100"}, SuffixDigits: 9,
	})
	want := Site{ID: "newark", Region: "US", AreaCode: "201", ExtensionLength: 4, AccessCodes: []string{"9", "L0#"}, DIDs: []string{"+12015550101", "+12015550100"}, SuffixDigits: 9}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if read, err := s.Site("a", "newark"); err != nil || cmp.Diff(want, read) != "" {
		t.Errorf("read as %+v, %v", read, err)
	}
	for _, other := range []struct{ tenant, id string }{{"b", "newark"}, {"a", "Newark"}, {"a", ""}} {
		if _, err := s.Site(other.tenant, other.id); !errors.Is(err, ErrNotFound) {
			t.Errorf("%+v: %v", other, err)
		}
	}
}

func TestSiteThatMakesNoSenseIsRefused(t *testing.T) {
	s := newStore(t)
	for name, c := range map[string]struct {
		site  Site
		field string
	}{
		"id with a slash":        {Site{ID: "a/b"}, "id"},
		"no id":                  {Site{}, "id"},
		"id of dots":             {Site{ID: ".."}, "id"},
		"long id":                {Site{ID: strings.Repeat("a", 65)}, "id"},
		"name with a bell":       {Site{ID: "a", Name: "\a"}, "name"},
		"unknown region":         {Site{ID: "a", Region: "XX"}, "region"},
		"region by name":         {Site{ID: "a", Region: "Germany"}, "region"},
		"area code with letters": {Site{ID: "a", Region: "US", AreaCode: "2O1"}, "areaCode"},
		"long area code":         {Site{ID: "a", Region: "US", AreaCode: "2012012"}, "areaCode"},
		"area code alone":        {Site{ID: "a", AreaCode: "201"}, "areaCode"},
		"negative length":        {Site{ID: "a", ExtensionLength: -1}, "extensionLength"},
		"long extensions":        {Site{ID: "a", ExtensionLength: 9}, "extensionLength"},
		"empty access code":      {Site{ID: "a", AccessCodes: []string{""}}, "accessCodes[0]"},
		"access code with plus":  {Site{ID: "a", AccessCodes: []string{"9", "+9"}}, "accessCodes[1]"},
		"access code twice":      {Site{ID: "a", AccessCodes: []string{"9", "9"}}, "accessCodes[1]"},
		"many access codes":      {Site{ID: "a", AccessCodes: make([]string, 17)}, "accessCodes"},
		"national DID":           {Site{ID: "a", Region: "US", DIDs: []string{"2015550100"}}, "dids[0]"},
		"DID with extension":     {Site{ID: "a", DIDs: []string{"+12015550100 x1"}}, "dids[0]"},
		"DID twice":              {Site{ID: "a", DIDs: []string{"+12015550100", "+1 201 555 0100"}}, "dids[1]"},
		"many DIDs":              {Site{ID: "a", DIDs: make([]string, 10_001)}, "dids"},
		"few suffix digits":      {Site{ID: "a", SuffixDigits: 7}, "suffixDigits"},
	} {
		_, _, err := s.PutSite(t.Context(), "a", c.site)
		if e, ok := errors.AsType[*FieldError](err); !ok || e.Field != c.field || e.Reason == "" {
			t.Errorf("%s: %v, want field %s", name, err, c.field)
		}
	}
	if list, err := s.Sites("a"); err != nil || len(list) != 0 {
		t.Errorf("something was stored: %+v, %v", list, err)
	}
}

func TestRangeThatMakesNoSenseIsRefused(t *testing.T) {
	s := newStore(t)
	n := func(i int) *int { return &i }
	for name, c := range map[string]struct {
		draft RangeDraft
		field string
	}{
		"no label":          {RangeDraft{ID: "a", Prefix: "+4930"}, "label"},
		"blank label":       {RangeDraft{ID: "a", Prefix: "+4930", Label: "  "}, "label"},
		"no plus":           {RangeDraft{ID: "a", Prefix: "4930", Label: "x"}, "prefix"},
		"letters":           {RangeDraft{ID: "a", Prefix: "+4930x", Label: "x"}, "prefix"},
		"a whole country":   {RangeDraft{ID: "a", Prefix: "+49", Label: "x"}, "prefix"},
		"no country":        {RangeDraft{ID: "a", Prefix: "+999123", Label: "x"}, "prefix"},
		"too long":          {RangeDraft{ID: "a", Prefix: "+4930123456789012", Label: "x"}, "prefix"},
		"negative":          {RangeDraft{ID: "a", Prefix: "+4930", Label: "x", MinExtra: -1}, "minExtra"},
		"fewer than least":  {RangeDraft{ID: "a", Prefix: "+4930", Label: "x", MinExtra: 3, MaxExtra: n(2)}, "maxExtra"},
		"beyond any number": {RangeDraft{ID: "a", Prefix: "+4930", Label: "x", MaxExtra: n(12)}, "maxExtra"},
	} {
		_, _, err := s.PutRange(t.Context(), "a", c.draft)
		if e, ok := errors.AsType[*FieldError](err); !ok || e.Field != c.field {
			t.Errorf("%s: %v, want field %s", name, err, c.field)
		}
	}
	r, created, err := s.PutRange(t.Context(), "a", RangeDraft{ID: "a", Prefix: "+49 (30) 123-45", Label: " Acme "})
	if diff := cmp.Diff(Range{ID: "a", Prefix: "+493012345", MaxExtra: 6, Label: "Acme"}, r); diff != "" || err != nil || !created {
		t.Errorf("a good one: created %v, %v\n%s", created, err, diff)
	}
}

func TestNumberBelongsToOneSite(t *testing.T) {
	s := newStore(t)
	s.mustPut(t, "a", Site{ID: "one", DIDs: []string{"+12015550100", "+12015550101"}})
	_, _, err := s.PutSite(t.Context(), "a", Site{ID: "two", DIDs: []string{"+12015550199", "+12015550101"}})
	if e, ok := errors.AsType[*TakenError](err); !ok || e.Field != "dids[1]" || e.Owner != "one" {
		t.Errorf("a DID of another site: %v", err)
	}
	s.mustPut(t, "b", Site{ID: "two", DIDs: []string{"+12015550101"}}) // another tenant's
	s.mustPut(t, "a", Site{ID: "one", DIDs: []string{"+12015550100"}})
	s.mustPut(t, "a", Site{ID: "two", DIDs: []string{"+12015550101"}}) // free by now
	if err := s.DeleteSite(t.Context(), "a", "one"); err != nil {
		t.Fatal(err)
	}
	s.mustPut(t, "a", Site{ID: "two", DIDs: []string{"+12015550101", "+12015550100"}})
	if err := s.DeleteSite(t.Context(), "a", "one"); !errors.Is(err, ErrNotFound) {
		t.Errorf("deleted twice: %v", err)
	}
}

func TestPrefixBelongsToOneRange(t *testing.T) {
	s := newStore(t)
	put := func(id, prefix string) error {
		_, _, err := s.PutRange(t.Context(), "a", RangeDraft{ID: id, Prefix: prefix, Label: "x"})
		return err
	}
	if err := errors.Join(put("one", "+4930123"), put("two", "+49301234"), put("one", "+4930123")); err != nil {
		t.Fatal(err)
	}
	if e, ok := errors.AsType[*TakenError](put("two", "+4930123")); !ok || e.Field != "prefix" || e.Owner != "one" {
		t.Errorf("a prefix of another range: %v", e)
	}
	if err := errors.Join(s.DeleteRange(t.Context(), "a", "one"), put("two", "+4930123")); err != nil {
		t.Error(err)
	}
	if list, err := s.Ranges("a"); err != nil || len(list) != 1 || list[0].ID != "two" {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestOneOfManyAtOnceGetsTheNumber(t *testing.T) {
	s := newStore(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for i := range 16 {
		wg.Go(func() {
			_, _, err := s.PutSite(t.Context(), "a", Site{ID: strings.Repeat("x", i+1), DIDs: []string{"+12015550100"}})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
			} else if _, ok := errors.AsType[*TakenError](err); !ok && !errors.Is(err, ErrConflict) {
				t.Errorf("refused with %v", err)
			}
		})
	}
	wg.Wait()
	if list, err := s.Sites("a"); won != 1 || err != nil || len(list) != 1 {
		t.Errorf("%d got it, %d sites, %v", won, len(list), err)
	}
}
