package resource

// Equal reports whether v and w are the same value: the order of an object's
// members and the case of their names do not matter, the order of an array's
// elements and the spelling of numbers do.
func (v Value) Equal(w Value) bool {
	if v.kind != w.kind || v.text != w.text || len(v.items) != len(w.items) {
		return false
	}
	if len(v.items) == 0 || &v.items[0] == &w.items[0] {
		return true
	}
	if v.kind == Array {
		for i := range v.items {
			if !v.items[i].Value.Equal(w.items[i].Value) {
				return false
			}
		}
		return true
	}
	return v.equalMembers(w)
}

// equalMembers compares two objects of the same size. Most have their members
// in the same order, which keeps it linear.
func (v Value) equalMembers(w Value) bool {
	for i := range v.items {
		f := &v.items[i]
		j := i
		if !EqualName(f.Name, w.items[i].Name) {
			j = w.index(f.Name)
		}
		if j < 0 || !f.Value.Equal(w.items[j].Value) {
			return false
		}
	}
	return true
}
