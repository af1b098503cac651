package streamclient

import (
	"encoding/json"
	"fmt"
	"strings"
)

// A Subscription is what to be told about. Sub names it in messages; the
// caller chooses it, at most 64 characters.
type Subscription struct {
	Sub    string
	Topic  Topic
	Fields Fields
}

// Fields says which changes of a contact a subscription is told.
type Fields string

// The values of Fields.
const (
	Presence Fields = "presence"
	Contact  Fields = "contact"
	Both     Fields = "both"
)

// A Topic is a set of contacts, or an agent's calls. Kind says which of the
// other fields count.
type Topic struct {
	Kind        string   `json:"kind"`                  // "contacts", "directory", "group", "search" or "agent"
	IDs         []string `json:"ids,omitempty"`         // contacts
	DirectoryID string   `json:"directoryId,omitempty"` // directory
	GroupID     string   `json:"groupId,omitempty"`     // group
	Q           string   `json:"q,omitempty"`           // search
	Limit       int      `json:"limit,omitempty"`       // search; 0 leaves it to the server
	Live        bool     `json:"live,omitempty"`        // search: follow who matches
	AgentID     string   `json:"agentId,omitempty"`     // agent
}

// A Hello is the server's greeting.
type Hello struct {
	Session     string `json:"session"`
	Epoch       string `json:"epoch"`
	HeartbeatMs int64  `json:"heartbeatMs"` // the longest silence of a live server
}

// A Message is one message of the server. Only the fields of its type are set;
// Raw is all of it, for types this package does not take apart ("call").
type Message struct {
	Type     string            `json:"type"` // "snapshot", "changes", "contacts", "call", "error", …
	ID       int64             `json:"id"`   // of the command it answers; 0 if none
	Sub      string            `json:"sub"`
	Position string            `json:"position"` // "epoch:offset"
	Data     []Entry           `json:"data"`     // snapshot, changes
	Removed  []string          `json:"removed"`  // changes
	Created  []json.RawMessage `json:"created"`  // contacts
	Updated  []json.RawMessage `json:"updated"`  // contacts
	Deleted  []string          `json:"deleted"`  // contacts
	More     bool              `json:"more"`     // snapshot: another page follows
	Reset    bool              `json:"reset"`    // snapshot: forget what was known
	Error    *Problem          `json:"error"`    // error
	AfterMs  int64             `json:"afterMs"`  // reconnect
	Sync                       // presence.sync
	Raw      json.RawMessage   `json:"-"`
}

// A Sync is how the presence of a directory is kept current, of a message
// presence.sync.
type Sync struct {
	DirectoryID string `json:"directoryId"`
	State       string `json:"state"`  // "ok", "degraded", "revoked", "removed" or "off"
	Detail      string `json:"detail"` // in plain words
}

// An Entry is one member of a view. Fields that the subscription does not ask
// for are nil; a contact without presence has the JSON null.
type Entry struct {
	ID       string          `json:"id"`
	Presence json.RawMessage `json:"presence"`
	Contact  json.RawMessage `json:"contact"`
}

// A Problem is a refusal within the stream, as RFC 9457 has it.
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Field  string `json:"field"`
}

// Error says what was refused, in the server's words.
func (p *Problem) Error() string {
	text := p.Detail
	if text == "" {
		text = p.Title
	}
	if p.Field != "" && !strings.Contains(text, p.Field) {
		return fmt.Sprintf("%s (field %s)", text, p.Field)
	}
	return text
}

// The types of messages that this package acts on.
const (
	typeHello     = "hello"
	typePing      = "ping"
	typeReconnect = "reconnect"
	typeSnapshot  = "snapshot"
	typeChanges   = "changes"
	typeContacts  = "contacts"
	typeAck       = "ack"
	typeError     = "error"
	typeSync      = "presence.sync"
)

// subscribe is the command that makes or resumes a subscription.
type subscribe struct {
	Type   string `json:"type"`
	ID     int64  `json:"id"`
	Sub    string `json:"sub"`
	Topic  Topic  `json:"topic"`
	Fields Fields `json:"fields,omitempty"`
	Since  string `json:"since,omitempty"`
}

// pong answers a ping.
type pong struct {
	Type string `json:"type"`
}

// decode reads a message. raw belongs to the message afterwards.
func decode(raw []byte) (Message, error) {
	var m Message
	if err := json.Unmarshal(raw, &m); err != nil {
		return Message{}, fmt.Errorf("malformed message of the server: %w", err)
	}
	m.Raw = raw
	return m, nil
}
