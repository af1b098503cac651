package wsock

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"
)

// TestManySearchesOfOneTenantHoldUpNoOther lets one tenant watch far more
// searches than there is time to ask.
func TestManySearchesOfOneTenantHoldUpNoOther(t *testing.T) {
	const slow, conns, each = 10 * time.Millisecond, 10, 16
	d := &slowDirectory{pause: slow}
	r := newRig(t, func(cfg *Config) { cfg.SearchEvery, cfg.Directory, cfg.CommandBurst = 40*time.Millisecond, d, 1000 })
	d.rig = r
	r.put("c1", `{"n":"x"}`, "d1")
	r.hub.Space("t2").PutContact("e1", "d2", nil)
	var crowd []*peer
	for n := range conns {
		p := r.open(t)
		crowd = append(crowd, p)
		for i := range each {
			p.subscribe(fmt.Sprint("s", i), fmt.Sprintf(`{"kind":"search","q":"n%d","live":true}`, n*each+i), "")
			p.want("snapshot")
		}
	}
	other := r.dial(t, "key-2")
	other.want("hello")
	other.subscribe("s", `{"kind":"search","q":"two","live":true}`, "")
	other.want("snapshot")
	for n := range 5 { // all are due, in both tenants
		r.put("c1", `{"n":"n159"}`, "d1")
		d.found.Store(int64((n + 1) % 2))
		began := time.Now()
		r.hub.Space("t2").PutContact("e1", "d2", nil)
		other.want("changes")
		// All of the others take conns * each * slow, 1.6 s.
		if took := time.Since(began); took > time.Second {
			t.Errorf("round %d: another tenant waited %v", n, took)
		}
	}
	// And everybody's turn comes.
	last := crowd[conns-1]
	if m := last.want("changes"); m.Sub != "s15" || len(m.Data) != 1 {
		t.Errorf("the last search was told %s", m.Text)
	}
}

// A slowDirectory takes its time to search in tenant t1. In t2 it finds
// somebody or nobody, as found says.
type slowDirectory struct {
	*rig
	pause time.Duration
	found atomic.Int64
}

func (d *slowDirectory) Search(tenant, q string, limit int) []string {
	if tenant == "t2" {
		return []string{"e1"}[:1-min(1, d.found.Load())]
	}
	time.Sleep(d.pause) //nolint:forbidigo // it stands for work
	return d.rig.Search(tenant, q, limit)
}
