package wsock

import "time"

// pingFrame is the heartbeat. It is a message, because browsers hide pings.
//
//nolint:gochecknoglobals // read-only
var pingFrame = textFrame(`{"type":"ping"}`)

// sweep does what is due at now.
func (c *conn) sweep(now time.Time) {
	c.mu.Lock()
	closing, closeBy, leaveAt := c.last != 0, c.closeBy, c.leaveAt
	c.mu.Unlock()
	switch {
	case closing && now.After(closeBy):
		c.hangUp()
	case closing:
	case !leaveAt.IsZero() && now.After(leaveAt):
		c.close(CodeRestart, "server restarts")
	case c.principal() == nil && now.Sub(c.born) > c.srv.cfg.ConnectWithin:
		c.close(CodeTimeout, "no connect")
	case c.principal() != nil && c.pingDue(now):
		c.send(c.form.beat())
	}
}

// pingDue reports whether the peer must be shown a sign of life, or asked for
// one. Who does not read is not asked again.
func (c *conn) pingDue(now time.Time) bool {
	if c.pump.blocked.Load() {
		return false
	}
	quiet := func(since int64) bool { return now.UnixNano()-since >= int64(c.beat) }
	c.mu.Lock()
	defer c.mu.Unlock()
	asked := now.Sub(c.pinged) < c.beat
	heard := c.form != events && quiet(c.heard.Load()) // who takes events says nothing
	if asked || !quiet(c.sent.Load()) && !heard {
		return false
	}
	c.pinged = now
	return true
}

// sayExpiring tells the peer that its token ends soon, so that it can refresh
// it. Who takes events connects again.
func (c *conn) sayExpiring(in time.Duration) {
	if c.form != events {
		c.send(textFrame(`{"type":"token.expiring","inMs":` + number(in.Milliseconds()) + `}`))
	}
}

// sayReconnect tells the peer when to come back, and sets when it goes.
func (c *conn) sayReconnect(now time.Time) {
	cfg := &c.srv.cfg
	c.mu.Lock()
	first := c.leaveAt.IsZero()
	if first {
		c.leaveAt = now.Add(random(cfg.DrainFor))
	}
	c.mu.Unlock()
	if first {
		c.send(c.form.reconnect(random(cfg.ReconnectWithin)))
	}
}
