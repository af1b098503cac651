package journal

import (
	"fmt"
	"time"
)

// A Level says how near a provider is to stop provisioning.
type Level string

// The levels, from the best to the worst.
const (
	LevelOK      Level = "ok"
	LevelWatch   Level = "watch"   // a tenth failed
	LevelWarning Level = "warning" // a quarter failed
	LevelDanger  Level = "danger"  // as much failed as Entra ID bears, or it has stopped
)

// The limits at which Entra ID puts a job into quarantine: more than this share
// of operations failing once so many have failed, or so many failures whatever
// their share, or so many if those of references are counted in.
// https://learn.microsoft.com/entra/identity/app-provisioning/application-provisioning-quarantine-status
const (
	quarantineShare      = 0.40
	quarantineLeast      = 5_000
	quarantineFailures   = 40_000
	quarantineReferences = 60_000
)

// The shares and numbers at which the levels begin. One mistake while a job is
// set up is no alarm.
const (
	watchShare, watchLeast     = 0.10, 5
	warningShare, warningLeast = 0.25, 20
	dangerLeast                = 100
	refusedLeast               = 3
	refusedQuiet               = time.Hour
)

// A Risk is how near the provider is to give a directory up. Entra ID's rules
// are applied to every provider, since they are the strictest that are known.
type Risk struct {
	Level   Level
	Text    string // one sentence for the administrator
	Cycle   Ratio  // over the last 40 minutes, in which Entra ID comes once
	Day     Ratio
	Refused uint32 // requests without a valid token over the last day
}

// risk returns the risk of a directory. The page is locked.
func (p *page) risk(now time.Time) Risk {
	var r Risk
	r.Cycle, _ = p.window.over(cycleTime, now)
	r.Day, r.Refused = p.window.over(24*time.Hour, now)
	r.Level, r.Text = r.Cycle.assess("in the last 40 minutes")
	if level, text := r.Day.assess("in the last day"); level.worse(r.Level) {
		r.Level, r.Text = level, text
	}
	if level, text := p.assessRefused(r.Refused, now); level.worse(r.Level) {
		r.Level, r.Text = level, text
	}
	return r
}

// assess says how bad it is that so much failed, and when that was.
func (r Ratio) assess(when string) (Level, string) {
	share, limit := r.Share(), "Entra ID stops provisioning at 40 %"
	plain := r.Failures - r.References
	level := LevelOK
	switch {
	case share > quarantineShare && r.Failures >= quarantineLeast, plain > quarantineFailures, r.Failures > quarantineReferences:
		level, limit = LevelDanger, "at this Entra ID puts the job into quarantine and tries again after hours"
	case plain > quarantineFailures*3/4, r.Failures > quarantineReferences*3/4:
		level, limit = LevelDanger, "Entra ID stops provisioning at 40,000 failures, whatever their share"
	case share > quarantineShare && r.Failures >= dangerLeast:
		level, limit = LevelDanger, "Entra ID stops provisioning at 40 % once 5,000 have failed"
	case share >= warningShare && r.Failures >= warningLeast, plain > quarantineFailures/4:
		level = LevelWarning
	case share >= watchShare && r.Failures >= watchLeast:
		level = LevelWatch
	}
	if level == LevelOK {
		return level, r.calm(when)
	}
	return level, fmt.Sprintf("%d of %s failed %s; %s.", r.Failures, writes(r.Operations), when, limit)
}

// calm says that what failed, if anything, is little.
func (r Ratio) calm(when string) string {
	switch {
	case r.Operations == 0:
		return "There were no writes " + when + "."
	case r.Failures == 0:
		return fmt.Sprintf("All of %s succeeded %s.", writes(r.Operations), when)
	}
	return fmt.Sprintf("%d of %s failed %s.", r.Failures, writes(r.Operations), when)
}

func writes(n uint32) string {
	if n == 1 {
		return "1 write"
	}
	return fmt.Sprintf("%d writes", n)
}

// assessRefused says how bad it is that requests came without a valid token. As
// long as others come with one, somebody merely kept an old token.
func (p *page) assessRefused(refused uint32, now time.Time) (Level, string) {
	switch {
	case refused < refusedLeast:
		return LevelOK, ""
	case p.tally.refusedSince >= refusedLeast && now.Sub(p.lastAt) > refusedQuiet:
		return LevelDanger, fmt.Sprintf(
			"The last %d requests had no valid token; Entra ID stops provisioning at once when its token is refused. Make a new one and enter it there.",
			p.tally.refusedSince)
	}
	return LevelWatch, fmt.Sprintf("%d requests in the last day had no valid token, while others did: somebody still uses an old one.", refused)
}

// worse tells whether l is worse than other.
func (l Level) worse(other Level) bool { return l.rank() > other.rank() }

func (l Level) rank() int {
	switch l {
	case LevelWatch:
		return 1
	case LevelWarning:
		return 2
	case LevelDanger:
		return 3
	default:
		return 0
	}
}
