package wsock

import (
	"context"
	"fmt"
	"io"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/valyala/fasthttp"
	"golang.org/x/sys/unix"

	"github.com/ringdex/ringdex/stream/hub"
)

// threadTime is how long the processor worked for this thread.
func threadTime() time.Duration {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_THREAD, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkFlushCost compares what the processor does to tell a connection of a
// change with what it does to write the same bytes to a bare socket, kernel
// included: in turn, to the same number of peers, on one thread, so that other
// load does not count.
func BenchmarkFlushCost(b *testing.B) {
	const peers = 1000
	h := hub.New(hub.Config{Epoch: "e1", Shards: 1}) // it does not run: the benchmark flushes
	r := &rig{hub: h, contacts: map[string]string{}, tokens: map[string]Principal{"key-1": {Tenant: "t1", KeyID: "k1", Scopes: []string{"stream"}}}}
	var err error
	if r.Server, err = New(Config{Hub: h, Auth: r, Directory: r, AcceptsPerSecond: 1_000_000, DeadAfter: time.Hour}); err != nil {
		b.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	r.addr = listener.Addr().String()
	web := &fasthttp.Server{Handler: r.Serve, KeepHijackedConns: true}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{}, 2)
	go func() { _ = web.Serve(listener); ended <- struct{}{} }()
	go func() { _ = r.Run(ctx); ended <- struct{}{} }()
	defer func() { cancel(); _ = listener.Close(); <-ended; <-ended }()
	r.put("c1", `{}`, "d1")
	read := func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }
	idlePeers(b, r, peers, read)
	bare := barePeers(b, peers, read)
	conns := r.conns.all()
	subs := make([][]*hub.Subscription, len(conns))
	for i, c := range conns {
		subs[i] = []*hub.Subscription{c.views[len(c.views)-1].sub}
	}
	frame := textFrame(`{"type":"changes","sub":"s","data":[{"id":"c1","presence":` + samplePresence + `}],"position":"e1:1000000"}`)
	var ours, theirs time.Duration
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	rounds := 0
	flush := func() {
		for i, c := range conns {
			c.Flush(subs[i])
		}
	}
	write := func() {
		for _, c := range bare {
			if _, err := c.Write(frame); err != nil {
				b.Error(err)
			}
		}
	}
	timed := func(sum *time.Duration, do func()) {
		start := threadTime()
		do()
		*sum += threadTime() - start
	}
	for b.Loop() {
		r.presence("c1", samplePresence)
		if rounds++; rounds%2 == 0 { // who comes second finds the readers awake
			timed(&ours, flush)
			timed(&theirs, write)
		} else {
			timed(&theirs, write)
			timed(&ours, flush)
		}
	}
	n := float64(rounds * peers)
	b.ReportMetric(float64(ours.Nanoseconds())/n, "flush-ns/frame")
	b.ReportMetric(float64(theirs.Nanoseconds())/n, "write-ns/frame")
	b.ReportMetric(float64(theirs)/float64(ours), "write/flush")
}

const samplePresence = `{"availability":"busy","activity":"inACall","statusMessage":"@@1234567890123456789","outOfOffice":false,"source":"microsoftTeams","asOf":"2026-08-21T10:00:00.120Z","stale":false}`

// barePeers returns sockets whose other ends are read.
func barePeers(b *testing.B, n int, read func(net.Conn)) []net.Conn {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	conns := make([]net.Conn, n)
	for i := range conns {
		c, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			b.Fatal(fmt.Errorf("bare peer: %w", err))
		}
		go read(c)
		b.Cleanup(func() { _ = c.Close() })
		if conns[i], err = listener.Accept(); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = conns[i].Close() })
	}
	return conns
}
