package alias

import "slices"

const (
	slavicLen  = 6 // digits of a code
	slavicMost = 4 // codes of a word
)

// A slavicRule is what letters stand for at the beginning of a word, before a
// vowel, and elsewhere. Two ways of hearing them are separated by a bar; a
// minus is no sound.
type slavicRule struct{ letters, first, vowel, other string }

// slavicRules are the rules of the Daitch-Mokotoff Soundex, from
// https://www.avotaynu.com/soundex.htm. Of rules whose letters fit the longest
// counts.
//
//nolint:gochecknoglobals // read-only table
var slavicRules = sortSlavic([]slavicRule{
	{"ai", "0", "1", "-"},
	{"aj", "0", "1", "-"},
	{"ay", "0", "1", "-"},
	{"au", "0", "7", "-"},
	{"a", "0", "-", "-"},
	{"b", "7", "7", "7"},
	{"chs", "5", "54", "54"},
	{"ch", "5|4", "5|4", "5|4"},
	{"ck", "5|45", "5|45", "5|45"},
	{"cz", "4", "4", "4"},
	{"cs", "4", "4", "4"},
	{"csz", "4", "4", "4"},
	{"czs", "4", "4", "4"},
	{"c", "5|4", "5|4", "5|4"},
	{"drz", "4", "4", "4"},
	{"drs", "4", "4", "4"},
	{"ds", "4", "4", "4"},
	{"dsh", "4", "4", "4"},
	{"dsz", "4", "4", "4"},
	{"dz", "4", "4", "4"},
	{"dzh", "4", "4", "4"},
	{"dzs", "4", "4", "4"},
	{"dt", "3", "3", "3"},
	{"d", "3", "3", "3"},
	{"ei", "0", "1", "-"},
	{"ej", "0", "1", "-"},
	{"ey", "0", "1", "-"},
	{"eu", "1", "1", "-"},
	{"e", "0", "-", "-"},
	{"fb", "7", "7", "7"},
	{"f", "7", "7", "7"},
	{"g", "5", "5", "5"},
	{"h", "5", "5", "-"},
	{"ia", "1", "-", "-"},
	{"ie", "1", "-", "-"},
	{"io", "1", "-", "-"},
	{"iu", "1", "-", "-"},
	{"i", "0", "-", "-"},
	{"j", "1|4", "-|4", "-|4"},
	{"ks", "5", "54", "54"},
	{"kh", "5", "5", "5"},
	{"k", "5", "5", "5"},
	{"l", "8", "8", "8"},
	{"mn", "66", "66", "66"},
	{"m", "6", "6", "6"},
	{"nm", "66", "66", "66"},
	{"n", "6", "6", "6"},
	{"oi", "0", "1", "-"},
	{"oj", "0", "1", "-"},
	{"oy", "0", "1", "-"},
	{"o", "0", "-", "-"},
	{"pf", "7", "7", "7"},
	{"ph", "7", "7", "7"},
	{"p", "7", "7", "7"},
	{"q", "5", "5", "5"},
	{"rz", "94|4", "94|4", "94|4"},
	{"rs", "94|4", "94|4", "94|4"},
	{"r", "9", "9", "9"},
	{"schtsch", "2", "4", "4"},
	{"schtsh", "2", "4", "4"},
	{"schtch", "2", "4", "4"},
	{"shtch", "2", "4", "4"},
	{"shch", "2", "4", "4"},
	{"shtsh", "2", "4", "4"},
	{"stch", "2", "4", "4"},
	{"stsch", "2", "4", "4"},
	{"sc", "2", "4", "4"},
	{"strz", "2", "4", "4"},
	{"strs", "2", "4", "4"},
	{"stsh", "2", "4", "4"},
	{"szcz", "2", "4", "4"},
	{"szcs", "2", "4", "4"},
	{"sht", "2", "43", "43"},
	{"scht", "2", "43", "43"},
	{"schd", "2", "43", "43"},
	{"st", "2", "43", "43"},
	{"szt", "2", "43", "43"},
	{"shd", "2", "43", "43"},
	{"szd", "2", "43", "43"},
	{"sd", "2", "43", "43"},
	{"sch", "4", "4", "4"},
	{"sh", "4", "4", "4"},
	{"sz", "4", "4", "4"},
	{"s", "4", "4", "4"},
	{"tch", "4", "4", "4"},
	{"ttch", "4", "4", "4"},
	{"ttsch", "4", "4", "4"},
	{"th", "3", "3", "3"},
	{"trz", "4", "4", "4"},
	{"trs", "4", "4", "4"},
	{"tsch", "4", "4", "4"},
	{"tsh", "4", "4", "4"},
	{"ts", "4", "4", "4"},
	{"tts", "4", "4", "4"},
	{"ttsz", "4", "4", "4"},
	{"tc", "4", "4", "4"},
	{"tz", "4", "4", "4"},
	{"ttz", "4", "4", "4"},
	{"tzs", "4", "4", "4"},
	{"tsz", "4", "4", "4"},
	{"t", "3", "3", "3"},
	{"ui", "0", "1", "-"},
	{"uj", "0", "1", "-"},
	{"uy", "0", "1", "-"},
	{"ue", "0", "-", "-"},
	{"u", "0", "-", "-"},
	{"v", "7", "7", "7"},
	{"w", "7", "7", "7"},
	{"x", "5", "54", "54"},
	{"y", "1", "-", "-"},
	{"zdz", "2", "4", "4"},
	{"zdzh", "2", "4", "4"},
	{"zhdzh", "2", "4", "4"},
	{"zd", "2", "43", "43"},
	{"zhd", "2", "43", "43"},
	{"zh", "4", "4", "4"},
	{"zs", "4", "4", "4"},
	{"zsch", "4", "4", "4"},
	{"zsh", "4", "4", "4"},
	{"z", "4", "4", "4"},
})

