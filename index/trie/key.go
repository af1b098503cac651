package trie

// MaxDigits is the length of the longest number, from E.164.
const MaxDigits = 15

// A Key is a string of 1 to 15 decimal digits, packed at four bits a digit from
// the top of the word, with the length in the lowest four bits. Keys compare
// as their strings do: "12" < "120" < "13". The zero Key is no number.
type Key uint64

// allDigits is the mask of a whole key.
const allDigits = ^Key(0)

// Pack returns the key of a string of digits; "442079460018", without a plus
// sign. It returns false if digits is empty, longer than MaxDigits or holds
// anything but the ASCII digits 0 to 9.
func Pack(digits string) (Key, bool) {
	if len(digits) == 0 || len(digits) > MaxDigits {
		return 0, false
	}
	k := Key(len(digits))
	for i := range len(digits) {
		d := digits[i] - '0'
		if d > 9 {
			return 0, false
		}
		k |= Key(d) << (60 - 4*i)
	}
	return k, true
}

// Len returns the number of digits.
func (k Key) Len() int { return int(k & 15) }

// String returns the digits, or "" for the zero Key.
func (k Key) String() string {
	var digits [MaxDigits]byte
	for i := range k.Len() {
		digits[i] = '0' + byte(k>>(60-4*i)&15)
	}
	return string(digits[:k.Len()])
}

// Reverse returns the key with its digits in the opposite order. A Numbers of
// reversed keys answers suffixes: the reverse of "0018" is a prefix of the
// reverse of "442079460018".
func (k Key) Reverse() Key {
	n := k.Len()
	r := Key(n)
	for i := range n {
		r |= k >> (60 - 4*i) & 15 << (60 - 4*(n-1-i))
	}
	return r
}

// HasPrefix reports whether the digits of k begin with those of prefix.
func (k Key) HasPrefix(prefix Key) bool {
	return k.Len() >= prefix.Len() && k.cut(prefix.Len()) == prefix
}

// First returns the key of the first n digits, 1 to Len.
func (k Key) First(n int) Key { return k.cut(n) }

// cut returns the first n digits, which k must have.
func (k Key) cut(n int) Key { return k&^(1<<(64-4*n)-1) | Key(n) }

// end returns a key, of no number, that is greater than all that begin with k
// and no greater than any other key behind k.
func (k Key) end() Key { return k&^15 + 1<<(64-4*k.Len()) }

// common returns how many digits k and other begin with in common.
func (k Key) common(other Key) int {
	n := min(k.Len(), other.Len())
	for n > 0 && k.cut(n) != other.cut(n) {
		n--
	}
	return n
}
