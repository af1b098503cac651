package idpsim

import (
	"slices"

	"github.com/ringdex/ringdex/scim/idpsim/people"
)

// newUser returns the body with which the vendor creates a person.
func (p Profile) newUser(person *people.Person, active bool) object {
	if p == Okta {
		return p.newOktaUser(person, active)
	}
	return p.newEntraUser(person, active)
}

// newEntraUser has what Entra sends beside the attributes: meta, an empty list
// of roles and, in the legacy dialect, null for what is not set.
func (p Profile) newEntraUser(person *people.Person, active bool) object {
	body := object{
		{"schemas", []string{userSchema, enterpriseSchema}},
		{"externalId", person.ID},
		{"userName", person.UserPrincipalName},
		{"active", active},
	}
	body = appendText(body, "displayName", person.DisplayName)
	body = appendMails(body, person)
	body = append(body, member{"meta", object{{"resourceType", "User"}}})
	name := appendText(nil, "formatted", formatted(person))
	name = appendText(name, "familyName", person.FamilyName)
	body = append(body, member{"name", appendText(name, "givenName", person.GivenName)})
	body = appendText(body, "title", person.JobTitle)
	switch {
	case len(person.Phones) > 0:
		body = append(body, member{"phoneNumbers", phoneValues(person)})
	case p == EntraLegacy:
		body = append(body, member{"addresses", nil}, member{"phoneNumbers", nil})
	}
	body = append(body, member{"roles", []object{}})
	return appendWork(body, person, "")
}

// newOktaUser has what Okta sends beside the attributes: the locale, a password
// that nobody needs, and an empty list of groups, which is read-only.
func (p Profile) newOktaUser(person *people.Person, active bool) object {
	externalID := p.externalID(person.ID)
	body := object{{"schemas", []string{userSchema, enterpriseSchema}}, {"userName", person.UserPrincipalName}}
	name := appendText(nil, "givenName", person.GivenName)
	body = append(body, member{"name", appendText(name, "familyName", person.FamilyName)})
	body = appendMails(body, person)
	body = appendText(body, "displayName", person.DisplayName)
	body = appendText(body, "title", person.JobTitle)
	if len(person.Phones) > 0 {
		body = append(body, member{"phoneNumbers", phoneValues(person)})
	}
	body = append(
		body,
		member{"locale", "en-US"},
		member{"externalId", externalID},
		member{"groups", []object{}},
		member{"password", externalID[max(0, len(externalID)-8):]},
		member{"active", active},
	)
	return appendWork(body, person, p.externalID(person.Manager))
}

func appendText(o object, name, value string) object {
	if value == "" {
		return o
	}
	return append(o, member{name, value})
}

func appendMails(o object, person *people.Person) object {
	if person.Mail == "" {
		return o
	}
	return append(o, member{"emails", []object{{{"primary", true}, {"type", "work"}, {"value", person.Mail}}}})
}

func phoneValues(person *people.Person) []object {
	values := make([]object, 0, len(person.Phones))
	for _, ph := range person.Phones {
		values = append(values, object{{"type", ph.Type}, {"value", ph.Value}})
	}
	return values
}

// appendWork appends the enterprise extension unless it is empty.
func appendWork(o object, person *people.Person, manager string) object {
	work := appendText(nil, "employeeNumber", person.EmployeeID)
	work = appendText(work, "organization", person.CompanyName)
	work = appendText(work, "department", person.Department)
	if manager != "" {
		work = append(work, member{"manager", object{{"value", manager}}})
	}
	if len(work) == 0 {
		return o
	}
	return append(o, member{enterpriseSchema, work})
}

// rewrite puts the attributes of want into a User as the server sent it and
// leaves the rest alone, as Okta does before it PUTs. user is changed.
func (p Profile) rewrite(user resource, want []attribute) {
	values := byPath(want)
	setText(user, "userName", values[pathUserName])
	setText(user, "externalId", values[pathExternalID])
	setText(user, "displayName", values[pathDisplay])
	setText(user, "title", values[pathTitle])
	user["active"] = values[pathActive] == "true"
	setObject(user, "name", func(name resource) {
		setText(name, "givenName", values[pathGiven])
		setText(name, "familyName", values[pathFamily])
	})
	setObject(user, enterpriseSchema, func(work resource) {
		setText(work, "employeeNumber", values[pathEmployee])
		setText(work, "organization", values[pathCompany])
		setText(work, "department", values[pathDepartment])
		setObject(work, "manager", func(manager resource) { setText(manager, "value", values[pathManager]) })
	})
	if mail := values[pathMail]; mail != "" {
		user["emails"] = []any{map[string]any{"primary": true, "type": "work", "value": mail}}
	} else {
		delete(user, "emails")
	}
	rewritePhones(user, want)
	if list, ok := user["schemas"].([]any); ok && user[enterpriseSchema] != nil && !slices.Contains(list, any(enterpriseSchema)) {
		user["schemas"] = append(list, enterpriseSchema)
	}
}

func rewritePhones(user resource, want []attribute) {
	var phones []any
	for _, a := range want {
		if typ, ok := phoneType(a.path); ok {
			phones = append(phones, map[string]any{"type": typ, "value": a.value})
		}
	}
	if phones == nil {
		delete(user, "phoneNumbers")
		return
	}
	user["phoneNumbers"] = phones
}

func setText(r resource, name, value string) {
	if value == "" {
		delete(r, name)
		return
	}
	r[name] = value
}

// setObject edits a complex attribute, made if it is absent and removed if it
// ends up empty.
func setObject(r resource, name string, edit func(resource)) {
	o := r.object(name)
	if o == nil {
		o = resource{}
	}
	edit(o)
	if len(o) == 0 {
		delete(r, name)
		return
	}
	r[name] = map[string]any(o)
}
