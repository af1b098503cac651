package scim

import (
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"
	"sync"
	"time"
)

// Index paging counts resources, and a count means another resource as soon as
// one before it is deleted. So the service remembers behind which resource each
// page ended, and a client that goes on from there goes on behind that resource.
//
// A request does not say which walk it belongs to. Requests of one token for one
// list are taken for one client's: the next page is that of the page before, and
// a page asked for again is the same again. Where that does not fit, or requests
// overlap, several clients walk at once, and each gets the earliest of the places
// that may be its own: it may see a resource twice and misses none. That lasts
// as long as a walk of then may go on, but for a walk that begins when nobody has
// asked for a while and that nobody joins: it is one client's again. Clients with
// tokens of their own never get into each other's way.
const (
	walkTime    = 5 * time.Minute // between two pages
	aloneAfter  = 2 * time.Second // without a request of anybody for the list
	walksKept   = 64              // lists a directory
	anchorsKept = 64              // places a list
)

// A scope is the list that a request is about, and who asks for it: a digest.
type scope [sha256.Size]byte

// scope returns that of the request.
func (r *request) scope(q *query) scope {
	h := sha256.New()
	part := func(text string) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(text)))
		h.Write(n[:])
		h.Write([]byte(text))
	}
	part(r.tenant)
	part(r.dir.ID)
	part(r.keyID)
	for _, k := range q.kinds {
		part(k.endpoint)
	}
	part(q.text)
	if q.order != nil {
		part(q.order.name)
		if q.order.descending {
			part("descending")
		}
	}
	return scope(h.Sum(nil))
}

// walks are the lists that clients page through by index.
type walks struct {
	now func() time.Time

	mu    sync.Mutex // guards what follows; held for map and slice work only
	clock uint64     // counts what happens
	byDir map[string]map[scope]*walk
	sweep time.Time // when to look for walks that nobody uses
}

// A walk is one list that clients page through.
type walk struct {
	anchors []anchor  // in the order in which they were made
	crowded time.Time // until when several clients may be walking
	alone   bool      // all requests since a quiet while are one client's, crowded or not
	latest  answered  // the page answered last
	touched uint64    // when a request last came or left
	used    time.Time
}

// An anchor is the place behind which the page at start goes on.
type anchor struct {
	place
	counted      bool // for a client that counts on by what it asked for and did not get
	start, asked int
	made         uint64 // by the walks' clock
	expires      time.Time
}

// An answered is a page that was answered.
type answered struct {
	start   int
	from    *place // nil: by rank
	counted bool
	led     uint64 // when the anchors that lead on from it were made; 0: there are none
}

func newWalks() *walks { return &walks{now: time.Now, byDir: map[string]map[scope]*walk{}} }

// A step is one request of a walk, from enter to next or end.
type step struct {
	walks        *walks
	dir          string
	scope        scope
	compare      func(a, b place) int // as the list is ordered
	start, asked int
	ticket       uint64

	from    *place // behind which the page goes on; nil: by rank
	counted bool   // the client counts on by what it asked for
}

// enter begins a step: it sets behind which place the page goes on if that is
// known.
func (ws *walks) enter(s *step) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	ws.clock++
	s.walks, s.ticket = ws, ws.clock
	w := ws.byDir[s.dir][s.scope]
	if w == nil {
		return
	}
	now := ws.now()
	if s.start == 1 {
		// One that begins again at once is the same client if it had read to the end.
		w.alone = now.Sub(w.used) >= aloneAfter || w.alone && w.latest.led == 0
	}
	w.touched, w.used = ws.clock, now
	w.anchors = slices.DeleteFunc(w.anchors, func(a anchor) bool { return now.After(a.expires) })
	if s.start > 1 {
		w.choose(s, now)
	}
}

