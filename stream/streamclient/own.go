package streamclient

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"
)

// ErrEnded says that the client has ended, so that nothing is said any more.
var ErrEnded = errors.New("the stream has ended")

// An OwnPresence is how an agent is by its own word.
type OwnPresence struct {
	Availability  string        // "available", "busy", "doNotDisturb", "away", "beRightBack" or "offline"
	Activity      string        // "inACall", …; empty: the same word
	StatusMessage string        // may be empty
	ExpiresIn     time.Duration // whole seconds; 0: until the connection ends
}

// setPresence is the command that says it.
type setPresence struct {
	Type          string  `json:"type"`
	ID            int64   `json:"id"`
	Availability  *string `json:"availability"` // null takes back what was said
	Activity      string  `json:"activity,omitempty"`
	StatusMessage string  `json:"statusMessage,omitempty"`
	ExpiresIn     int64   `json:"expiresIn,omitempty"`
}

// own is what the agent says of itself, over all connections.
type own struct {
	turn sync.Mutex // held while writing, so that what is said last arrives last; taken before mu

	mu      sync.Mutex // guards all below; not held while writing
	said    word       // what is to be said on the next connection
	taken   word       // what the server took in last
	conn    *connection
	waiting map[int64]saying // by id of the command on conn
	idle    []chan error     // who waits for a connection
	ended   bool
}

// A word is what an agent says of itself; nil for nothing.
type word struct {
	*OwnPresence
	until time.Time // when it is over by itself; zero: never
}

// A saying is a word on its way, and who waits for the answer.
type saying struct {
	word
	answers []chan error
}

// SetPresence says how the agent is and returns when the server has taken that
// in. It is said again on each new connection, until it expires or something
// else is said; nil takes it back. It needs a stream that a ticket for an agent
// opened. It returns a *Problem if the server refuses it, ctx's error, or
// ErrEnded. Unlike the other methods it is safe for concurrent use.
func (c *Client) SetPresence(ctx context.Context, p *OwnPresence) error {
	var w word
	if p != nil {
		said := *p
		w.OwnPresence = &said
		if p.ExpiresIn > 0 {
			w.until = time.Now().Add(p.ExpiresIn)
		}
	}
	answer := make(chan error, 1)
	c.own.say(context.WithoutCancel(ctx), w, answer)
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// say says w, now or on the next connection, and has the outcome answered.
func (o *own) say(ctx context.Context, w word, answer chan error) {
	o.turn.Lock()
	defer o.turn.Unlock()
	o.mu.Lock()
	o.said = w
	conn := o.conn
	var command setPresence
	switch {
	case o.ended:
		answer <- ErrEnded
	case conn != nil:
		command = o.next(answer)
	case w.OwnPresence == nil: // what was said before ended with its connection
		answer <- nil
	default:
		o.idle = append(o.idle, answer)
	}
	o.mu.Unlock()
	if conn != nil {
		_ = conn.write(ctx, command) // a lost connection is noticed where it is read
	}
}

// next returns the command that says what is to be said on the connection that
// there is. answers are told of the outcome. The caller holds mu.
func (o *own) next(answers ...chan error) setPresence {
	s := setPresence{Type: "presence.set", ID: o.conn.command.Add(1)}
	if p := o.said; p.OwnPresence != nil {
		s.Availability, s.Activity, s.StatusMessage = &p.Availability, p.Activity, p.StatusMessage
		if !p.until.IsZero() {
			s.ExpiresIn = max(1, int64(time.Until(p.until).Round(time.Second)/time.Second))
		}
	}
	o.waiting[s.ID] = saying{o.said, answers}
	return s
}

func tellAll(answers []chan error, err error) {
	for _, a := range answers {
		a <- err
	}
}

// connected lets what was said be said on a new connection.
func (o *own) connected(ctx context.Context, conn *connection) error {
	o.turn.Lock()
	defer o.turn.Unlock()
	o.mu.Lock()
	o.conn, o.waiting = conn, map[int64]saying{}
	if p := o.said; !p.until.IsZero() && !time.Now().Before(p.until) {
		o.said = word{}
	}
	idle := o.idle
	o.idle = nil
	if o.said.OwnPresence == nil {
		tellAll(idle, nil)
		o.mu.Unlock()
		return nil
	}
	command := o.next(idle...)
	o.mu.Unlock()
	return conn.write(ctx, command)
}

// disconnected lets who waits for an answer wait for the next connection.
func (o *own) disconnected() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.conn = nil
	for _, id := range slices.Sorted(maps.Keys(o.waiting)) {
		o.idle = append(o.idle, o.waiting[id].answers...)
	}
	o.waiting, o.taken = nil, word{}
	if o.said.OwnPresence == nil {
		tellAll(o.idle, nil)
		o.idle = nil
	}
}

// answered takes in an answer of the server. What was refused is not said
// again: what the server took in before it still holds.
func (o *own) answered(m Message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	s, ok := o.waiting[m.ID]
	if !ok {
		return
	}
	delete(o.waiting, m.ID)
	if m.Type != typeError {
		o.taken = s.word
		tellAll(s.answers, nil)
		return
	}
	if s.word == o.said {
		o.said = o.taken
	}
	if m.Error == nil {
		m.Error = &Problem{Detail: "no reason given"}
	}
	tellAll(s.answers, m.Error)
}

// end answers everybody who waits.
func (o *own) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ended = true
	tellAll(o.idle, ErrEnded)
	o.idle = nil
}
