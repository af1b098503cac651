package wsock

import (
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// idlePeers opens n connections with a subscription to d1 each, whose bytes go
// to read.
func idlePeers(b *testing.B, r *rig, n int, read func(net.Conn)) {
	b.Helper()
	conns := make([]net.Conn, n)
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := w; i < n; i += 8 {
				conns[i] = dialRaw(b, r.addr, "GET / HTTP/1.1\r\nHost: h\r\n"+upgradeHeaders)
				readUntil(b, conns[i], "}}")
				frame := masked(finText, `{"type":"subscribe","id":1,"sub":"s","topic":{"kind":"directory","directoryId":"d1"}}`)
				if _, err := io.WriteString(conns[i], frame); err != nil {
					b.Error(err)
				}
				readUntil(b, conns[i], `"more":false}`)
			}
		})
	}
	wg.Wait()
	for _, c := range conns {
		if read != nil {
			_ = c.SetReadDeadline(time.Time{})
			go read(c)
		}
	}
}

// BenchmarkBroadcast tells 1,000 connections of one presence change, or of 50
// at once, and waits until all have it. One operation is one frame received.
func BenchmarkBroadcast(b *testing.B) {
	const peers = 1000
	for _, changes := range []int{1, 50} {
		b.Run(fmt.Sprint("changes=", changes), func(b *testing.B) {
			r := newRig(b, func(cfg *Config) { cfg.AcceptsPerSecond = 1_000_000 })
			for i := range changes {
				r.put(fmt.Sprint("c", i), `{}`, "d1")
			}
			var got atomic.Int64
			all := make(chan struct{}, 1)
			idlePeers(b, r, peers, func(c net.Conn) {
				buf := make([]byte, 64<<10)
				for {
					n, err := c.Read(buf)
					if err != nil {
						return
					}
					if strings.Contains(string(buf[:n]), `"last"`) && got.Add(1)%peers == 0 {
						all <- struct{}{}
					}
				}
			})
			filler := `{"availability":"busy","activity":"inACall","source":"microsoftTeams","asOf":"2026-08-21T10:00:00Z","stale":false}`
			b.ResetTimer()
			rounds := 0
			for b.Loop() {
				if rounds++; (rounds-1)%peers != 0 {
					continue // one frame of the round was counted already
				}
				for i := range changes - 1 {
					r.presence(fmt.Sprint("c", i), filler)
				}
				r.presence(fmt.Sprint("c", changes-1), `{"statusMessage":"last"}`)
				<-all
			}
			frames := float64((rounds+peers-1)/peers) * peers
			b.ReportMetric(frames/b.Elapsed().Seconds(), "frames/s")
			b.ReportMetric(frames*float64(changes)/b.Elapsed().Seconds(), "updates/s")
		})
	}
}

// BenchmarkIdleConnection measures what a connection with one subscription
// holds in memory, the client's half of it excluded as far as that goes: the
// peers are bare sockets.
func BenchmarkIdleConnection(b *testing.B) {
	const peers = 1000
	for b.Loop() {
		r := newRig(b, func(cfg *Config) { cfg.AcceptsPerSecond = 1_000_000 })
		heap := func() (alloc, stack float64) {
			runtime.GC()
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return float64(m.HeapAlloc), float64(m.StackInuse)
		}
		heap0, stack0 := heap()
		idlePeers(b, r, peers, nil)
		heap1, stack1 := heap()
		b.ReportMetric((heap1-heap0)/peers, "heapB/conn")
		b.ReportMetric((stack1-stack0)/peers, "stackB/conn")
	}
}
