package streamclient

import (
	"errors"
	"math"
	"testing"
	"time"
)

func TestBackoffDoublesUpToItsCapAndStartsAgainAfterStability(t *testing.T) {
	b := newBackoff(Backoff{}, func() float64 { return 1 })
	lost := errors.New("lost")
	for i, want := range []time.Duration{500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000} {
		if got := b.next(lost, time.Second); got != want*time.Millisecond {
			t.Errorf("attempt %d waits %v, want %v", i, got, want*time.Millisecond)
		}
	}
	if got := b.next(lost, 30*time.Second); got != 500*time.Millisecond {
		t.Errorf("after a stable connection: %v, want the base", got)
	}
}

func TestBackoffIsFullJitter(t *testing.T) {
	share := 0.0
	b := newBackoff(Backoff{Base: time.Second}, func() float64 { return share })
	for _, want := range []time.Duration{0, 1, 2, 3} {
		share = float64(want) / 4
		b.attempts = 2
		if got := b.next(errors.New("lost"), 0); got != want*time.Second {
			t.Errorf("share %v waits %v, want %v", share, got, want*time.Second)
		}
	}
}

func TestBackoffNeverOverflows(t *testing.T) {
	b := newBackoff(Backoff{Base: time.Hour, Cap: math.MaxInt64}, func() float64 { return 0.5 })
	for range 200 {
		if got := b.next(errors.New("lost"), 0); got < 0 {
			t.Fatalf("waits %v", got)
		}
	}
}

func TestServerDecidesTheLeastWait(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want time.Duration
	}{
		{"too many", &CloseError{Code: codeTooMany}, 30 * time.Second},
		{"retry after", &HandshakeError{Status: 503, retryAfter: 7 * time.Second}, 7 * time.Second},
		{"reconnect", &reconnectError{after: 9 * time.Second, error: errors.New("lost")}, 9 * time.Second},
		{"other close", &CloseError{Code: 1012}, 0},
	} {
		b := newBackoff(Backoff{}, func() float64 { return 0 })
		if got := b.next(c.err, 0); got != c.want {
			t.Errorf("%s: waits %v, want %v", c.name, got, c.want)
		}
	}
}

func TestSilenceIsTwoHeartbeatsAndTenSeconds(t *testing.T) {
	for ms, want := range map[int64]time.Duration{
		25_000: time.Minute, 0: time.Minute, -1: time.Minute, 1000: 12 * time.Second, math.MaxInt64: 2*time.Hour + 10*time.Second,
	} {
		if got := silenceAfter(Hello{HeartbeatMs: ms}); got != want {
			t.Errorf("heartbeat %d ms: %v, want %v", ms, got, want)
		}
	}
}
