package contact

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func sampleUser() User {
	return User{
		Contact: Contact{
			ID: "0190c2f1-0000-7000-8000-000000000001", DirectoryID: "d7", ExternalID: "00u1", UserName: "a.sample@example.com",
			DisplayName: "Ana Sample", Formatted: "Ms Ana Sample", GivenName: "Ana", MiddleName: "B.", FamilyName: "Sample", NickName: "An",
			Title: "Engineer", Department: "R&D", Company: "Example", Manager: "m1", Active: true,
			Emails:  []Email{{Type: "work", Value: "a@example.com", Primary: true}, {Value: "b@example.com"}},
			Numbers: []Number{{Type: "work", Raw: "+44 20 7946 0018"}, {Type: "mobile", Raw: "4711", Primary: true}},
		},
		Created: time.UnixMicro(1_700_000_000_123_456).UTC(),
		Body:    []byte(`{"userName":"a.sample@example.com"}`),
	}
}

func TestUserSurvivesEncoding(t *testing.T) {
	for _, u := range []User{{}, sampleUser(), {Contact: Contact{Active: true}, Body: []byte("{}")}} {
		got, err := DecodeUser(AppendUser(nil, &u))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Body, u.Body) {
			t.Errorf("body %q became %q", u.Body, got.Body)
		}
		created, body, err := SplitUser(AppendUser(nil, &u))
		if err != nil || !created.Equal(u.Created) || !bytes.Equal(body, u.Body) {
			t.Errorf("split into %v, %q, %v", created, body, err)
		}
		got.Body, u.Body = nil, nil
		if d := cmp.Diff(u, got); d != "" {
			t.Errorf("user changed (-want +got):\n%s", d)
		}
	}
}

func TestGroupSurvivesEncoding(t *testing.T) {
	g := Group{ID: "g1", DirectoryID: "d", ExternalID: "x", DisplayName: "Sales", Created: time.UnixMicro(5).UTC(), Body: []byte("{}")}
	got, err := DecodeGroup(AppendGroup(nil, &g))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(g, got); d != "" {
		t.Errorf("group changed (-want +got):\n%s", d)
	}
}

func TestCutRecordsAreMalformed(t *testing.T) {
	u := sampleUser()
	u.Body = nil
	whole := AppendUser(nil, &u)
	for i := range whole {
		if _, err := DecodeUser(whole[:i]); !errors.Is(err, ErrMalformed) {
			t.Errorf("record cut to %d of %d bytes: error %v", i, len(whole), err)
		}
		if _, _, err := SplitUser(whole[:i]); !errors.Is(err, ErrMalformed) {
			t.Errorf("record cut to %d of %d bytes and split: error %v", i, len(whole), err)
		}
	}
}

func TestKeysParseBack(t *testing.T) {
	for key, want := range map[string]Key{
		DirectoryKey("d"):                {Kind: KindDirectory, Dir: "d"},
		UserKey("d", "u"):                {Kind: KindUser, Dir: "d", ID: "u"},
		GroupKey("d", "g"):               {Kind: KindGroup, Dir: "d", ID: "g"},
		MemberKey("d", "g", "a/b%2F"):    {Kind: KindMember, Dir: "d", ID: "g", Member: "a/b%2F"},
		MemberOfKey("d", "a/b%2F%", "g"): {Kind: KindMemberOf, Dir: "d", ID: "g", Member: "a/b%2F%"},
		SchemaKey("d", "urn:x:y"):        {Kind: KindSchema, Dir: "d", ID: "urn:x:y"},
		CredentialKey("k"):               {Kind: KindCredential, ID: "k"},
		ClientKey("d", "c"):              {Kind: KindClient, Dir: "d", ID: "c"},
		PresenceKey("d", "microsoft"):    {Kind: KindPresence, Dir: "d", ID: "microsoft"},
		TenantKey("t"):                   {Kind: KindTenant, ID: "t"},
	} {
		got, ok := ParseKey(key)
		if !ok || got != want {
			t.Errorf("ParseKey(%q) = %+v, %v; want %+v", key, got, ok, want)
		}
	}
	for _, key := range []string{"", "u", "u/", "u/d", "m/d/g", "q/x", "ux/d/e"} {
		if got, ok := ParseKey(key); ok {
			t.Errorf("ParseKey(%q) = %+v; want none", key, got)
		}
	}
}

