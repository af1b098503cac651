// Package progress shows how far long work has come: a bar on a terminal, a
// plain line now and then elsewhere. It is the only package that draws bars. A
// Bar belongs to one goroutine.
package progress

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// A Bar shows progress through work of a known or unknown size.
type Bar struct {
	what  string
	total int64
	w     io.Writer
	bar   *progressbar.ProgressBar // nil where there is no terminal
	last  time.Time
}

// every is how often a line is printed where there is no terminal.
const every = 5 * time.Second

// New returns a bar over total units of what ("bytes"), -1 if that is not known,
// that writes to w. It shows nothing before the first Set.
func New(w io.Writer, what string, total int64) *Bar {
	b := &Bar{what: what, total: total, w: w, last: time.Now()}
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return b
	}
	b.bar = progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(w), progressbar.OptionSetWidth(30), progressbar.OptionShowBytes(what == "bytes"),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(total > 0),
	)
	return b
}

// Set shows that so many units are done; detail says more in a few words.
func (b *Bar) Set(done int64, detail string) {
	if b.bar != nil {
		b.bar.Describe(detail)
		_ = b.bar.Set64(done)
		return
	}
	now := time.Now()
	if now.Sub(b.last) < every {
		return
	}
	b.last = now
	if b.total > 0 {
		_, _ = fmt.Fprintf(b.w, "%d%%, %s\n", done*100/b.total, detail)
		return
	}
	_, _ = fmt.Fprintln(b.w, detail)
}

// Done takes the bar away.
func (b *Bar) Done() {
	if b.bar != nil {
		_ = b.bar.Finish()
	}
}