// sortSlavic returns the rules by first letter, the longest first.
func sortSlavic(rules []slavicRule) (table [26][]slavicRule) {
	slices.SortStableFunc(rules, func(a, b slavicRule) int { return len(b.letters) - len(a.letters) })
	for _, r := range rules {
		table[r.letters[0]-'a'] = append(table[r.letters[0]-'a'], r)
	}
	return table
}

// slavic returns the digits of the Daitch-Mokotoff Soundex for a word, once
// for each way of hearing it.
func slavic(word string) [][]byte {
	type heard struct {
		digits []byte
		last   string // what was heard last, which is not heard twice in a row
	}
	list := []heard{{}}
	for at := 0; at < len(word); {
		rule := slavicAt(word[at:])
		sounds := rule.other
		switch next := at + len(rule.letters); {
		case at == 0:
			sounds = rule.first
		case next < len(word) && isSlavicVowel(word[next]):
			sounds = rule.vowel
		}
		at += len(rule.letters)
		one, two, both := cutBar(sounds)
		for i := range list {
			if h := list[i]; both && len(list) < slavicMost && two != one {
				list = append(list, heard{appendSounds(slices.Clone(h.digits), h.last, two), two})
			}
			list[i] = heard{appendSounds(list[i].digits, list[i].last, one), one}
		}
	}
	out := make([][]byte, 0, len(list))
	for _, h := range list {
		out = append(out, h.digits)
	}
	return out
}

// appendSounds appends digits unless they were the last ones heard.
func appendSounds(dst []byte, last, digits string) []byte {
	if digits == "-" || digits == last {
		return dst
	}
	return append(dst, digits[:min(len(digits), max(0, slavicLen-len(dst)))]...)
}

// cutBar cuts sounds at the bar, if there is one.
func cutBar(sounds string) (one, two string, both bool) {
	for i := range len(sounds) {
		if sounds[i] == '|' {
			return sounds[:i], sounds[i+1:], true
		}
	}
	return sounds, "", false
}

func isSlavicVowel(b byte) bool { return among(b, "aeiouyj") }

// slavicAt returns the rule for the letters at the beginning of rest.
func slavicAt(rest string) slavicRule {
	for _, r := range slavicRules[rest[0]-'a'] {
		if len(r.letters) <= len(rest) && rest[:len(r.letters)] == r.letters {
			return r
		}
	}
	return slavicRule{rest[:1], "-", "-", "-"}
}
