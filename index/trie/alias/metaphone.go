package alias

import "strings"

// A speaker hears a word as Double Metaphone does: twice, the second time as
// somebody who knows where the name comes from.
type speaker struct {
	word          string
	at            int
	slavic        bool // the word looks Slavic or German
	first, second []byte
}

// metaphone returns the sounds of a word of the letters a to z in both ways.
func metaphone(word string) (first, second []byte) {
	s := speaker{word: word}
	s.slavic = strings.ContainsAny(word, "wk") || strings.Contains(word, "cz") || strings.Contains(word, "witz")
	if s.is(0, "gn", "kn", "pn", "wr", "ps") {
		s.at = 1
	}
	for s.at < len(word) && len(s.first) < codeLen {
		s.letter()
	}
	return s.first, s.second
}

// say appends sounds, the same to both ways unless there are two.
func (s *speaker) say(sounds ...string) {
	s.first = append(s.first, sounds[0]...)
	s.second = append(s.second, sounds[len(sounds)-1]...)
}

// is reports whether one of the texts stands at i.
func (s *speaker) is(i int, texts ...string) bool {
	if i < 0 || i > len(s.word) {
		return false
	}
	for _, t := range texts {
		if strings.HasPrefix(s.word[i:], t) {
			return true
		}
	}
	return false
}

// next returns the letter n behind the present one, or before it if n is
// negative; 0 outside the word.
func (s *speaker) next(n int) byte {
	if i := s.at + n; i >= 0 && i < len(s.word) {
		return s.word[i]
	}
	return 0
}

func (s *speaker) vowel(n int) bool { return among(s.next(n), "aeiouy") }

func (s *speaker) last() bool { return s.at == len(s.word)-1 }

// one says a sound for a letter that counts once if it is doubled, or if one of
// others follows.
func (s *speaker) one(sound, others string) {
	s.say(sound)
	if among(s.next(1), others) {
		s.at++
	}
	s.at++
}

// letter hears what begins at the present letter and moves behind it.
func (s *speaker) letter() {
	switch c := s.word[s.at]; c {
	case 'a', 'e', 'i', 'o', 'u', 'y':
		if s.at == 0 {
			s.say("A")
		}
		s.at++
	case 'b':
		s.one("P", "b")
	case 'c':
		s.c()
	case 'd':
		s.d()
	case 'g':
		s.g()
	case 'h':
		if (s.at == 0 || s.vowel(-1)) && s.vowel(1) {
			s.say("H")
			s.at++
		}
		s.at++
	case 'j':
		s.j()
	case 'l':
		s.l()
	case 'm':
		if s.is(s.at-1, "umb") && (s.at+1 == len(s.word)-1 || s.is(s.at+2, "er")) {
			s.at++
		}
		s.one("M", "m")
	case 'p':
		if s.next(1) == 'h' {
			s.say("F")
			s.at += 2
			return
		}
		s.one("P", "pb")
	case 'r':
		if s.last() && !s.slavic && s.is(s.at-2, "ie") && !s.is(s.at-4, "me", "ma") {
			s.say("", "R")
			s.at++
			return
		}
		s.one("R", "r")
	case 's':
		s.s()
	case 't':
		s.t()
	case 'w':
		s.w()
	case 'x':
		s.x()
	case 'z':
		s.z()
	default: // f, k, n, q, v
		s.one(map[byte]string{'f': "F", 'k': "K", 'n': "N", 'q': "K", 'v': "F"}[c], string(c))
	}
}

func (s *speaker) skip(n int, sounds ...string) {
	s.say(sounds...)
	s.at += n
}

func (s *speaker) c() {
	at := s.at
	switch {
	case at > 1 && !s.vowel(-2) && s.is(at-1, "ach") && s.next(2) != 'i' && (s.next(2) != 'e' || s.is(at-2, "bacher", "macher")):
		s.skip(2, "K") // the German ach
	case at == 0 && s.is(0, "caesar"):
		s.skip(2, "S")
	case s.is(at, "chia"):
		s.skip(2, "K")
	case s.is(at, "ch"):
		s.ch()
	case s.is(at, "cz") && !s.is(at-2, "wicz"):
		s.skip(2, "S", "X")
	case s.is(at+1, "cia"):
		s.skip(3, "X")
	case s.is(at, "cc") && (at != 1 || s.word[0] != 'm'):
		s.cc()
	case s.is(at, "ck", "cg", "cq"):
		s.skip(2, "K")
	case s.is(at, "cio", "cie", "cia"):
		s.skip(2, "S", "X")
	case s.is(at, "ci", "ce", "cy"):
		s.skip(2, "S")
	case among(s.next(1), "ckq") && !s.is(at+1, "ce", "ci"):
		s.skip(2, "K")
	default:
		s.skip(1, "K")
	}
}

