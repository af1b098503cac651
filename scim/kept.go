package scim

import (
	"slices"
	"sync"
	"time"

	"github.com/ringdex/ringdex/stream"
)

// A list that is sorted, or whose filter no exact key answers, is found by reading
// the whole directory, and a client that walks it asks for it page by page. So the
// places of such a list are kept for a while, as long as nothing is written in the
// directory: the next page is then the same part of the same list, and only its
// resources are read.
const (
	keptTime   = time.Minute // since a page was last taken from it
	keptAfter  = 2000        // resources
	keptPlaces = 1 << 18     // of all lists together: some 60 MB
)

// kept are the lists that were read whole not long ago.
type kept struct {
	now   func() time.Time
	after int // resources read for a list that is worth keeping

	mu     sync.Mutex // guards what follows; held for map work only
	lists  map[scope]*keptList
	places int // in all of them
}

// A keptList is a list as it was at a transaction.
type keptList struct {
	at   stream.Seq
	used time.Time // guarded by kept.mu

	sort   sync.Once
	places []place // in their order once sort is done
}

func newKept() *kept { return &kept{now: time.Now, after: keptAfter, lists: map[scope]*keptList{}} }

// find returns a list, nil if it is not kept. It forgets those that nobody used.
func (k *kept) find(sc scope) *keptList {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	for other, l := range k.lists {
		if now.Sub(l.used) > keptTime {
			k.drop(other)
		}
	}
	l := k.lists[sc]
	if l != nil {
		l.used = now
	}
	return l
}

// put keeps a list in place of an older one, and of those used longest ago if
// they are too many. places is kept.
func (k *kept) put(sc scope, at stream.Seq, places []place) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.drop(sc)
	for k.places+len(places) > keptPlaces && len(k.lists) > 0 {
		oldest := sc
		for other, l := range k.lists {
			if o := k.lists[oldest]; o == nil || l.used.Before(o.used) {
				oldest = other
			}
		}
		k.drop(oldest)
	}
	k.lists[sc] = &keptList{at: at, used: k.now(), places: places}
	k.places += len(places)
}

// drop forgets a list, if it is kept. The caller holds mu.
func (k *kept) drop(sc scope) {
	if l := k.lists[sc]; l != nil {
		k.places -= len(l.places)
		delete(k.lists, sc)
	}
}

// again fills a window from a list that was kept, if nothing was written in the
// directory since.
func (r *request) again(view stream.View, sc scope, w *window) (bool, error) {
	l := r.service.kept.find(sc)
	if l == nil || l.at > view.Seq() {
		return false, nil
	}
	same, err := r.service.cfg.Roster.Unchanged(r.ctx, r.dir.ID, l.at, view.Seq())
	if !same || err != nil {
		return false, err
	}
	l.sort.Do(func() { slices.SortFunc(l.places, w.compare) })
	w.show(l.places)
	return true, nil
}

// show fills the window with its part of a whole list.
func (w *window) show(places []place) {
	from := min(w.skip, len(places))
	if w.after != nil {
		at, there := slices.BinarySearchFunc(places, *w.after, w.compare)
		if from = at; there {
			from++
		}
	}
	w.before, w.total = from, len(places)
	for _, at := range places[from:min(len(places), addClamped(from, w.count))] {
		w.found = append(w.found, found{place: at})
	}
}
