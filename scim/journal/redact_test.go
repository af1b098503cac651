package journal

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/scim/patch"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
)

func TestFiltersAreShownWithoutTheirOperands(t *testing.T) {
	for src, want := range map[string]string{
		``:                             ``,
		`userName eq "a@example.com"`:  `userName eq "…"`,
		`username Eq "o\"brien\\x" `:   `userName eq "…"`,
		`externalId eq jyoung`:         `externalId eq …`,
		`active eq true and title pr`:  `active eq … and title pr`,
		`NOT (userName sw "a") or (b)`: `not (userName sw "…") or ((name))`,
		`emails[type eq "work" and value co "@example.com"]`:                  `emails[type eq "…" and value co "…"]`,
		`emails[type eq "work"].value eq "a@example.com"`:                     `emails[type eq "…"].value eq "…"`,
		`id eq "g" and members eq "u"`:                                        `id eq "…" and (name) eq "…"`,
		`urn:ietf:params:scim:schemas:core:2.0:User:userName eq "a"`:          `userName eq "…"`,
		schema.EnterpriseURN + `:department eq "Sales"`:                       schema.EnterpriseURN + `:department eq "…"`,
		schema.EnterpriseURN + `:anna.smith eq "Sales"`:                       schema.EnterpriseURN + `:(name) eq "…"`,
		schema.GenesysURN + `:externalIds[authority eq ‘zoomphone].value`:     schema.GenesysURN + `:externalIds[authority eq "…"`,
		schema.GenesysURN + `:externalIds[authority eq ‘zoomphone’].value pr`: schema.GenesysURN + `:externalIds[authority eq "…"].value pr`,
		`smith`:                                `(name)`,
		`anna@example.com smith 4711`:          `(name) …`,
		`"anna@example.com" eq userName`:       `"…" …`,
		`userName resembles "anna"`:            `userName … "…"`,
		`userName eq "anna`:                    `userName eq "…"`,
		`userName eq 'O'Brien' or title eq "x`: `userName eq "…"…"…"`,
		`userName eq anna smith or jones`:      `userName eq … or (name)`,
		`emails[smith eq 1].jones eq 2`:        `emails[(name) eq …].(name) eq …`,
		`]]].smith (((`:                        `]]].(name) (((`,
		"userName\teq\u00a0\"a\"":              `userName eq "…"`,
		strings.Repeat("x", 5000):              `(too long to show)`,
		"\xff\xfe eq \xff":                     `(name) eq …`,
	} {
		if got := RedactFilter(userType, src); got != want {
			t.Errorf("RedactFilter(%.80q) = %q, want %q", src, got, want)
		}
	}
	if got := RedactFilter(nil, `userName eq "a"`); got != `(name) eq "…"` {
		t.Errorf("without a type: %q", got)
	}
}

func TestPathsKeepWhatTellsElementsApart(t *testing.T) {
	for src, want := range map[string]string{
		`phoneNumbers[type eq "work2"].value`:                              `phoneNumbers[type eq "work2"].value`,
		`phonenumbers[TYPE eq "mobile"].Value`:                             `phoneNumbers[type eq "mobile"].value`,
		`phoneNumbers[type eq "anna"].value`:                               `phoneNumbers[type eq "…"].value`,
		`emails[type eq "work" and primary eq True].value`:                 `emails[type eq "work" and primary eq True].value`,
		`roles[primary eq "True"].value`:                                   `roles[primary eq "True"].value`,
		`roles[primary eq "anna"].value`:                                   `roles[primary eq "…"].value`,
		`emails[value eq "work"]`:                                          `emails[value eq "…"]`,
		`phoneNumberss[type eq "work3"].value`:                             `phoneNumberss[type eq "work3"].value`,
		`phoneNumberss[type eq "anna" and smith eq 1].jones`:               `phoneNumberss[type eq "…" and (name) eq …].(name)`,
		`anna@example.com[value eq 1]`:                                     `(name)[value eq …]`,
		`name.givenName`:                                                   `name.givenName`,
		schema.EnterpriseURN + `:manager`:                                  schema.EnterpriseURN + `:manager`,
		schema.EnterpriseURN + `.manager`:                                  schema.EnterpriseURN + `:manager`,
		schema.EnterpriseURN + `:licenseType`:                              schema.EnterpriseURN + `:licenseType`,
		schema.GenesysURN + `:externalIds[authority eq "zoomphone"].value`: schema.GenesysURN + `:externalIds[authority eq "…"].value`,
	} {
		if got := RedactPath(userType, src); got != want {
			t.Errorf("RedactPath(%q) = %q, want %q", src, got, want)
		}
	}
	if got := RedactPath(groupType, `members[value eq "2819c223"]`); got != `members[value eq "…"]` {
		t.Errorf("members: %q", got)
	}
}

