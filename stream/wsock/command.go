package wsock

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/ringdex/ringdex/stream/hub"
)

// obey does what a message says. It runs on the reader.
func (c *conn) obey(text []byte) {
	cmd, wrong, err := decode(text)
	switch {
	case err != nil:
		c.close(CodeInvalid, "messages are JSON objects in UTF-8")
	case c.principal() == nil && cmd.Type != "connect":
		c.close(CodeUnauthenticated, "connect comes first")
	case wrong != nil:
		c.fail(&cmd, wrong)
	case cmd.Type == "connect":
		c.connect(&cmd)
	case cmd.Type == "subscribe":
		c.subscribe(&cmd)
	case cmd.Type == "update":
		c.update(&cmd)
	case cmd.Type == "unsubscribe":
		c.unsubscribe(&cmd)
	case cmd.Type == "refresh":
		c.refresh(&cmd)
	case cmd.Type == "presence.set":
		c.setPresence(&cmd)
	}
}

// connect lets the owner of a token in.
func (c *conn) connect(cmd *command) {
	switch {
	case c.principal() != nil:
		c.close(CodeMisuse, "connected already")
	case cmd.Token == "":
		c.close(CodeUnauthenticated, "connect needs a token")
	case c.enter(credential{token: cmd.Token}, nil, 0):
		c.hello(cmd.id())
	}
}

// enter makes the owner of a token, who if that is known already, the
// principal. If a key was revoked since the token was looked up, it is looked
// up again: Revoke may not have seen this connection. It returns false when it
// closed the connection instead.
func (c *conn) enter(with credential, who *Principal, revocations int64) bool {
	conns := &c.srv.conns
	for {
		if who == nil {
			revocations = conns.revocations.Load()
			p, err := c.srv.authenticate(with)
			if err != nil {
				c.close(CodeUnauthenticated, "token is unknown, expired or revoked")
				return false
			}
			who = &p
		}
		if !who.Can(ScopeStream) {
			c.close(CodeForbidden, "token lacks the scope stream")
			return false
		}
		if c.principal() == nil && !conns.admit(c, who, c.srv.cfg.ConnectionsPerAgent) {
			c.close(CodeTooMany, "too many connections")
			return false
		}
		if conns.revocations.Load() == revocations {
			c.client = c.srv.cfg.Hub.Space(who.Tenant).Attach(c)
			return true
		}
		who = nil
	}
}

// refresh puts another token in the place of the one that the connection came
// with, whose end it then outlives. An agent stays the same agent, and a
// program's key can be followed by any key of its tenant.
func (c *conn) refresh(cmd *command) {
	conns, old := &c.srv.conns, c.principal()
	for {
		revocations := conns.revocations.Load()
		who, err := c.srv.authenticate(credential{token: cmd.Token})
		same := who.Tenant == old.Tenant && who.Agent == old.Agent
		switch {
		case err != nil:
			c.fail(cmd, newProblem(http.StatusUnauthorized, "unauthenticated", "token", "is unknown, expired or revoked"))
			return
		case !who.Can(ScopeStream), !same:
			c.fail(cmd, newProblem(http.StatusForbidden, "forbidden", "token", "is not one for this stream: another tenant's or agent's, or without the scope stream"))
			return
		}
		c.who.Store(&who)
		if conns.revocations.Load() == revocations {
			c.ack(cmd)
			return
		}
		c.who.Store(old)
	}
}

// A credential is what opens a stream.
type credential struct {
	token string
	agent string // of a ticket: the agent for whom the owner of token vouches; empty if none
}

// authenticate tells whose a stream is that a credential opens.
func (s *Server) authenticate(with credential) (Principal, error) {
	ctx, cancel := context.WithTimeout(context.Background(), s.cfg.ConnectWithin)
	defer cancel()
	who, err := s.cfg.Auth.Authenticate(ctx, with.token)
	if err == nil && with.agent != "" {
		who.Agent = with.agent
	}
	return who, err
}

