package wsock

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"unicode/utf8"

	"github.com/ringdex/ringdex/stream/hub"
)

// A command is a message of a client, of any type. Fields that a type does not
// have are ignored, as are fields nobody knows.
type command struct {
	Type   string    `json:"type"`
	ID     *int64    `json:"id"`
	Sub    string    `json:"sub"`
	Token  string    `json:"token"`
	Topic  *topicRef `json:"topic"`
	Fields string    `json:"fields"`
	Since  string    `json:"since"`
	Add    []string  `json:"add"`
	Remove []string  `json:"remove"`

	Availability  nullable `json:"availability"`
	Activity      string   `json:"activity"`
	StatusMessage *string  `json:"statusMessage"`
	ExpiresIn     *int64   `json:"expiresIn"` // seconds
}

// A topicRef is a topic as clients write it.
type topicRef struct {
	Kind        string   `json:"kind"`
	IDs         []string `json:"ids"`
	DirectoryID string   `json:"directoryId"`
	GroupID     string   `json:"groupId"`
	AgentID     string   `json:"agentId"`
	Q           string   `json:"q"`
	Limit       *int     `json:"limit"`
	Live        bool     `json:"live"`
}

// Limits of single values, in bytes.
const (
	maxSubBytes   = 64
	maxIDBytes    = 256
	maxQueryBytes = 256
	maxID         = 1<<53 - 1
	defaultSearch = 50
)

// errNotJSON says that a message is not a JSON object in UTF-8, which ends the
// connection.
var errNotJSON = errors.New("message is not a JSON object in UTF-8")

// decode reads a message. A value of the wrong kind is a problem that names
// the field, and the command still has the id to answer to. coder/websocket
// does not look whether text is UTF-8.
func decode(text []byte) (command, *problem, error) {
	var cmd command
	if !utf8.Valid(text) {
		return cmd, nil, errNotJSON
	}
	err := json.Unmarshal(text, &cmd)
	if err == nil {
		return cmd, cmd.check(), nil
	}
	wrong, ok := errors.AsType[*json.UnmarshalTypeError](err)
	if !ok || wrong.Field == "" {
		return cmd, nil, errNotJSON
	}
	return cmd, invalid(wrong.Field, "is of the wrong type"), nil
}

func invalid(field, reason string) *problem {
	return newProblem(http.StatusBadRequest, "invalid-field", field, reason)
}

// check returns what is wrong with a command by itself.
func (cmd *command) check() *problem {
	switch {
	case cmd.ID != nil && (*cmd.ID < 1 || *cmd.ID > maxID):
		return invalid("id", "must be a positive integer below 2^53")
	case cmd.Type == "connect", cmd.Type == "pong":
		return nil
	case cmd.Type != "subscribe" && cmd.Type != "update" && cmd.Type != "unsubscribe" && cmd.Type != "refresh" && cmd.Type != "presence.set":
		return invalid("type", "is missing or not known: connect, subscribe, update, unsubscribe, presence.set, refresh or pong")
	case cmd.ID == nil:
		return invalid("id", "is required")
	case cmd.Type == "refresh":
		return nil
	case cmd.Type == "presence.set":
		return cmd.checkOwn()
	case cmd.Sub == "" || len(cmd.Sub) > maxSubBytes:
		return invalid("sub", "must have 1 to 64 bytes")
	case cmd.Type == "subscribe":
		return cmd.checkSubscribe()
	case cmd.Type == "update":
		if p := checkIDs("add", cmd.Add); p != nil {
			return p
		}
		return checkIDs("remove", cmd.Remove)
	}
	return nil
}

func (cmd *command) checkSubscribe() *problem {
	if _, ok := cmd.fields(); !ok {
		return invalid("fields", "must be presence, contact or both")
	}
	if cmd.Since != "" {
		if _, err := hub.ParsePosition(cmd.Since); err != nil {
			return invalid("since", "must be a position as the server sent it")
		}
	}
	if cmd.Topic == nil {
		return invalid("topic", "is required")
	}
	return cmd.Topic.check()
}

func (t *topicRef) check() *problem {
	switch t.Kind {
	case "contacts":
		if t.IDs == nil {
			return invalid("topic.ids", "is required")
		}
		return checkIDs("topic.ids", t.IDs)
	case "directory":
		return checkID("topic.directoryId", t.DirectoryID)
	case "group":
		return checkID("topic.groupId", t.GroupID)
	case "agent":
		return checkID("topic.agentId", t.AgentID)
	case "search":
		return t.checkSearch()
	}
	return invalid("topic.kind", "must be contacts, directory, group, search or agent")
}

func (t *topicRef) checkSearch() *problem {
	switch {
	case t.Q == "" || len(t.Q) > maxQueryBytes:
		return invalid("topic.q", "must have 1 to "+strconv.Itoa(maxQueryBytes)+" bytes")
	case t.Limit != nil && *t.Limit < 1:
		return invalid("topic.limit", "must be positive")
	}
	return nil
}

// limit returns how many a search is to find at most.
func (t *topicRef) limit() int {
	if t.Limit == nil {
		return defaultSearch
	}
	return *t.Limit
}

func checkIDs(field string, ids []string) *problem {
	for i, id := range ids {
		if p := checkID(field, id); p != nil {
			p.Detail = field + "[" + strconv.Itoa(i) + "] must have 1 to " + strconv.Itoa(maxIDBytes) + " bytes"
			return p
		}
	}
	return nil
}

func checkID(field, id string) *problem {
	if id == "" || len(id) > maxIDBytes {
		return invalid(field, "must have 1 to "+strconv.Itoa(maxIDBytes)+" bytes")
	}
	return nil
}

// fields returns which changes a subscription is about: presence by default.
func (cmd *command) fields() (hub.Fields, bool) {
	switch cmd.Fields {
	case "", "presence":
		return hub.Presence, true
	case "contact":
		return hub.Contact, true
	case "both":
		return hub.Both, true
	}
	return 0, false
}

// id returns the command's id, 0 if it has none.
func (cmd *command) id() int64 {
	if cmd.ID == nil {
		return 0
	}
	return *cmd.ID
}
