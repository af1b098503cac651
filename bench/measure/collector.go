package measure

import (
	"sync"
	"time"
)

// stripes is how many callers of Add do not wait for one another.
const stripes = 16

// A Collector takes down operations that begin in one place and end in many
// others, as a message to a crowd does. Its methods are safe for concurrent
// use.
type Collector struct {
	parts [stripes]struct {
		mu  sync.Mutex // guards rec
		rec *recorder
	}
}

// NewCollector returns an empty collector.
func NewCollector() *Collector {
	c := &Collector{}
	for i := range c.parts {
		c.parts[i].rec = newRecorder()
	}
	return c
}

// Add takes down an operation. worker tells callers at the same time apart.
func (c *Collector) Add(worker int, took time.Duration) {
	part := &c.parts[worker%stripes]
	part.mu.Lock()
	defer part.mu.Unlock()
	part.rec.add(took, nil)
}

// Result returns what was taken down, without rates and costs.
func (c *Collector) Result(name string) Result {
	sum := newRecorder()
	for i := range c.parts {
		c.parts[i].mu.Lock()
		sum.merge(c.parts[i].rec)
		c.parts[i].mu.Unlock()
	}
	return sum.result(name)
}
