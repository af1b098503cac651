package alias

// cologne returns the digits of the Cologne procedure for a word.
func cologne(word string) []byte {
	var room [16]byte
	out, last := room[:0], byte(0)
	for i := range len(word) {
		digits := cologneOf(word, i)
		for j := range len(digits) {
			d := digits[j]
			if d != last && (d != '0' || len(out) == 0) {
				out = append(out, d)
			}
			last = d
		}
	}
	return out
}

// cologneOf returns what the letter at i stands for beside its neighbours; "0"
// is a vowel.
func cologneOf(word string, i int) string {
	before, after := byte(0), byte(0)
	if i > 0 {
		before = word[i-1]
	}
	if i+1 < len(word) {
		after = word[i+1]
	}
	switch word[i] {
	case 'a', 'e', 'i', 'j', 'o', 'u', 'y':
		return "0"
	case 'b':
		return "1"
	case 'p':
		if after == 'h' {
			return "3"
		}
		return "1"
	case 'd', 't':
		if among(after, "csz") {
			return "8"
		}
		return "2"
	case 'f', 'v', 'w':
		return "3"
	case 'g', 'k', 'q':
		return "4"
	case 'c':
		return cologneC(i == 0, before, after)
	case 'x':
		if among(before, "ckq") {
			return "8"
		}
		return "48"
	case 'l':
		return "5"
	case 'm', 'n':
		return "6"
	case 'r':
		return "7"
	case 's', 'z':
		return "8"
	}
	return "" // h, which is not heard
}

func cologneC(first bool, before, after byte) string {
	switch {
	case first && among(after, "ahkloqrux"), !first && !among(before, "sz") && among(after, "ahkoqux"):
		return "4"
	}
	return "8"
}

// among reports whether b is one of letters.
func among(b byte, letters string) bool {
	for i := range len(letters) {
		if letters[i] == b {
			return true
		}
	}
	return false
}
