package alias

import "strings"

// kana are the hiragana from ぁ to ゔ in the Hepburn romanisation, separated by
// single spaces, as in Unicode's order; a small one stands as its letters.
const kana = "a a i i u u e e o o ka ga ki gi ku gu ke ge ko go sa za shi ji su zu se ze so zo " +
	"ta da chi ji - tsu zu te de to do na ni nu ne no ha ba pa hi bi pi fu bu pu he be pe ho bo po " +
	"ma mi mu me mo ya ya yu yu yo yo ra ri ru re ro wa wa wi we wo n vu"

//nolint:gochecknoglobals // read-only table
var kanaLetters = strings.Split(kana, " ")

// appendKana appends the romanisation of a word of hiragana, and the one that
// leaves the length of vowels out, as in passports.
func appendKana(dst []string, word string) []string {
	var out []byte
	double := false
	for _, r := range word {
		switch {
		case r == 'っ':
			double = true
			continue
		case r == 'ー':
			continue
		case r < 'ぁ' || int(r-'ぁ') >= len(kanaLetters):
			return dst
		}
		s := kanaLetters[r-'ぁ']
		if y := strings.ContainsRune("ゃゅょ", r); y && len(out) > 0 && out[len(out)-1] == 'i' {
			out = out[:len(out)-1]
			if strings.HasSuffix(string(out), "sh") || strings.HasSuffix(string(out), "ch") || strings.HasSuffix(string(out), "j") {
				s = s[1:]
			}
		}
		if double && s[0] == 'c' {
			out = append(out, 't')
		} else if double {
			out = append(out, s[0])
		}
		out, double = append(out, s...), false
	}
	if len(out) == 0 {
		return dst
	}
	long := string(out)
	dst = append(dst, long)
	if short := strings.NewReplacer("ou", "o", "oo", "o", "uu", "u").Replace(long); short != long {
		dst = append(dst, short)
	}
	return dst
}
