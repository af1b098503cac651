package scim

import "bytes"

// A sieve tells from the text of a stored object that a filter cannot mean it,
// without parsing it.
type sieve struct {
	needles [][]byte
	lower   []byte // the text in lower case; used again for the next
}

func newSieve(needles []string) *sieve {
	s := &sieve{}
	for _, n := range needles {
		s.needles = append(s.needles, []byte(n))
	}
	return s
}

// mayMean reports whether all needles are in body without regard to case. Of a
// text that is not plain ASCII it knows nothing: there more than one spelling
// folds to a needle.
func (s *sieve) mayMean(body []byte) bool {
	if len(s.needles) == 0 {
		return true
	}
	s.lower = s.lower[:0]
	for _, b := range body {
		switch {
		case b >= 0x80:
			return true
		case 'A' <= b && b <= 'Z':
			b += 'a' - 'A'
		}
		s.lower = append(s.lower, b)
	}
	for _, n := range s.needles {
		if !bytes.Contains(s.lower, n) {
			return false
		}
	}
	return true
}