// hello tells the client what it can expect.
func (c *conn) hello(id int64) {
	cfg := &c.srv.cfg
	buf := append(newFrame(256), `{"type":"hello"`...)
	buf = appendID(buf, id)
	c.session = "s-" + rand.Text()[:16]
	buf = append(buf, `,"session":"`+c.session+`","epoch":`...)
	buf = appendText(buf, cfg.Hub.Epoch())
	buf = append(buf, `,"heartbeatMs":`+number(cfg.Heartbeat.Milliseconds())+`,"resume":true,"limits":{"subscriptions":`...)
	buf = append(buf, number(int64(cfg.Subscriptions))+`,"idsPerSubscription":`+number(int64(cfg.IDsPerSubscription))...)
	buf = append(buf, `,"ids":`+number(int64(cfg.IDs))+`,"messageBytes":`+number(int64(cfg.MessageBytes))+`}}`...)
	c.send(seal(buf, finText))
}

// subscribe begins a view.
func (c *conn) subscribe(cmd *command) {
	if p := c.checkSubscribe(cmd); p != nil {
		c.fail(cmd, p)
		return
	}
	cfg := &c.srv.cfg
	topic, p := c.srv.resolve(cmd.Topic, c.principal(), min(cfg.IDsPerSubscription, cfg.IDs-c.ids))
	if p != nil {
		c.fail(cmd, p)
		return
	}
	fields, _ := cmd.fields()
	after, _ := hub.ParsePosition(cmd.Since) // both were checked by decode
	c.ack(cmd)
	c.begin(c.newView(cmd.Sub, cmd.Topic, topic, fields), topic, after)
}

// newView returns a view of a topic that a client asked for.
func (c *conn) newView(name string, ref *topicRef, topic hub.Topic, fields hub.Fields) *view {
	v := &view{
		name:   name,
		quoted: appendText(nil, name),
		tenant: c.principal().Tenant,
		kind:   topic.Kind,
		fields: fields,
		pinned: ref.Kind == "search",
		ids:    len(topic.IDs),
	}
	if v.pinned && ref.Live {
		v.ids = ref.limit()
		find := search{tenant: v.tenant, q: ref.Q, limit: v.ids}
		v.live = c.srv.newFollower(v, find)
	}
	return v
}

// begin lets a view tell what is new after a position.
func (c *conn) begin(v *view, topic hub.Topic, after hub.Position) {
	if v.pinned {
		after = hub.Position{} // another set of contacts than last time, perhaps
	}
	if len(c.views) == 0 {
		c.followSync(v.tenant)
	}
	c.ids += v.ids
	c.add(v, topic, after)
	if v.live != nil {
		c.srv.searches.add(v.live)
	}
	c.pump.run()
}

// followSync lets the connection tell how the presence of the tenant's
// directories is kept current, from the first subscription on: any view may
// hold their contacts.
func (c *conn) followSync(tenant string) {
	topic := hub.Topic{Kind: hub.Sync}
	c.add(&view{tenant: tenant, kind: topic.Kind, fields: hub.Both}, topic, hub.Position{})
}

// add makes v one of the connection's views, which has its first state to tell.
func (c *conn) add(v *view, topic hub.Topic, after hub.Position) {
	v.sub = c.client.SubscribeTagged(topic, v.fields, after, v)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.views = append(c.views, v)
	v.begun = true
	c.mark(v)
}

// subscriptions returns how many views the client asked for.
func (c *conn) subscriptions() int {
	return max(0, len(c.views)-1) // one was not asked for
}

// drop ends a view that is not among the connection's any more.
func (c *conn) drop(v *view) {
	if v.live != nil {
		c.srv.searches.remove(v)
	}
	v.sub.Close()
}

// checkSubscribe returns what stands against one more view.
func (c *conn) checkSubscribe(cmd *command) *problem {
	cfg := &c.srv.cfg
	switch {
	case c.view(cmd.Sub) != nil:
		return newProblem(http.StatusConflict, "duplicate-subscription", "sub", "is in use; unsubscribe it first")
	case c.subscriptions() >= cfg.Subscriptions:
		return newProblem(http.StatusRequestEntityTooLarge, "too-many-subscriptions", "", "There are too many subscriptions; see limits in hello.")
	case len(cmd.Topic.IDs) > cfg.IDsPerSubscription, c.ids+len(cmd.Topic.IDs) > cfg.IDs:
		return tooManyIDs("topic.ids")
	}
	return nil
}

func tooManyIDs(field string) *problem {
	return newProblem(http.StatusRequestEntityTooLarge, "too-many-ids", field, "has too many ids; see limits in hello")
}

