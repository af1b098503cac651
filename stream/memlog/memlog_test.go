package memlog

import (
	"testing"

	"github.com/ringdex/ringdex/stream"
	"github.com/ringdex/ringdex/stream/logtest"
)

func TestConformance(t *testing.T) {
	logtest.Run(t, func(*testing.T) stream.Log { return NewBounded(logtest.FeedRecords) })
}
