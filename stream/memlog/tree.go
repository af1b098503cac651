package memlog

import (
	"math/rand/v2"

	"github.com/ringdex/ringdex/stream"
)

// A node is a tree of entries in the order of their places: a treap whose
// nodes are never changed once put or remove has returned, so that every root
// stays a complete state. nil is the empty tree.
type node struct {
	place       string
	entry       stream.Entry
	priority    uint64 // no child's is higher
	left, right *node
}

// place is where a key of a tenant stands: tenants contain no zero byte, so
// all keys of one stand together and apart from those of any other.
func place(tenant, key string) string { return tenant + "\x00" + key }

// get returns the node at a place, or nil.
func (n *node) get(place string) *node {
	for n != nil && n.place != place {
		if place < n.place {
			n = n.left
		} else {
			n = n.right
		}
	}
	return n
}

// put returns the tree with entry at place.
func (n *node) put(place string, entry stream.Entry) *node {
	if n == nil {
		return &node{place: place, entry: entry, priority: rand.Uint64()}
	}
	c := *n
	switch {
	case place == n.place:
		c.entry = entry
	case place < n.place:
		// The new child is this call's own copy and may be turned in place.
		c.left = n.left.put(place, entry)
		if top := c.left; top.priority > c.priority {
			c.left, top.right = top.right, &c
			return top
		}
	default:
		c.right = n.right.put(place, entry)
		if top := c.right; top.priority > c.priority {
			c.right, top.left = top.left, &c
			return top
		}
	}
	return &c
}

// remove returns the tree without the entry at place.
func (n *node) remove(place string) *node {
	if n.get(place) == nil {
		return n
	}
	if n.place == place {
		return join(n.left, n.right)
	}
	c := *n
	if place < n.place {
		c.left = n.left.remove(place)
	} else {
		c.right = n.right.remove(place)
	}
	return &c
}

// join returns one tree of all of left followed by all of right.
func join(left, right *node) *node {
	switch {
	case left == nil:
		return right
	case right == nil:
		return left
	case left.priority > right.priority:
		c := *left
		c.right = join(left.right, right)
		return &c
	}
	c := *right
	c.left = join(left, right.left)
	return &c
}

// ascend yields the nodes at low and behind it, in order, until yield returns
// false. It returns false in that case.
func (n *node) ascend(low string, yield func(*node) bool) bool {
	if n == nil {
		return true
	}
	if n.place < low {
		return n.right.ascend(low, yield)
	}
	return n.left.ascend(low, yield) && yield(n) && n.right.ascend(low, yield)
}
