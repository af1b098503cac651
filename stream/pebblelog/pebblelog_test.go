package pebblelog

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ringdex/ringdex/stream"
	"github.com/ringdex/ringdex/stream/logtest"
)

func openTest(t *testing.T, cfg Config) *Log {
	t.Helper()
	l, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestConformance(t *testing.T) {
	logtest.RunDurable(t, func(t *testing.T, dir string) stream.Log {
		return openTest(t, Config{Dir: dir, FeedRecords: logtest.FeedRecords})
	})
}

// TestConformanceWithoutMemory keeps almost nothing of what was written lately,
// so that every way to find a version is taken.
func TestConformanceWithoutMemory(t *testing.T) {
	logtest.Run(t, func(t *testing.T) stream.Log {
		return openTest(t, Config{Dir: "/log", FeedRecords: logtest.FeedRecords, recentKeys: 1, fs: vfs.NewMem()})
	})
}
