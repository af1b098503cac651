package idpsim

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// patch applies the operations that the vendors send. It refuses every other.
func (f *fakeServer) patch(w http.ResponseWriter, kind string, res map[string]any, body string) {
	var msg struct {
		Schemas    []string
		Operations []struct {
			Op, Path string
			Value    any
		}
	}
	if err := json.Unmarshal([]byte(body), &msg); err != nil || !slices.Contains(msg.Schemas, patchSchema) || len(msg.Operations) == 0 {
		f.refuse(w, 400, "invalidSyntax", "not a PatchOp")
		return
	}
	for _, op := range msg.Operations {
		if !patchOne(res, strings.ToLower(op.Op), op.Path, op.Value) {
			f.refuse(w, 400, "invalidPath", op.Path)
			return
		}
	}
	if kind == "Groups" {
		w.WriteHeader(204)
		return
	}
	f.answer(w, 200, res)
}

func patchOne(res map[string]any, op, path string, value any) bool {
	if path == "members" || strings.HasPrefix(path, "members[") {
		return patchMembers(res, op, path, value)
	}
	if path != "" {
		return setPath(res, path, value, op)
	}
	attributes, ok := value.(map[string]any)
	for name, v := range attributes {
		ok = ok && setPath(res, name, v, op)
	}
	return ok && op == "replace"
}

func patchMembers(res map[string]any, op, path string, value any) bool {
	members, _ := res["members"].([]any)
	valueOf := func(m any) any { return m.(map[string]any)["value"] }
	named, _ := value.([]any)
	if id, ok := strings.CutPrefix(path, `members[value eq "`); ok {
		named = []any{map[string]any{"value": strings.TrimSuffix(id, `"]`)}}
	}
	isNamed := func(m any) bool {
		return slices.ContainsFunc(named, func(n any) bool { return valueOf(n) == valueOf(m) })
	}
	switch op {
	case "add":
		members = append(slices.DeleteFunc(members, isNamed), named...)
	case "remove":
		if len(named) == 0 {
			return false
		}
		members = slices.DeleteFunc(members, isNamed)
	case "replace":
		members = named
	}
	res["members"] = members
	return true
}

var elementPath = regexp.MustCompile(`^(emails|phoneNumbers)\[type eq "(\w+)"\]\.value$`)

// setPath sets or, for remove and "", clears one attribute.
func setPath(res map[string]any, path string, value any, op string) bool {
	if op == "remove" {
		value = ""
	}
	switch {
	case path == "id":
		return value == res["id"]
	case path == "active":
		if s, ok := value.(string); ok {
			if s != "True" && s != "False" {
				return false
			}
			value = s == "True"
		}
		res["active"] = value
		return true
	case elementPath.MatchString(path):
		return setElement(res, elementPath.FindStringSubmatch(path), value)
	}
	target, name := res, path
	if attribute, ok := strings.CutPrefix(path, enterpriseSchema+":"); ok {
		target, name = child(res, enterpriseSchema), attribute
		if name == "manager" && value != "" {
			value = map[string]any{"value": value}
		}
	} else if sub, ok := strings.CutPrefix(path, "name."); ok {
		target, name = child(res, "name"), sub
	} else if strings.ContainsAny(path, ".:[") {
		return false
	}
	if value == "" {
		delete(target, name)
	} else {
		target[name] = value
	}
	return true
}

func child(res map[string]any, name string) map[string]any {
	c, ok := res[name].(map[string]any)
	if !ok {
		c = map[string]any{}
		res[name] = c
	}
	return c
}

// setElement sets the value of the element of a type. Clearing it leaves the
// element with its type alone, as RFC 7644 has it.
func setElement(res map[string]any, path []string, value any) bool {
	list, _ := res[path[1]].([]any)
	for _, e := range list {
		if element := e.(map[string]any); element["type"] == path[2] {
			if value == "" {
				delete(element, "value")
			} else {
				element["value"] = value
			}
			return true
		}
	}
	if value != "" {
		res[path[1]] = append(list, map[string]any{"type": path[2], "value": value})
	}
	return true
}
