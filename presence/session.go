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
	id string
	statement
}

// SetSession says how a person is by the word of one of the person's own
// programs: a desktop, a browser tab. Among the sessions of a contact
// doNotDisturb beats busy, busy beats available and that beats away. A session
// ends by itself after u.ExpiresIn, SessionLife if that is 0, unless it is set
// again. u has no source, sequence number or time. SetSession returns
// ErrUnknownContact, ErrTooManySessions or a *FieldError, and then changes
// nothing.
func (t *Tracker) SetSession(tenant, id, name string, u Update) (Outcome, error) {
	switch {
	case name == "" || !isWord(name):
		return 0, &FieldError{"session", "must be 1 to 64 letters, digits and signs without spaces"}
	case u.ExpiresIn > MaxSessionLife:
		return 0, &FieldError{"expiresIn", "must be at most 14400 seconds for a session"}
	}
	u.ExpiresIn = cmp.Or(u.ExpiresIn, SessionLife)
	return t.own(tenant, id, u, func(p *person, s statement, now time.Time) error {
		s.source = SourceAgent
		p.endSessions(now)
		i := slices.IndexFunc(p.sessions, func(o session) bool { return o.id == name })
		switch {
		case i >= 0:
			p.sessions[i].statement = s
		case len(p.sessions) >= maxSessions:
			return ErrTooManySessions
		default:
			p.sessions = append(p.sessions, session{name, s})
		}
		return nil
	})
}

// EndSession ends a session, after a grace in which it can be set again
// without anybody noticing. It reports whether that changed the state at once.
func (t *Tracker) EndSession(tenant, id, name string, grace time.Duration) bool {
	return t.changeOwn(tenant, id, func(p *person, now time.Time) {
		for i := range p.sessions {
			if end := now.Add(grace); p.sessions[i].id == name && end.Before(p.sessions[i].expires) {
				p.sessions[i].expires = end
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
	p.sessions = slices.DeleteFunc(p.sessions, func(s session) bool { return !now.Before(s.expires) })
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
