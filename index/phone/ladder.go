package phone

import "slices"

// Match decides who c is and writes the answer to a. It asks f for one reading
// of the caller after the other and stops at the first rung with a hit. If f is
// also a RangeFinder or a SuffixFinder, the last rungs ask it as such.
//
// a is overwritten; the slices it has are reused, so that a caller who keeps an
// Answer for many questions lets Match answer most of them without allocating.
func Match(c Caller, ctx Context, f Finder, a *Answer) {
	l := ladder{caller: c, ctx: ctx, finder: f, answer: a, ext: c.Ext}
	l.climb()
}

// MatchOne writes to a what Match answers to a caller who IsPlain and whose
// number, without an extension, is that of one hit alone. For a finder that
// knows that much already it saves the way up the ladder.
func MatchOne(e164 string, h Hit, a *Answer) {
	*a = Answer{
		Status: StatusMatch, Class: ClassE164, E164: e164, Rung: RungE164, Reason: reasons[RungE164], People: 1,
		Candidates: append(a.Candidates[:0], h), Trace: a.Trace[:0],
	}
}

// Explain is Match with Answer.Trace filled.
func Explain(c Caller, ctx Context, f Finder) Answer {
	var a Answer
	l := ladder{caller: c, ctx: ctx, finder: f, answer: &a, ext: c.Ext, tracing: true}
	l.climb()
	return a
}

// A ladder is one run of Match. Its methods that look for something return
// whether the question is settled.
type ladder struct {
	caller  Caller
	ctx     Context
	finder  Finder
	answer  *Answer
	tracing bool

	ext  string // the caller's extension in the reading at hand
	plan *plan  // of the context's region; nil if that is not known

	// resolved tells that the caller's country is certain: it was written, or
	// the digits are a valid number of the region. No guess follows then.
	resolved bool

	// known are the numbers that the caller may be, likeliest first: as
	// written, or valid. What is merely possible is not among them, or 12345
	// dialled in Germany would be taken for +4912345.
	known  [maxKnown]string
	knowns int

	// plausible is a number that the caller may be, though the metadata does
	// not know it: enough for a declared block. Empty for most callers.
	plausible string
}

// maxKnown is how many readings of a caller are followed to the last rungs.
const maxKnown = 4

// climb runs the ladder.
func (l *ladder) climb() {
	c, a := &l.caller, l.answer
	*a = Answer{Class: c.Class, E164: c.E164, Ext: c.Ext, Candidates: a.Candidates[:0], Trace: a.Trace[:0]}
	switch {
	case c.Class == ClassAnonymous:
		a.Status, a.Reason = StatusAnonymous, "the caller withheld the number"
	case l.climbTo():
	default:
		a.Reason = "nobody has this number"
	}
}

// climbTo tries the rungs that the caller's class allows.
func (l *ladder) climbTo() bool {
	c := &l.caller
	if c.AOR != "" && l.find(RungURI, Key{Space: SpaceURI, Text: c.AOR}) {
		return true
	}
	switch c.Class {
	case ClassE164:
		return l.international()
	case ClassService:
		return l.find(RungRaw, Key{Space: SpaceRaw, Text: c.Text})
	case ClassRaw:
		if c.Text != "" && l.find(RungRaw, Key{Space: SpaceRaw, Text: c.Text}) {
			return true
		}
		l.plan = planOf(l.ctx.Region)
		return l.accessStrip() || l.lastRungs()
	case ClassNational, ClassExtension:
		l.plan = planOf(l.ctx.Region)
		return l.local()
	}
	return false
}

// know adds a number that the caller may be. The first one becomes the
// answer's, unless it has one.
func (l *ladder) know(e164 string) {
	if l.answer.E164 == "" {
		l.answer.E164, l.answer.Class = e164, ClassE164
	}
	if l.knowns < maxKnown && !slices.Contains(l.known[:l.knowns], e164) {
		l.known[l.knowns] = e164
		l.knowns++
	}
}

// find asks for the numbers that have a key.
func (l *ladder) find(rung Rung, k Key) bool {
	hits := l.finder.Find(k, l.answer.Candidates[:0])
	return l.settle(rung, k.Text, hits, false)
}

// exact looks for an E.164 number: first with the caller's extension or none,
// then with an extension on one side only.
func (l *ladder) exact(e164 string, same, oneSided Rung) bool {
	if l.find(same, Key{Space: SpaceE164, Text: e164, Ext: l.ext}) {
		l.answer.E164, l.answer.Class, l.answer.Ext = e164, ClassE164, l.ext
		return true
	}
	other := Key{Space: SpaceTrunk, Text: e164}
	if l.ext != "" {
		other.Space = SpaceE164
	}
	if l.find(oneSided, other) {
		l.answer.E164, l.answer.Class, l.answer.Ext = e164, ClassE164, l.ext
		return true
	}
	return false
}

// settle ends the question if hits name somebody, and with unique only if they
// name exactly one person. hits begins where Candidates does.
func (l *ladder) settle(rung Rung, form string, hits []Hit, unique bool) bool {
	a := l.answer
	found := len(hits)
	hits = l.dropOtherExtensions(hits)
	note := ""
	if len(hits) < found {
		note = "the extension differs"
	}
	people := rank(hits)
	if unique && len(people) > 1 {
		note, people = "more than one person", people[:0]
	}
	if l.tracing {
		l.trace(Step{Rung: rung, Form: form, Hits: found, Outcome: outcomeOf(found, len(people)), Note: note})
	}
	a.Candidates = people[:min(len(people), MaxCandidates)]
	if len(people) == 0 {
		return false
	}
	a.Rung, a.Reason, a.People = rung, reasons[rung], len(people)
	a.Status = StatusMatch
	if len(people) > 1 {
		a.Status = StatusAmbiguous
	}
	return true
}

// dropOtherExtensions removes numbers that have an extension which is not the
// caller's.
func (l *ladder) dropOtherExtensions(hits []Hit) []Hit {
	if l.ext == "" {
		return hits
	}
	kept := hits[:0]
	for i := range hits {
		if hits[i].Ext == "" || hits[i].Ext == l.ext {
			kept = append(kept, hits[i])
		}
	}
	return kept
}

func (l *ladder) trace(s Step) {
	if l.tracing {
		s.Region = l.ctx.Region
		l.answer.Trace = append(l.answer.Trace, s)
	}
}

// skip notes that a rung does not apply.
func (l *ladder) skip(rung Rung, why string) {
	l.trace(Step{Rung: rung, Outcome: Skipped, Note: why})
}

// reasons say in plain words what a match on each rung means.
//
//nolint:gochecknoglobals // read-only table
var reasons = [...]string{
	RungNone:        "",
	RungURI:         "the same SIP address",
	RungE164:        "the same number",
	RungE164Ext:     "the same number, with an extension on one side only",
	RungExtension:   "the same extension",
	RungRaw:         "the same text",
	RungNational:    "the same number as dialled in this region",
	RungAccessStrip: "the same number behind the code for an outside line",
	RungIDDRepair:   "the same number behind another country's international prefix",
	RungPlusRepair:  "the same number with its country code but without a plus",
	RungLocalArea:   "the same number in the site's area",
	RungVariant:     "another form of the same number",
	RungNSNUnique:   "the only contact with this number; the caller's country is not known",
	RungRange:       "a number of this organisation; the person is not known",
	RungSuffix:      "the only contact whose number ends in the same digits",
}
