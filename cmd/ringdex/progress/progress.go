// Package progress shows how far long work has come: a bar on a terminal, and a
// plain line now and then elsewhere, where a bar would fill a log with rubbish.
//
// It owns how that looks and refuses to know what the work is. Commands call it
// and let it write to stderr, so that what they print stays clean. It starts no
// goroutine.
package progress

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// lineEvery is how often a line says how far the work is where there is no bar.
const lineEvery = 10 * time.Second

// A Meter shows one piece of work after the other. Its methods must not be
// called at the same time.
type Meter struct {
	w        io.Writer
	terminal bool
	now      func() time.Time

	what  string
	total int
	done  int
	begun time.Time
	said  time.Time                // when the last line was written
	bar   *progressbar.ProgressBar // nil between pieces of work, and where there is no terminal
}

// New returns a meter that writes to w, which is a terminal or not.
func New(w io.Writer, terminal bool) *Meter { return &Meter{w: w, terminal: terminal, now: time.Now} }

// Begin says that work of total steps begins: Begin("create", 100_000). What
// went before has ended.
func (m *Meter) Begin(what string, total int) {
	m.what, m.total, m.done, m.begun = what, total, 0, m.now()
	m.said = m.begun
	if m.terminal {
		m.bar = progressbar.NewOptions(total,
			progressbar.OptionSetWriter(m.w), progressbar.OptionSetDescription(fmt.Sprintf("%-20s", what)),
			progressbar.OptionSetWidth(30), progressbar.OptionShowCount(), progressbar.OptionShowIts(),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(), progressbar.OptionUseANSICodes(true))
	}
}

// Set says how many steps are done.
func (m *Meter) Set(done int) {
	m.done = done
	if m.bar != nil {
		_ = m.bar.Set(min(done, m.total)) // a terminal that is gone is no reason to stop the work
		return
	}
	if now := m.now(); !m.terminal && now.Sub(m.said) >= lineEvery {
		m.said = now
		m.line("%s: %d of %d", m.what, m.done, m.total)
	}
}

// End says that the work has ended, done or not.
func (m *Meter) End() {
	if m.bar != nil {
		_ = m.bar.Finish() // as in Set
		m.bar = nil
		return
	}
	if !m.terminal {
		m.line("%s: %d of %d in %s", m.what, m.done, m.total, m.now().Sub(m.begun).Round(time.Millisecond))
	}
}

func (m *Meter) line(format string, args ...any) {
	_, _ = fmt.Fprintf(m.w, format+"\n", args...) // as in Set
}
