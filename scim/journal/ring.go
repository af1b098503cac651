package journal

// A ring keeps the newest events, up to a number and to so many bytes. Its page
// guards it. Its events are never changed.
type ring struct {
	max      int
	maxBytes int

	events  []*Event // oldest at first, then round; grows up to max
	first   int
	count   int
	bytes   int
	dropped uint64 // events that were pushed out
}

// push adds the newest event and drops the oldest ones that are too many. An
// event larger than all bytes allowed is kept alone.
func (r *ring) push(e *Event) {
	for r.count > 0 && (r.count >= r.max || r.bytes+e.size > r.maxBytes) {
		r.drop()
	}
	if r.count == len(r.events) {
		r.grow()
	}
	r.events[(r.first+r.count)%len(r.events)] = e
	r.count++
	r.bytes += e.size
}

func (r *ring) drop() {
	r.bytes -= r.events[r.first].size
	r.events[r.first] = nil
	r.first = (r.first + 1) % len(r.events)
	r.count--
	r.dropped++
}

func (r *ring) grow() {
	const least = 16
	grown := make([]*Event, min(max(least, 2*len(r.events)), max(r.max, 1)))
	n := copy(grown, r.events[r.first:])
	copy(grown[n:], r.events[:r.first])
	r.events, r.first = grown, 0
}

// newest appends the events with an id between since and before, both left out
// and 0 for no bound, to dst, newest first.
func (r *ring) newest(dst []*Event, since, before uint64) []*Event {
	for i := r.count - 1; i >= 0; i-- {
		e := r.events[(r.first+i)%len(r.events)]
		if e.ID <= since {
			break
		}
		if before == 0 || e.ID < before {
			dst = append(dst, e)
		}
	}
	return dst
}
