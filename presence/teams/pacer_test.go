package teams

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestPacerLeavesAGapHoweverManyWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(tenantBudget, budgetWindow)
		var mu sync.Mutex
		var wg sync.WaitGroup
		var at []time.Time
		take := func() {
			if p.wait(t.Context()) == nil {
				mu.Lock()
				at = append(at, time.Now())
				mu.Unlock()
			}
		}
		for range 2000 {
			wg.Go(take)
		}
		wg.Wait()
		time.Sleep(time.Hour) //nolint:forbidigo // the clock is not a real one
		wg.Go(take)           // what was not used is not saved up …
		wg.Go(take)
		wg.Wait()
		slices.SortFunc(at, time.Time.Compare)
		for i := 1; i < len(at); i++ {
			if gap := at[i].Sub(at[i-1]); gap < p.gap {
				t.Fatalf("moments %d and %d lie %s apart, want %s", i-1, i, gap, p.gap)
			}
		}
		if n := int(budgetWindow/p.gap) + 1; n > tenantBudget*usedShare/100 {
			t.Errorf("%d moments fit a window", n)
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if p.wait(gone) == nil {
			t.Error("who has gone got a moment")
		}
	})
}
