package idpsim

import (
	"bytes"
	"encoding/json"
)

// An object is a JSON object whose members keep their order: the wire forms
// are the vendors', byte for byte.
type object []member

type member struct {
	name  string
	value any
}

// MarshalJSON prints the object.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := write(&b, m.name); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := write(&b, m.value); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// write prints v without the escapes that only HTML needs.
func write(b *bytes.Buffer, v any) error {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	b.Truncate(b.Len() - 1) // Encode ends with a line feed
	return nil
}

// A resource is a JSON object as the server sent it. Numbers are json.Number.
type resource map[string]any

func (r resource) text(name string) string {
	s, _ := r[name].(string)
	return s
}

func (r resource) object(name string) resource {
	o, _ := r[name].(map[string]any)
	return o
}

// elements returns the objects of a multi-valued attribute.
func (r resource) elements(name string) []resource {
	list, _ := r[name].([]any)
	objects := make([]resource, 0, len(list))
	for _, v := range list {
		if o, ok := v.(map[string]any); ok {
			objects = append(objects, o)
		}
	}
	return objects
}

// has tells whether a list of strings contains s.
func (r resource) has(name, s string) bool {
	list, _ := r[name].([]any)
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}
