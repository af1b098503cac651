package filter

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
)

const sampleUser = `{"id":"7","userName":"Bjensen@example.com","externalId":"JYoung","displayName":"Straße \"Süd\" \\x",
"name":{"familyName":"O'Malley","givenName":"Bo"},"title":"Engineer","active":true,"nickName":"",
"emails":[{"type":"work","value":"b@example.com","primary":true},{"type":"home","value":"B@example.org"}],
"phoneNumbers":[{"type":"work","value":"+61255501234"}],"addresses":[{"type":"work","locality":"Exampleton"}],
"meta":{"resourceType":"User","created":"2011-05-13T04:42:34Z","lastModified":"2021-09-23T19:35:41.8420572Z","version":"W/\"a\""},
"x509Certificates":[{"value":"QUJD"}],
"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Tours","manager":{"value":"26"},"badge":42,"levels":[1,2.5],"hired":true},
"urn:ietf:params:scim:schemas:extension:genesys:purecloud:2.0:User":{"externalIds":[{"authority":"zoomphone","value":"Z1"},{"authority":"other","value":"O1"}],
"routingSkills":[{"name":"sales","proficiency":2.5},{"name":"support","proficiency":4}]}}`

func parse(t testing.TB, text string) resource.Value {
	t.Helper()
	v, err := resource.Parse([]byte(text), resource.Limits{})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func TestFiltersMean(t *testing.T) {
	user := schema.Default().Type("User")
	v := parse(t, sampleUser)
	const e, g = schema.EnterpriseURN, schema.GenesysURN
	for src, want := range map[string]bool{
		// Operators and case.
		`userName eq "bjensen@example.com"`:    true,
		`userName eq "bjensen"`:                false,
		`USERNAME Eq "BJENSEN@EXAMPLE.COM"`:    true,
		`username sw "bj"`:                     true,
		`userName co "EXAMPLE"`:                true,
		`userName ew ".com"`:                   true,
		`userName ew ".org"`:                   false,
		`userName gt "a"`:                      true,
		`userName lt "a"`:                      false,
		`userName ge "bjensen@example.com"`:    true,
		`userName le "bjensen@example.com"`:    true,
		`title ne "Engineer"`:                  false,
		`title ne "Pilot"`:                     true,
		`externalId eq "jyoung"`:               false,
		`externalId eq "JYoung"`:               true,
		`displayName eq "STRASSE \"süd\" \\X"`: true,
		`displayName co "\u00fcd"`:             true,
		`name.familyName co "O'Malley"`:        true,
		`active eq true`:                       true,
		`active ne true`:                       false,
		`active eq "True"`:                     true,
		`active eq False`:                      false,
		// Presence and absence.
		`title pr`: true, `nickName pr`: false, `userType pr`: false, `name pr`: true, `emails pr`: true, `roles pr`: false,
		`emails.display pr`: false, `not (userType pr)`: true,
		`userType eq null`: true, `userType ne null`: false, `title eq null`: false, `title ne null`: true,
		`userType eq "x"`: false, `userType ne "x"`: true, `userType gt "x"`: false,
		`nothing eq "x"`: false, `nothing pr`: false, `not (nothing eq "x")`: true, `urn:example:x:y co "x"`: false, `nothing[a eq 1]`: false,
		// Instants.
		`meta.lastmodified ge "2021-09-23T19:35:41.8420572Z"`: true,
		`meta.lastModified gt "2021-09-23T19:35:41.8420572Z"`: false,
		`meta.lastModified ge 2021-09-23T19:35:41.84Z`:        true,
		`meta.created eq "2011-05-13T06:42:34.000+02:00"`:     true,
		`meta.created sw "2011-05"`:                           true,
		`meta.resourceType eq User`:                           true,
		`meta.version eq "W/\"a\""`:                           true,
		// Several values: any.
		`emails eq "b@example.com"`: true, `emails co "example.org"`: true, `emails.value eq "x"`: false,
		`emails.type eq "home"`: true, `emails.type ne "work"`: true, `emails.primary eq true`: true, `phoneNumbers.type ne "work"`: false,
		`emails[type eq "work" and value co "@example.com"]`:                             true,
		`emails[type eq "home" and value co "@example.com"]`:                             false,
		`emails.type eq "home" and emails.value co "@example.com"`:                       true,
		`emails[not (type eq "work")]`:                                                   true,
		`emails[type eq "work"].value eq "b@example.com"`:                                true,
		`emails[type eq "home"].value eq "b@example.com"`:                                false,
		`emails[type eq "home"].primary pr`:                                              false,
		`phoneNumbers[type eq "work" and value eq "+61255501234"]`:                       true,
		`addresses[locality sw "ex"]`:                                                    true,
		`addresses.locality pr and not (addresses[type eq "home"])`:                      true,
		`(emails[type eq "work"])`:                                                       true,
		`emails[(type eq "work" or type eq "other") and primary eq "true"] and title pr`: true,
		`emails[unknown eq "x"]`:                                                         false,
		`emails[unknown ne "x"]`:                                                         true,
		// Extensions, numbers, values of unknown type.
		e + `:department eq "tours"`: true, `department eq "tours"`: true, `manager eq "26"`: true, `manager.value eq 26`: true,
		e + `.manager eq "26"`: true, e + `:badge eq 42`: true, e + `:badge gt 41.5`: true, e + `:badge eq "42"`: false, e + `:levels ge 2.5`: true,
		e + `:hired eq true`: true, e + `:hired eq false`: false, e + `:hired gt true`: false, e + `:absent pr`: false, e + `:badge ne "x"`: true,
		g + `:externalIds[authority eq "zoomphone" and value eq "Z1"]`: true,
		g + `:externalIds[authority eq "zoomphone" and value eq "z1"]`: false,
		g + `:externalIds[authority eq ‘zoomphone’ and value eq “Z1”]`: true,
		g + `:externalIds[authority eq "ZoomPhone" and value eq "O1"]`: false,
		`routingSkills[name eq "sales" and proficiency lt 3]`:          true,
		`routingSkills.proficiency ge 4.0`:                             true,
		`x509Certificates eq "QUJD"`:                                   true,
		`schemas eq "urn:ietf:params:scim:schemas:core:2.0:User"`:      true,
		`schemas eq "` + e + `"`:                                       true,
		`schemas eq "urn:ietf:params:scim:schemas:core:2.0:Group"`:     false,
		`urn:ietf:params:scim:schemas:core:2.0:User:userName sw "bj"`:  true,
		// Precedence, grouping, blanks.
		`title pr or userType pr and nothing pr`:                                   true,
		`(title pr or userType pr) and nothing pr`:                                 false,
		`not (title pr) or title pr`:                                               true,
		`not (title pr or nothing pr)`:                                             false,
		`not(title pr) and nothing pr or id eq "7"`:                                true,
		"  title\tpr  AND  id   eq\n\"7\" ":                                        true,
		`((((id eq "7"))))`:                                                        true,
		`title eq "Engineer" and(active eq true)`:                                  true,
		`(ActiVe eq true) and meta.lastmodified ge "2021-09-23T19:35:41.8420572Z"`: true,
		// As administrators and documents write it.
		`externalId eq JYoung`: true, `(externalId eq JYoung)`: true, `externalId eq 'JYoung'`: true, `externalId eq “JYoung”`: true,
		`userName sw B`: true, `userName eq BJENSEN@EXAMPLE.COM and active eq TRUE`: true,
		`displayName ew "\x"`: true, `displayName co '"Süd"'`: true,
	} {
		f, err := Parse(src, user, Options{})
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		if got := f.Match(v, nil); got != want {
			t.Errorf("%s: %v", src, got)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	user := schema.Default().Type("User")
	for _, test := range []struct {
		src    string
		strict bool
		want   string
	}{
		{``, false, "character 1: expected the name"},
		{`   `, false, "expected the name"},
		{`userName`, false, "character 9: expected an operator"},
		{`userName xx "a"`, false, "character 10: expected an operator"},
		{`userName eq`, false, "character 12: expected a value"},
		{`userName eq "a" b`, false, "character 17: expected and, or, or the end"},
		{`userName eq "a" and`, false, "character 20: expected the name"},
		{`userName eq Ana Sample`, false, "character 17"},
		{`(userName eq "a"`, false, "expected and, or, or )"},
		{`userName eq "a")`, false, "character 16"},
		{`emails[type eq "work"`, false, "expected and, or, or ]"},
		{`emails[type eq "work")`, false, "expected and, or, or ]"},
		{`emails[emails[type eq "a"]]`, false, "inside another"},
		{`emails.value[type eq "a"]`, false, "not a sub-attribute"},
		{`not not (title pr)`, false, "expected ( behind not"},
		{`not title pr`, false, "expected ( behind not"},
		{`active gt true`, false, "booleans"},
		{`active co "t"`, false, "booleans"},
		{`active eq "maybe"`, false, "character 11: expected true or false"},
		{`x509Certificates.value gt "a"`, false, "no order"},
		{`x509Certificates le "a"`, false, "no order"},
		{`meta.created gt "soon"`, false, "date and time"},
		{`routingSkills.proficiency gt "much"`, false, "expected a number"},
		{`routingSkills.proficiency sw 1`, false, "no parts"},
		{`title gt null`, false, "null"},
		{`name eq "x"`, false, "has parts"},
		{`urn:ietf:params:scim:schemas:core:2.0:User pr`, false, "not of a schema"},
		{`üser eq "x"`, false, "character 1"},
		{`title eq "ü" ?`, false, "character 14"},
		{`name. eq "x"`, false, "character 6: expected a name"},
		{"title eq \"\xff\"", false, "UTF-8"},
		{`title eq "` + strings.Repeat("x", MaxBytes) + `"`, false, "longer than"},
		{strings.Repeat("(", 9) + `title pr` + strings.Repeat(")", 9), false, "nested deeper"},
		{strings.Repeat("(", 2000), false, "nested deeper"},
		{strings.Repeat("not ", 900), false, "expected ("},
		{strings.Repeat("title pr or ", 50) + "title pr", false, "more than 50"},
		{`title eq x`, true, "JSON value"},
		{`title eq 7`, true, "double quotes"},
		{`title eq 'x'`, true, "JSON value"},
		{`title eq "x`, true, "not closed"},
		{`title eq "x`, false, "not closed"},
		{`title eq ‘x`, false, "not closed"},
		{`title eq "\x"`, true, "JSON string"},
		{`title eq "\ud800"`, true, "JSON string"},
		{`active eq "true"`, true, "true or false"},
		{`active eq True`, true, "JSON value"},
		{`meta.created gt 2011-05-13T04:42:34Z`, true, "JSON value"},
		{`routingSkills.proficiency gt "3"`, true, "a number"},
		{`emails[type eq "work"].value eq "x"`, true, "end of the filter"},
	} {
		_, err := Parse(test.src, user, Options{Strict: test.strict})
		var e *schema.Error
		if !errors.As(err, &e) || e.ScimType != schema.InvalidFilter || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%.60s: %v; want %q", test.src, err, test.want)
		}
	}
}

func TestErrorsQuoteNoOperand(t *testing.T) {
	user := schema.Default().Type("User")
	for _, src := range []string{
		`userName eq ana@example.com Sample`, `meta.created gt "ana@example.com"`, `ana@example.com eq "x"`, `emails[value eq "ana@example.com"`,
		`userName ana@example.com "x"`,
	} {
		_, err := Parse(src, user, Options{})
		if err == nil || strings.Contains(err.Error(), "ana") {
			t.Errorf("%s: %v", src, err)
		}
		if _, err = ParsePath(src, user, Options{}); err == nil || strings.Contains(err.Error(), "ana") {
			t.Errorf("%s: %v", src, err)
		}
	}
}

func TestStrictFiltersAreRFC7644s(t *testing.T) {
	user := schema.Default().Type("User")
	for _, src := range []string{
		`userName eq "bjensen"`, `name.familyName co "O'Malley"`, `urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J"`, `title pr`,
		`meta.lastModified gt "2011-05-13T04:42:34Z"`, `title pr and userType eq "Employee"`, `title pr or userType eq "Intern"`,
		`schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"`,
		`userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")`,
		`userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")`,
		`userType eq "Employee" and (emails.type eq "work")`, `userType eq "Employee" and emails[type eq "work" and value co "@example.com"]`,
		`emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]`,
		`active eq true`, `routingSkills.proficiency ge 2.5`, `title eq null`,
	} {
		if _, err := Parse(src, user, Options{Strict: true}); err != nil {
			t.Errorf("%s: %v", src, err)
		}
	}
}

// says prints a need: "a=1", "all(a=1 b=2)", "any(…)", "never".
func says(n Need) string {
	list := func(of []Need) string {
		var texts []string
		for _, n := range of {
			texts = append(texts, says(n))
		}
		return "(" + strings.Join(texts, " ") + ")"
	}
	switch {
	case n.Never:
		return "never"
	case n.Term != nil:
		return fmt.Sprintf("%v=%s", n.Term.Ref, n.Term.Value)
	case n.All != nil:
		return "all" + list(n.All)
	case n.Any != nil:
		return "any" + list(n.Any)
	}
	return ""
}

func TestNeedsAreWhatAnIndexCanAnswer(t *testing.T) {
	const e, g = schema.EnterpriseURN, schema.GenesysURN
	for _, test := range []struct{ typeName, src, need, needles string }{
		{"User", `userName eq "A@x"`, `userName=A@x`, "a@x"},
		{"User", `ID eq "1" and manager eq "2"`, `all(id=1 ` + e + `:manager.value=2)`, "2"},
		{"User", `(externalId eq Aa) and (active eq "True" and title co "x")`, `all(externalId=Aa active=true)`, `aa "active":true x`},
		{"User", `emails[type eq "work" and value eq "w"]`, `all(emails.type=work emails.value=w)`, "work w"},
		{"User", `emails[type eq "work" or type eq "home"].value eq "w"`, `all(any(emails.type=work emails.type=home) emails.value=w)`, "w"},
		{"User", `emails eq "w"`, `emails.value=w`, "w"},
		{"User", `emails[not (value eq "w") and type sw "w"]`, ``, "w"},
		{
			"User", g + `:externalIds[authority eq "x" and value eq "y"]`,
			`all(` + g + `:externalIds.authority=x ` + g + `:externalIds.value=y)`, "x y",
		},
		{"User", `userName eq "a" or id eq "1" or emails eq b`, `any(userName=a id=1 emails.value=b)`, ""},
		{"User", `userName eq "a" and (id eq "1" or emails eq b)`, `all(userName=a any(id=1 emails.value=b))`, "a"},
		{"User", `userName eq "a" or title pr`, ``, ""},
		{"User", `userName eq "a" or nothing eq "b"`, `userName=a`, ""},
		{"User", `not (userName eq "a")`, ``, ""},
		{"User", `userName sw "a" and title pr and userType eq null`, ``, "a"},
		{"User", `title pr and nothing eq "x"`, `never`, ""},
		{"User", `nothing ne "x"`, ``, ""},
		{"User", `nothing eq null`, ``, ""},
		{"User", `nothing pr or nothing[a eq 1] or members co "x"`, `never`, ""},
		{"User", `displayName co "say \"no\"" and title ew "é" and nickName sw "a\tb"`, ``, ""},
		{"User", `displayName co ""`, ``, ""},
		{"User", `meta.created sw "2011" and groups.display co "x" and schemas co "User" and id sw "0"`, ``, ""},
		{"User", e + `:employeeNumber eq "E7" and ` + e + `:badge eq 42`, `all(` + e + `:employeeNumber=E7 ` + e + `:badge=42)`, "e7"},
		{"Group", `id eq "g" and members eq "u"`, `all(id=g members.value=u)`, ""},
		{"Group", `members[value eq "u"]`, `members.value=u`, ""},
		{"Group", `displayName eq "X"`, `displayName=X`, "x"},
	} {
		f, err := Parse(test.src, schema.Default().Type(test.typeName), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := says(f.Need()); got != test.need {
			t.Errorf("%s needs %s, want %s", test.src, got, test.need)
		}
		if got := strings.Join(f.Needles(), " "); got != test.needles {
			t.Errorf("%s looks for %s, want %s", test.src, got, test.needles)
		}
	}
}

func TestSoleComparisons(t *testing.T) {
	for src, want := range map[string]string{
		`members eq "u"`: "members.value=u", `members[value eq "u"]`: "members.value=u", `members.value eq "u"`: "members.value=u",
		`members[value eq "u" and type eq "User"]`: "", `members eq "u" and id eq "g"`: "", `members[value eq "u"].type eq "User"`: "",
		`not (members eq "u")`: "", `members ne "u"`: "", `members pr`: "", `nothing eq "u"`: "", `nothing[value eq "u"]`: "", `(displayName eq x)`: "displayName=x",
	} {
		f, err := Parse(src, schema.Default().Type("Group"), Options{})
		if err != nil {
			t.Fatal(err)
		}
		term, ok := f.Sole()
		if got := says(Need{Term: &term}); ok != (want != "") || ok && got != want {
			t.Errorf("%s: %s, %v; want %q", src, got, ok, want)
		}
	}
	if _, ok := (Filter{}).Sole(); ok {
		t.Error("the zero filter has a term")
	}
}

func TestMembersAreAskedOfTheOutside(t *testing.T) {
	group := schema.Default().Type("Group")
	v := parse(t, `{"id":"g","displayName":"G"}`)
	members := parse(t, `[{"value":"u1","type":"User","display":"One"},{"value":"u2"}]`)
	for _, test := range []struct {
		src   string
		equal string // what the outside is told
		want  bool
	}{
		{`id eq "g" and members eq "u1"`, "u1", true},
		{`id eq "g" and members eq "u9"`, "u9", false},
		{`members.value eq "u2"`, "u2", true},
		{`members[value eq "u1" and type eq "User"]`, "u1", true},
		{`members[value eq "u2" and type eq "User"]`, "u2", false},
		{`members[value eq "u1" or type eq "User"]`, "", true},
		{`members[not (value eq "u1")]`, "", true},
		{`members[value eq "u2"].display pr`, "u2", false},
		{`not (members eq "u1")`, "u1", false},
		{`members ne "u1"`, "", true},
		{`members.display co "on"`, "", true},
		{`members pr`, "", true},
	} {
		f, err := Parse(test.src, group, Options{})
		if err != nil {
			t.Fatal(err)
		}
		asked := 0
		got := f.Match(v, func(attr *schema.Attribute, equal string) resource.Value {
			asked++
			if attr.Name != "members" || equal != test.equal {
				t.Errorf("%s: asked for %s equal to %q", test.src, attr.Name, equal)
			}
			var some []resource.Value
			for m := range members.Elems() {
				if equal == "" || m.Get("value").Text() == equal {
					some = append(some, m)
				}
			}
			return resource.OfArray(some...)
		})
		if got != test.want || asked != 1 {
			t.Errorf("%s: %v, asked %d times", test.src, got, asked)
		}
		if !f.Mentions("Members") || f.Mentions("externalId") {
			t.Errorf("%s: does not know what it mentions", test.src)
		}
	}
}

func TestTheZeroFilterMeansAll(t *testing.T) {
	var f Filter
	if !f.Match(resource.Value{}, nil) || says(f.Need()) != "" || f.Needles() != nil || f.Mentions("id") {
		t.Error("the zero filter wants something")
	}
}

func BenchmarkParse(b *testing.B) {
	user := schema.Default().Type("User")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(`userName eq "bjensen@example.com" and active eq true`, user, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	user := schema.Default().Type("User")
	f, err := Parse(`emails[type eq "work" and value co "example.com"] and title sw "eng"`, user, Options{})
	if err != nil {
		b.Fatal(err)
	}
	v := parse(b, sampleUser)
	b.ReportAllocs()
	for b.Loop() {
		if !f.Match(v, nil) {
			b.Fatal("no match")
		}
	}
}
