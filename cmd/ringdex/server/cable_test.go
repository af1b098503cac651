package server

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// A cable is what clients reach a server through. It can be cut, and it can be
// slow.
type cable struct {
	net.Listener
	target string
	pace   time.Duration // for each KiB to the client; 0: at once

	mu    sync.Mutex // guards all below
	down  bool
	conns []net.Conn
}

func newCable(t *testing.T, target string, pace time.Duration) *cable {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cable{Listener: l, target: target, pace: pace}
	go c.run()
	t.Cleanup(func() { _ = l.Close(); c.cut(true) })
	return c
}

func (c *cable) run() {
	for {
		near, err := c.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", c.target)
		c.mu.Lock()
		if err != nil || c.down {
			_ = near.Close()
			if err == nil {
				_ = far.Close()
			}
			c.mu.Unlock()
			continue
		}
		c.conns = append(c.conns, near, far)
		c.mu.Unlock()
		go pass(near, far, c.pace)
		go pass(far, near, 0)
	}
}

// pass hands on what from says, a KiB each time that pace has gone by.
func pass(to, from net.Conn, pace time.Duration) {
	if pace == 0 {
		_, _ = io.Copy(to, from)
	} else {
		_ = from.(*net.TCPConn).SetReadBuffer(4096) // so that the server feels it
		tick := time.NewTicker(pace)
		defer tick.Stop()
		buf := make([]byte, 1024)
		for {
			n, err := from.Read(buf)
			if err != nil {
				break
			}
			if _, err := to.Write(buf[:n]); err != nil {
				break
			}
			<-tick.C
		}
	}
	_, _ = to.Close(), from.Close()
}

// cut ends all connections, and lets no others through while down.
func (c *cable) cut(down bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down = down
	for _, conn := range c.conns {
		_ = conn.Close()
	}
	c.conns = nil
}

func (c *cable) up() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down = false
}
