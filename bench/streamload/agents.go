package streamload

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/ringdex/ringdex/bench/measure"
)

// Agents are in a process of their own if that can be, so that what the server
// holds in memory is the server's, and so that both have their own files. They
// do what they are told in lines of JSON.

// An order tells agents what to do.
type order struct {
	Do     string        `json:"do"` // "join", "expect", "await", "time", "times", "leave"
	Agents int           `json:"agents,omitempty"`
	Way    *way          `json:"way,omitempty"`
	Count  int           `json:"count,omitempty"`
	Within time.Duration `json:"within,omitempty"`
}

// A reply says what became of an order.
type reply struct {
	Error string          `json:"error,omitempty"`
	Times *measure.Result `json:"times,omitempty"`
}

// RunAgents does what it is told until in ends.
func RunAgents(ctx context.Context, in io.Reader, out io.Writer) error {
	c := newCrowd()
	defer c.leave()
	orders, replies := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var o order
		err := orders.Decode(&o)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := replies.Encode(c.obey(ctx, &o)); err != nil {
			return err
		}
	}
}

func (c *crowd) obey(ctx context.Context, o *order) reply {
	var err error
	var r reply
	switch o.Do {
	case "join":
		err = c.join(ctx, o.Agents, o.Way)
	case "expect":
		c.expect(o.Count)
	case "await":
		err = c.await(ctx, o.Within)
	case "time":
		c.times.Store(measure.NewCollector())
	case "times":
		result := c.times.Swap(nil).Result("")
		r.Times = &result
	case "leave":
		c.leave()
	default:
		err = errors.New("no such order")
	}
	if err != nil {
		r.Error = err.Error()
	}
	return r
}

// A Starter starts agents that do what they read from the first and answer to
// the second; stop ends them and waits.
type Starter func(ctx context.Context) (orders io.WriteCloser, replies io.Reader, stop func() error, err error)

// inProcess starts agents in this process.
func inProcess(ctx context.Context) (io.WriteCloser, io.Reader, func() error, error) {
	orders, give := io.Pipe()
	take, replies := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := RunAgents(ctx, orders, replies)
		_ = replies.CloseWithError(err)
		done <- err
	}()
	return give, take, func() error { _ = give.Close(); return <-done }, nil
}

// agents are the other end of RunAgents.
type agents struct {
	orders  *json.Encoder
	replies *json.Decoder
	stop    func() error
}

func startAgents(ctx context.Context, start Starter) (*agents, error) {
	in, out, stop, err := start(ctx)
	if err != nil {
		return nil, err
	}
	return &agents{
		orders: json.NewEncoder(in), replies: json.NewDecoder(out),
		stop: func() error { _ = in.Close(); return stop() },
	}, nil
}

// tell gives an order and returns what it led to.
func (a *agents) tell(o order) (reply, error) {
	var r reply
	if err := errors.Join(a.orders.Encode(o), a.replies.Decode(&r)); err != nil {
		return r, err
	}
	if r.Error != "" {
		return r, errors.New(r.Error)
	}
	return r, nil
}

func (a *agents) join(n int, w *way) error {
	_, err := a.tell(order{Do: "join", Agents: n, Way: w})
	return err
}

func (a *agents) leave() error {
	_, err := a.tell(order{Do: "leave"})
	return err
}

// patience is how long a round may take.
const patience = 30 * time.Second

// round does something after which n updates must arrive, and waits for them.
func (a *agents) round(n int, do func() error) error {
	if _, err := a.tell(order{Do: "expect", Count: n}); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	_, err := a.tell(order{Do: "await", Within: patience})
	return err
}
