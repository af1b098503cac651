package stream

import (
	"context"
	"errors"
	"sync"
	"testing"
)

func TestWatermarkWakesEveryWaiterItPassed(t *testing.T) {
	var w Watermark
	var wg sync.WaitGroup
	for seq := Seq(1); seq <= 50; seq++ {
		wg.Go(func() {
			if err := w.Wait(t.Context(), seq); err != nil {
				t.Errorf("Wait(%d) = %v", seq, err)
			}
			if got := w.Load(); got < seq {
				t.Errorf("woken at %d, waited for %d", got, seq)
			}
		})
	}
	for seq := Seq(1); seq <= 50; seq += 7 {
		w.Advance(seq)
	}
	w.Advance(50)
	wg.Wait()
}

func TestWatermarkNeverMovesBack(t *testing.T) {
	var w Watermark
	w.Advance(9)
	w.Advance(3)
	if got := w.Load(); got != 9 {
		t.Errorf("mark is %d after Advance(9), Advance(3); want 9", got)
	}
}

func TestWatermarkWaitEndsWithContext(t *testing.T) {
	var w Watermark
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.Wait(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("Wait on a cancelled context = %v", err)
	}
}
