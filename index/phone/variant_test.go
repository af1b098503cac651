package phone

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// oldForms returns national numbers of a country code, of today and of before.
func oldForm(r *rand.Rand, code string) string {
	nsn := near(r, codePlan(code).region)
	switch code {
	case "52":
		return []string{"", "1", "01", "044", "045"}[r.IntN(5)] + nsn
	case "39", "378":
		return []string{nsn, strings.TrimPrefix(nsn, "0"), "0549" + randomDigits(r, 6, 6)}[r.IntN(3)]
	}
	var of []*migration
	for i := range migrations {
		if migrations[i].code == code {
			of = append(of, &migrations[i])
		}
	}
	if len(of) == 0 {
		return []string{nsn, nsn[:2] + nsn[3:], randomDigits(r, 10, 11)}[r.IntN(3)]
	}
	m := of[r.IntN(len(of))]
	old := m.example(r)
	if fresh, ok := m.forward(old); ok && r.IntN(2) == 0 {
		return fresh
	}
	return old
}

// example returns an old national number of m.
func (m *migration) example(r *rand.Rand) string {
	for {
		old := m.from + randomDigits(r, m.oldLen-len(m.from), m.oldLen-len(m.from))
		if m.matches(old) {
			return old
		}
	}
}

func TestVariantsGoBothWays(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	for _, code := range []string{"52", "54", "55", "39", "378", "63", "84", "225", "229", "241", "966"} {
		found := 0
		for range 300 {
			e164 := "+" + code + oldForm(r, code)
			if !isPlain(e164) {
				continue
			}
			for _, v := range variants(e164, nil) {
				found++
				if !isPlain(v.e164) || v.e164 == e164 || v.name == "" {
					t.Errorf("%s has the variant %+v", e164, v)
					continue
				}
				if back := variants(v.e164, nil); !slices.Contains(back, variant{e164, v.name}) {
					t.Errorf("%s has the variant %+v, which has %+v", e164, v, back)
				}
			}
		}
		if found == 0 {
			t.Errorf("no number of +%s has a variant", code)
		}
	}
}

func TestOtherCountriesHaveNoVariants(t *testing.T) {
	r := rand.New(rand.NewPCG(23, 24))
	for range 500 {
		region := populated[r.IntN(len(populated))]
		switch region {
		case "IT", "MX", "BR":
			continue
		}
		e164 := "+" + planOf(region).code + near(r, region)
		if got := variants(e164, nil); len(got) > 0 {
			t.Errorf("%s has the variants %+v", e164, got)
		}
	}
	for _, e164 := range []string{"+999123456789", "+1234567", "+3901234", "+5212345", "+5511876"} {
		if got := variants(e164, nil); len(got) > 0 {
			t.Errorf("%s has the variants %+v", e164, got)
		}
	}
}

// TestEveryMigrationLeadsToANumber guards the table against slips of the pen:
// each row must turn some old number, which is none any more, into one that
// exists.
func TestEveryMigrationLeadsToANumber(t *testing.T) {
	r := rand.New(rand.NewPCG(25, 26))
	for i := range migrations {
		m := &migrations[i]
		heads := strings.Fields(m.heads)
		if len(heads) == 0 {
			heads = []string{""}
		}
		for _, head := range heads {
			one := *m
			one.heads = head
			if !slices.ContainsFunc(make([]struct{}, 400), func(struct{}) bool {
				return len(migrated(m.code, one.example(r), nil)) > 0
			}) {
				t.Errorf("+%s %s: no number comes out of it", m.code, head)
			}
		}
	}
}

func TestHeadsMatchDigits(t *testing.T) {
	for _, tc := range []struct {
		digits, head string
		want         bool
	}{
		{"1234", "", true},
		{"1234", "12", true},
		{"1234", "13", false},
		{"1234", "1[2-4]", true},
		{"1534", "1[2-4]", false},
		{"1534", "1[2-46-9]", false},
		{"1734", "1[2-46-9]3", true},
		{"17", "1[068]", false},
		{"18", "1[068]", true},
		{"1", "1[068]", false},
	} {
		if got := hasHead(tc.digits, tc.head); got != tc.want {
			t.Errorf("hasHead(%q, %q) = %v", tc.digits, tc.head, got)
		}
	}
}
