package schema

import "github.com/ringdex/ringdex/scim/resource"

// MaxElements is the number of elements that a multi-valued attribute may have
// (members of groups excepted, which are not part of the tree) and the number
// of attributes that an open extension keeps.
const MaxElements = 1000

// maxHints bounds the hints about one body.
const maxHints = 50

// A Policy decides what to do with input that RFC 7643 does not foresee. The
// zero Policy accepts all that can be understood.
type Policy struct {
	// RejectUnknown refuses attributes that no schema has, and extension
	// attributes outside of their extension, instead of passing over them.
	RejectUnknown bool
	// RejectStringBooleans refuses "True" and "false" where a boolean belongs.
	RejectStringBooleans bool
}

// Conform returns what is stored of a resource that a client posted or put:
// names as the schemas spell them, at every level; booleans as booleans; arrays
// where the schema has several values; extension attributes under the URN of
// their extension, wherever the client put them. Attributes that are read-only,
// write-only (password), null, or an array or object of nothing are left out, and
// so is "schemas", which Projection adds. All other values stay as they are, and
// in their order.
//
//	{"username":"a","ACTIVE":"True","id":"7","emails":{"value":"b"},"title":null}
//	becomes {"userName":"a","active":true,"emails":[{"value":"b"}]}
//
// It returns an *Error naming the attribute if in is not an object, if a value
// has the wrong JSON type, if a required attribute is absent or empty, or if
// more than one element is primary; hints are about what was passed over.
func (t *Type) Conform(in resource.Value, p Policy) (resource.Value, []Hint, error) {
	if in.Kind() != resource.Object {
		return resource.Value{}, nil, &Error{ScimType: InvalidSyntax, Detail: "the resource must be a JSON object"}
	}
	b := builder{t: t, c: Conformer{Policy: p}}
	for name, v := range in.All() {
		if err := b.member(name, v); err != nil {
			return resource.Value{}, b.c.Hints, err
		}
	}
	out := b.tree()
	return out, b.c.Hints, t.Check(out)
}

// A builder gathers the attributes of one resource.
type builder struct {
	t          *Type
	c          Conformer
	core       []resource.Field
	extensions []resource.Field // by URN; values are objects
}

// member takes over one member of the resource as the client sent it.
func (b *builder) member(name string, v resource.Value) error {
	r, ok := b.t.lookup(name)
	if ok && b.c.RejectUnknown && r.extension && r.Attr != nil && !isQualified(name) {
		ok = false
	}
	switch {
	case !ok && b.c.silent(v):
		return nil
	case !ok:
		return b.c.unknown(b.t.unknown(name), v)
	case r.Attr == nil:
		return b.schema(r, v)
	default:
		return b.attribute(r, v)
	}
}

// schema takes over the object under a schema's URN.
func (b *builder) schema(r Ref, v resource.Value) error {
	if v.IsUnassigned() || v.Kind() == resource.String && v.Text() == "" {
		return nil
	}
	if v.Kind() != resource.Object {
		return &Error{ScimType: InvalidValue, Path: r.String(), Detail: "must be an object"}
	}
	for name, m := range v.All() {
		inner, ok := b.t.member(r, name)
		var err error
		switch {
		case ok:
			err = b.attribute(inner, m)
		case !b.c.silent(m):
			err = b.c.unknown(b.t.unknown(r.Schema.ID+":"+name), m)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// attribute takes over one attribute, or with a dotted name a part of one.
func (b *builder) attribute(r Ref, v resource.Value) error {
	if !Writable(r.Attr) || r.Sub != nil && !Writable(r.Sub) {
		return nil
	}
	if r.Sub != nil && r.Attr.MultiValued {
		b.c.hint(r.String(), "ignored: it does not say which element is meant")
		return nil
	}
	if r.Sub != nil {
		v = resource.OfObject(resource.Field{Name: r.Sub.Name, Value: v})
		r.Sub = nil
	}
	v, err := b.c.Value(r.Attr, r.String(), v)
	if err != nil || v.IsNull() {
		return err
	}
	if !r.extension {
		put(&b.core, r.Attr.Name, joined(r.Attr, get(b.core, r.Attr.Name), v))
		return nil
	}
	held := get(b.extensions, r.Schema.ID)
	put(&b.extensions, r.Schema.ID, held.Set(r.Attr.Name, joined(r.Attr, held.Get(r.Attr.Name), v)))
	return nil
}

// joined returns what is known of an attribute after v, which comes later under
// another spelling of its name: parts add up, and else v stands.
func joined(a *Attribute, old, v resource.Value) resource.Value {
	if a.MultiValued || !a.is(Complex) || old.IsNull() {
		return v
	}
	return overlay(old, v)
}

func (b *builder) tree() resource.Value {
	return resource.OfObject(append(b.core, b.extensions...)...)
}

func get(fields []resource.Field, name string) resource.Value {
	for _, f := range fields {
		if f.Name == name {
			return f.Value
		}
	}
	return resource.Value{}
}

func put(fields *[]resource.Field, name string, v resource.Value) {
	for i := range *fields {
		if (*fields)[i].Name == name {
			(*fields)[i].Value = v
			return
		}
	}
	*fields = append(*fields, resource.Field{Name: name, Value: v})
}

// Writable reports whether clients write a and it is kept.
func Writable(a *Attribute) bool {
	return a.Mutability != ReadOnly && a.Mutability != WriteOnly
}

// Within resolves the name of a member of the object under the URN of r's
// schema. An open extension keeps every other name as it is, dots included.
func (t *Type) Within(r Ref, name string) (Ref, error) {
	in, ok := t.member(r, name)
	if !ok {
		return Ref{}, t.unknown(r.Schema.ID + ":" + name)
	}
	return in, nil
}

// member is Within without a reason for what is unknown.
func (t *Type) member(r Ref, name string) (Ref, bool) {
	in, ok := find(r.Schema, name)
	switch {
	case ok:
	case !r.extension:
		return t.within(r.Schema, name)
	case r.Schema.Open && name != "":
		in = Ref{Schema: r.Schema, Attr: &Attribute{Name: name, Type: Any}}
	default:
		return Ref{}, false
	}
	in.extension = r.extension
	return in, true
}
