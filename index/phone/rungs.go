package phone

import (
	"slices"
	"strings"
)

// international tries a caller who was written with a plus.
func (l *ladder) international() bool {
	l.resolved = true
	e164 := l.caller.E164
	if l.exact(e164, RungE164, RungE164Ext) {
		return true
	}
	if normal := normalE164(e164); normal != e164 {
		l.answer.E164, e164 = normal, normal
		if l.exact(e164, RungE164, RungE164Ext) {
			return true
		}
	}
	l.know(e164)
	return l.lastRungs()
}

// local tries a caller who was written without a plus.
func (l *ladder) local() bool {
	c := &l.caller
	if l.extension() || l.find(RungRaw, Key{Space: SpaceRaw, Text: c.Digits}) {
		return true
	}
	var r reading
	var read bool
	if len(c.Digits) > maxShort || l.plan != nil && l.plan.small {
		r, read = readIn(c.Digits, l.plan)
	}
	if read && l.asDialled(&r) {
		return true
	}
	if l.accessStrip() {
		return true
	}
	if len(c.Digits) > maxShort && !l.resolved && l.repair() {
		return true
	}
	if read && l.asWritten(&r) {
		return true
	}
	return l.localArea() || l.lastRungs()
}

// asWritten tries a number of the region that the metadata does not know. Who
// has exactly this number is found; equivalent numbers are not looked for, and
// the caller's country stays uncertain. A declared block may hold the number:
// whoever declared it knows better than the metadata.
func (l *ladder) asWritten(r *reading) bool {
	if l.resolved || r.valid || r.origin != originRegion || !l.plan.plausible(l.caller.Digits, r.e164) {
		return false
	}
	if l.exact(r.e164, RungNational, RungNational) {
		return true
	}
	l.plausible = r.e164
	if l.answer.E164 == "" {
		l.answer.E164, l.answer.Class = r.e164, ClassE164
	}
	return false
}

// extension tries the caller as an internal number.
func (l *ladder) extension() bool {
	c := &l.caller
	switch {
	case l.ctx.ExtensionLength <= 0:
		l.skip(RungExtension, "the site has no internal numbers")
		return false
	case c.Ext != "" || len(c.Digits) > min(l.ctx.ExtensionLength, maxExtension):
		l.skip(RungExtension, "longer than the site's internal numbers")
		return false
	}
	return l.find(RungExtension, Key{Space: SpaceExtension, Text: c.Digits})
}

// asDialled tries the number that the digits are in the region. 1 201 555 0123
// in the US could be a trunk prefix and a number or a number without its plus;
// as in libphonenumber it is the latter.
func (l *ladder) asDialled(r *reading) bool {
	switch {
	case r.origin == originIDD:
		if l.exact(r.e164, RungE164, RungE164Ext) {
			return true
		}
		l.resolved = r.valid
	case r.origin == originCode && r.accepted(l.plan):
		if l.exact(r.e164, RungPlusRepair, RungPlusRepair) {
			return true
		}
		l.resolved = true
	case r.origin == originRegion && r.valid:
		if l.exact(r.e164, RungNational, RungNational) {
			return true
		}
		l.resolved = true
	default:
		l.trace(Step{Rung: RungNational, Form: r.e164, Outcome: Skipped, Note: "not a valid number of the region"})
		return false
	}
	l.know(r.e164)
	return false
}

// accessStrip tries what stands behind the site's code for an outside line. It
// does so only if the whole is not a number by itself.
func (l *ladder) accessStrip() bool {
	if l.resolved {
		l.skip(RungAccessStrip, "the whole is a number by itself")
		return false
	}
	for _, code := range l.ctx.AccessCodes {
		rest, ok := strings.CutPrefix(l.caller.Text, code)
		if !ok || code == "" {
			continue
		}
		d, ok := readDialled(cutPrivacyCodes(strings.TrimSpace(rest)))
		if !ok || len(d.number) <= maxShort {
			continue
		}
		e164 := l.outside(d.number)
		if e164 == "" {
			continue
		}
		l.ext = d.ext
		if l.exact(e164, RungAccessStrip, RungAccessStrip) {
			return true
		}
		l.resolved = true
		l.answer.Ext = d.ext
		l.know(e164)
		return false
	}
	l.skip(RungAccessStrip, "no number stands behind one of the site's codes")
	return false
}

