package directory

import (
	"testing"
	"time"

	"github.com/ringdex/ringdex/stream/memlog"
)

func TestRotationLetsOldTokensEndLater(t *testing.T) {
	d := newDesk(t, memlog.New())
	c, secret := d.addClient(ClientDraft{})
	access := d.mustGrant(c, secret)
	soon := time.Now().Add(time.Minute).UTC().Truncate(time.Second)
	_, ending, err := d.r.AddToken(t.Context(), DefaultTenant, d.dir, "ends soon", soon)
	if err != nil {
		t.Fatal(err)
	}
	_, lasting, err := d.r.AddToken(t.Context(), DefaultTenant, d.dir, "lasts", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	_, fresh, err := d.r.RotateToken(t.Context(), DefaultTenant, d.dir, "fresh", time.Time{}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	at := func(after time.Duration, when string, endingOK, lastingOK, freshOK bool) {
		t.Helper()
		d.r.now = func() time.Time { return begin.Add(after) }
		d.wantValid(ending, endingOK, when+", the one that ends soon")
		d.wantValid(lasting, lastingOK, when+", the one that lasted")
		d.wantValid(fresh, freshOK, when+", the new one")
	}
	at(0, "at once", true, true, true)
	d.wantValid(access, true, "an access token")
	at(2*time.Minute, "after its end", false, true, true)
	at(time.Hour+time.Second, "after the overlap", false, false, true)
	d.r.now = time.Now
	_, last, err := d.r.RotateToken(t.Context(), DefaultTenant, d.dir, "", time.Time{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	at(0, "after a rotation without overlap", false, false, false)
	d.wantValid(last, true, "the last one")
	d.r.now = time.Now
	for _, overlap := range []time.Duration{-time.Second, maxOverlap + time.Second} {
		if _, _, err := d.r.RotateToken(t.Context(), DefaultTenant, d.dir, "", time.Time{}, overlap); !isFieldError(err) {
			t.Errorf("an overlap of %v: %v", overlap, err)
		}
	}
}
