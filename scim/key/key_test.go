package key

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

func TestKeyHasTheDocumentedShapeAndParses(t *testing.T) {
	shape := regexp.MustCompile(`^rdx_(admin|api|scim|phone)_[0-9A-Za-z]{61}$`)
	for _, kind := range []Kind{Admin, API, SCIM, Phone} {
		k := New(kind)
		if !shape.MatchString(k.Text()) {
			t.Errorf("a new key does not have the documented shape")
		}
		got, err := Parse(k.Text())
		if err != nil || got != k {
			t.Errorf("Parse of a new %s key = %v, %v", kind, got, err)
		}
		if !got.Hash().Equal(k.Hash()) || got.Hash().Equal(New(kind).Hash()) {
			t.Errorf("hash of a %s key does not identify it", kind)
		}
	}
}

func TestEveryChangedCharacterIsRefused(t *testing.T) {
	text := New(SCIM).Text()
	for i := range text {
		for _, c := range []byte{'0', 'x', '_', ' '} {
			if text[i] == c {
				continue
			}
			changed := text[:i] + string(c) + text[i+1:]
			if _, err := Parse(changed); !errors.Is(err, ErrMalformed) {
				t.Errorf("key with position %d changed was accepted", i)
			}
		}
		if _, err := Parse(text[:i]); !errors.Is(err, ErrMalformed) {
			t.Errorf("key cut to %d bytes was accepted", i)
		}
	}
}

func TestPrintingAKeyHidesItsSecret(t *testing.T) {
	k := New(Admin)
	secret := k.Text()[len("rdx_admin_")+idLen:]
	for _, s := range []string{k.String(), fmt.Sprint(k), fmt.Sprintf("%v", k)} {
		if strings.Contains(s, secret) {
			t.Error("a printed key shows its secret")
		}
	}
}

func TestNewIDHasNoUnderscoreAndDoesNotRepeat(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		id := NewID(16)
		if len(id) != 16 || strings.ContainsAny(id, "_-0O1lI") || seen[id] {
			t.Fatalf("NewID = %q", id)
		}
		seen[id] = true
	}
}

func FuzzParse(f *testing.F) {
	f.Add(New(API).Text())
	f.Add("rdx_api_")
	f.Add("rdx__")
	f.Add("bearer")
	f.Fuzz(func(t *testing.T, text string) {
		k, err := Parse(text)
		if err == nil && k.Text() != text {
			t.Errorf("Parse changed the key")
		}
	})
}