// outside reads a number as dialled on an outside line, whole or inside the
// site's area. It returns the empty string unless the number is valid or has a
// plus.
func (l *ladder) outside(number string) string {
	if number[0] == '+' {
		if !isPlain(number) {
			return ""
		}
		return normalE164(number)
	}
	if r, ok := readIn(number, l.plan); ok && r.valid {
		return r.e164
	}
	if l.hasArea() && isSubscriber(number) {
		return l.inArea(number)
	}
	return ""
}

// repair tries the digits as an international number that lacks its plus or
// has the international prefix of another region.
func (l *ladder) repair() bool {
	digits, known := l.caller.Digits, l.knowns
	for _, prefix := range iddPrefixes {
		if l.repaired(RungIDDRepair, repairIDD(digits, prefix)) {
			return true
		}
	}
	if l.knowns == known {
		l.skip(RungIDDRepair, "no valid number stands behind an international prefix")
	}
	e164 := repairPlus(digits)
	if e164 == "" {
		l.skip(RungPlusRepair, "a plus in front makes no valid number")
	}
	return l.repaired(RungPlusRepair, e164)
}

func (l *ladder) repaired(rung Rung, e164 string) bool {
	if e164 == "" {
		return false
	}
	if l.exact(e164, rung, rung) {
		return true
	}
	l.know(e164)
	return false
}

// Subscriber numbers, which are dialled inside an area, have this many digits.
const (
	minSubscriber = 5
	maxSubscriber = 8
)

// localArea tries the digits as a subscriber number in the site's area. Digits
// that are a valid number of the whole region are tried too if a trunk prefix
// would have to stand before such a number.
func (l *ladder) localArea() bool {
	digits, p := l.caller.Digits, l.plan
	switch {
	case !l.hasArea():
		l.skip(RungLocalArea, "no area code is declared")
		return false
	case !isSubscriber(digits):
		l.skip(RungLocalArea, "not as long as a subscriber number")
		return false
	case l.resolved && (p.trunk == "" || strings.HasPrefix(digits, p.trunk)):
		l.skip(RungLocalArea, "a whole number already")
		return false
	}
	e164 := l.inArea(digits)
	if e164 == "" {
		l.skip(RungLocalArea, "not a valid number of the area")
		return false
	}
	if l.exact(e164, RungLocalArea, RungLocalArea) {
		return true
	}
	l.know(e164)
	return false
}

// hasArea tells whether the site has declared an area code that can be used.
func (l *ladder) hasArea() bool { return l.plan != nil && isDigits(l.ctx.AreaCode) }

func isSubscriber(digits string) bool {
	return len(digits) >= minSubscriber && len(digits) <= maxSubscriber
}

// inArea reads digits as a subscriber number in the site's area. It returns the
// empty string unless that is valid.
func (l *ladder) inArea(digits string) string {
	r, ok := readIn(l.ctx.AreaCode+digits, l.plan)
	if !ok || r.origin != originRegion || !r.valid {
		return ""
	}
	return r.e164
}

// lastRungs tries what is not the same number: equivalent ones, the only one
// with these digits, a declared block.
func (l *ladder) lastRungs() bool {
	return l.variant() || l.nsnUnique() || l.inRange() || l.suffix()
}

