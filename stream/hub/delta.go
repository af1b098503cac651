package hub

import (
	"slices"
	"sync/atomic"
)

// A Delta is what is new in a topic after a position: whole present values,
// never the steps between. It may be shared by many subscriptions and must not
// be changed.
type Delta struct {
	// Reset says that the delta is the whole present state and that what a
	// client had before is void.
	Reset bool
	// To is the position that a view has reached once all of the delta is
	// applied to it.
	To Position
	// Entries are the contacts that changed or came into view, each once.
	Entries []Entry
	// Removed are the ids that left the view, none of which is in Entries.
	Removed []string
	// Calls are the call events of an agent topic, oldest first.
	Calls []Call
	// Syncs are the states of the sync topic, the last to change at the end;
	// also beside the answer of Space.Since for other topics but Agent.
	Syncs []SyncState

	from    uint64
	fields  Fields
	changes uint64 // the topic's count of changes when the delta was made

	pages atomic.Pointer[[]Page] // never changed after Store
}

// An Entry is one contact of a delta.
type Entry struct {
	ID       string
	News     News
	Presence []byte // the presence as JSON, nil if the contact has none; shared, read-only
	Revision uint64 // offset of the last change of the contact itself
}

// News says what is new about an entry.
type News uint8

// The kinds of news. A contact that came into view is news in every respect.
const (
	NewPresence News = 1 << iota
	NewContact
	Joined
)

// A Call is one event of a call of an agent.
type Call struct {
	ID       string
	Fragment []byte // a JSON object, as given to Space.Call; shared, read-only
	Offset   uint64
}

// Empty reports whether the delta holds no news.
func (d *Delta) Empty() bool {
	return !d.Reset && len(d.Entries) == 0 && len(d.Removed) == 0 && len(d.Calls) == 0 && len(d.Syncs) == 0
}

// A PageKey names one encoded part of a delta: for whom it is worded and where
// in the delta it begins, and in which of an edge's forms it is.
type PageKey struct {
	View string
	From int
	Form uint8
}

// A Page is a part of a delta in the form an edge sends it. Bytes is shared and
// must not be changed; Next is where the part that follows begins.
type Page struct {
	Key   PageKey
	Bytes []byte
	Next  int
}

// maxPages bounds what one delta remembers, so that clients that each word
// their view differently cannot make it grow.
const maxPages = 256

// Page returns the page for key, made by encode unless another subscription
// had the same page made before: a frame that many get is encoded once. It
// takes no lock; two who ask at the same moment may both encode.
func (d *Delta) Page(key PageKey, encode func() Page) Page {
	pages := d.pages.Load()
	if pages != nil {
		for i := range *pages {
			if (*pages)[i].Key == key {
				return (*pages)[i]
			}
		}
	}
	page := encode()
	page.Key = key
	for pages == nil || len(*pages) < maxPages {
		var longer []Page
		if pages != nil {
			longer = slices.Clip(*pages)
		}
		longer = append(longer, page)
		if d.pages.CompareAndSwap(pages, &longer) {
			break
		}
		pages = d.pages.Load()
	}
	return page
}
