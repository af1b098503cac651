package trie

import "unicode/utf8"

// typos returns how many letters of word must be changed, left out, added or
// swapped with a neighbour so that text begins with it, or a number above
// limit if there are more than limit. The first letter must be right, and no
// digit of text is compared: a number is not a misspelt name. No letter is
// touched twice (the restricted form of Damerau's distance).
func typos(word, text string, limit int) int {
	var d distance
	d.reset(word, limit)
	best, depth := limit+1, 0
	for _, r := range text {
		least, whole := d.step(depth, r)
		best = min(best, whole)
		if depth++; least >= best {
			break
		}
	}
	return best
}

// A distance computes typos letter by letter of the text, so that texts with
// a common beginning share the work.
type distance struct {
	word  []rune
	limit int
	path  []rune    // the letters of the text so far
	rows  [][]uint8 // rows[i][j]: typos between i letters of the text and j of the word
}

// reset begins with a word of letters.
func (d *distance) reset(word string, limit int) {
	d.limit = limit
	d.word = d.word[:0]
	for _, r := range word {
		d.word = append(d.word, r)
	}
	d.grow(0)
	for j := range d.rows[0] {
		d.rows[0][j] = d.cap(j)
	}
}

// grow makes room for the row i. Row i is only made after row i-1.
func (d *distance) grow(i int) {
	if i == len(d.rows) {
		d.rows = append(d.rows, nil)
		d.path = append(d.path, 0)
	}
	if n := len(d.word) + 1; cap(d.rows[i]) < n {
		d.rows[i] = make([]uint8, n)
	} else {
		d.rows[i] = d.rows[i][:n]
	}
}

// cap keeps what is over the limit from overflowing.
func (d *distance) cap(n int) uint8 { return uint8(min(n, d.limit+1)) }

// step adds r as the letter at depth to the text, dropping those after it. It
// returns the fewest typos that any longer text can have, and those of the
// text itself with the whole word; numbers above the limit mean just that.
func (d *distance) step(depth int, r rune) (least, whole int) {
	over, size := d.limit+1, len(d.word)
	// Only as many letters more or fewer than the text has can be hit.
	lo, hi := max(depth-d.limit, 0), min(depth+1+d.limit, size)
	if isDigit(r) || depth == 0 && r != d.word[0] || lo >= hi {
		return over, over
	}
	d.grow(depth + 1)
	d.path[depth] = r
	above, row := d.rows[depth], d.rows[depth+1]
	row[lo] = uint8(over)
	if lo == 0 {
		row[0] = d.cap(depth + 1)
	}
	least = over
	for j := lo; j < hi; j++ {
		c := d.word[j]
		n := int(above[j])
		if c != r {
			n = 1 + min(n, int(above[j+1]), int(row[j]))
		}
		if depth > 0 && j > 0 && c == d.path[depth-1] && d.word[j-1] == r {
			n = min(n, int(d.rows[depth-1][j-1])+1)
		}
		row[j+1] = uint8(min(n, over))
		least = min(least, n)
	}
	if hi < size {
		row[hi+1] = uint8(over)
		return least, over
	}
	return least, int(row[size])
}

// letters returns which letters, as the bits of a tree, may follow the first
// depth letters of the text if no typos beyond the limit shall be in it; the
// bit of what is not ASCII is always among them.
func (d *distance) letters(depth int) uint64 {
	row := d.rows[depth]
	lo, hi := max(depth-d.limit, 0), min(depth+d.limit, len(d.word))
	mask := uint64(1) << bitOther
	for j := lo; j <= hi; j++ {
		if n := int(row[j]); n < d.limit {
			return followsMask
		} else if n == d.limit && j < len(d.word) {
			mask |= runeBit(d.word[j])
		}
		if j > 0 && j < len(d.word) && d.path[depth-1] == d.word[j] && int(d.rows[depth-1][j-1]) < d.limit {
			mask |= runeBit(d.word[j-1]) // two letters swapped
		}
	}
	return mask
}

// runeBit returns the bit of a letter in a tree, if it has one.
func runeBit(r rune) uint64 {
	if 'a' <= r && r <= 'z' {
		return 1 << (bitLower + r - 'a')
	}
	return 0
}

// within returns how many bytes of text the word, with its typos, stands for:
// the longest beginning with the fewest.
func within(word, text string, limit int) int {
	var d distance
	d.reset(word, limit)
	best, end, depth := limit+1, 0, 0
	for i, r := range text {
		if isDigit(r) {
			break
		}
		_, whole := d.step(depth, r)
		if whole <= min(best, limit) {
			best, end = whole, i+utf8.RuneLen(r)
		}
		depth++
	}
	return end
}