// vocabulary is all that a redacted filter may be made of.
func vocabulary(t *schema.Type) map[string]bool {
	words := map[string]bool{"and": true, "or": true, "not": true, "…": true, "name": true, "too": true, "long": true, "to": true, "show": true, "": true}
	for op := range operators {
		words[op] = true
	}
	add := func(prefix string, a *schema.Attribute) {
		words[prefix+a.Name], words[a.Name] = true, true
		for _, s := range a.Sub {
			words[prefix+a.Name+"."+s.Name], words[s.Name], words["."+s.Name] = true, true, true
		}
	}
	for _, a := range t.Core.Attributes {
		add("", a)
	}
	for _, e := range t.Extensions {
		words[e.Schema.ID], words[e.Schema.ID+":"] = true, true
		for _, a := range e.Schema.Attributes {
			add(e.Schema.ID+":", a)
		}
	}
	words[t.Core.ID] = true
	for _, common := range []string{"id", "externalId", "schemas", "meta", "meta.resourceType", "meta.created", "meta.lastModified", "meta.location", "meta.version"} {
		words[common], words["."+strings.TrimPrefix(common, "meta.")] = true, true
		words[strings.TrimPrefix(common, "meta.")] = true
	}
	words["."] = true
	return words
}

// FuzzRedactedFilterIsMadeOfKnownWords holds RedactFilter to its promise for
// whatever it is given.
func FuzzRedactedFilterIsMadeOfKnownWords(f *testing.F) {
	for _, seed := range []string{
		`userName eq "anna@example.com"`, `emails[type eq "work"].value co anna`, `smith`, `not not (((`, `a[b[c eq "d"]]`, `urn:anna:smith eq 1`,
		schema.EnterpriseURN + `:anna eq "x"`, `userName eq 'O'Brien`, `“anna” ‘smith`, `userName eq "\"anna" smith`, "meta.anna", "]. anna", "].anna.smith",
	} {
		f.Add(seed)
	}
	known := vocabulary(userType)
	f.Fuzz(func(t *testing.T, src string) {
		if got := RedactFilter(userType, src); unknownWord(got, known) != "" {
			t.Errorf("RedactFilter(%q) = %q has %q", src, got, unknownWord(got, known))
		}
		got := RedactPath(userType, src)
		first := strings.IndexFunc(got, isBetween)
		if first < 0 || unknownWord(got[first:], known) == "" {
			return
		}
		if word := unknownWord(got[first:], known); !isCanonicalWord(word) {
			t.Errorf("RedactPath(%q) = %q has %q", src, got, word)
		}
	})
}

func isBetween(c rune) bool { return unicode.IsSpace(c) || strings.ContainsRune(`()[]"`, c) }

// unknownWord returns a word of text that is not known, or "".
func unknownWord(text string, known map[string]bool) string {
	for _, word := range strings.FieldsFunc(text, isBetween) {
		for part := range strings.SplitSeq(strings.ReplaceAll(word, "…", " … "), " ") {
			if !known[part] {
				return part
			}
		}
	}
	return ""
}

// isCanonicalWord tells whether an operand may be shown.
func isCanonicalWord(word string) bool {
	lower := strings.ToLower(word)
	if lower == "true" || lower == "false" {
		return true
	}
	for _, a := range append(slices.Clone(userType.Core.Attributes), unknownList) {
		if s := a.SubAttribute("type"); s != nil && isCanonical(s, word) {
			return true
		}
	}
	return false
}

func TestExplainTellsOperationsWithTheirNotes(t *testing.T) {
	body := parse(t, `{"Operations":[
		{"op":"Add","path":"phoneNumbers[type eq \"work2\"].value","value":"+44 7700 900000"},
		{"op":"replace","value":{"displayName":"canarium","name.givenName":"canarium","phoneNumberz":1}},
		{"op":"Remove","path":"emails[value eq \"canarium\"]"}]}`)
	ops, err := patch.ParseRequest(body)
	if err != nil {
		t.Fatal(err)
	}
	result, err := patch.Apply(userType, parse(t, `{"userName":"a"}`), ops, patch.Policy{})
	if err != nil {
		t.Fatal(err)
	}
	want := []Operation{
		{0, "add", `phoneNumbers[type eq "work2"].value`, []string{"phoneNumbers.value: created the element that the filter describes"}},
		{1, "replace", "displayName, name.givenName, phoneNumberz", []string{"phoneNumberz: ignored: is not an attribute of User; did you mean phoneNumbers?"}},
		{2, "remove", `emails[value eq "…"]`, []string{"changed nothing"}},
	}
	if diff := cmp.Diff(want, Explain(userType, ops, result.Notes)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestExplainIsBoundedAndKeepsNotes(t *testing.T) {
	ops := make([]patch.Operation, 1000)
	for i := range ops {
		ops[i] = patch.Operation{Op: patch.Replace, Path: "title", Value: resource.OfString("x")}
	}
	got := Explain(userType, ops, []patch.Note{{Operation: 700, Path: "title", Detail: "x"}, {Operation: 999, Detail: "y"}})
	if len(got) != 22 || got[20].Index != 700 || got[21].Notes[0] != "y" {
		t.Errorf("%d operations: %+v", len(got), got)
	}
}
