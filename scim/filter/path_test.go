package filter

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
)

func TestPathsName(t *testing.T) {
	user := schema.Default().Type("User")
	const e, g = schema.EnterpriseURN, schema.GenesysURN
	for src, want := range map[string]string{
		`userName`:                        `userName`,
		` Name.FAMILYNAME `:               `name.familyName`,
		`emails`:                          `emails`,
		`emails.value`:                    `emails.value`,
		`emails[type eq "work"]`:          `emails {"type":"work"}`,
		`emails[type eq "work"].value`:    `emails.value {"type":"work"}`,
		`emails [ type eq "work" ].value`: `emails.value {"type":"work"}`,
		`emails[type eq "work" and primary eq true].value`: `emails.value {"type":"work","primary":true}`,
		`roles[primary eq "True"].value`:                   `roles.value {"primary":true}`,
		`emails[value co "x"]`:                             `emails no model`,
		`emails[type eq "a" and type eq "b"]`:              `emails no model`,
		`emails[type eq "a" and type eq "a"]`:              `emails {"type":"a"}`,
		`emails[type eq ""]`:                               `emails no model`,
		`emails[not (type eq "a")]`:                        `emails no model`,
		`emails[type eq null]`:                             `emails no model`,
		e:                                                  e,
		e + `:department`:                                  e + `:department`,
		e + `.manager`:                                     e + `:manager`,
		e + `:manager.value`:                               e + `:manager.value`,
		e + `:badges[colour eq "red"].size`:                e + `:badges.size {"colour":"red"}`,
		g + `:externalIds[authority eq ‘microsoftteams’].value`: g + `:externalIds.value {"authority":"microsoftteams"}`,
		g + `:externalIds[authority eq ‘zoomphone].value`:       g + `:externalIds.value {"authority":"zoomphone"}`,
		g + `:externalIds[authority eq 'zoomphone].value`:       g + `:externalIds.value {"authority":"zoomphone"}`,
		g + `:externalIds[authority eq “zoomphone ].value`:      g + `:externalIds.value {"authority":"zoomphone"}`,
		g + `:externalIds[authority eq zoomphone].value`:        g + `:externalIds.value {"authority":"zoomphone"}`,
		e + ":badges[size eq \ufeff7]":                          e + ":badges {\"size\":\"\ufeff7\"}",
		g + `:routingSkills[proficiency eq 2.5].name`:           g + `:routingSkills.name {"proficiency":2.5}`,
	} {
		p, err := ParsePath(src, user, Options{})
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		if got := describe(p); got != want {
			t.Errorf("%s: %s, want %s", src, got, want)
		}
	}
}

func describe(p Path) string {
	if p.Elements == nil {
		return p.String()
	}
	model, ok := p.Elements.Model()
	if !ok {
		return p.String() + " no model"
	}
	return fmt.Sprintf("%v %s", p, model.Append(nil))
}

func TestPathsToUnknownAttributesAreTold(t *testing.T) {
	user := schema.Default().Type("User")
	for src, path := range map[string]string{
		`phoneNumberss[type eq "work3"].value`: "phoneNumberss",
		`titel`:                                "titel",
		`emails.valeu`:                         "emails.valeu",
		`emails[type eq "work"].valeu`:         "emails.valeu",
		`emails[kind eq "work"].value`:         "emails.kind",
		`urn:example:2.0:X:y`:                  "urn:example:2.0:X:y",
	} {
		_, err := ParsePath(src, user, Options{})
		var e *schema.Error
		if !errors.Is(err, schema.ErrUnknownAttribute) || !errors.As(err, &e) || e.ScimType != schema.InvalidPath || !strings.HasSuffix(e.Path, path) {
			t.Errorf("%s: %v", src, err)
		}
	}
}