func (s *speaker) cc() {
	switch {
	case !among(s.next(2), "ieh") || s.is(s.at+2, "hu"):
		s.skip(2, "K")
	case s.at == 1 && s.next(-1) == 'a', s.is(s.at-1, "uccee", "ucces"):
		s.skip(3, "KS")
	default:
		s.skip(3, "X")
	}
}

func (s *speaker) ch() {
	at := s.at
	greek := at == 0 && (s.is(1, "harac", "haris") || s.is(1, "hor", "hym", "hia", "hem")) && !s.is(0, "chore")
	hard := s.is(0, "sch") || s.is(at-2, "orches", "archit", "orchid") || among(s.next(2), "ts") ||
		(at == 0 || among(s.next(-1), "aoue")) && (at+2 == len(s.word) || among(s.next(2), "lrnmbhfvw"))
	switch {
	case at > 0 && s.is(at, "chae"):
		s.skip(2, "K", "X")
	case greek, hard:
		s.skip(2, "K")
	case at == 0:
		s.skip(2, "X")
	case s.is(0, "mc"):
		s.skip(2, "K")
	default:
		s.skip(2, "X", "K")
	}
}

func (s *speaker) d() {
	switch {
	case s.is(s.at, "dg") && among(s.next(2), "iey"):
		s.skip(3, "J")
	case s.is(s.at, "dg"):
		s.skip(2, "TK")
	default:
		s.one("T", "td")
	}
}

func (s *speaker) g() {
	at := s.at
	switch {
	case s.next(1) == 'h':
		s.gh()
	case s.next(1) == 'n':
		s.gn()
	case s.is(at+1, "li") && !s.slavic:
		s.skip(2, "KL", "L")
	case at == 0 && (s.next(1) == 'y' || s.is(1, "es", "ep", "eb", "el", "ey", "ib", "il", "in", "ie", "ei", "er")):
		s.skip(2, "K", "J")
	case (s.is(at+1, "er") || s.next(1) == 'y') && !s.is(0, "danger", "ranger", "manger") && !among(s.next(-1), "ei") && !s.is(at-1, "rgy", "ogy"):
		s.skip(2, "K", "J")
	case among(s.next(1), "eiy") || s.is(at-1, "aggi", "oggi"):
		s.softG()
	default:
		s.one("K", "g")
	}
}

func (s *speaker) softG() {
	switch {
	case s.is(0, "sch") || s.is(s.at+1, "et"):
		s.skip(2, "K")
	case s.is(s.at+1, "ier"):
		s.skip(2, "J")
	default:
		s.skip(2, "J", "K")
	}
}

func (s *speaker) gh() {
	switch {
	case s.at > 0 && !s.vowel(-1):
		s.skip(2, "K")
	case s.at == 0 && s.next(2) == 'i':
		s.skip(2, "J")
	case s.at == 0:
		s.skip(2, "K")
	case among(s.next(-2), "bhd") || among(s.next(-3), "bhd") || among(s.next(-4), "bh"):
		s.at += 2 // as in Hugh
	case s.next(-1) == 'u' && among(s.next(-3), "cglrt"):
		s.skip(2, "F") // as in McLaughlin
	case s.next(-1) != 'i':
		s.skip(2, "K")
	default:
		s.at += 2
	}
}

func (s *speaker) gn() {
	switch {
	case s.at == 1 && among(s.word[0], "aeiouy") && !s.slavic:
		s.skip(2, "KN", "N")
	case !s.is(s.at+2, "ey") && !s.slavic:
		s.skip(2, "N", "KN")
	default:
		s.skip(2, "KN")
	}
}

