package resource

import (
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

func TestStringsArePrintedAsTheLibraryWould(t *testing.T) {
	texts := []string{"", "plain", "a@b.example", "\u2028", "é", "\xff", "<&>", "\x7f"}
	for c := range 256 {
		texts = append(texts, "a"+string([]byte{byte(c)})+"b", string(rune(c)))
	}
	for _, s := range texts {
		want, _ := jsontext.AppendQuote(nil, s)
		if got := OfString(s).Append(nil); string(got) != string(want) {
			t.Errorf("%q is printed as %s, want %s", s, got, want)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	v, err := Parse([]byte(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"test.user@example.com","name":{"givenName":"Test","familyName":"User"},`+
		`"emails":[{"primary":true,"value":"test.user@example.com","type":"work"}],"displayName":"Test User","active":true}`), Limits{})
	if err != nil {
		b.Fatal(err)
	}
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = v.Append(buf[:0])
	}
	b.SetBytes(int64(len(buf)))
}
