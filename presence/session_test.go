package presence

import (
	"errors"
	"strconv"
	"testing"
	"time"
)

func setSession(t *testing.T, tr *Tracker, id, name string, u Update, want Outcome) {
	t.Helper()
	if got, err := tr.SetSession("t1", id, name, u); got != want || err != nil {
		t.Errorf("SetSession(%s, %s, %+v) = %v, %v, want %v", id, name, u, got, err, want)
	}
}

func preferred(t *testing.T, tr *Tracker, id string, u Update, want Outcome) {
	t.Helper()
	if got, err := tr.SetPreferred("t1", id, u); got != want || err != nil {
		t.Errorf("SetPreferred(%s, %+v) = %v, %v, want %v", id, u, got, err, want)
	}
}

func TestBusiestSessionCounts(t *testing.T) {
	inBubble(t, func(tr *Tracker, _ *ledger) {
		setSession(t, tr, "c1", "tab", Update{Availability: "away"}, Changed)
		setSession(t, tr, "c1", "phone", Update{Availability: "available"}, Changed)
		shows(t, tr, "c1", "available by agent")
		setSession(t, tr, "c1", "desk", Update{Availability: "Busy", Activity: "InAMeeting"}, Changed)
		shows(t, tr, "c1", "busy/inAMeeting by agent")
		setSession(t, tr, "c1", "tab", Update{Availability: "DoNotDisturb"}, Changed)
		setSession(t, tr, "c1", "odd", Update{Availability: "Levitating"}, Unchanged)
		shows(t, tr, "c1", "doNotDisturb by agent")
		if !tr.EndSession("t1", "c1", "tab", 0) || tr.EndSession("t1", "c1", "tab", 0) || tr.EndSession("t2", "c1", "desk", 0) {
			t.Error("a session ends once, and in its own tenant")
		}
		shows(t, tr, "c1", "busy/inAMeeting by agent")
		for _, name := range []string{"desk", "phone"} {
			tr.EndSession("t1", "c1", name, 0)
		}
		shows(t, tr, "c1", "Levitating by agent")
		tr.EndSession("t1", "c1", "odd", 0)
		shows(t, tr, "c1", "none")
	})
}

func TestSessionExpiresUnlessItIsSetAgain(t *testing.T) {
	inBubble(t, func(tr *Tracker, l *ledger) {
		setSession(t, tr, "c1", "desk", Update{Availability: "available"}, Changed)
		pass(4 * time.Minute)
		setSession(t, tr, "c1", "desk", Update{Availability: "available"}, Unchanged)
		pass(4 * time.Minute)
		shows(t, tr, "c1", "available by agent")
		pass(2 * time.Minute)
		shows(t, tr, "c1", "none")
		setSession(t, tr, "c1", "desk", Update{Availability: "available"}, Changed)
		tr.EndSession("t1", "c1", "desk", 15*time.Second)
		pass(10 * time.Second)
		shows(t, tr, "c1", "available by agent")
		setSession(t, tr, "c1", "desk", Update{Availability: "available"}, Unchanged) // it came back in time
		pass(time.Minute)
		shows(t, tr, "c1", "available by agent")
		tr.EndSession("t1", "c1", "desk", 15*time.Second)
		pass(17 * time.Second)
		shows(t, tr, "c1", "none")
		if want := 4; len(l.notes) != want {
			t.Errorf("the sink was told %d times, want %d: %q", len(l.notes), want, l.notes)
		}
	})
}

