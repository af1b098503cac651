package schema

import (
	"math/bits"
	"math/rand/v2"
	"strings"
	"testing"
)

// edits is distance as its definition has it: the fewest letters put in, left
// out, replaced or swapped.
func edits(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		for j := range rows[i] {
			switch {
			case i == 0 || j == 0:
				rows[i][j] = i + j
				continue
			case a[i-1] == b[j-1]:
				rows[i][j] = rows[i-1][j-1]
			default:
				rows[i][j] = rows[i-1][j-1] + 1
			}
			rows[i][j] = min(rows[i][j], rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

func TestDistanceCountsEdits(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	word := func() string {
		b := make([]byte, 1+rng.IntN(maxSuggest))
		if rng.IntN(2) == 0 {
			b = b[:1+len(b)/8]
		}
		for i := range b {
			b[i] = "abC"[rng.IntN(3)]
		}
		return string(b)
	}
	near := 0
	for range 200_000 {
		limit := rng.IntN(maxEdits + 1)
		b := word()
		a := strings.ToLower(b)
		for range rng.IntN(4) { // misspell it
			i := rng.IntN(len(a))
			a = a[:i] + strings.ToLower(word()[:1]) + a[i+rng.IntN(2):]
		}
		if abs(len(a)-len(b)) > limit || len(a) > maxSuggest {
			continue
		}
		want := min(edits(a, strings.ToLower(b)), limit+1)
		if got := distance(a, b, limit); got != want {
			t.Fatalf("%s and %s within %d: %d edits, want %d", a, b, limit, got, want)
		}
		if want <= limit {
			near++
		}
		if want <= limit && bits.OnesCount32(letters(a)^letters(b)) > 2*limit {
			t.Fatalf("%s and %s look as if more edits were needed", a, b)
		}
	}
	if near < 10_000 {
		t.Errorf("only %d words were near", near)
	}
}

func TestMisspelledAttributesAreRecognised(t *testing.T) {
	user := Default().Type("User")
	for name, want := range map[string]string{
		"phoneNumberss": "phoneNumbers", "PhoneNumber": "phoneNumbers", "phnoeNumbers": "phoneNumbers", "dispalyname": "displayName", "titel": "title",
		"name.givename": "name.givenName", "nmae.givenName": "name.givenName", "departement": EnterpriseURN + ":department",
		GenesysURN + ":externalId": "externalIds", "externalld": "externalId", "xyz": "", "": "", "fooBarBaz": "", "phoneNumbersList": "",
	} {
		if got := user.suggest(name); got != want {
			t.Errorf("suggest(%q) = %q, want %q", name, got, want)
		}
	}
}
