package text

import (
	"fmt"
	"syscall"
	"testing"
	"time"
)

// BenchmarkTrickle is what a steady provisioning cycle costs, and a load: processor
// time for each document, all of Bleve's goroutines included.
func BenchmarkTrickle(b *testing.B) {
	for _, perTick := range []int{1, 10} {
		b.Run(fmt.Sprintf("writes=%d", perTick*int(time.Second/trickleEvery)), func(b *testing.B) { trickle(b, perTick) })
	}
}

const trickleEvery = 2500 * time.Microsecond

func trickle(b *testing.B, perTick int) {
	x := open(b, Config{Dir: b.TempDir()})
	before := processorTime(b)
	tick := time.NewTicker(trickleEvery)
	defer tick.Stop()
	n := 0
	for b.Loop() {
		<-tick.C
		for range perTick {
			n++
			x.Put("t", Document{
				ID: fmt.Sprintf("id%06d", n), Name: fmt.Sprintf("Name%d Family%d", n*7919%5003, n*104729%7001),
				Title: fmt.Sprint("Senior Analyst ", n%50), Department: fmt.Sprint("Dept", n%30), Company: "Example Ltd",
				Emails: []string{fmt.Sprintf("u%d@example.com", n)}, UserName: fmt.Sprintf("u%d@example.com", n),
			})
		}
	}
	if err := x.Flush(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64((processorTime(b)-before).Microseconds())/float64(n), "cpu-µs/doc")
}

func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
