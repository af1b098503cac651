package filter

import "github.com/ringdex/ringdex/scim/schema"

// A Term is a comparison with eq.
type Term struct {
	Ref   schema.Ref // of what is compared; "members" and "manager" mean their value
	Value string     // text as the client wrote it; "true" or "false" of a boolean
}

// A Need is what every resource that a filter means fulfils, as far as
// comparisons with eq tell: one Term, all of several needs, or at least one of
// several. A caller finds the few resources that fulfil it in an index and asks
// Match about each, because a Need may be less than the whole filter.
type Need struct {
	Never bool // no resource can match
	Term  *Term
	All   []Need
	Any   []Need
}

// says reports whether n narrows anything.
func (n Need) says() bool { return n.Never || n.Term != nil || len(n.All) > 0 || len(n.Any) > 0 }

// Need returns what resources must fulfil. The zero Need means that any
// resource may match.
//
//	userName eq "a" and title pr          userName=a
//	id eq "1" or emails eq "a"            any of id=1, emails.value=a
//	emails[type eq "work" and value eq "a"]  all of emails.type=work, emails.value=a
//	not (userName eq "a")                 nothing
func (f Filter) Need() Need {
	if f.root == nil {
		return Need{}
	}
	return needOf(f.root, schema.Ref{})
}

// needOf returns what n requires. Inside a value path, within is the attribute
// before the bracket.
func needOf(n node, within schema.Ref) Need {
	switch n := n.(type) {
	case *junction:
		left, right := needOf(n.left, within), needOf(n.right, within)
		if n.and {
			return both(left, right)
		}
		return either(left, right)
	case *valuePath:
		if n.ref.Attr == nil {
			return Need{Never: true}
		}
		need := needOf(n.filter, n.ref)
		if n.rest != nil {
			need = both(need, needOf(n.rest, n.ref))
		}
		return need
	case *comparison:
		return n.need(within)
	default:
		return Need{}
	}
}

func (c *comparison) need(within schema.Ref) Need {
	switch {
	case c.lit.kind == nullLiteral && c.op != opPr, c.op == opNe:
		return Need{}
	case c.leaf == nil:
		return Need{Never: true}
	case c.op != opEq:
		return Need{}
	}
	return Need{Term: &Term{Ref: c.place(within), Value: c.lit.text}}
}

// place returns what c compares, seen from the resource.
func (c *comparison) place(within schema.Ref) schema.Ref {
	if within.Attr == nil {
		return c.ref
	}
	if c.leaf != within.Attr {
		within.Sub = c.leaf
	}
	return within
}

func both(a, b Need) Need {
	switch {
	case a.Never || !b.says():
		return a
	case b.Never || !a.says():
		return b
	}
	return Need{All: append(parts(a.All, a), parts(b.All, b)...)}
}

func either(a, b Need) Need {
	switch {
	case !a.says() || !b.says():
		return Need{}
	case a.Never:
		return b
	case b.Never:
		return a
	}
	return Need{Any: append(parts(a.Any, a), parts(b.Any, b)...)}
}

// parts flattens needs of the same kind.
func parts(of []Need, whole Need) []Need {
	if len(of) > 0 {
		return of
	}
	return []Need{whole}
}

// Sole returns the filter's only comparison, if it has no more and that is one
// with eq.
func (f Filter) Sole() (Term, bool) {
	n, within := f.root, schema.Ref{}
	if vp, ok := n.(*valuePath); ok && vp.rest == nil && vp.ref.Attr != nil {
		n, within = vp.filter, vp.ref
	}
	c, ok := n.(*comparison)
	if !ok {
		return Term{}, false
	}
	need := c.need(within)
	if need.Term == nil {
		return Term{}, false
	}
	return *need.Term, true
}

// Needles returns texts that the JSON of every resource which the filter means
// contains if it is plain ASCII, once it is put in lower case. The JSON is one as
// package resource prints it, without id, meta and what is read-only.
//
//	displayName co "Ana" and active eq false   ana, "active":false
func (f Filter) Needles() []string {
	if f.root == nil {
		return nil
	}
	var found []string
	needles(f.root, schema.Ref{}, &found)
	return found
}

func needles(n node, within schema.Ref, found *[]string) {
	switch n := n.(type) {
	case *junction:
		if n.and {
			needles(n.left, within, found)
			needles(n.right, within, found)
		}
	case *valuePath:
		if n.ref.Attr != nil {
			needles(n.filter, n.ref, found)
			if n.rest != nil {
				needles(n.rest, n.ref, found)
			}
		}
	case *comparison:
		if text := n.needle(within); text != "" {
			*found = append(*found, text)
		}
	}
}

// needle returns the text that c needs, or "".
func (c *comparison) needle(within schema.Ref) string {
	if c.leaf == nil || c.op != opEq && !c.op.matchesPart() || c.lit.kind == nullLiteral {
		return ""
	}
	if a := c.place(within).Attr; a.Detached || a.Mutability == schema.ReadOnly {
		return "" // not in the JSON
	}
	switch c.leaf.Type {
	case schema.Boolean:
		return asPrinted(`"`, c.leaf.Name, `":`+c.lit.text)
	case "", schema.String, schema.Reference:
		return asPrinted("", c.lit.folded, "")
	}
	return ""
}

// asPrinted returns text in lower case between two others if JSON writes it as
// it is, and "" if not.
func asPrinted(before, text, behind string) string {
	lower := []byte(text)
	for i, b := range lower {
		switch {
		case b < ' ' || b > '~' || b == '"' || b == '\\':
			return ""
		case 'A' <= b && b <= 'Z':
			lower[i] = b + 'a' - 'A'
		}
	}
	if len(lower) == 0 {
		return ""
	}
	return before + string(lower) + behind
}
