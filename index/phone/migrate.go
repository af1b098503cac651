package phone

import "strings"

// A migration says how numbers of a country were renumbered.
type migration struct {
	code   string // country calling code
	oldLen int    // digits of the old national number
	// heads are the beginnings of the old national numbers, separated by
	// blanks; "12[068]" stands for 120, 126 and 128. The empty string is all.
	heads string
	from  string // the beginning that was replaced
	to    string // what replaced it
	// retired tells that the old numbers are out of use although the metadata
	// still has them.
	retired bool
}

// migrations lists renumberings. The rows of 63, 84, 241 and 966 are those of
// libphonenumber's migrator (recipes.csv, January 2021); Brazil's and Mexico's
// are in variant.go. Côte d'Ivoire's are ARTCI's of 31 January 2021, mobile
// numbers by operator; its landlines are missing because their new prefix
// cannot be told from the old number. Benin's is ARCEP Benin's of 30 November
// 2024.
//
//nolint:gochecknoglobals // read-only table
var migrations = [...]migration{
	{"63", 8, "276", "2", "26", false},
	{"63", 8, "222[0-46-8] 2262 237[7-9] 238 239[0-4] 240[6-9] 24[139] 242[78] 244[03-9] 245[03-6] 246[6-9] 2474 248[013-9]", "2", "23", false},
	{"63", 8, "221 2225 223[89] 226[13-6] 2358 236[89] 2473 2482 250 257[67] 258[5-7] 261[135-8] 262[1-5] 271[7-9] 27[23][089] " +
		"274[4-8] 275 279[1-9] 290 291[04-9] 293[34] 294[03-69] 295[04-9] 296[0468] 297[0-568] 298[079]", "2", "27", false},
	{"63", 8, "220[89] 223[0-7] 22[45] 226[07-9] 22[7-9] 233[0-4] 234[0-8] 235[0-79] 236[0-7] 237[0-6] 239[5-9] 240[0-5] 242[0-3569] " +
		"244[12] 245[127-9] 246[0-5] 247[0-25-9] 25[1256] 253[0-6] 254[1-9] 257[0-589] 258[0-489] 262[06-8] 26[35] 264[0-7] 266[0-46-9] " +
		"267[12] 268[1-37-9] 269[1-35-7] 270 271[0-6] 27[23][1-7] 274[0-39] 27[78] 2790 28 291[1-3] 292 293[0-25-9] 294[1278] 295[1-3] " +
		"296[127] 298[1-68] 299", "2", "28", false},

	{"84", 10, "12[068]", "12", "7", false},
	{"84", 10, "12[3-5]", "12", "8", false},
	{"84", 10, "121", "121", "79", false},
	{"84", 10, "122", "122", "77", false},
	{"84", 10, "127", "127", "81", false},
	{"84", 10, "129", "129", "82", false},
	{"84", 10, "16[2-9]", "16", "3", false},
	{"84", 10, "18[68]", "18", "5", false},
	{"84", 10, "199", "199", "59", false},
	{"84", 9, "992", "992", "672", false},
	{"84", 9, "20", "20", "214", false},
	{"84", 9, "22", "22", "212", false},
	{"84", 9, "29", "29", "216", false},
	{"84", 9, "2[5-7]", "2", "20", false},
	{"84", 9, "4[2-8]", "4", "24", false},
	{"84", 9, "5[34] 52[014-79]", "5", "23", false},
	{"84", 9, "57 55[0-8]", "5", "25", false},
	{"84", 9, "6[124]", "6", "25", false},
	{"84", 9, "6[03]", "6", "26", false},
	{"84", 9, "66 67[013-9]", "6", "27", false},
	{"84", 9, "68", "68", "259", false},
	{"84", 9, "7[235]", "7", "27", false},
	{"84", 9, "74", "7", "29", false},
	{"84", 10, "230", "230", "215", false},
	{"84", 10, "231", "231", "213", false},
	{"84", 10, "240", "240", "204", false},
	{"84", 10, "280", "280", "208", false},
	{"84", 10, "500", "500", "262", false},
	{"84", 10, "501", "501", "261", false},
	{"84", 10, "510", "510", "235", false},
	{"84", 10, "511", "511", "236", false},
	{"84", 10, "650", "650", "274", false},
	{"84", 10, "651", "651", "271", false},
	{"84", 10, "710", "710", "292", false},
	{"84", 10, "711", "711", "293", false},

	{"225", 8, "[04-9][0-3]", "", "01", false},
	{"225", 8, "[04-9][4-6]", "", "05", false},
	{"225", 8, "[04-9][7-9]", "", "07", false},

	{"229", 8, "", "", "01", false},

	{"241", 8, "01", "0", "1", true},
	{"241", 8, "0[256]", "0", "6", true},
	{"241", 8, "0[47]", "0", "7", true},
	{"241", 7, "[256]", "", "6", true},
	{"241", 7, "[47]", "", "7", true},

	{"966", 8, "1 2[24-8] 3[35-8] 4[3-68] 6[2-5] 7[235-7]", "", "1", false},
}

