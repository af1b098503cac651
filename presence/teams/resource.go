package teams

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ringdex/ringdex/presence"
)

// A Presence is Graph's presence resource as far as it is used. All but the id
// may be missing. Source: learn.microsoft.com/graph/api/resources/presence.
type Presence struct {
	ID             string         `json:"id"`
	Availability   string         `json:"availability"`
	Activity       string         `json:"activity"`
	StatusMessage  *StatusMessage `json:"statusMessage"`
	OutOfOffice    *OutOfOffice   `json:"outOfOfficeSettings"`
	WorkLocation   *WorkLocation  `json:"workLocation"`
	SequenceNumber string         `json:"sequenceNumber"`
}

// A StatusMessage is what a person wrote under the name.
type StatusMessage struct {
	Message struct {
		Content     string `json:"content"`
		ContentType string `json:"contentType"`
	} `json:"message"`
}

// OutOfOffice tells of automatic replies.
type OutOfOffice struct {
	IsOutOfOffice bool   `json:"isOutOfOffice"`
	Message       string `json:"message"`
}

// A WorkLocation tells where a person works today.
type WorkLocation struct {
	Type string `json:"workLocationType"` // "office", "remote", "timeOff", "unspecified"
}

// Update returns what Graph says as an update of the tracker. A word that no
// update may hold becomes unknown, so that one odd person does not keep back
// the others of an answer.
func (p *Presence) Update() presence.Update {
	u := presence.Update{
		Source: presence.SourceTeams, SequenceNumber: p.SequenceNumber,
		Availability: presence.Availability(p.Availability), Activity: presence.Activity(p.Activity),
	}
	message, location, out := "", "", false
	if p.StatusMessage != nil && !strings.EqualFold(p.StatusMessage.Message.ContentType, "html") {
		message = plainText(p.StatusMessage.Message.Content)
	}
	if p.OutOfOffice != nil {
		out = p.OutOfOffice.IsOutOfOffice
	}
	if p.WorkLocation != nil && !strings.EqualFold(p.WorkLocation.Type, "unspecified") {
		location = p.WorkLocation.Type
	}
	// What Graph leaves out is not there any more: an old message must go.
	u.StatusMessage, u.OutOfOffice, u.WorkLocation = &message, &out, &location
	if u.Validate() == nil {
		return u
	}
	return nobody()
}

// sameWords tells whether two presences have the same availability and activity.
func (p *Presence) sameWords(o *Presence) bool {
	return strings.EqualFold(p.Availability, o.Availability) && strings.EqualFold(p.Activity, o.Activity)
}

// nobody is the update of a person whom Graph says nothing about.
func nobody() presence.Update {
	return presence.Update{Source: presence.SourceTeams, Availability: presence.Unknown, Activity: presence.ActivityUnknown}
}

// plainText returns a message without what an update may not hold, cut at a
// letter.
func plainText(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
	if len(s) <= presence.MaxMessageBytes {
		return strings.TrimSpace(s)
	}
	end := presence.MaxMessageBytes
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return strings.TrimSpace(s[:end])
}
