package index

import (
	"cmp"
	"errors"
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

// ErrNoSite is returned for a site that the tenant has not declared.
var ErrNoSite = errors.New("no such site")

// An Origin says where the region came from in which a number is read.
type Origin string

// The origins, surest first.
const (
	OriginQuestion  Origin = "question"  // whoever asked said it
	OriginDialled   Origin = "did"       // the number that was called lies there
	OriginSite      Origin = "site"      // the site that was named lies there
	OriginDirectory Origin = "directory" // it is the default of a directory
)

// A Place is what a question says of where a call came in. All of it is
// optional.
type Place struct {
	Region string // ISO 3166: "GB"
	Site   string // a site's id
	DID    string // the number that was called, as the PBX has it
}

// With returns p with what q says of its own.
func (p Place) With(q Place) Place {
	return Place{Region: cmp.Or(q.Region, p.Region), Site: cmp.Or(q.Site, p.Site), DID: cmp.Or(q.DID, p.DID)}
}

// Context returns how callers are read at a place: as the site reads numbers
// that has the DID, else as the site that is named, with the region that was
// asked for before the DID's own and that before the site's. It returns ErrNoSite.
func (s *Snapshot) Context(p Place) (phone.Context, Origin, error) {
	var ctx phone.Context
	var origin Origin
	if p.Site != "" {
		site, ok := s.plan.sites[p.Site]
		if !ok {
			return ctx, "", ErrNoSite
		}
		ctx, origin = site.Context(), OriginSite
	}
	if p.DID != "" {
		ctx, origin = s.dialled(p, ctx, origin)
	}
	if p.Region != "" {
		ctx.Region, origin = p.Region, OriginQuestion
	}
	return ctx, origin, nil
}

// dialled adds to a context what the number says that was called. A DID that no
// site has still lies in a country; one that cannot be read says nothing.
func (s *Snapshot) dialled(p Place, ctx phone.Context, origin Origin) (phone.Context, Origin) {
	did := phone.Parse(p.DID, cmp.Or(p.Region, ctx.Region))
	if did.E164 == "" {
		return ctx, origin
	}
	if site, ok := s.plan.dids[did.E164]; ok {
		ctx = site.Context()
	}
	if region := did.Region(); phone.ValidRegion(region) {
		ctx.Region, origin = region, OriginDialled
	}
	return ctx, origin
}

// FindRange implements phone.RangeFinder.
func (f *finder) FindRange(e164 string) (phone.Range, bool) {
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
