package wsock

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/stream/hub"
)

// A query is what the query of a request asks for: a topic, fields, and a
// position.
type query struct {
	topic  topicRef
	fields hub.Fields
	after  hub.Position
}

// parseQuery reads ?directory=, group=, ids=, q= or agent=, of which there must
// be one, with fields= and since=. It copies what it keeps.
func parseQuery(ctx *fasthttp.RequestCtx) (query, *problem) {
	args := ctx.QueryArgs()
	get := func(name string) string { return string(args.Peek(name)) }
	cmd := command{Fields: get("fields"), Since: get("since")}
	topics := 0
	for _, name := range []string{"directory", "group", "ids", "q", "agent"} {
		if args.Has(name) {
			topics++
		}
	}
	if topics != 1 {
		return query{}, newProblem(http.StatusBadRequest, "invalid-field", "", "Ask for one of directory, group, ids, q or agent.")
	}
	switch {
	case args.Has("directory"):
		cmd.Topic = &topicRef{Kind: "directory", DirectoryID: get("directory")}
	case args.Has("group"):
		cmd.Topic = &topicRef{Kind: "group", GroupID: get("group")}
	case args.Has("ids"):
		cmd.Topic = &topicRef{Kind: "contacts", IDs: strings.Split(get("ids"), ",")}
	case args.Has("agent"):
		cmd.Topic = &topicRef{Kind: "agent", AgentID: get("agent")}
	default:
		cmd.Topic = &topicRef{Kind: "search", Q: get("q"), Live: get("live") == "true"}
	}
	if text := get("limit"); text != "" && cmd.Topic.Kind == "search" {
		limit, err := strconv.Atoi(text)
		if err != nil {
			return query{}, invalid("limit", "must be a number")
		}
		cmd.Topic.Limit = &limit
	}
	if p := cmd.checkSubscribe(); p != nil {
		return query{}, p.inQuery()
	}
	fields, _ := cmd.fields()
	after, _ := hub.ParsePosition(cmd.Since) // both were checked
	return query{topic: *cmd.Topic, fields: fields, after: after}, nil
}

// inQuery words a problem of a command for who sent a query.
func (p *problem) inQuery() *problem {
	names := strings.NewReplacer("topic.directoryId", "directory", "topic.groupId", "group", "topic.agentId", "agent", "topic.", "")
	p.Field, p.Detail = names.Replace(p.Field), names.Replace(p.Detail)
	return p
}
