package presence

import (
	"cmp"
	"errors"
	"slices"
	"time"
)

// How long what a person's own programs say lasts, as in Graph's setPresence
// and setUserPreferredPresence.
const (
	SessionLife    = 5 * time.Minute // of a session that does not say for how long
	MaxSessionLife = 4 * time.Hour
	PreferredLife  = 7 * 24 * time.Hour // of a choice that does not say for how long
	PreferredBusy  = 24 * time.Hour     // the same if the choice is busy or doNotDisturb
)

// maxSessions bounds the sessions of one contact.
const maxSessions = 16

// ErrTooManySessions says that a contact has more sessions than are remembered.
var ErrTooManySessions = errors.New("too many presence sessions for one contact")

// A session is what one of a person's programs says.
type session struct {
	id        string
	statement      // of which expires is zero while the session is held open
	ending    bool // it lasts for a grace only
}

// SetSession says how a person is by the word of one of the person's own
// programs: a desktop, a browser tab. Among the sessions of a contact
// doNotDisturb beats busy, busy beats available and that beats away. A session
// ends by itself after u.ExpiresIn, SessionLife if that is 0, unless it is set
// again. u has no source, sequence number or time. SetSession returns
// ErrUnknownContact, ErrTooManySessions or a *FieldError, and then changes
// nothing.
func (t *Tracker) SetSession(tenant, id, name string, u Update) (Outcome, error) {
	u.ExpiresIn = cmp.Or(u.ExpiresIn, SessionLife)
	return t.setSession(tenant, id, name, u)
}

// HoldSession is SetSession for a program of which its caller sees when it goes,
// and then calls EndSession: without u.ExpiresIn the session lasts until that.
// The person chose among words: u.Availability is one that Ringdex knows.
func (t *Tracker) HoldSession(tenant, id, name string, u Update) (Outcome, error) {
	if u.Availability != "" && !ParseAvailability(string(u.Availability)).own() {
		return 0, &FieldError{"availability", "must be available, availableIdle, busy, busyIdle, doNotDisturb, away, beRightBack or offline"}
	}
	return t.setSession(tenant, id, name, u)
}

// own reports whether a person can say so of oneself.
func (a Availability) own() bool { return weight(a) > 1 || a == Offline }

func (t *Tracker) setSession(tenant, id, name string, u Update) (Outcome, error) {
	switch {
	case name == "" || !isWord(name):
		return 0, &FieldError{"session", "must be 1 to 64 letters, digits and signs without spaces"}
	case u.ExpiresIn > MaxSessionLife:
		return 0, &FieldError{"expiresIn", "must be at most 14400 seconds for a session"}
	}
	return t.own(tenant, id, u, func(p *person, s statement, now time.Time) error {
		s.source = SourceAgent
		p.endSessions(now)
		return p.putSession(session{id: name, statement: s})
	})
}

// putSession puts s in the place of the session of its name. Where there is no
// room, one that is ending goes a little earlier.
func (p *person) putSession(s session) error {
	i := slices.IndexFunc(p.sessions, func(o session) bool { return o.id == s.id })
	if i < 0 && len(p.sessions) >= maxSessions {
		if i = slices.IndexFunc(p.sessions, func(o session) bool { return o.ending }); i < 0 {
			return ErrTooManySessions
		}
	}
	if i < 0 {
		p.sessions = append(p.sessions, s)
	} else {
		p.sessions[i] = s
	}
	return nil
}

// EndSession ends a session, after a grace in which it can be set again
// without anybody noticing. It reports whether that changed the state at once.
func (t *Tracker) EndSession(tenant, id, name string, grace time.Duration) bool {
	return t.changeOwn(tenant, id, func(p *person, now time.Time) {
		for i := range p.sessions {
			s := &p.sessions[i]
			if end := now.Add(grace); s.id == name && (s.expires.IsZero() || end.Before(s.expires)) {
				s.expires, s.ending = end, true
			}
		}
	})
}