func (s *speaker) j() {
	switch {
	case s.is(s.at, "jose") && len(s.word) == 4:
		s.skip(1, "H")
		return
	case s.is(s.at, "jose"):
		s.skip(1, "J", "H")
		return
	case s.at == 0:
		s.say("J", "A")
	case s.vowel(-1) && !s.slavic && among(s.next(1), "ao"):
		s.say("J", "H")
	case s.last():
		s.say("J", "")
	case !among(s.next(1), "ltksnmbz") && !among(s.next(-1), "skl"):
		s.say("J")
	}
	if s.next(1) == 'j' {
		s.at++
	}
	s.at++
}

func (s *speaker) l() {
	n := len(s.word)
	spanish := s.at == n-3 && s.is(s.at-1, "illo", "illa", "alle") ||
		(s.is(n-2, "as", "os") || s.is(n-1, "a", "o")) && s.is(s.at-1, "alle")
	if s.next(1) == 'l' && spanish {
		s.skip(2, "L", "")
		return
	}
	s.one("L", "l")
}

func (s *speaker) s() {
	at := s.at
	switch {
	case s.is(at-1, "isl", "ysl"):
		s.at++ // as in Carlisle
	case at == 0 && s.is(0, "sugar"):
		s.skip(1, "X", "S")
	case s.is(at+1, "heim", "hoek", "holm", "holz"):
		s.skip(2, "S")
	case s.is(at, "sh"):
		s.skip(2, "X")
	case s.is(at, "sio", "sia") && s.slavic:
		s.skip(3, "S")
	case s.is(at, "sio", "sia"):
		s.skip(3, "S", "X")
	case s.next(1) == 'z':
		s.skip(2, "S", "X")
	case at == 0 && among(s.next(1), "mnlw"):
		s.skip(1, "S", "X") // Smith as Schmidt
	case s.next(1) == 'c':
		s.sc()
	case s.last() && s.is(at-2, "ai", "oi"):
		s.skip(1, "", "S") // the French end
	default:
		s.one("S", "sz")
	}
}

func (s *speaker) sc() {
	switch {
	case s.next(2) == 'h' && s.is(s.at+3, "er", "en"):
		s.skip(3, "X", "SK")
	case s.next(2) == 'h' && s.is(s.at+3, "oo", "uy", "ed", "em"):
		s.skip(3, "SK")
	case s.next(2) == 'h' && s.at == 0 && !s.vowel(3) && s.next(3) != 'w':
		s.skip(3, "X", "S")
	case s.next(2) == 'h':
		s.skip(3, "X")
	case among(s.next(2), "iey"):
		s.skip(3, "S")
	default:
		s.skip(2, "SK")
	}
}

func (s *speaker) t() {
	switch {
	case s.is(s.at, "tion", "tia", "tch"):
		s.skip(3, "X")
	case s.is(s.at, "th", "tth") && (s.is(s.at+2, "om", "am") || s.is(0, "sch")):
		s.skip(2, "T")
	case s.is(s.at, "th"):
		s.skip(2, "0", "T")
	case s.is(s.at, "tth"):
		s.skip(3, "0", "T")
	default:
		s.one("T", "td")
	}
}

func (s *speaker) w() {
	if s.is(s.at, "wr") {
		s.skip(2, "R")
		return
	}
	switch {
	case s.at == 0 && s.vowel(1):
		s.say("A", "F")
	case s.at == 0 && s.is(0, "wh"):
		s.say("A")
	}
	switch {
	case s.at > 0 && s.last() && s.vowel(-1), s.is(s.at-1, "ewski", "ewsky", "owski", "owsky"), s.is(0, "sch"):
		s.skip(1, "", "F")
	case s.at > 0 && s.is(s.at, "wicz", "witz"):
		s.skip(4, "TS", "FX")
	default:
		s.at++
	}
}

func (s *speaker) x() {
	switch {
	case s.at == 0:
		s.skip(1, "S") // as in Xavier
		return
	case !s.last() || !s.is(s.at-3, "iau", "eau") && !s.is(s.at-2, "au", "ou"):
		s.say("KS")
	}
	if among(s.next(1), "cx") {
		s.at++
	}
	s.at++
}

func (s *speaker) z() {
	switch {
	case s.next(1) == 'h':
		s.skip(2, "J")
	case s.is(s.at+1, "zo", "zi", "za"), s.slavic && s.at > 0 && s.next(-1) != 't':
		s.say("S", "TS")
		if s.next(1) == 'z' {
			s.at++
		}
		s.at++
	default:
		s.one("S", "z")
	}
}
