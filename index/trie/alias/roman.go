package alias

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mozillazg/go-pinyin"

	"github.com/ringdex/ringdex/index/trie/fold"
)

// romanMost is how many characters of a word are romanised; no name has more.
const romanMost = 12

// Roman appends the ways in which a folded word of Chinese characters, kana or
// hangul is typed in Latin letters, and returns the extended slice:
//
//	Roman(nil, "王小明") = wangxiaoming, wxm
//	Roman(nil, "たろう") = tarou, taro
//	Roman(nil, "김철수") = gimcheolsu, kimcheolsu, gcs, kcs
//
// A first character that is read differently in surnames has both readings.
// Chinese characters are always read as Mandarin. Words of other scripts, or of
// several, have none.
func Roman(dst []string, word string) []string {
	first, size := utf8.DecodeRuneInString(word)
	switch {
	case size == 0 || !isWide(first):
		return dst
	case unicode.Is(unicode.Hiragana, first):
		return appendKana(dst, word)
	}
	readings := append([]string{readingOf(first)}, surnameReadings(first)...)
	rest, letters, n := "", "", 1
	for _, r := range word[size:] {
		s := readingOf(r)
		if s == "" {
			return dst
		}
		if rest, letters, n = rest+s, letters+s[:1], n+1; n == romanMost {
			break
		}
	}
	for _, s := range readings {
		if s != "" {
			dst = append(dst, s+rest)
		}
	}
	for i, s := range readings {
		if s != "" && n > 1 && (i == 0 || s[0] != readings[0][0]) {
			dst = append(dst, s[:1]+letters)
		}
	}
	return dst
}

// RomanBytes returns how many bytes of a folded word the letters typed stand
// for, which one of its spellings begins with; all if none does.
func RomanBytes(word, typed string) int {
	for at, r := range word {
		end := at + utf8.RuneLen(r)
		for _, s := range Roman(nil, word[:end]) {
			if strings.HasPrefix(s, typed) {
				return end
			}
		}
	}
	return len(word)
}

// isWide reports whether r belongs to one of the scripts with readings.
func isWide(r rune) bool {
	return r >= 0x3000 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Hangul)
}

// readingOf returns the reading of one Chinese character or hangul, or "".
func readingOf(r rune) string {
	if unicode.Is(unicode.Hangul, r) {
		return hangul(r)
	}
	all, ok := pinyin.PinyinDict[int(r)]
	if !ok {
		return ""
	}
	usual, _, _ := strings.Cut(all, ",")
	return fold.String(usual) // without tones
}

// surnameReadings returns how a character is read at the beginning of a name
// where that differs from how it is read elsewhere. Sources: the modern
// Chinese dictionary's readings of surnames, as https://github.com/hotoo/pinyin
// lists them; for Korea, the spellings in passports.
func surnameReadings(r rune) []string {
	switch r {
	case '单':
		return []string{"shan"}
	case '曾':
		return []string{"zeng"}
	case '仇':
		return []string{"qiu"}
	case '解':
		return []string{"xie"}
	case '查':
		return []string{"zha"}
	case '盖':
		return []string{"ge"}
	case '区':
		return []string{"ou"}
	case '朴':
		return []string{"piao", "park"}
	case '任':
		return []string{"ren"}
	case '华':
		return []string{"hua"}
	case '翟':
		return []string{"zhai"}
	case '乐':
		return []string{"yue"}
	case '缪':
		return []string{"miao"}
	case '覃':
		return []string{"qin"}
	case '冼':
		return []string{"xian"}
	case '折':
		return []string{"she"}
	case '黑':
		return []string{"he"}
	case '员':
		return []string{"yun"}
	case '种':
		return []string{"chong"}
	case '召':
		return []string{"shao"}
	case '尉':
		return []string{"yu"}
	case '万':
		return []string{"mo"}
	case '吕':
		return []string{"lv"}
	}
	return koreanSurname(r)
}

func koreanSurname(r rune) []string {
	switch r {
	case '김':
		return []string{"kim"}
	case '이':
		return []string{"lee", "yi"}
	case '박':
		return []string{"park"}
	case '최':
		return []string{"choi"}
	case '정':
		return []string{"jung", "chung"}
	case '조':
		return []string{"cho"}
	case '강':
		return []string{"kang"}
	case '윤':
		return []string{"yoon"}
	case '임':
		return []string{"lim"}
	case '신':
		return []string{"shin"}
	case '권':
		return []string{"kwon"}
	case '유':
		return []string{"yoo"}
	case '우':
		return []string{"woo"}
	}
	return nil
}

// hangul returns a syllable in the Revised Romanization of Korean (2000).
func hangul(r rune) string {
	const first, last, vowels, ends = 0xac00, 0xd7a3, 21, 28
	if r < first || r > last {
		return ""
	}
	n := int(r - first)
	initial := [...]string{"g", "kk", "n", "d", "tt", "r", "m", "b", "pp", "s", "ss", "", "j", "jj", "ch", "k", "t", "p", "h"}
	vowel := [...]string{
		"a", "ae", "ya", "yae", "eo", "e", "yeo", "ye", "o", "wa", "wae", "oe", "yo", "u", "wo", "we", "wi", "yu", "eu", "ui", "i",
	}
	end := [...]string{
		"", "k", "k", "k", "n", "n", "n", "t", "l", "k", "m", "l", "l", "l", "p", "l", "m", "p", "p", "t", "t", "ng", "t", "t", "k", "t", "p", "t",
	}
	return initial[n/(vowels*ends)] + vowel[n/ends%vowels] + end[n%ends]
}