// SetPreferred says how a person wants to be seen. It overrides sessions and
// live calls while the person has a session, for u.ExpiresIn; 0 is a day for
// busy and doNotDisturb and a week for all else. It returns ErrUnknownContact
// or a *FieldError, and then changes nothing.
func (t *Tracker) SetPreferred(tenant, id string, u Update) (Outcome, error) {
	life := PreferredLife
	if a := ParseAvailability(string(u.Availability)); a == Busy || a == DoNotDisturb {
		life = PreferredBusy
	}
	u.ExpiresIn = cmp.Or(u.ExpiresIn, life)
	return t.own(tenant, id, u, func(p *person, s statement, _ time.Time) error {
		s.source = SourcePreferred
		p.preferred = &s
		return nil
	})
}

// ClearPreferred takes back how a person wants to be seen, and reports whether
// that changed the state.
func (t *Tracker) ClearPreferred(tenant, id string) bool {
	return t.changeOwn(tenant, id, func(p *person, _ time.Time) { p.preferred = nil })
}

// own checks an update of a person's own and lets put take it in.
func (t *Tracker) own(tenant, id string, u Update, put func(*person, statement, time.Time) error) (Outcome, error) {
	switch {
	case u.Source != "":
		return 0, &FieldError{"source", "must be absent: this is the person's own word"}
	case u.SequenceNumber != "":
		return 0, &FieldError{"sequenceNumber", "must be absent: the last word counts"}
	case !u.AsOf.IsZero():
		return 0, &FieldError{"asOf", "must be absent: the last word counts"}
	}
	if err := t.check(tenant, &Item{ID: id, Update: u}); err != nil {
		return 0, err
	}
	r := t.room(tenant)
	r.mu.Lock()
	outcome, err := r.setOwn(id, &u, put, time.Now())
	r.mu.Unlock()
	if err == nil && t.vanished(r, id) {
		err = ErrUnknownContact
	}
	r.tell()
	return outcome, err
}

// changeOwn lets change alter a person who is known.
func (t *Tracker) changeOwn(tenant, id string, change func(*person, time.Time)) bool {
	r := t.existing(tenant)
	if r == nil {
		return false
	}
	now, changed := time.Now(), false
	r.mu.Lock()
	if p := r.people[id]; p != nil {
		change(p, now)
		changed = r.refresh(p, now)
	}
	r.mu.Unlock()
	r.tell()
	return changed
}

func (r *room) setOwn(id string, u *Update, put func(*person, statement, time.Time) error, now time.Time) (Outcome, error) {
	p := r.people[id]
	if p == nil {
		p = &person{id: id, place: -1}
	}
	if err := put(p, newStatement(u, now), now); err != nil {
		return 0, err
	}
	r.people[id] = p
	if r.refresh(p, now) {
		return Changed, nil
	}
	return Unchanged, nil
}

// endSessions drops the sessions, and the choice, whose time is over.
func (p *person) endSessions(now time.Time) {
	p.sessions = slices.DeleteFunc(p.sessions, func(s session) bool { return !s.expires.IsZero() && !now.Before(s.expires) })
	if p.preferred != nil && !now.Before(p.preferred.expires) {
		p.preferred = nil
	}
}

// ownWord returns what a person's sessions come to, the choice first if there
// is one. Without a session there is nobody who could be reached, whatever was
// chosen.
func (p *person) ownWord() []*statement {
	if len(p.sessions) == 0 {
		return nil
	}
	best := slices.MaxFunc(p.sessions, func(a, b session) int {
		return cmp.Or(cmp.Compare(weight(a.availability), weight(b.availability)), a.asOf.Compare(b.asOf))
	})
	if p.preferred == nil {
		return []*statement{&best.statement}
	}
	return []*statement{p.preferred, &best.statement}
}

// weight orders availabilities among the sessions of one person. A word that
// nobody knows says less than any that is known, but for offline.
func weight(a Availability) int {
	switch a {
	case DoNotDisturb:
		return 5
	case Busy, BusyIdle:
		return 4
	case Available, AvailableIdle:
		return 3
	case Away, BeRightBack:
		return 2
	case Offline, Unknown:
		return 0
	}
	return 1
}
