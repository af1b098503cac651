// Package presence knows, for each contact of each tenant, whether the person
// can be reached: State in Microsoft Graph's words, put together from what
// several sources say.
//
// Presence is state and not events. For each source the newest statement wins,
// by the source's own sequence numbers and by time; old news is dropped and
// reported as such. Statements that nobody repeats grow stale, and in the end
// unknown. Among sources the fresh beat the stale, those beat the ones that say
// they do not know, then the higher rank wins,
// then the later one. A state that comes out as it was is no change. A person's
// own programs speak in sessions, of which the busiest counts, and the person
// may choose how to be seen.
//
// The package keeps everything in memory and nothing across a restart. It
// knows no directory: whether a contact exists it asks People, so that nobody
// can fill memory with ids that are none. It has no HTTP; ParseUpdate and the
// errors are what a handler needs.
//
// Feeders (the presence endpoints, Teams, the calls endpoint) call a Tracker
// from any goroutine; it tells each change to one sink, in order for each
// contact, on the goroutine of whoever made a change. Run starts no goroutine
// of its own: it is the clock that ages statements.
package presence

import (
	"encoding/json"
	"strings"
	"time"
)

// An Availability is the base state: "available", "doNotDisturb". Words that
// Graph knows are in its present spelling; others are kept as they came.
type Availability string

// The availabilities that clients are promised, and those that Graph adds.
const (
	Available     Availability = "available"
	AvailableIdle Availability = "availableIdle"
	Busy          Availability = "busy"
	BusyIdle      Availability = "busyIdle"
	DoNotDisturb  Availability = "doNotDisturb"
	Away          Availability = "away"
	BeRightBack   Availability = "beRightBack"
	Offline       Availability = "offline"
	Unknown       Availability = "unknown"
)

// An Activity says more about an availability: "inACall". The same words and
// spellings as of an availability occur, and any other.
type Activity string

// Activities that Ringdex itself sets.
const (
	InACall         Activity = "inACall"
	ActivityUnknown Activity = "unknown"
)

// words are Graph's words in camel case, of both of its lists: its pages do
// not agree on which list a word belongs to, nor on the case.
//
//nolint:gochecknoglobals // read-only table
var words = wordTable(
	"available", "availableIdle", "availableInactive", "away", "beRightBack", "busy", "busyIdle", "doNotDisturb",
	"focusing", "inACall", "inAConferenceCall", "inactive", "inAMeeting", "offline", "offWork", "outOfOffice",
	"presenceUnknown", "presenting", "unknown", "urgentInterruptionsOnly",
)

func wordTable(list ...string) map[string]string {
	table := make(map[string]string, len(list))
	for _, w := range list {
		table[strings.ToLower(w)] = w
	}
	return table
}

// ParseAvailability reads a word in any case: "DoNotDisturb" is DoNotDisturb.
// Graph's "PresenceUnknown" is Unknown. A word nobody knows stays as it is.
func ParseAvailability(s string) Availability {
	if strings.EqualFold(s, "presenceUnknown") {
		return Unknown
	}
	return Availability(spelled(s))
}

// ParseActivity reads a word in any case: "InACall" is "inACall". A word
// nobody knows stays as it is.
func ParseActivity(s string) Activity { return Activity(spelled(s)) }

func spelled(s string) string {
	if w, ok := words[strings.ToLower(s)]; ok {
		return w
	}
	return s
}

// UnmarshalText implements encoding.TextUnmarshaler with ParseAvailability.
func (a *Availability) UnmarshalText(text []byte) error {
	*a = ParseAvailability(string(text))
	return nil
}

// UnmarshalText implements encoding.TextUnmarshaler with ParseActivity.
func (a *Activity) UnmarshalText(text []byte) error {
	*a = ParseActivity(string(text))
	return nil
}

// A Source is who says so: "microsoftTeams". Any word will do; those with a
// rule in Config have a rank and age of their own.
type Source string

// The sources Ringdex itself knows.
const (
	SourceCall      Source = "call"      // derived from live calls; nobody can send it
	SourceAgent     Source = "agent"     // what the person's own sessions come to; nobody can send it
	SourcePreferred Source = "preferred" // how the person wants to be seen; nobody can send it
	SourceAPI       Source = "api"       // an update that names no source
	SourceTeams     Source = "microsoftTeams"
)

// Derived tells whether a source is put together here and never sent: "call",
// "agent", "preferred".
func (s Source) Derived() bool {
	return s == SourceCall || s == SourceAgent || s == SourcePreferred
}

// A State is the presence of one contact as a client sees it. States are
// shared and never changed.
//
//	{"availability":"busy","activity":"inACall","outOfOffice":false,"source":"microsoftTeams",
//	 "asOf":"2026-08-21T10:00:00.12Z","stale":false}
type State struct {
	Availability   Availability `json:"availability"`
	Activity       Activity     `json:"activity"`
	StatusMessage  string       `json:"statusMessage,omitempty"`
	OutOfOffice    bool         `json:"outOfOffice"`
	WorkLocation   string       `json:"workLocation,omitempty"` // "office", "remote", "timeOff", …
	Source         Source       `json:"source"`
	SequenceNumber string       `json:"sequenceNumber,omitempty"`
	AsOf           time.Time    `json:"asOf"`  // when the source said so; UTC, milliseconds
	Stale          bool         `json:"stale"` // the source has not confirmed it for too long
}

// JSON returns s as JSON; "null" for nil. The caller owns the result.
func (s *State) JSON() []byte {
	text, err := json.Marshal(s)
	if err != nil { // a year beyond 9999: AsOf is bounded by the clock
		return []byte("null")
	}
	return text
}

// same reports whether two states tell a client the same. When a source only
// confirms what it said, asOf and the sequence number move on but nothing has
// changed.
func (s *State) same(o *State) bool {
	if s == nil || o == nil {
		return s == o
	}
	a, b := *s, *o
	a.AsOf, a.SequenceNumber = b.AsOf, b.SequenceNumber
	return a == b
}