// migrated appends the numbers of before and after a renumbering. Two numbers
// are equivalent only if the metadata knows the new one and no longer knows the
// old one, for what was one subscriber's old number may be another's today.
func migrated(code, nsn string, dst []variant) []variant {
	for i := range migrations {
		m := &migrations[i]
		if m.code != code {
			continue
		}
		if fresh, ok := m.forward(nsn); ok {
			dst = m.append(nsn, fresh, fresh, dst)
		}
		if old, ok := m.back(nsn); ok {
			dst = m.append(old, nsn, old, dst)
		}
	}
	return dst
}

// append appends other, which is old or fresh, if the two are equivalent.
func (m *migration) append(old, fresh, other string, dst []variant) []variant {
	old, fresh = "+"+m.code+old, "+"+m.code+fresh
	if !isPlain(old) || !isPlain(fresh) || !isValid(fresh) || !m.retired && isValid(old) {
		return dst
	}
	return append(dst, variant{"+" + m.code + other, variantMigr})
}

// forward returns the new form of an old national number.
func (m *migration) forward(nsn string) (string, bool) {
	if len(nsn) != m.oldLen || !m.matches(nsn) {
		return "", false
	}
	return m.to + nsn[len(m.from):], true
}

// back returns the old form of a new national number.
func (m *migration) back(nsn string) (string, bool) {
	rest, ok := strings.CutPrefix(nsn, m.to)
	if !ok || len(rest)+len(m.from) != m.oldLen {
		return "", false
	}
	old := m.from + rest
	return old, m.matches(old)
}

// matches tells whether an old national number begins with one of m's heads.
func (m *migration) matches(nsn string) bool {
	if m.heads == "" {
		return true
	}
	for head := range strings.FieldsSeq(m.heads) {
		if hasHead(nsn, head) {
			return true
		}
	}
	return false
}

// hasHead tells whether s begins with head, in which "[0-46]" is one digit.
func hasHead(s, head string) bool {
	for head != "" {
		if s == "" {
			return false
		}
		digit := s[0]
		s = s[1:]
		if head[0] != '[' {
			if head[0] != digit {
				return false
			}
			head = head[1:]
			continue
		}
		class, rest, _ := strings.Cut(head[1:], "]")
		if !inClass(digit, class) {
			return false
		}
		head = rest
	}
	return true
}

// inClass tells whether digit is one of class: "0-46" is 0, 1, 2, 3, 4 and 6.
func inClass(digit byte, class string) bool {
	for i := 0; i < len(class); i++ {
		low, high := class[i], class[i]
		if i+2 < len(class) && class[i+1] == '-' {
			high = class[i+2]
			i += 2
		}
		if low <= digit && digit <= high {
			return true
		}
	}
	return false
}
