package scim

import (
	"net/http"
	"slices"
	"strings"

	"github.com/ringdex/ringdex/scim/resource"
)

// bulkPrefix begins a reference to what a POST of the same request makes (RFC
// 7644 section 3.7.2).
const bulkPrefix = "bulkId:"

// link resolves the references of an operation. They stand
//
//	in its path                    /Users/bulkId:ana
//	for any string of its data     "value": "bulkId:ana"
//	at the end of a $ref           "$ref": "../Users/bulkId:ana"
//	in the filter of a PATCH path  members[value eq "bulkId:ana"]
func (b *bulk) link(op *operation) {
	if op.err != nil {
		return
	}
	l := &linker{b: b, op: op, known: map[*operation]bool{}}
	if s := op.call.segments; len(s) == 2 && referenceAt(s[1]) == 0 {
		if to := l.refer("path", s[1][len(bulkPrefix):]); to != nil {
			op.id = to.id
			op.call.segments = []string{s[0], string(to.id)}
		}
	}
	op.call.data, _ = l.value(op.call.data)
	op.err = l.err
	slices.SortFunc(op.refs, func(a, b *operation) int { return a.place - b.place })
}

// A linker resolves the references of one operation.
type linker struct {
	b     *bulk
	op    *operation
	known map[*operation]bool // those in op.refs
	trail []string            // names of the attributes that lead to where it is
	err   error               // of the first reference to nothing
}

// refer returns the POST that a reference means, or nil if there is none.
func (l *linker) refer(path, name string) *operation {
	to := l.b.posts[name]
	switch {
	case to != nil && !l.known[to]:
		l.known[to] = true
		l.op.refs = append(l.op.refs, to)
	case to == nil && l.err == nil:
		l.err = invalidValue(path, "refers to a bulkId that no POST of this request has")
	}
	return to
}

// id returns what stands in the place of a name.
func (l *linker) id(name string) string {
	if to := l.refer(l.path(), name); to != nil {
		return string(to.id)
	}
	return ""
}

// path returns where the linker is: "members.value".
func (l *linker) path() string {
	parts := make([]string, len(l.trail))
	for i, name := range l.trail {
		parts[i] = resource.SafeName(name)
	}
	return strings.Join(parts, ".")
}

// value resolves the references in v. It returns v itself, and false, if there
// are none.
func (l *linker) value(v resource.Value) (resource.Value, bool) {
	switch v.Kind() {
	case resource.String:
		return l.text(v)
	case resource.Array:
		return l.array(v)
	case resource.Object:
		return l.object(v)
	}
	return v, false
}

func (l *linker) array(v resource.Value) (resource.Value, bool) {
	var elems []resource.Value // nil while nothing changed
	i := 0
	for e := range v.Elems() {
		if now, changed := l.value(e); changed {
			if elems == nil {
				elems = slices.Collect(v.Elems())
			}
			elems[i] = now
		}
		i++
	}
	if elems == nil {
		return v, false
	}
	return resource.OfArray(elems...), true
}

func (l *linker) object(v resource.Value) (resource.Value, bool) {
	changed := false
	fields := make([]resource.Field, 0, v.Len())
	for name, m := range v.All() {
		l.trail = append(l.trail, name)
		now, other := l.value(m)
		l.trail = l.trail[:len(l.trail)-1]
		changed = changed || other
		fields = append(fields, resource.Field{Name: name, Value: now})
	}
	if !changed {
		return v, false
	}
	return resource.OfObject(fields...), true
}

func (l *linker) text(v resource.Value) (resource.Value, bool) {
	text := v.Text()
	at := referenceAt(text)
	if at < 0 {
		return v, false
	}
	name := text[at+len(bulkPrefix):]
	switch {
	case l.under("$ref") && (at == 0 || text[at-1] == '/'):
		return resource.OfString(l.locationOf(name)), true
	case at == 0:
		return resource.OfString(l.id(name)), true
	case l.op.method == http.MethodPatch && len(l.trail) == 2 && l.under("path"):
		return resource.OfString(l.filter(text)), true
	}
	return v, false
}

// under tells whether the linker is at an attribute of that name.
func (l *linker) under(name string) bool {
	return len(l.trail) > 0 && resource.EqualName(l.trail[len(l.trail)-1], name)
}

// locationOf returns where what a reference means will be.
func (l *linker) locationOf(name string) string {
	to := l.refer(l.path(), name)
	if to == nil || to.kind == nil {
		return ""
	}
	return l.b.r.location(to.kind, to.id)
}

// filter resolves the references among the values of a PATCH path.
func (l *linker) filter(path string) string {
	var out strings.Builder
	for at := referenceAt(path); at >= 0; at = referenceAt(path) {
		name := path[at+len(bulkPrefix):]
		name = name[:nameEnd(path[:at], name)]
		out.WriteString(path[:at] + l.id(name))
		path = path[at+len(bulkPrefix)+len(name):]
	}
	return out.String() + path
}

// nameEnd returns where a name ends that stands in a path behind before: at a
// quote if there is one before it, and else at the next that is no word.
func nameEnd(before, name string) int {
	ends := "] )"
	for _, quotes := range []string{`"`, `'`, "‘’", "“”"} {
		for _, open := range quotes {
			if strings.HasSuffix(before, string(open)) {
				ends = quotes + "]"
			}
		}
	}
	if i := strings.IndexAny(name, ends); i >= 0 {
		return i
	}
	return len(name)
}

// referenceAt returns where the first reference in a text begins, or -1.
func referenceAt(text string) int {
	const word = len(bulkPrefix) - 1
	for from := 0; ; {
		colon := strings.IndexByte(text[from:], ':')
		if colon < 0 {
			return -1
		}
		colon += from
		if colon >= word && resource.EqualName(text[colon-word:colon+1], bulkPrefix) {
			return colon - word
		}
		from = colon + 1
	}
}
