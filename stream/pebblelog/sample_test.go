package pebblelog

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
)

// A sampler makes values like those that the log mostly holds: people as SCIM
// clients send them, behind a compact header of the fields that an index
// reads. Names are syllables; the same seed gives the same people.
type sampler struct{ rng *rand.Rand }

func newSampler(seed uint64) sampler { return sampler{rand.New(rand.NewPCG(seed, 1))} }

func (s sampler) pick(from ...string) string { return from[s.rng.IntN(len(from))] }

func (s sampler) word() string {
	var b strings.Builder
	for range 2 + s.rng.IntN(2) {
		b.WriteString(s.pick("ba", "den", "kor", "li", "ma", "nov", "os", "pé", "ri", "san", "tö", "va", "wen", "xi", "zu", "jan", "eck", "ül"))
	}
	w := b.String()
	return strings.ToUpper(w[:1]) + w[1:]
}

func (s sampler) digits(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('0' + s.rng.IntN(10))
	}
	return string(b)
}

func (s sampler) uuid() string {
	h := fmt.Sprintf("%016x%016x", s.rng.Uint64(), s.rng.Uint64())
	return h[:8] + "-" + h[8:12] + "-7" + h[13:16] + "-a" + h[17:20] + "-" + h[20:]
}

// user returns one stored person, of 600 to 1500 bytes.
func (s sampler) user() []byte {
	given, family, domain := s.word(), s.word(), strings.ToLower(s.word())+s.pick(".example.com", ".example.org", ".example.net")
	login := strings.ToLower(given+"."+family) + "@" + domain
	title := s.pick("Engineer", "Sales Manager", "Support Agent", "Team Lead", "Account Executive", "Consultant", "Analyst")
	department := s.pick("Sales", "Support", "Engineering", "Finance", "Operations", "Human Resources", "Marketing")
	country := s.pick("+44 20 ", "+49 30 ", "+1 (415) ", "+33 1 ", "+81 3 ", "+48 22 ")
	phone, mobile := country+s.digits(4)+" "+s.digits(4), country+s.digits(7)
	id, dir, external := s.uuid(), s.uuid(), s.uuid()
	fields := []string{id, dir, external, login, given + " " + family, given + " " + family, given, "", family, "", title, department, "Example", ""}
	b := []byte{1, 0, 1}
	for _, f := range fields {
		b = binary.AppendUvarint(b, uint64(len(f)))
		b = append(b, f...)
	}
	b = append(b, 1, 1, 4)
	b = append(b, "work"...)
	b = append(b, byte(len(login)))
	b = append(b, login...)
	return append(b, s.body(external, login, given, family, title, department, phone, mobile)...)
}

// body returns a SCIM User as one of two kinds of client sends it.
func (s sampler) body(external, login, given, family, title, department, phone, mobile string) string {
	if s.rng.IntN(2) == 0 {
		return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],`+
			`"externalId":%q,"userName":%q,"active":true,"displayName":%q,"emails":[{"primary":true,"type":"work","value":%q}],`+
			`"name":{"formatted":%q,"familyName":%q,"givenName":%q},"title":%q,"phoneNumbers":[{"type":"work","value":%q},{"type":"mobile","value":%q}],`+
			`"addresses":[{"type":"work","streetAddress":%q,"locality":%q,"postalCode":%q,"country":"GB"}],`+
			`"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":%q,"employeeNumber":%q,"organization":"Example"}}`,
			external, login, given+" "+family, login, given+" "+family, family, given, title, phone, mobile,
			s.digits(2)+" "+s.word()+" Street", s.word(), s.digits(5), department, s.digits(6))
	}
	return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":%q,"name":{"givenName":%q,"familyName":%q},`+
		`"emails":[{"primary":true,"value":%q,"type":"work"}],"displayName":%q,"locale":"en-US","externalId":"00u%s","groups":[],`+
		`"phoneNumbers":[{"value":%q,"type":"work","primary":true},{"value":%q,"type":"mobile"}],"title":%q,"active":true}`,
		login, given, family, login, given+" "+family, s.digits(12), phone, mobile, title)
}

// other returns one of the other values that are large enough to compress:
// groups, directories, credentials.
func (s sampler) other() []byte {
	switch s.rng.IntN(3) {
	case 0:
		return fmt.Appendf(nil, "\x01\x00\x24%s\x24%s\x00%s"+`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"externalId":%q,"displayName":%q}`,
			s.uuid(), s.uuid(), s.word(), s.uuid(), s.word()+" "+s.word())
	case 1:
		return fmt.Appendf(nil, `{"id":%q,"name":%q,"defaultRegion":%q,"inactiveSearchable":false,"created":"2026-01-02T03:04:05.123456Z"}`,
			s.uuid(), s.word(), s.pick("GB", "DE", "US"))
	default:
		return fmt.Appendf(nil, `{"id":%q,"name":%q,"hash":"%s%s","scopes":["read","write"],"created":"2026-01-02T03:04:05.123456Z","lastUsed":"2026-01-02T03:00:00Z"}`,
			s.digits(12), s.word(), s.uuid(), s.uuid())
	}
}
