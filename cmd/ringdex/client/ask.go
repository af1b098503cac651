package client

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"strconv"
)

// A Contact is one person, as far as the commands show it.
type Contact struct {
	ID          string    `json:"id"`
	DirectoryID string    `json:"directoryId"`
	UserName    string    `json:"userName"`
	DisplayName string    `json:"displayName"`
	GivenName   string    `json:"givenName"`
	FamilyName  string    `json:"familyName"`
	Title       string    `json:"title"`
	Department  string    `json:"department"`
	Company     string    `json:"company"`
	Numbers     []Number  `json:"numbers"`
	Presence    *Presence `json:"presence"`
}

// Name returns the text to show for c: the display name, else given and family
// name, else the user name.
func (c *Contact) Name() string {
	switch {
	case c.DisplayName != "":
		return c.DisplayName
	case c.GivenName != "" && c.FamilyName != "":
		return c.GivenName + " " + c.FamilyName
	case c.GivenName != "" || c.FamilyName != "":
		return c.GivenName + c.FamilyName
	}
	return c.UserName
}

// A Number is one of a contact's numbers.
type Number struct {
	Type    string `json:"type"` // "work"
	Raw     string `json:"raw"`  // as the identity provider sent it
	E164    string `json:"e164"`
	Ext     string `json:"ext"`
	Display string `json:"display"` // "+44 20 7946 0018"
}

// UnmarshalJSON accepts the object and, where an answer names a number in
// short, its text alone.
func (n *Number) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte{'"'}) {
		*n = Number{}
		return json.Unmarshal(data, &n.Raw)
	}
	type object Number // has no methods: no recursion
	return json.Unmarshal(data, (*object)(n))
}

// Text returns the number as to be shown: formatted if the server could, else
// as it was sent.
func (n *Number) Text() string {
	if n.Display != "" {
		return n.Display
	}
	return n.Raw
}

// Presence is a contact's state in Graph's words.
type Presence struct {
	Availability string `json:"availability"` // "busy"
	Activity     string `json:"activity"`     // "inACall"; may be empty
	Stale        bool   `json:"stale"`
}

// The statuses of a LookupResult.
const (
	StatusMatch     = "match"     // one person
	StatusAmbiguous = "ambiguous" // several, and none is picked
	StatusRange     = "range"     // the owner of a block of numbers
	StatusNone      = "none"
	StatusAnonymous = "anonymous" // the caller hides the number
)

// A LookupQuery asks who a number belongs to.
type LookupQuery struct {
	Number  string // in any form: "+44 20 7946 0018", "020…", "sip:…"
	Region  string // how national numbers are read: "GB"; empty leaves it to the server
	Site    string // id of the site at which the call came in; may be empty
	DID     string // the number that was called; may be empty
	Explain bool   // ask for every rung that was tried
}

// A LookupResult is the answer to Lookup.
type LookupResult struct {
	Query      NumberQuery `json:"query"`
	Status     string      `json:"status"`
	Best       *Contact    `json:"best"` // nil unless Status is StatusMatch
	Candidates []Candidate `json:"candidates"`
	Display    string      `json:"display"` // what a phone should show
	Trace      []TraceStep `json:"trace"`   // only if the query asked to explain
}

// A TraceStep is one rung that was tried.
type TraceStep struct {
	Rung string `json:"rung"` // "e164"
	Form string `json:"form"` // what was looked for; may be empty
	Hits int    `json:"hits"`
	// Outcome is "match", "ambiguous", "miss", "dismissed" or "skipped".
	Outcome string `json:"outcome"`
	Note    string `json:"note"` // why it was passed over; may be empty
}

// A NumberQuery is how the server read a number.
type NumberQuery struct {
	Raw   string `json:"raw"`
	Class string `json:"class"`
	E164  string `json:"e164"`
	Ext   string `json:"ext"`
}

// A Candidate is one person whom a number may belong to.
type Candidate struct {
	Contact Contact `json:"contact"`
	Number  Number  `json:"number"` // the stored number that matched
	Rung    string  `json:"rung"`   // "e164"
	Reason  string  `json:"reason"`
}

// Lookup asks who a number belongs to. No match is an answer, not an error.
func (c *Client) Lookup(ctx context.Context, q LookupQuery) (Answer[LookupResult], error) {
	query := url.Values{"number": {q.Number}}
	if q.Region != "" {
		query.Set("region", q.Region)
	}
	if q.Site != "" {
		query.Set("site", q.Site)
	}
	if q.DID != "" {
		query.Set("did", q.DID)
	}
	if q.Explain {
		query.Set("explain", "1")
	}
	return call[LookupResult](ctx, c, request{method: "GET", path: []string{"v1", "lookup"}, query: query})
}

// A SearchQuery asks for people by name, number or what else is known of them.
type SearchQuery struct {
	Text      string
	Limit     int    // 0 leaves it to the server
	Mode      string // "auto", "name", "number" or "keypad"; empty is auto
	Directory string // a directory's id; empty searches all
	Agent     string // whose favourites and recent calls come first; may be empty
}

// A SearchResult is the answer to Search, best hits first.
type SearchResult struct {
	Hits  []Hit `json:"hits"`
	Total int   `json:"total"` // 0 if the server did not count
	More  bool  `json:"more"`  // there are more hits than these
}

// A Hit is one person found. Presence stands beside the contact or in it.
type Hit struct {
	Contact  Contact   `json:"contact"`
	Presence *Presence `json:"presence"`
}

// Search finds people. No hit is an answer, not an error.
func (c *Client) Search(ctx context.Context, q SearchQuery) (Answer[SearchResult], error) {
	query := url.Values{"q": {q.Text}}
	if q.Limit > 0 {
		query.Set("limit", strconv.Itoa(q.Limit))
	}
	if q.Mode != "" {
		query.Set("mode", q.Mode)
	}
	if q.Directory != "" {
		query.Set("directory", q.Directory)
	}
	if q.Agent != "" {
		query.Set("agent", q.Agent)
	}
	return call[SearchResult](ctx, c, request{method: "GET", path: []string{"v1", "search"}, query: query})
}