// choose sets behind which place a page goes on, if there is one.
func (w *walk) choose(s *step, now time.Time) {
	w.alone = w.alone && w.follows(s)
	crowded := now.Before(w.crowded) && !w.alone
	if !crowded && w.latest.start == s.start && w.latest.from != nil { // asked for again
		s.from, s.counted = w.latest.from, w.latest.counted
		return
	}
	var same, all []anchor
	for _, a := range w.anchors {
		if a.start != s.start || w.alone && a.made != w.latest.led {
			continue // of another page, or of somebody else's walk
		}
		if all = append(all, a); a.asked == s.asked {
			same = append(same, a)
		}
	}
	if len(same) == 0 {
		same = all
	}
	if len(same) == 0 {
		return
	}
	best := same[len(same)-1]
	if crowded || best.made != w.latest.led {
		best = slices.MinFunc(same, func(a, b anchor) int { return s.compare(a.place, b.place) })
	}
	s.from, s.counted = &best.place, best.counted
}

// follows tells whether a step asks for the page behind the latest, or for the
// latest again.
func (w *walk) follows(s *step) bool {
	return w.latest.start == s.start || slices.ContainsFunc(w.anchors, func(a anchor) bool {
		return a.start == s.start && a.made == w.latest.led
	})
}

// next ends a step whose page ended with a resource, behind which the list goes
// on: for who counts what came, and for who counts what was asked for.
func (s *step) next(behind place, came int) {
	ws := s.walks
	ws.mu.Lock()
	defer ws.mu.Unlock()
	w := s.walk(true)
	a := anchor{place: behind, start: addClamped(s.start, came), asked: s.asked, made: ws.clock, expires: w.used.Add(walkTime)}
	w.anchors = append(w.anchors, a)
	if came < s.asked {
		a.start, a.counted = addClamped(s.start, s.asked), true
		w.anchors = append(w.anchors, a)
	}
	if n := len(w.anchors) - anchorsKept; n > 0 {
		w.anchors = slices.Delete(w.anchors, 0, n)
	}
	w.latest = answered{s.start, s.from, s.counted, ws.clock}
}

// end ends a step whose page was the list's last. Whoever read all of it in one
// page knows it as it is now, and counts from that.
func (s *step) end() {
	ws := s.walks
	ws.mu.Lock()
	defer ws.mu.Unlock()
	w := s.walk(false)
	if w == nil {
		return
	}
	w.latest = answered{start: s.start, from: s.from, counted: s.counted}
	if s.start == 1 && !w.used.Before(w.crowded) {
		w.anchors = nil
	}
}

// walk returns the step's walk, which is crowded if others came or left while
// the step was under way. The caller holds the walks' mu.
func (s *step) walk(create bool) *walk {
	ws, now := s.walks, s.walks.now()
	ws.clock++
	w := ws.byDir[s.dir][s.scope]
	if w == nil {
		if !create {
			return nil
		}
		w = ws.add(s.dir, s.scope, now)
	} else if w.touched > s.ticket {
		w.crowded, w.alone = now.Add(walkTime), false
	}
	w.touched, w.used = ws.clock, now
	return w
}

// add makes a walk, in the place of the one that was used longest ago if the
// directory has too many. The caller holds mu.
func (ws *walks) add(dir string, sc scope, now time.Time) *walk {
	if now.After(ws.sweep) {
		ws.forget(now.Add(-walkTime))
		ws.sweep = now.Add(walkTime / 4)
	}
	list := ws.byDir[dir]
	if list == nil {
		list = map[scope]*walk{}
		ws.byDir[dir] = list
	}
	if len(list) >= walksKept {
		oldest := sc
		for other, w := range list {
			if o := list[oldest]; o == nil || w.used.Before(o.used) {
				oldest = other
			}
		}
		delete(list, oldest)
	}
	w := &walk{}
	list[sc] = w
	return w
}

// forget drops the walks that nobody used since. The caller holds mu.
func (ws *walks) forget(since time.Time) {
	for dir, list := range ws.byDir {
		maps.DeleteFunc(list, func(_ scope, w *walk) bool { return w.used.Before(since) })
		if len(list) == 0 {
			delete(ws.byDir, dir)
		}
	}
}
