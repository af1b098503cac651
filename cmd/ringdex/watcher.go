package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/ringdex/ringdex/cmd/ringdex/client"
	"github.com/ringdex/ringdex/stream/streamclient"
)

// A watcher prints what a stream tells: changes on out, the state of the
// connection on errOut. It is a streamclient.Handler and used by the stream's
// goroutine only.
type watcher struct {
	app         *app
	out, errOut io.Writer
	server      string
	topics      map[string]watchTopic // by sub; those the server refused are taken out
	view        func(sub string) *streamclient.View
	syncs       map[string]streamclient.Sync // by directory, as printed last
	again       bool                         // this is not the first connection
}

// Connected says that changes arrive from now on.
func (w *watcher) Connected(streamclient.Hello) {
	if w.again {
		w.note("connected again to %s", w.server)
		return
	}
	w.again = true
	w.note("connected to %s; Ctrl-C ends", w.server)
}

// Disconnected says that changes arrive late for a while.
func (w *watcher) Disconnected(err error, retryIn time.Duration) {
	w.note("connection lost: %s; trying again in %v", printable(err.Error()), retryIn.Round(100*time.Millisecond))
}

// Message prints what one message says.
func (w *watcher) Message(m streamclient.Message, changes []streamclient.Change) error {
	if m.Type == "error" {
		if err := w.refused(m); err != nil {
			return err
		}
	}
	if w.app.json {
		_, err := fmt.Fprintf(w.out, "%s\n", m.Raw)
		return err
	}
	switch m.Type {
	case "snapshot":
		w.synchronised(m)
	case "call":
		return w.print(callLine(m.Raw, w.nameOf))
	case "presence.sync":
		return w.synced(m.Sync)
	case "reconnect":
		w.note("the server is about to restart")
	}
	for _, change := range changes {
		if change.Initial {
			continue // it was so before anybody watched
		}
		for _, text := range changeLines(change) {
			if err := w.print(text); err != nil {
				return err
			}
		}
	}
	return nil
}

// nameOf returns the name of a contact that some view holds, or its id.
func (w *watcher) nameOf(id string) string {
	for sub := range w.topics {
		view := w.view(sub)
		if view == nil {
			continue
		}
		if e, ok := view.Get(id); ok {
			var c client.Contact
			if json.Unmarshal(e.Contact, &c) == nil && c.Name() != "" {
				return c.Name()
			}
		}
	}
	return "agent " + id
}

// synced prints how the presence of a directory is kept current, unless that
// is what was printed last, or is as it should be at first.
func (w *watcher) synced(s streamclient.Sync) error {
	was, known := w.syncs[s.DirectoryID]
	if w.syncs == nil {
		w.syncs = map[string]streamclient.Sync{}
	}
	w.syncs[s.DirectoryID] = s
	if was == s || !known && s.State == "ok" {
		return nil
	}
	label := "directory " + s.DirectoryID
	for _, t := range w.topics {
		if t.topic.DirectoryID == s.DirectoryID {
			label = t.label
		}
	}
	return w.print(syncLine(s, label))
}

// synchronised says, after the first snapshot of a subscription, how many
// people it holds.
func (w *watcher) synchronised(m streamclient.Message) {
	t, ok := w.topics[m.Sub]
	view := w.view(m.Sub)
	if !ok || m.More || view == nil || t.topic.Kind == "agent" {
		return
	}
	w.note("watching %s: %s", t.label, headcount(view.Len()))
}

// refused notes that the server refused a subscription, or ended one, and
// returns an error when nothing is left to watch.
func (w *watcher) refused(m streamclient.Message) error {
	problem := &streamclient.Problem{Detail: "no reason given"}
	if m.Error != nil {
		problem = m.Error
	}
	t, ok := w.topics[m.Sub]
	if !ok {
		w.note("the server says: %s", printable(problem.Error()))
		return nil
	}
	delete(w.topics, m.Sub)
	if len(w.topics) == 0 {
		return fmt.Errorf("the server refuses to show %s: %w", t.label, problem)
	}
	if !t.optional {
		w.note("not watching %s: %s", t.label, printable(problem.Error()))
	}
	if w.onlyOptional() {
		return errors.New("nothing is left to watch")
	}
	return nil
}

// onlyOptional tells whether none of what was asked for is still watched.
func (w *watcher) onlyOptional() bool {
	for _, t := range w.topics {
		if !t.optional {
			return false
		}
	}
	return true
}

// print prints one line with the time.
func (w *watcher) print(text string) error {
	if text == "" {
		return nil
	}
	clock := w.app.now().In(w.app.zone).Format(time.TimeOnly)
	if w.app.styled(w.out) {
		clock = dim(clock)
	}
	_, err := fmt.Fprintf(w.out, "%s  %s\n", clock, text)
	return err
}

// note tells about the connection, not about people. It goes to errOut, so
// that it does not get into a file or pipe of changes.
func (w *watcher) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if w.app.styled(w.errOut) {
		text = dim(text)
	}
	_, _ = fmt.Fprintln(w.errOut, text)
}