func TestChoiceOverridesSessionsAndCallsWhileThereIsASession(t *testing.T) {
	inBubble(t, func(tr *Tracker, _ *ledger) {
		preferred(t, tr, "c1", Update{Availability: "Available", ExpiresIn: time.Hour}, Unchanged)
		shows(t, tr, "c1", "none") // nobody is there
		setSession(t, tr, "c1", "desk", Update{Availability: "away", ExpiresIn: 2 * time.Hour}, Changed)
		shows(t, tr, "c1", "available by preferred")
		if err := tr.Call("t1", "c1", "call-1", true); err != nil {
			t.Error(err)
		}
		shows(t, tr, "c1", "available by preferred")
		tr.ClearPreferred("t1", "c1")
		shows(t, tr, "c1", "busy/inACall by call")
		preferred(t, tr, "c1", Update{Availability: "BeRightBack", ExpiresIn: time.Hour}, Changed)
		pass(time.Hour + 2*time.Second)
		shows(t, tr, "c1", "busy/inACall by call")
		pass(time.Hour)
		if err := tr.Call("t1", "c1", "call-1", false); err != nil {
			t.Error(err)
		}
		shows(t, tr, "c1", "none")
		preferred(t, tr, "c2", Update{Availability: "DoNotDisturb"}, Unchanged)
		pass(23 * time.Hour)
		setSession(t, tr, "c2", "desk", Update{Availability: "available"}, Changed)
		shows(t, tr, "c2", "doNotDisturb by preferred")
		pass(2 * time.Hour)
		shows(t, tr, "c2", "none")
		setSession(t, tr, "c2", "desk", Update{Availability: "available"}, Changed)
		shows(t, tr, "c2", "available by agent") // a day has passed
	})
}

func TestForgottenContactHasNoSessionsAndNoChoice(t *testing.T) {
	inBubble(t, func(tr *Tracker, _ *ledger) {
		preferred(t, tr, "c1", Update{Availability: "busy"}, Unchanged)
		setSession(t, tr, "c1", "desk", Update{Availability: "available"}, Changed)
		tr.Forget("t1", "c1")
		shows(t, tr, "c1", "none")
		setSession(t, tr, "c1", "desk", Update{Availability: "available"}, Changed)
		shows(t, tr, "c1", "available by agent")
		preferred(t, tr, "c2", Update{Availability: "busy"}, Unchanged)
		tr.Forget("t1", "c2")
		if n := remembered(tr); n != 1 {
			t.Errorf("%d people are remembered, want 1", n)
		}
	})
}

func TestRefusedSessionsChangeNothing(t *testing.T) {
	inBubble(t, func(tr *Tracker, l *ledger) {
		if _, err := tr.SetSession("t1", "nobody", "desk", Update{Availability: "busy"}); !errors.Is(err, ErrUnknownContact) {
			t.Errorf("error %v, want ErrUnknownContact", err)
		}
		for _, c := range []struct {
			name string
			u    Update
			want string
		}{
			{"", Update{Availability: "busy"}, "session"},
			{"a b", Update{Availability: "busy"}, "session"},
			{"s", Update{}, "availability"},
			{"s", Update{Availability: "busy", ExpiresIn: 5 * time.Hour}, "expiresIn"},
			{"s", Update{Availability: "busy", Source: SourceTeams}, "source"},
			{"s", Update{Availability: "busy", SequenceNumber: "1"}, "sequenceNumber"},
			{"s", Update{Availability: "busy", AsOf: time.Now()}, "asOf"},
		} {
			_, err := tr.SetSession("t1", "c1", c.name, c.u)
			if e, ok := errors.AsType[*FieldError](err); !ok || e.Field != c.want {
				t.Errorf("SetSession(%q, %+v) = %v, want an error of %s", c.name, c.u, err, c.want)
			}
		}
		for _, source := range []Source{SourceAgent, SourcePreferred, SourceCall} {
			if _, err := tr.Set("t1", "c1", Update{Availability: "busy", Source: source}); err == nil {
				t.Errorf("source %s can be sent", source)
			}
		}
		if len(l.notes) > 0 {
			t.Errorf("the sink was told %q", l.notes)
		}
		for i := range maxSessions {
			if _, err := tr.SetSession("t1", "c1", "s"+strconv.Itoa(i), Update{Availability: "busy"}); err != nil {
				t.Error(err)
			}
		}
		if _, err := tr.SetSession("t1", "c1", "more", Update{Availability: "busy"}); !errors.Is(err, ErrTooManySessions) {
			t.Errorf("error %v, want ErrTooManySessions", err)
		}
		pass(SessionLife + time.Second)
		setSession(t, tr, "c1", "more", Update{Availability: "busy"}, Changed)
	})
}

