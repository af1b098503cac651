package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/ringdex/ringdex/stream/streamclient"
)

// The stream may tell that somebody is there before it tells who.
func TestWatchSaysAddedOnceItKnowsWho(t *testing.T) {
	bare := &streamclient.Entry{ID: "c1", Presence: json.RawMessage("null")}
	known := &streamclient.Entry{ID: "c1", Presence: json.RawMessage("null"), Contact: json.RawMessage(`{"id":"c1","displayName":"Ann Sample"}`)}
	if lines := changeLines(streamclient.Change{ID: "c1", After: bare}); len(lines) != 0 {
		t.Errorf("before it is known who came: %q", lines)
	}
	for _, before := range []*streamclient.Entry{nil, bare} {
		lines := changeLines(streamclient.Change{ID: "c1", Before: before, After: known})
		if len(lines) != 1 || !strings.HasPrefix(lines[0], "Ann Sample") || !strings.HasSuffix(lines[0], "added") {
			t.Errorf("when it is known who came: %q", lines)
		}
	}
}
