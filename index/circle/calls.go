package circle

import (
	"math"
	"sync"
	"time"

	"github.com/ringdex/ringdex/index/contact"
)

// halfLife is the time after which a call counts half as much.
const halfLife = 14 * 24 * time.Hour

// Limits of what is remembered. Beyond them the least is forgotten.
const (
	maxPartners = 100    // of an agent
	maxAgents   = 20_000 // of all tenants
)

// Calls counts whom agents talked to. The zero value is ready to use. Methods
// are safe for concurrent use.
type Calls struct {
	mu     sync.Mutex // guards agents and what it holds; held for map work only
	agents map[agentKey]*partners
}

type agentKey struct{ tenant, agent string }

// partners are the people an agent talked to.
type partners struct {
	last   time.Time
	scores map[contact.ID]score
}

// A score is a sum of calls, each of which counts less the longer it is ago.
type score struct {
	value float64 // as of at
	at    time.Time
}

// now returns what the score is worth later.
func (s score) now(t time.Time) float64 {
	return s.value * math.Exp2(-float64(t.Sub(s.at))/float64(halfLife))
}

// Note counts a call of an agent with a contact.
func (c *Calls) Note(tenant, agent string, with contact.ID, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.agents == nil {
		c.agents = map[agentKey]*partners{}
	}
	key := agentKey{tenant, agent}
	p := c.agents[key]
	if p == nil {
		if len(c.agents) >= maxAgents {
			c.forgetAgent()
		}
		p = &partners{scores: map[contact.ID]score{}}
		c.agents[key] = p
	}
	p.last = at
	p.scores[with] = score{p.scores[with].now(at) + 1, at}
	if len(p.scores) > maxPartners {
		p.forget(with, at)
	}
}

// forgetAgent forgets the agent that was heard of longest ago.
func (c *Calls) forgetAgent() {
	var oldest agentKey
	var at time.Time
	for key, p := range c.agents {
		if at.IsZero() || p.last.Before(at) {
			oldest, at = key, p.last
		}
	}
	delete(c.agents, oldest)
}

// forget forgets who counts least, but for one.
func (p *partners) forget(but contact.ID, now time.Time) {
	var least contact.ID
	worth := math.Inf(1)
	for id, s := range p.scores {
		if v := s.now(now); id != but && (v < worth || v == worth && id < least) {
			least, worth = id, v
		}
	}
	delete(p.scores, least)
}

// Recent returns what the calls of an agent are worth by contact: 1 for a call
// just now, half of that after two weeks.
func (c *Calls) Recent(tenant, agent string, now time.Time) map[contact.ID]float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.agents[agentKey{tenant, agent}]
	if p == nil {
		return nil
	}
	worth := make(map[contact.ID]float64, len(p.scores))
	for id, s := range p.scores {
		worth[id] = s.now(now)
	}
	return worth
}