func hold(t *testing.T, tr *Tracker, id, name string, u Update, want Outcome) {
	t.Helper()
	if got, err := tr.HoldSession("t1", id, name, u); got != want || err != nil {
		t.Errorf("HoldSession(%s, %s, %+v) = %v, %v, want %v", id, name, u, got, err, want)
	}
}

func TestHeldSessionLastsUntilItsEnd(t *testing.T) {
	inBubble(t, func(tr *Tracker, _ *ledger) {
		hold(t, tr, "c1", "tab", Update{Availability: "Busy", Activity: "inAMeeting"}, Changed)
		hold(t, tr, "c1", "desk", Update{Availability: "available", ExpiresIn: time.Hour}, Unchanged)
		pass(30 * 24 * time.Hour)
		shows(t, tr, "c1", "busy/inAMeeting by agent")
		tr.EndSession("t1", "c1", "tab", 15*time.Second)
		shows(t, tr, "c1", "busy/inAMeeting by agent")
		pass(10 * time.Second)
		hold(t, tr, "c1", "tab", Update{Availability: "away"}, Changed) // it came back in time
		pass(time.Minute)
		shows(t, tr, "c1", "away by agent")
		tr.EndSession("t1", "c1", "tab", 15*time.Second)
		pass(20 * time.Second)
		shows(t, tr, "c1", "none")
	})
}

func TestHeldSessionSaysWordsThatAreKnown(t *testing.T) {
	inBubble(t, func(tr *Tracker, _ *ledger) {
		for _, word := range []Availability{"available", "AvailableIdle", "BUSY", "busyIdle", "doNotDisturb", "away", "beRightBack", "offline"} {
			if _, err := tr.HoldSession("t1", "c1", "s", Update{Availability: word}); err != nil {
				t.Errorf("%s: %v", word, err)
			}
		}
		for field, u := range map[string]Update{
			"availability": {Availability: "levitating"},
			"activity":     {Availability: "busy", Activity: "two words"},
			"expiresIn":    {Availability: "busy", ExpiresIn: MaxSessionLife + time.Second},
		} {
			_, err := tr.HoldSession("t1", "c1", "s", u)
			if e, ok := errors.AsType[*FieldError](err); !ok || e.Field != field {
				t.Errorf("%s: %v", field, err)
			}
		}
		for _, word := range []Availability{"", "unknown", "presenceUnknown"} {
			if _, err := tr.HoldSession("t1", "c1", "s", Update{Availability: word}); err == nil {
				t.Errorf("%q is taken", word)
			}
		}
		if _, err := tr.HoldSession("t1", "nobody", "s", Update{Availability: "busy"}); !errors.Is(err, ErrUnknownContact) {
			t.Errorf("of nobody: %v", err)
		}
	})
}

// A page that is loaded again and again leaves sessions behind that only wait
// for the end of their grace. They must not shut out the one that is there.
func TestEndingSessionsMakeRoom(t *testing.T) {
	inBubble(t, func(tr *Tracker, _ *ledger) {
		for n := range 3 * maxSessions {
			name := "s" + strconv.Itoa(n)
			if _, err := tr.HoldSession("t1", "c1", name, Update{Availability: "busy"}); err != nil {
				t.Fatalf("session %d: %v", n, err)
			}
			tr.EndSession("t1", "c1", name, 15*time.Second)
		}
		for n := range maxSessions {
			if _, err := tr.HoldSession("t1", "c1", "t"+strconv.Itoa(n), Update{Availability: "away"}); err != nil {
				t.Fatalf("session %d: %v", n, err)
			}
		}
		if _, err := tr.HoldSession("t1", "c1", "more", Update{Availability: "busy"}); !errors.Is(err, ErrTooManySessions) {
			t.Errorf("one too many: %v", err)
		}
	})
}
