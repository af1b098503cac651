package idpsim

import "strings"

// patch wraps operations into a PatchOp message.
func patch(operations []object) object {
	return object{{"schemas", []string{patchSchema}}, {"Operations", operations}}
}

// userOperations writes changes in Entra's dialect.
func (p Profile) userOperations(list []change) []object {
	if p == EntraLegacy {
		return legacyOperations(list)
	}
	return optSCIMOperations(list)
}

// legacyOperations writes one operation for each attribute, booleans as
// strings. A cleared attribute is replaced by an empty string, and an element
// of a multi-valued one removed.
func legacyOperations(list []change) []object {
	operations := make([]object, 0, len(list))
	for _, c := range list {
		op, value := "Replace", c.value
		switch {
		case c.value == "" && filtered(c.path):
			operations = append(operations, object{{"op", "Remove"}, {"path", c.path}})
			continue
		case c.path == pathActive:
			value = strings.ToUpper(value[:1]) + value[1:]
		case !c.exists:
			op = "Add"
		}
		operations = append(operations, object{{"op", op}, {"path", c.path}, {"value", value}})
	}
	return operations
}

// optSCIMOperations writes the attributes that need no filter into one
// operation without a path if they are several, and the others one by one.
func optSCIMOperations(list []change) []object {
	var plain object
	var operations []object
	for _, c := range list {
		switch {
		case c.value == "":
			operations = append(operations, object{{"op", "remove"}, {"path", c.path}})
		case filtered(c.path) && c.exists:
			operations = append(operations, object{{"op", "replace"}, {"path", c.path}, {"value", c.value}})
		case filtered(c.path):
			operations = append(operations, object{{"op", "add"}, {"path", c.path}, {"value", c.value}})
		case c.path == pathActive:
			plain = append(plain, member{c.path, c.value == "true"})
		default:
			plain = append(plain, member{c.path, c.value})
		}
	}
	switch len(plain) {
	case 0:
		return operations
	case 1:
		return append([]object{{{"op", "replace"}, {"path", plain[0].name}, {"value", plain[0].value}}}, operations...)
	}
	return append([]object{{{"op", "replace"}, {"value", plain}}}, operations...)
}

func filtered(path string) bool { return strings.Contains(path, "[") }

// managerOperation sets the manager to a SCIM id, or clears it.
func (p Profile) managerOperation(id string, exists bool) object {
	switch {
	case p == EntraLegacy && (id == "" || exists):
		return object{{"op", "Replace"}, {"path", pathManager}, {"value", id}}
	case p == EntraLegacy:
		return object{{"op", "Add"}, {"path", pathManager}, {"value", id}}
	case id == "":
		return object{{"op", "remove"}, {"path", pathManager}}
	case exists:
		return object{{"op", "replace"}, {"path", pathManager}, {"value", id}}
	}
	return object{{"op", "add"}, {"path", pathManager}, {"value", id}}
}

// nameOperation renames a group. Okta repeats the group's id.
func (p Profile) nameOperation(id, name string) object {
	switch p {
	case Okta:
		return object{{"op", "replace"}, {"value", object{{"id", id}, {"displayName", name}}}}
	case EntraLegacy:
		return object{{"op", "Replace"}, {"path", pathDisplay}, {"value", name}}
	}
	return object{{"op", "replace"}, {"path", pathDisplay}, {"value", name}}
}

// A membership is one member of a group: the SCIM id and, for Okta, the user
// name that it sends along.
type membership struct{ person, id, display string }

// addOperations adds members.
func (p Profile) addOperations(list []membership) []object {
	if len(list) == 0 {
		return nil
	}
	op := "add"
	if p == EntraLegacy {
		op = "Add"
	}
	return []object{{{"op", op}, {"path", "members"}, {"value", p.memberValues(list)}}}
}

func (p Profile) memberValues(list []membership) []object {
	values := make([]object, 0, len(list))
	for _, m := range list {
		switch p {
		case EntraLegacy:
			values = append(values, object{{"$ref", nil}, {"value", m.id}})
		case Okta:
			values = append(values, object{{"value", m.id}, {"display", m.display}})
		default:
			values = append(values, object{{"value", m.id}})
		}
	}
	return values
}

// removeOperations removes members: legacy Entra by a list of values, the
// others each by a filter.
func (p Profile) removeOperations(list []membership) []object {
	if len(list) == 0 {
		return nil
	}
	if p == EntraLegacy {
		return []object{{{"op", "Remove"}, {"path", "members"}, {"value", p.memberValues(list)}}}
	}
	operations := make([]object, 0, len(list))
	for _, m := range list {
		operations = append(operations, object{{"op", "remove"}, {"path", "members[" + eq("value", m.id) + "]"}})
	}
	return operations
}
