package index

import (
	"maps"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/index/dialplan"
	"github.com/ringdex/ringdex/index/phone"
	"github.com/ringdex/ringdex/stream"
)

// A plan is what a tenant declared about numbers. Like the snapshot that it is
// a part of, it never changes.
type plan struct {
	sites  map[string]*dialplan.Site // by id
	dids   map[string]*dialplan.Site // by DID: "+12015550100"
	blocks blocks                    // ranges, by prefix
}

// FindRange implements phone.RangeFinder.
func (f finder) FindRange(e164 string) (phone.Range, bool) {
	r := f.s.plan.blocks.longest(e164[1:])
	if r == nil {
		return phone.Range{}, false
	}
	return phone.Range{ID: r.ID, Prefix: r.Prefix, Label: r.Label}, true
}

// A planBuilder gathers changes of a plan.
type planBuilder struct {
	next   plan
	shared bool                       // next.sites is in a snapshot
	ranges map[string]*dialplan.Range // by id; not in snapshots
}

func newPlanBuilder() planBuilder { return planBuilder{ranges: map[string]*dialplan.Range{}} }

// site enters, replaces or removes a site.
func (p *planBuilder) site(k contact.Key, c stream.Change) error {
	if p.shared || p.next.sites == nil {
		p.next.sites, p.shared = cloneSites(p.next.sites), false
	}
	if c.Deleted {
		delete(p.next.sites, string(k.ID))
		return nil
	}
	site, err := dialplan.DecodeSite(c.Value)
	if err != nil {
		return err
	}
	p.next.sites[site.ID] = &site
	return nil
}

func cloneSites(sites map[string]*dialplan.Site) map[string]*dialplan.Site {
	if sites == nil {
		return map[string]*dialplan.Site{}
	}
	return maps.Clone(sites)
}

// block enters, replaces or removes a declared range.
func (p *planBuilder) block(k contact.Key, c stream.Change) error {
	if old, known := p.ranges[string(k.ID)]; known {
		delete(p.ranges, old.ID)
		p.next.blocks = p.next.blocks.without(old.Prefix)
	}
	if c.Deleted {
		return nil
	}
	r, err := dialplan.DecodeRange(c.Value)
	if err != nil {
		return err
	}
	p.ranges[r.ID] = &r
	p.next.blocks = p.next.blocks.with(&r)
	return nil
}

// build returns the plan with everything gathered.
func (p *planBuilder) build() plan {
	if p.next.blocks.packAfter(len(p.ranges)) {
		p.next.blocks = blocks{base: pack(p.ranges)}
	}
	if p.next.sites == nil || p.shared {
		return p.next
	}
	p.shared, p.next.dids = true, map[string]*dialplan.Site{}
	for _, site := range p.next.sites {
		for _, did := range site.DIDs {
			p.next.dids[did] = site
		}
	}
	return p.next
}
