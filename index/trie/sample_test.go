package trie

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Sample data: people with common given and family names put together at
// random. All of them are made up.

var (
	givenNames = strings.Fields(`Anna Anne Annika Ana-Maria Jo John Johanna Jonathan Jean-Luc Jeanne Jürgen Juergen Jörg Søren Åse Łukasz
		Zoë José Michael Michaela Mike Maria Marie Mohammed Muhammad Sam Samantha Sami Sandra Sasha Steven Stephen Tom Thomas Tim
		Елена Алексей Семён Ελένη Γιώργος محمد فاطمة 小明 美玲 太郎 花子 철수 영희 Ömer Ibrahım Þór Nguyễn D'Arcy`)
	familyNames = strings.Fields(`Smith Smyth Schmidt Schmitt Jones Johnson Johansson Jansen Doe Dole O'Shea O'Brien Müller Mueller Muller
		Müller-Lüdenscheidt Groß Gross Sørensen Sorensen Åkerlund Łukasiewicz García Fernández Papadopoulos Παπαδόπουλος Иванов Петрова
		Sample Samson Sanders Stone Stein Steinmann van-Dyk Brown Braun Black 王 李 山田 佐藤 김 박 الأحمد Yılmaz Æsir Nakamura`)
	titles      = []string{"Engineer", "Sales Manager", "Vice President", "Managing Director", "Support Agent", "Team Lead", "销售经理"}
	departments = []string{"Sales", "Support", "Engineering", "Human Resources", "R&D", "Marketing", "Vertrieb Süd", "営業部"}
	companies   = []string{"Example", "Sample & Sons", "Acme", "Example Österreich"}
)

// A sampler makes entries and queries; the same seed makes the same ones.
type sampler struct {
	rng *rand.Rand
	// suffixes adds endings to names, so that there are about as many
	// different ones as in a real directory; 0 adds none.
	suffixes int
}

func newSampler(seed uint64) *sampler { return &sampler{rng: rand.New(rand.NewPCG(seed, seed))} }

func (s *sampler) pick(list []string) string { return list[s.rng.IntN(len(list))] }

// name picks from a list, common ones more often, with an ending that makes a
// rare name of it.
func (s *sampler) name(list []string) string {
	n := list[min(s.rng.IntN(len(list)), s.rng.IntN(len(list)))]
	if s.suffixes == 0 || s.rng.IntN(3) == 0 {
		return n
	}
	syllables := []string{"berg", "ski", "son", "ova", "ino", "mann", "ley", "ton", "feld", "ić", "escu", "dal", "wyn", "ra", "ko", "te"}
	for range 1 + s.rng.IntN(2) {
		n += syllables[s.rng.IntN(min(s.suffixes, len(syllables)))]
	}
	return n
}

// entry makes a person. Some lack fields, and some have an unusual shape.
func (s *sampler) entry(d Doc) Entry {
	given, family := s.name(givenNames), s.name(familyNames)
	display := given + " " + family
	switch s.rng.IntN(12) {
	case 0:
		display = family + ", " + given
	case 1:
		display = given + " " + s.pick(givenNames) + " " + family
	case 2:
		display = family
	case 3:
		display = "Dr. " + display
	}
	e := Entry{Doc: d, Fields: []Field{{Display, display}, {Given, given}, {Family, family}}}
	add := func(k Kind, text string) {
		if s.rng.IntN(8) > 0 {
			e.Fields = append(e.Fields, Field{k, text})
		}
	}
	user := strings.ToLower(given[:1]+family) + fmt.Sprint(s.rng.IntN(100))
	add(Email, strings.ToLower(given+"."+family))
	add(UserName, user)
	add(Title, s.pick(titles))
	add(Department, s.pick(departments))
	add(Company, s.pick(companies))
	if s.rng.IntN(6) == 0 {
		add(Nick, s.pick(givenNames))
	}
	if s.rng.IntN(6) == 0 {
		add(Phonetic, "ヤマダ タロウ")
	}
	return e
}

// query makes what somebody might type: beginnings, slips and whole names.
func (s *sampler) query() string {
	lists := [][]string{givenNames, familyNames, familyNames, titles, departments, companies}
	var words []string
	for range 1 + s.rng.IntN(3)*s.rng.IntN(2) {
		w := []rune(s.pick(lists[s.rng.IntN(len(lists))]))
		if s.rng.IntN(3) > 0 {
			w = w[:1+s.rng.IntN(len(w))]
		}
		for range s.rng.IntN(3) * s.rng.IntN(2) {
			w = s.slip(w)
		}
		words = append(words, string(w))
	}
	switch s.rng.IntN(10) {
	case 0:
		return string([]rune(s.pick(givenNames))[0]) + string([]rune(s.pick(familyNames))[0])
	case 1:
		return strings.ToUpper(strings.Join(words, "-"))
	case 2: // two beginnings of one name, or of two that begin alike
		w := []rune(s.pick(lists[s.rng.IntN(3)]))
		return string(w[:1+s.rng.IntN(len(w))]) + " " + string(w[:1+s.rng.IntN(len(w))])
	case 3: // beginnings of two names
		a, b := []rune(s.pick(givenNames)), []rune(s.pick(familyNames))
		return string(b[:1+s.rng.IntN(min(3, len(b)))]) + " " + string(a[:1+s.rng.IntN(min(3, len(a)))])
	}
	return strings.Join(words, " ")
}

// slip makes a typing error behind the first letter.
func (s *sampler) slip(w []rune) []rune {
	if len(w) < 3 {
		return w
	}
	w = append([]rune(nil), w...)
	i := 1 + s.rng.IntN(len(w)-2)
	switch s.rng.IntN(4) {
	case 0:
		w[i], w[i+1] = w[i+1], w[i]
	case 1:
		w[i] = 'e'
	case 2:
		return append(w[:i], w[i+1:]...)
	case 3:
		return append(w[:i], append([]rune{'n'}, w[i:]...)...)
	}
	return w
}
