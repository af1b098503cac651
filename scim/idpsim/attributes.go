package idpsim

import (
	"slices"
	"strings"

	"github.com/ringdex/ringdex/scim/idpsim/people"
)

// An attribute is one row of the attribute mapping with its value: a SCIM path
// as Entra writes it, and text. active is "true" or "false".
type attribute struct{ path, value string }

// The paths of the mapping beside phoneNumbers.
const (
	pathUserName   = "userName"
	pathExternalID = "externalId"
	pathActive     = "active"
	pathDisplay    = "displayName"
	pathTitle      = "title"
	pathMail       = `emails[type eq "work"].value`
	pathGiven      = "name.givenName"
	pathFamily     = "name.familyName"
	pathFormatted  = "name.formatted"
	pathDepartment = enterpriseSchema + ":department"
	pathCompany    = enterpriseSchema + ":organization"
	pathEmployee   = enterpriseSchema + ":employeeNumber"
	pathManager    = enterpriseSchema + ":manager"
)

const (
	phonePrefix = `phoneNumbers[type eq "`
	phoneSuffix = `"].value`
)

func pathPhone(typ string) string { return phonePrefix + typ + phoneSuffix }

// phoneType is the reverse of pathPhone.
func phoneType(path string) (string, bool) {
	rest, ok := strings.CutPrefix(path, phonePrefix)
	if !ok {
		return "", false
	}
	return strings.CutSuffix(rest, phoneSuffix)
}

// wanted returns what the mapping makes of a person, in the mapping's order.
// Empty attributes are left out. The manager, whose value is an id that the
// server gave, is not among them for Entra.
func (p Profile) wanted(person *people.Person, active bool) []attribute {
	activeText := "false"
	if active {
		activeText = "true"
	}
	all := []attribute{
		{pathUserName, person.UserPrincipalName},
		{pathExternalID, p.externalID(person.ID)},
		{pathActive, activeText},
		{pathDisplay, person.DisplayName},
		{pathTitle, person.JobTitle},
		{pathMail, person.Mail},
		{pathGiven, person.GivenName},
		{pathFamily, person.FamilyName},
		{pathDepartment, person.Department},
		{pathCompany, person.CompanyName},
		{pathEmployee, person.EmployeeID},
	}
	if p == Okta {
		all = append(all, attribute{pathManager, p.externalID(person.Manager)})
	} else {
		all = append(all, attribute{pathFormatted, formatted(person)})
	}
	for _, ph := range person.Phones {
		all = append(all, attribute{pathPhone(ph.Type), ph.Value})
	}
	return slices.DeleteFunc(all, func(a attribute) bool { return a.value == "" })
}

func formatted(person *people.Person) string {
	return strings.TrimSpace(person.GivenName + " " + person.FamilyName)
}

// externalID returns the id by which the vendor knows a person: Entra the
// object id, Okta one of its own.
func (p Profile) externalID(id string) string {
	if p != Okta {
		return id
	}
	if okta := people.OktaID(id); okta != "" {
		return okta
	}
	return id
}

// held returns the attributes of the mapping that a User holds, by path.
func held(user resource) map[string]string {
	have := map[string]string{}
	put := func(path string, r resource, name string) {
		if s := r.text(name); s != "" {
			have[path] = s
		}
	}
	for _, path := range []string{pathUserName, pathExternalID, pathDisplay, pathTitle} {
		put(path, user, path)
	}
	switch user[pathActive] {
	case true:
		have[pathActive] = "true"
	case false:
		have[pathActive] = "false"
	}
	name := user.object("name")
	put(pathGiven, name, "givenName")
	put(pathFamily, name, "familyName")
	put(pathFormatted, name, "formatted")
	for _, mail := range user.elements("emails") {
		if mail.text("type") == "work" {
			put(pathMail, mail, "value")
		}
	}
	for _, ph := range user.elements("phoneNumbers") {
		put(pathPhone(ph.text("type")), ph, "value")
	}
	work := user.object(enterpriseSchema)
	put(pathDepartment, work, "department")
	put(pathCompany, work, "organization")
	put(pathEmployee, work, "employeeNumber")
	put(pathManager, work.object("manager"), "value")
	return have
}

// A change is an attribute to set, or, without a value, to clear.
type change struct {
	attribute
	exists bool // the server has a value for it
}

// changes returns what makes have into want: what to set in the order of want,
// then what to clear in the order of the paths. managed tells which paths the
// mapping owns.
func changes(want []attribute, have map[string]string, managed func(path string) bool) []change {
	var list []change
	wanted := make(map[string]bool, len(want))
	for _, w := range want {
		wanted[w.path] = true
		if old, exists := have[w.path]; !exists || old != w.value {
			list = append(list, change{attribute: w, exists: exists})
		}
	}
	var cleared []change
	for path := range have {
		if !wanted[path] && managed(path) {
			cleared = append(cleared, change{attribute: attribute{path: path}, exists: true})
		}
	}
	slices.SortFunc(cleared, func(a, b change) int { return strings.Compare(a.path, b.path) })
	return append(list, cleared...)
}

// manages tells whether the profile's mapping has the path.
func (p Profile) manages(path string) bool {
	switch path {
	case pathManager:
		return p == Okta
	case pathFormatted:
		return p != Okta
	}
	return true
}

func byPath(list []attribute) map[string]string {
	m := make(map[string]string, len(list))
	for _, a := range list {
		m[a.path] = a.value
	}
	return m
}