// resolve finds what who means by a topic, of which room ids may be had.
func (s *Server) resolve(ref *topicRef, who *Principal, room int) (hub.Topic, *problem) {
	switch ref.Kind {
	case "directory":
		return hub.Topic{Kind: hub.Directory, ID: ref.DirectoryID}, nil
	case "group":
		return hub.Topic{Kind: hub.Group, ID: ref.GroupID}, nil
	case "search":
		limit := min(ref.limit(), room)
		if limit < 1 {
			return hub.Topic{}, tooManyIDs("topic.limit")
		}
		ref.Limit = &limit
		// The decoder made q, but a search may keep it for longer.
		ids := s.search(search{who.Tenant, strings.Clone(ref.Q), limit})
		return hub.Topic{Kind: hub.Contacts, IDs: ids}, nil
	case "agent":
		id := ref.AgentID
		if id == "me" {
			id = cmp.Or(who.Agent, who.KeyID)
		}
		if who.Agent != "" && id != who.Agent {
			return hub.Topic{}, newProblem(http.StatusForbidden, "forbidden", "topic.agentId", "is another agent")
		}
		return hub.Topic{Kind: hub.Agent, ID: id}, nil
	}
	return hub.Topic{Kind: hub.Contacts, IDs: ref.IDs}, nil
}

// update changes the ids of a view.
func (c *conn) update(cmd *command) {
	v := c.view(cmd.Sub)
	switch {
	case v == nil:
		c.fail(cmd, noSub())
		return
	case v.kind != hub.Contacts || v.pinned:
		c.fail(cmd, invalid("sub", "is not a subscription to contacts by id"))
		return
	}
	limit := min(c.srv.cfg.IDsPerSubscription, c.srv.cfg.IDs-c.ids+v.ids)
	c.hold(v, true) // the answer goes before what the new ids bring
	if err := v.sub.Update(cmd.Add, cmd.Remove, limit); err != nil {
		c.fail(cmd, tooManyIDs("add"))
	} else {
		n := v.sub.Len()
		c.ids += n - v.ids
		v.ids = n
		c.ack(cmd)
	}
	c.hold(v, false)
	c.pump.run()
}

func (c *conn) hold(v *view, held bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v.held = held
}

// unsubscribe ends a view.
func (c *conn) unsubscribe(cmd *command) {
	v := c.view(cmd.Sub)
	if v == nil {
		c.fail(cmd, noSub())
		return
	}
	c.mu.Lock()
	same := func(o *view) bool { return o == v }
	v.begun = false
	c.views, c.due = slices.DeleteFunc(c.views, same), slices.DeleteFunc(c.due, same)
	c.mu.Unlock()
	c.drop(v)
	c.ids -= v.ids
	c.ack(cmd)
}

func noSub() *problem {
	return newProblem(http.StatusNotFound, "unknown-subscription", "sub", "is no subscription of this connection")
}

// view returns the view of a name. Only the reader changes which there are, so
// it reads them without the lock.
func (c *conn) view(name string) *view {
	for _, v := range c.views {
		if v.name == name {
			return v
		}
	}
	return nil
}

// ack says that a command was obeyed.
func (c *conn) ack(cmd *command) {
	buf := append(newFrame(64), `{"type":"ack"`...)
	buf = appendSub(appendID(buf, cmd.id()), cmd.Sub)
	c.send(seal(append(buf, '}'), finText))
}

// fail says why a command was not obeyed.
func (c *conn) fail(cmd *command, p *problem) {
	body, err := json.Marshal(p)
	if err != nil { // texts and a number always marshal
		body = []byte("null")
	}
	buf := append(newFrame(256), `{"type":"error"`...)
	buf = appendSub(appendID(buf, cmd.id()), cmd.Sub)
	buf = append(buf, `,"error":`...)
	buf = append(buf, body...)
	c.send(seal(append(buf, '}'), finText))
}

func appendID(buf []byte, id int64) []byte {
	if id == 0 {
		return buf
	}
	return append(buf, `,"id":`+number(id)...)
}

func appendSub(buf []byte, sub string) []byte {
	if sub == "" || len(sub) > maxSubBytes {
		return buf
	}
	return appendText(append(buf, `,"sub":`...), sub)
}
