package resource

import "github.com/go-json-experiment/json/jsontext"

// Append appends v to dst as compact JSON: members in their order, numbers as
// they were sent, strings with no more escapes than JSON needs.
func (v Value) Append(dst []byte) []byte {
	switch v.kind {
	case Boolean:
		if v.text == "" {
			return append(dst, "false"...)
		}
		return append(dst, v.text...)
	case Number:
		return append(dst, v.text...)
	case String:
		return appendString(dst, v.text)
	case Array:
		return v.appendArray(dst)
	case Object:
		return v.appendObject(dst)
	default:
		return append(dst, "null"...)
	}
}

func (v Value) appendArray(dst []byte) []byte {
	dst = append(dst, '[')
	for i := range v.items {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = v.items[i].Value.Append(dst)
	}
	return append(dst, ']')
}

func (v Value) appendObject(dst []byte) []byte {
	dst = append(dst, '{')
	for i := range v.items {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, v.items[i].Name)
		dst = append(dst, ':')
		dst = v.items[i].Value.Append(dst)
	}
	return append(dst, '}')
}

// appendString drops AppendQuote's error: it says that s was not UTF-8, and
// what it appended then is still a JSON string. Most texts are plain and need
// none of what it looks at.
func appendString(dst []byte, s string) []byte {
	if isPlain(s) {
		dst = append(dst, '"')
		dst = append(dst, s...)
		return append(dst, '"')
	}
	dst, _ = jsontext.AppendQuote(dst, s)
	return dst
}

// isPlain tells whether s is ASCII that needs no escape.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// MarshalJSON returns v as Append prints it, so that a Value can be part of
// what encoding/json marshals. It never fails.
func (v Value) MarshalJSON() ([]byte, error) { return v.Append(nil), nil }
