// Command compare asks Ringdex and its peers the same questions and prints one
// table. "make bench-peers" runs it.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/ringdex/ringdex/bench/corpus"
	"github.com/ringdex/ringdex/bench/measure"
	"github.com/ringdex/ringdex/bench/peers"
	"github.com/ringdex/ringdex/bench/peers/blevepeer"
	"github.com/ringdex/ringdex/bench/peers/httppeer"
	"github.com/ringdex/ringdex/bench/peers/indexpeer"
	"github.com/ringdex/ringdex/bench/peers/ldappeer"
	"github.com/ringdex/ringdex/bench/peers/postgrespeer"
	"github.com/ringdex/ringdex/bench/peers/redispeer"
	"github.com/ringdex/ringdex/bench/peers/sqlitepeer"
)

// settings say what is measured and where the results go.
type settings struct {
	contacts  int
	questions int // about numbers; a tenth of them about names
	rounds    int
	results   string // folder; empty for none
}

func main() {
	var s settings
	flag.IntVar(&s.contacts, "contacts", corpus.Small, "how many contacts")
	flag.IntVar(&s.questions, "questions", 2000, "how many questions about numbers; a tenth of them about names")
	flag.IntVar(&s.rounds, "rounds", 5, "how often each is asked")
	flag.StringVar(&s.results, "results", "", "folder for the results as JSON and Markdown")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Stdout, os.Stderr, s)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out, progress io.Writer, s settings) (err error) {
	c := corpus.Corpus{Size: s.contacts}
	if _, err := fmt.Fprintf(progress, "making %d contacts\n", s.contacts); err != nil {
		return err
	}
	people := peers.People(c)
	sides, err := open(ctx, c)
	defer func() {
		for _, s := range sides {
			err = errors.Join(err, s.Peer.Close())
		}
	}()
	if err != nil {
		return err
	}
	report := &peers.Report{
		Command: fmt.Sprintf("make bench-peers N=%d", s.contacts), Contacts: s.contacts, Rounds: s.rounds, Machine: measure.ThisMachine(time.Now(), ""),
	}
	if _, err := fmt.Fprintf(progress, "filling and asking %d sides\n", len(sides)); err != nil {
		return err
	}
	if report.Rows, err = peers.Run(ctx, &measure.Bench{}, sides, people, peers.Questions(c, people, s.questions), s.rounds); err != nil {
		return err
	}
	if err := report.Print(out, false); err != nil || s.results == "" {
		return err
	}
	return keep(report, s.results)
}

// open opens all sides. If one cannot be opened it returns those that are, for
// the caller to close.
func open(ctx context.Context, c corpus.Corpus) ([]peers.Side, error) {
	var sides []peers.Side
	add := func(s peers.Side, err error) error {
		if err == nil {
			sides = append(sides, s)
		}
		return err
	}
	if err := errors.Join(add(indexpeer.Side(ctx, c)), add(httppeer.Side(c)),
		add(sqlitepeer.Side(ctx, indexpeer.Name)), add(blevepeer.Side(moduleVersion("github.com/blevesearch/bleve/v2"), indexpeer.Name))); err != nil {
		return sides, err
	}
	redis, err := redispeer.Sides(ctx, httppeer.Name)
	if err != nil {
		return sides, err
	}
	sides = append(sides, redis...)
	err = add(postgrespeer.Side(ctx, httppeer.Name))
	return sides, errors.Join(err, add(ldappeer.Side(ctx, httppeer.Name)))
}

// moduleVersion returns the version of a module that this program is built
// with.
func moduleVersion(path string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, m := range info.Deps {
		if m.Path == path {
			return m.Version
		}
	}
	return ""
}

// keep writes the results as peers-100000.json and .md.
func keep(r *peers.Report, folder string) (err error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	path := filepath.Join(folder, fmt.Sprintf("peers-%d", r.Contacts))
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".json", append(text, '\n'), 0o644); err != nil {
		return err
	}
	f, err := os.Create(path + ".md")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return r.Print(f, true)
}
