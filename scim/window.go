package scim

import (
	"cmp"
	"container/heap"
	"slices"
	"time"

	"github.com/ringdex/ringdex/index/contact"
)

// A place is where a resource stands in a list. It means something without the
// resource, so that a list goes on behind one that was deleted.
type place struct {
	key  string // by which the list is sorted; "" in the order of creation
	kind int    // of the query's
	id   contact.ID
}

// A found is a resource of a page. o is nil until it is loaded.
type found struct {
	place
	o *object
}

// A window keeps the part of a list that a page shows, and counts the rest.
type window struct {
	order *order // nil: resources come in their order
	after *place // the part begins behind it; nil: behind the first skip
	skip  int
	count int
	until time.Time // when to give up

	before int // how many come before the part
	total  int
	found  []found // the part; of a sorted list a heap until finish, with those that are skipped
	looked int

	keep bool    // every resource that is meant goes through add, and they are not too many
	all  []place // of all those, while keep
}

// add puts in the next resource that is meant. key is that of the order.
func (w *window) add(f found) {
	w.total++
	if w.keep = w.keep && len(w.all) < keptPlaces; w.keep {
		w.all = append(w.all, f.place)
	} else {
		w.all = nil
	}
	switch {
	case w.after != nil && w.compare(f.place, *w.after) <= 0:
		w.before++
	case w.order != nil:
		w.sort(f)
	case w.skip > 0:
		w.skip--
		w.before++
	case len(w.found) < w.count:
		w.found = append(w.found, f)
	}
}

// sort keeps the first resources of a sorted list and drops the others, and of
// all of them the objects.
func (w *window) sort(f found) {
	keep := addClamped(w.skip, w.count)
	if w.count == 0 || keep == len(w.found) && w.compare(f.place, w.found[0].place) >= 0 {
		return
	}
	f.o = nil
	heap.Push((*last)(w), f)
	if len(w.found) > keep {
		heap.Pop((*last)(w))
	}
}

// finish leaves the page in found. It is called once, when all resources were
// added.
func (w *window) finish() {
	if w.order != nil {
		slices.SortFunc(w.found, func(a, b found) int { return w.compare(a.place, b.place) })
		skipped := min(w.skip, len(w.found))
		w.found = w.found[skipped:]
		w.before += skipped
	}
}

// room returns how many resources the page still takes.
func (w *window) room() int { return w.count - len(w.found) }

// more tells whether the list goes on behind the page.
func (w *window) more() bool { return w.before+len(w.found) < w.total }

// first returns the place of the page's first resource.
func (w *window) first() place { return w.found[0].place }

// last returns the place of the page's last resource.
func (w *window) last() place { return w.found[len(w.found)-1].place }

// compare orders places as the list does.
func (w *window) compare(a, b place) int {
	by := 0
	if w.order != nil {
		if by = cmp.Compare(a.key, b.key); w.order.descending {
			by = -by
		}
	}
	return cmp.Or(by, cmp.Compare(a.kind, b.kind), cmp.Compare(a.id, b.id))
}

// last is a window as a heap with the last resource on top.
type last window

func (h *last) Len() int { return len(h.found) }
func (h *last) Less(i, j int) bool {
	return (*window)(h).compare(h.found[i].place, h.found[j].place) > 0
}
func (h *last) Swap(i, j int) { h.found[i], h.found[j] = h.found[j], h.found[i] }
func (h *last) Push(f any)    { h.found = append(h.found, f.(found)) } //nolint:forcetypeassert // only these are pushed

func (h *last) Pop() any {
	n := len(h.found) - 1
	f := h.found[n]
	h.found = h.found[:n]
	return f
}
