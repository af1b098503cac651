package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/ringdex/ringdex/cmd/ringdex/callfile"
	"github.com/ringdex/ringdex/cmd/ringdex/client"
)

const (
	// matchRows is how many rows are asked for at once.
	matchRows = 1000
	// matchAttempts is how often a question is put that got no answer.
	matchAttempts = 6
)

// A match is one run of the command.
type match struct {
	app    *app
	client *client.Client
	cmd    *cobra.Command
	flags  matchFlags
	input  string
	comma  byte

	first      []string      // the file's first row; nil until it was read
	rows       int           // of one question
	checkpoint time.Duration // between two of them
	state      checkpoint
}

func newMatch(a *app, c *client.Client, cmd *cobra.Command, f matchFlags, input string) (*match, error) {
	comma, err := f.check(input)
	if err != nil {
		return nil, err
	}
	return &match{app: a, client: c, cmd: cmd, flags: f, input: input, comma: comma, rows: matchRows, checkpoint: time.Second}, nil
}

// run matches the file and prints the summary.
func (m *match) run(ctx context.Context) error {
	if m.flags.since > 0 {
		return m.update(ctx)
	}
	if m.flags.output == "-" {
		return m.toStdout(ctx)
	}
	if err := m.toFile(ctx, m.flags.output, m.flags.force); err != nil {
		return err
	}
	return m.summary(m.cmd.OutOrStdout())
}

func (m *match) toStdout(ctx context.Context) error {
	in, size, closeInput, err := m.open()
	if err != nil {
		return err
	}
	defer closeInput()
	if err := m.copy(ctx, in, size, m.cmd.OutOrStdout(), nil); err != nil {
		return err
	}
	return m.summary(m.cmd.ErrOrStderr())
}

// open opens the input.
func (m *match) open() (in io.Reader, size int64, closeInput func(), err error) {
	if m.input == "-" {
		return m.cmd.InOrStdin(), -1, func() {}, nil
	}
	f, err := os.Open(m.input)
	if err != nil {
		return nil, 0, nil, err
	}
	info, err := f.Stat()
	if err != nil || info.IsDir() {
		return nil, 0, nil, errors.Join(err, f.Close(), fmt.Errorf("%s is not a file", m.input))
	}
	return f, info.Size(), func() { _ = f.Close() }, nil
}

// toFile writes the matched rows to a file, from where an earlier run was
// interrupted.
func (m *match) toFile(ctx context.Context, output string, force bool) (err error) {
	in, size, closeInput, err := m.open()
	if err != nil {
		return err
	}
	defer closeInput()
	var from *checkpoint
	if file, ok := in.(*os.File); ok && m.input != "-" {
		if from, err = m.resume(file, output, force); err != nil {
			return err
		}
	}
	out, err := m.create(output, from, force)
	if err != nil {
		return err
	}
	if from != nil {
		m.state = *from
		_, _ = fmt.Fprintf(m.cmd.ErrOrStderr(), "going on behind row %d\n", from.Tally.Rows)
	}
	var save func() error
	if m.state.Job != "" {
		save = func() error { return errors.Join(out.Sync(), m.state.write(output)) }
	}
	err = m.copy(ctx, in, size, out, save)
	if err != nil && save != nil && ctx.Err() != nil {
		_, _ = fmt.Fprintf(m.cmd.ErrOrStderr(), "interrupted behind row %d; the same command goes on from there\n", m.state.Tally.Rows)
	}
	if err = errors.Join(err, out.Close()); err != nil || save == nil {
		return err
	}
	err = os.Remove(output + checkpointSuffix)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// create opens the output. The checkpoint comes first: whoever finds an output
// that is not whole finds out where to go on.
func (m *match) create(output string, from *checkpoint, force bool) (*os.File, error) {
	if _, err := os.Lstat(output); err == nil && from == nil && !force {
		return nil, usageError{fmt.Errorf("%s is there already; --force replaces it, --since SEQ updates it", output)}
	}
	if from == nil && m.state.Job != "" {
		if err := m.state.write(output); err != nil {
			return nil, err
		}
	}
	return openOutput(output, from)
}

// resume returns where to go on, nil for the beginning, and moves there.
func (m *match) resume(in *os.File, output string, force bool) (*checkpoint, error) {
	job, err := jobOf(in, &m.flags)
	if err != nil {
		return nil, err
	}
	m.state.Job = job
	from, err := readCheckpoint(output)
	if force || err == nil && from == nil {
		return nil, nil //nolint:nilnil // the beginning
	}
	if err != nil {
		return nil, err
	}
	if from.Job != job {
		return nil, usageError{fmt.Errorf("%s was begun from another file or with other settings; --force begins anew", output)}
	}
	// What the beginning of the file says of its form holds for all of it.
	rows, err := callfile.NewReader(in, 0, m.comma)
	if err != nil {
		return nil, err
	}
	if row, err := rows.Next(); err == nil {
		m.first, m.comma = row.Fields, rows.Comma()
	}
	_, err = in.Seek(from.Offset, io.SeekStart)
	return from, err
}

// update matches again what an earlier run wrote, unless nothing changed since,
// and replaces the output if a row of it changed.
func (m *match) update(ctx context.Context) error {
	if _, err := os.Stat(m.flags.output); err != nil {
		return err
	}
	now, err := m.ask(ctx, []string{""})
	if err != nil {
		return err
	}
	if now[0].Seq > 0 && now[0].Seq <= m.flags.since {
		_, err := fmt.Fprintf(m.cmd.OutOrStdout(), "nothing changed since seq %d\n", m.flags.since)
		return err
	}
	fresh := m.flags.output + ".new"
	begun, err := readCheckpoint(fresh)
	if err != nil {
		return err
	}
	if err := m.toFile(ctx, fresh, begun == nil); err != nil {
		return err
	}
	changed, err := changedLines(m.flags.output, fresh)
	if err != nil {
		return err
	}
	if changed == 0 {
		err = os.Remove(fresh)
	} else {
		err = os.Rename(fresh, m.flags.output)
	}
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(m.cmd.ErrOrStderr(), "%d rows changed since seq %d\n", changed, m.flags.since); err != nil {
		return err
	}
	return m.summary(m.cmd.OutOrStdout())
}

func (m *match) summary(w io.Writer) error {
	if m.app.json {
		return json.NewEncoder(w).Encode(m.state.Tally)
	}
	return m.state.Tally.summarise(w, m.app.styled(w))
}
