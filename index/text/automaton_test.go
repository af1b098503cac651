package text

import (
	"math/rand/v2"
	"testing"
)

func TestAutomatonCountsErrorsAsTheTableDoes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	word := func() string {
		letters := []rune("abcéж山")
		runes := make([]rune, 1+r.IntN(9))
		for i := range runes {
			runes[i] = letters[r.IntN(len(letters))]
		}
		return string(runes)
	}
	for range 20_000 {
		asked, term := word(), word()
		for typos := 1; typos <= maxTypos; typos++ {
			want := min(distance(asked, term), maxTypos+1)
			if want > typos {
				want = maxTypos + 1
			}
			if got := newAutomaton("00=", asked, typos).errorsIn("00=" + term); got != want {
				t.Fatalf("%q against %q with %d errors allowed: %d, want %d", term, asked, typos, got, want)
			}
		}
	}
}

func TestAutomatonRefusesOtherBeginnings(t *testing.T) {
	a := newAutomaton("00=", "name", 2)
	for _, term := range []string{"", "00", "01=name", "00<name", "name", "=00name"} {
		if got := a.errorsIn(term); got <= maxTypos {
			t.Errorf("%q is accepted with %d errors", term, got)
		}
	}
}

func TestOpenAutomatonAcceptsWhatGoesOn(t *testing.T) {
	a := newAutomaton("00<", "sample", 1)
	a.open = true
	accepts := func(term string) bool {
		state := a.Start()
		for i := range len(term) {
			state = a.Accept(state, term[i])
		}
		return a.IsMatch(state)
	}
	for term, want := range map[string]bool{
		"00<sample": true, "00<sapmle": true, "00<sampleton": true, "00<sapmleton": true, "00<samplжton": true, "00<samplж": true,
		"00<samp": false, "00<salpme": false, "00<sxxpleton": false, "01<sample": false,
	} {
		if got := accepts(term); got != want {
			t.Errorf("%q: %v, want %v", term, got, want)
		}
	}
}

func TestAutomatonReadsTheLongestWord(t *testing.T) {
	word := "abcdefghijklmnopqrstuvwxyzabcdef"
	if len(word) != maxTypoLength {
		t.Fatalf("the word has %d letters", len(word))
	}
	if got := newAutomaton("0", word, 2).errorsIn("0" + word[:30] + "fe"); got != 1 {
		t.Errorf("last letters swapped: %d errors, want 1", got)
	}
}