// variant tries the numbers that are equivalent to the known ones.
func (l *ladder) variant() bool {
	if old, ok := legacyMexican(l.caller.Digits, l.plan); ok {
		l.know(old.e164)
		if l.exactVariant(old) {
			return true
		}
	}
	var buf [8]variant
	for _, e164 := range l.known[:l.knowns] {
		if slices.ContainsFunc(variants(e164, buf[:0]), l.exactVariant) {
			l.answer.E164 = e164
			return true
		}
	}
	if l.tracing && !slices.ContainsFunc(l.answer.Trace, func(s Step) bool { return s.Rung == RungVariant }) {
		l.skip(RungVariant, "no other form of this number is known")
	}
	return false
}

func (l *ladder) exactVariant(v variant) bool {
	if !l.exact(v.e164, RungVariant, RungVariant) {
		return false
	}
	l.answer.Variant = v.name
	return true
}

// nsnUnique tries the digits as a national number of an unknown country.
func (l *ladder) nsnUnique() bool {
	c := &l.caller
	switch {
	case l.resolved || c.Class == ClassE164:
		l.skip(RungNSNUnique, "the caller's country is known")
		return false
	case c.Class != ClassNational || len(c.Digits) < minNSN:
		l.skip(RungNSNUnique, "fewer than eight digits")
		return false
	}
	hits := l.finder.Find(Key{Space: SpaceNSN, Text: c.Digits}, l.answer.Candidates[:0])
	if rest, ok := strings.CutPrefix(c.Digits, "0"); ok && len(rest) >= minNSN {
		hits = l.finder.Find(Key{Space: SpaceNSN, Text: rest}, hits)
	}
	if !l.settle(RungNSNUnique, c.Digits, hits, true) {
		return false
	}
	if e164 := l.answer.Candidates[0].E164; e164 != "" {
		l.answer.E164, l.answer.Class = e164, ClassE164
	}
	return true
}

// inRange looks for a declared block that holds a known number.
func (l *ladder) inRange() bool {
	f, ok := l.finder.(RangeFinder)
	if !ok {
		return false
	}
	for _, e164 := range l.known[:l.knowns] {
		if l.heldBy(f, e164) {
			return true
		}
	}
	if l.plausible != "" && l.heldBy(f, l.plausible) {
		return true
	}
	if l.knowns == 0 && l.plausible == "" {
		l.skip(RungRange, "the whole number is not known")
	}
	return false
}

func (l *ladder) heldBy(f RangeFinder, e164 string) bool {
	found, ok := f.FindRange(e164)
	if !ok {
		l.trace(Step{Rung: RungRange, Form: e164, Outcome: Missed})
		return false
	}
	l.trace(Step{Rung: RungRange, Form: e164, Outcome: Matched, Note: "in a declared block"})
	a := l.answer
	a.Status, a.Rung, a.Reason = StatusRange, RungRange, reasons[RungRange]
	a.Range, a.E164, a.Class = found, e164, ClassE164
	return true
}

// minSuffix is the fewest last digits that may decide. With nine, one unknown
// caller in two thousand still meets a wrong contact among 500,000.
const minSuffix = 9

// suffix looks for the only number that ends like the caller's. A number of
// another country than the caller's known one does not count.
func (l *ladder) suffix() bool {
	f, ok := l.finder.(SuffixFinder)
	if !ok || l.ctx.SuffixDigits <= 0 {
		l.skip(RungSuffix, "switched off")
		return false
	}
	digits, country := l.caller.Digits, ""
	if l.knowns > 0 {
		digits = l.known[0][1:]
		country = digits[:callingCodeLen(digits)]
	}
	n := max(l.ctx.SuffixDigits, minSuffix)
	if len(digits) < n {
		l.skip(RungSuffix, "too short")
		return false
	}
	tail := digits[len(digits)-n:]
	hits := f.FindSuffix(tail, l.answer.Candidates[:0])
	kept := hits[:0]
	for i := range hits {
		if strings.HasPrefix(hits[i].E164, "+"+country) {
			kept = append(kept, hits[i])
		}
	}
	return l.settle(RungSuffix, tail, kept, true)
}