func TestPathsThatAreNone(t *testing.T) {
	user := schema.Default().Type("User")
	for src, want := range map[string]string{
		``:                                     "character 1: expected the name",
		`[type eq "work"]`:                     "character 1: expected the name",
		`emails[`:                              "character 8",
		`emails[]`:                             "character 8: expected the name",
		`emails[type eq "work"`:                "expected and, or, or ]",
		`emails[type eq "work"].`:              "character 24: expected the name of a sub-attribute",
		`emails[type eq "work"]value`:          "expected the end",
		`emails[type eq "work"].value.more`:    "",
		`emails[type eq "work"].value[a eq 1]`: "expected the end",
		`emails[emails[type eq "work"]]`:       "inside another",
		`userName[value eq "x"]`:               "several values",
		`name[familyName eq "x"].givenName`:    "several values",
		schema.EnterpriseURN + `[a eq 1]`:      "several values",
		`emails.value[type eq "x"]`:            "several values",
		`phoneNumberss[type zz "x"]`:           "expected an operator",
		`user name`:                            "character 6: expected the end",
		"emails\x00":                           "expected the end",
		strings.Repeat("a", MaxBytes+1):        "longer than",
	} {
		_, err := ParsePath(src, user, Options{})
		var e *schema.Error
		if !errors.As(err, &e) || e.ScimType != schema.InvalidPath || !strings.Contains(err.Error(), want) {
			t.Errorf("%.50s: %v; want %q", src, err, want)
		}
	}
}

func TestValuesOfAMemberFilter(t *testing.T) {
	group := schema.Default().Type("Group")
	for src, want := range map[string]string{
		`members[value eq "a"]`:                               `[a] true`,
		`members[value eq "a" or (value eq b or value eq c)]`: `[a b c] true`,
		`members[value eq "a" and type eq "User"]`:            `[] false`,
		`members[type eq "User"]`:                             `[] false`,
		`members[value co "a"]`:                               `[] false`,
	} {
		p, err := ParsePath(src, group, Options{})
		if err != nil {
			t.Fatal(err)
		}
		values, ok := p.Elements.Values()
		if !ok {
			values = nil
		}
		if got := fmt.Sprint(values, ok); got != want {
			t.Errorf("%s: %s, want %s", src, got, want)
		}
	}
}

func FuzzParsePath(f *testing.F) {
	for _, seed := range []string{
		`emails[type eq "work" and primary eq true].value`, schema.GenesysURN + `:externalIds[authority eq ‘zoomphone].value`,
		`name.familyName`, schema.EnterpriseURN + `.manager`, `phoneNumberss[type eq "a"`, `a[b eq "c"].d`, `emails[value eq "\u00e9\`,
		schema.GenesysURN + `:externalIds[authority eq "x" and value eq „y“].value`, schema.GenesysURN + `.routingSkills[proficiency ge 4.50]`,
		schema.EnterpriseURN + `:licenseType`, schema.EnterpriseURN + `:bag[x eq 1].y.z`, `urn:ietf:params:scim:schemas:core:2.0:User:phoneNumbers[type eq work2].value`,
		`roles[primary eq "True"].value`, `members[value eq "a" or value eq "b"]`, "\u2028userName", `[]`, `a.`, `a[[b]]`,
	} {
		f.Add(seed)
	}
	user := schema.Default().Type("User")
	v, err := resource.Parse([]byte(sampleUser), resource.Limits{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, src string) {
		for _, opts := range []Options{{}, {Strict: true}} {
			p, err := ParsePath(src, user, opts)
			if err != nil {
				var e *schema.Error
				if !errors.As(err, &e) || e.ScimType != schema.InvalidPath {
					t.Fatalf("%q: %#v", src, err)
				}
				continue
			}
			if again, err := user.Resolve(p.String()); p.Attr != nil && p.Attr.Type != schema.Any && (err != nil || again.String() != p.String()) {
				t.Fatalf("%q names %s, which is %s, %v", src, p, again, err)
			}
			if p.Elements == nil {
				continue
			}
			for e := range v.Get(p.Attr.Name).Elems() {
				p.Elements.Match(e)
			}
			if model, ok := p.Elements.Model(); ok && !p.Elements.Match(model) {
				t.Fatalf("%q does not mean the element that it describes: %s", src, model.Append(nil))
			}
		}
	})
}
