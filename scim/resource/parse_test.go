package resource

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWhatWasParsedIsPrintedAsSent(t *testing.T) {
	for _, text := range []string{
		`null`, `true`, `false`, `""`, `[]`, `{}`, `-0`, `1.50`, `1e400000000`, `12345678901234567890123`,
		`{"b":1,"a":[{"c":null},[],"x"],"Δ":"é\n\"\\"}`,
		`"+61 2 5550 1234"`, `"\u0000"`, `"😀"`,
	} {
		v, err := Parse([]byte(text), Limits{})
		if err != nil {
			t.Errorf("Parse(%s): %v", text, err)
			continue
		}
		if got := string(v.Append(nil)); got != text {
			t.Errorf("Parse(%s) prints %s", text, got)
		}
	}
}

func TestSpellingOfTextIsNotItsValue(t *testing.T) {
	for text, want := range map[string]string{
		" { \"a\" :\t1 }\n":       `{"a":1}`,
		`"\u00e9\/"`:              `"é/"`,
		`"\ud83d\ude00"`:          `"😀"`,
		"\ufeff[1]":               `[1]`,
		`{"A":1,"a\u0308":2}`:     "{\"A\":1,\"a\u0308\":2}",
		`{"k":1,"\u212a":"no k"}`: "{\"k\":1,\"\u212a\":\"no k\"}",
	} {
		v, err := Parse([]byte(text), Limits{})
		if got := string(v.Append(nil)); err != nil || got != want {
			t.Errorf("Parse(%q) = %s, %v; want %s", text, got, err, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	small := Limits{MaxBytes: 60, MaxDepth: 3, MaxFields: 4, MaxValues: 8}
	for _, test := range []struct {
		text   string
		is     error
		reason string // in the message
	}{
		{``, nil, "byte 0: ends too early"},
		{`{"a":`, nil, "ends too early"},
		{`{"emails":[{"value":"x"`, nil, "(/emails/0/value): ends too early"},
		{`{} {}`, nil, "more text"},
		{`{},`, nil, "more text"},
		{`{"a":nul}`, nil, "/a"},
		{`{'a':1}`, nil, "byte 1: invalid character"},
		{"\"\xff\"", nil, "invalid UTF-8"},
		{`"\ud800"`, nil, "lone surrogate"},
		{`"\ud800\u0041"`, nil, "lone surrogate"},
		{`"\x41"`, nil, "invalid escape"},
		{"\"a\nb\"", nil, "invalid character"},
		{`01`, nil, ""},
		{`[1,]`, nil, ""},
		{`{"a":1,"a":2}`, ErrDuplicateName, "byte 10"},
		{`{"userName":1,"USERNAME":2}`, ErrDuplicateName, "same name twice"},
		{`{"a":1,"b":2,"c":3,"d":4,"e":5}`, ErrTooMany, ""},
		{`[1,2,3,4,5,6,7,8]`, ErrTooMany, ""},
		{`[[[[]]]]`, ErrTooDeep, "(/0/0/0): nested"},
		{strings.Repeat("[", 50), ErrTooDeep, ""},
		{`"` + strings.Repeat("x", 60) + `"`, ErrTooLarge, "byte 60"},
	} {
		_, err := Parse([]byte(test.text), small)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || !strings.Contains(err.Error(), test.reason) {
			t.Errorf("Parse(%q): %v; want a *SyntaxError with %q", test.text, err, test.reason)
			continue
		}
		if test.is != nil && !errors.Is(err, test.is) {
			t.Errorf("Parse(%q): %v; want %v", test.text, err, test.is)
		}
	}
}

func TestSyntaxErrorsQuoteNoData(t *testing.T) {
	for _, text := range []string{
		`{"ana@example.com":[`, `{"+442079460018":{"x"`, `{"ana@example.com":1,"ANA@example.com":2}`, `["ana@example.com" "b"]`,
		`"ana@example.com\x"`,
	} {
		_, err := Parse([]byte(text), Limits{})
		if err == nil || strings.Contains(err.Error(), "ana") || strings.Contains(err.Error(), "44") {
			t.Errorf("Parse(%s): %v", text, err)
		}
	}
}

func TestManyNamesAreToldApart(t *testing.T) {
	var text strings.Builder
	text.WriteByte('{')
	for i := range 500 {
		text.WriteString(`"` + strings.Repeat("n", i+1) + `":1,`)
	}
	last := strings.Repeat("n", 400)
	if _, err := Parse([]byte(text.String()+`"other":1}`), Limits{}); err != nil {
		t.Error(err)
	}
	_, err := Parse([]byte(text.String()+`"`+strings.ToUpper(last)+`":1}`), Limits{})
	if !errors.Is(err, ErrDuplicateName) {
		t.Errorf("a name twice in another case: %v", err)
	}
}

func TestSafeNameHidesWhatIsNoName(t *testing.T) {
	for name, want := range map[string]string{
		"userName": "userName", "$ref": "$ref", "urn:a-b:2.0:User:x_1": "urn:a-b:2.0:User:x_1",
		"": "(name)", "a@b": "(name)", "+44": "(name)", "44": "(name)", "Ana Sample": "(name)", "Ανα": "(name)",
		strings.Repeat("a", 161): "(name)",
	} {
		if got := SafeName(name); got != want {
			t.Errorf("SafeName(%q) = %q, want %q", name, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"schemas":["x"],"userName":"a","emails":[{"value":"b","primary":true}],"n":-1.5e3}`,
		`{"a\"":"\\","b":"\"","\\":["\\\"","x\""," "]}`, `{"a":1,"A":2}`, `"\ud800"`, "\ufeff{}", `[[[[[[]]]]]]`, `{"a":{"b":[null,false,"\u00e9"]}}`, ``, `1 2`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := Parse(data, Limits{MaxDepth: 5, MaxFields: 40, MaxValues: 200})
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Offset < 0 || syntax.Offset > len(data) {
				t.Fatalf("%#v of %d bytes", err, len(data))
			}
			return
		}
		printed := v.Append(nil)
		var want, got any
		if err := errors.Join(json.Unmarshal(bytes.TrimPrefix(data, []byte("\ufeff")), &want), json.Unmarshal(printed, &got)); err == nil && !reflect.DeepEqual(want, got) {
			t.Fatalf("%q was read as %s", data, printed)
		}
		again, err := Parse(printed, Limits{})
		if err != nil {
			t.Fatalf("what was printed does not parse: %s: %v", printed, err)
		}
		if !v.Equal(again) || !again.Equal(v) {
			t.Fatalf("%s changed", printed)
		}
		if d := cmp.Diff(string(printed), string(again.Append(nil))); d != "" {
			t.Fatal(d)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	data := []byte(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"test.user@example.com","name":{"givenName":"Test","familyName":"User"},` +
		`"emails":[{"primary":true,"value":"test.user@example.com","type":"work"}],"displayName":"Test User","active":true}`)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(data, Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}