func TestMembersOfDifferentNamesNeverShareAPrefix(t *testing.T) {
	prefix := MemberOfPrefix("d", "a")
	for _, other := range []string{"a/b", "a/", "a%2F", "ab"} {
		if key := MemberOfKey("d", other, "g"); len(key) >= len(prefix) && key[:len(prefix)] == prefix {
			t.Errorf("member %q falls under the prefix of member a", other)
		}
	}
}

func TestExactKeysShowNoValue(t *testing.T) {
	const value = "ana.sample@example.com"
	key := ExactKey("d", 'e', value, "u")
	if strings.Contains(key, "sample") || !strings.HasPrefix(key, ExactPrefix("d", 'e', value)) || len(key) > 30 {
		t.Errorf("key %q", key)
	}
	seen := map[string]string{}
	for _, value := range []string{value, "", "a", "A", "é", strings.Repeat("x", 5000)} {
		for _, attribute := range []byte("ep") {
			key := ExactKey("d", attribute, value, "u")
			if other, twice := seen[key]; twice {
				t.Errorf("%q and %q share a key", value, other)
			}
			seen[key] = value
		}
	}
}

func FuzzDecodeUser(f *testing.F) {
	u := sampleUser()
	f.Add(AppendUser(nil, &u))
	f.Add([]byte{formatUser, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, value []byte) {
		u, err := DecodeUser(value)
		created, body, splitErr := SplitUser(value)
		if (err == nil) != (splitErr == nil) {
			t.Fatalf("decoding says %v and splitting %v", err, splitErr)
		}
		if err != nil {
			return
		}
		if !created.Equal(u.Created) || !bytes.Equal(body, u.Body) {
			t.Fatalf("split into %v, %q", created, body)
		}
		again, err := DecodeUser(AppendUser(nil, &u))
		if err != nil {
			t.Fatalf("what was decoded does not encode: %v", err)
		}
		if d := cmp.Diff(u, again); d != "" {
			t.Error(d)
		}
	})
}

func TestDecodedStringsAreTheReadersOwn(t *testing.T) {
	want := Contact{ID: "u1", DirectoryID: "d", DisplayName: "Ana Sample", Numbers: []Number{{Type: "work", Raw: "+442079460018"}}, Emails: []Email{{Value: "ana@example.com"}}}
	value := AppendUser(nil, &User{Contact: want, Body: []byte("{}")})
	u, err := DecodeUser(value)
	if err != nil {
		t.Fatal(err)
	}
	clear(value)
	if d := cmp.Diff(want, u.Contact); d != "" {
		t.Errorf("after the value was overwritten (-want +got):\n%s", d)
	}
	value = AppendUser(nil, &User{Contact: want, Body: []byte("{}")})
	const pieces = 4 // the strings, the e-mail addresses, the numbers, and what the test adds
	if n := testing.AllocsPerRun(100, func() { _, _ = DecodeUser(value) }); n > pieces {
		t.Errorf("decoding allocates %v times", n)
	}
}

func TestADecodedHeaderUsesMemoryAgain(t *testing.T) {
	var c Contact
	people := []User{sampleUser(), {Contact: Contact{ID: "u2", Active: false}}, sampleUser(), {Contact: Contact{ID: "u3", Numbers: []Number{{Raw: "1"}}}}}
	for _, u := range people {
		header, err := Header(AppendUser(nil, &u))
		if err != nil {
			t.Fatal(err)
		}
		if err := DecodeHeader(string(header), &c); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(u.Contact, c, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("over another contact (-want +got):\n%s", d)
		}
	}
	u := sampleUser()
	header := string(AppendHeader(nil, &u.Contact))
	if n := testing.AllocsPerRun(100, func() { _ = DecodeHeader(header, &c) }); n > 0 {
		t.Errorf("decoding again allocates %v times", n)
	}
	for i := range header {
		if err := DecodeHeader(header[:i], &c); !errors.Is(err, ErrMalformed) {
			t.Errorf("header cut to %d of %d bytes: error %v", i, len(header), err)
		}
	}
}
