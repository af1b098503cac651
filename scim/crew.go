package scim

import (
	"net/http"
	"slices"

	"github.com/ringdex/ringdex/index/contact"
)

// maxAtOnce is how many operations of a Bulk request run at the same time. Each
// waits for the disk most of its time, and the log writes for all at once.
const maxAtOnce = 64

// A crew runs the units of a Bulk request. It belongs to the goroutine of the
// request, which starts them in order and waits for each until nothing under
// way could notice it.
type crew struct {
	b      *bulk
	busy   []unit
	ops    int       // in busy
	done   chan unit // those that ended
	errors int       // of those that ended
}

// run attempts the operations, and returns when all have ended.
func (b *bulk) run() {
	c := &crew{b: b, done: make(chan unit)}
	for _, u := range b.units() {
		c.clear(u, meet)
		for _, op := range u {
			op.setNaming(b.r)
		}
		c.clear(u, clash)
		for len(c.busy) == maxAtOnce || len(c.busy) > 0 && c.full(c.errors+c.ops) {
			c.wait()
		}
		if c.full(c.errors) {
			break
		}
		c.start(u)
	}
	for len(c.busy) > 0 {
		c.wait()
	}
}

// full tells whether so many errors end the request.
func (c *crew) full(errors int) bool { return c.b.limit > 0 && errors >= c.b.limit }

// clear waits until nothing that is under way is in the way of u.
func (c *crew) clear(u unit, inTheWay func(before, op *operation) bool) {
	blocked := func(before unit) bool {
		for _, op := range u {
			for _, other := range before {
				if inTheWay(other, op) {
					return true
				}
			}
		}
		return false
	}
	for slices.ContainsFunc(c.busy, blocked) {
		c.wait()
	}
}

func (c *crew) start(u unit) {
	c.busy = append(c.busy, u)
	c.ops += len(u)
	go func() {
		c.b.attempt(u)
		c.done <- u
	}()
}

func (c *crew) wait() {
	u := <-c.done
	c.busy = slices.DeleteFunc(c.busy, func(other unit) bool { return other[0] == u[0] })
	c.ops -= len(u)
	for _, op := range u {
		if op.fault != nil {
			c.errors++
		}
	}
}

// meet tells whether an operation must wait for one before it because it refers
// to it, both change one resource, or one deletes what the other, of a group,
// may have among the members.
func meet(before, op *operation) bool {
	if slices.Contains(op.refs, before) {
		return true
	}
	if before.kind == nil || op.kind == nil {
		return false
	}
	if before.kind == op.kind && before.id == op.id {
		return true
	}
	return before.method == http.MethodDelete && op.kind.stored == contact.KindGroup ||
		op.method == http.MethodDelete && before.kind.stored == contact.KindGroup
}

// clash tells whether it depends on their order who of two gets a name.
func clash(before, op *operation) bool {
	switch {
	case before.kind != op.kind, before.naming == keepsNames, op.naming == keepsNames:
		return false
	case before.naming == claimsName && op.naming == claimsName:
		return before.claim == op.claim
	}
	return before.naming != freesNames || op.naming != freesNames
}
