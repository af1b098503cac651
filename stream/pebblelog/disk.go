package pebblelog

import (
	"log/slog"
	"math"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// gaugeEvery is how long a reading of the free space is believed while there
// was enough: too short to fill what must stay free.
const gaugeEvery = 100 * time.Millisecond

// A gauge watches the free space of a disk. Pebble hangs for ever when a table
// file finds none, so commits are refused before that. It belongs to one
// goroutine.
type gauge struct {
	logger   *slog.Logger
	fs       vfs.FS
	dir      string
	minBytes uint64        // free space to keep, at most a tenth of the disk
	every    time.Duration // how long a good reading is believed

	low  bool
	next time.Time // when to look again
}

// full reports whether too little is free. A disk that does not tell is never
// full.
func (g *gauge) full(now time.Time) bool {
	if !g.low && now.Before(g.next) {
		return false
	}
	g.next = now.Add(g.every)
	usage, err := g.fs.GetDiskUsage(g.dir)
	low := err == nil && usage.AvailBytes < min(g.minBytes, usage.TotalBytes/10)
	if low != g.low {
		g.low = low
		g.logger.Warn("disk space", slog.Bool("writes_refused", low))
	}
	return low
}

// SpareBytes returns how much more can be written to the log's disk before
// commits are refused. A disk that does not tell has no end.
func (l *Log) SpareBytes() uint64 {
	usage, err := l.cfg.fs.GetDiskUsage(l.cfg.Dir)
	if err != nil {
		return math.MaxUint64
	}
	keep := min(l.cfg.MinFreeBytes, usage.TotalBytes/10)
	return usage.AvailBytes - min(usage.AvailBytes, keep)
}
