package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/ringdex/ringdex/cmd/ringdex/callfile"
	"github.com/ringdex/ringdex/cmd/ringdex/client"
	"github.com/ringdex/ringdex/cmd/ringdex/progress"
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

// A question is some rows on their way: read, asked, and written in order.
type question struct {
	rows    []callfile.Row
	callers []string
	head    bool                // the first row names the columns
	tail    []byte              // what stands behind the last row of the file
	answers chan []client.Brief // holds one
}

// copy reads rows from in, asks who called, and writes them to out in order.
// save is called now and then when everything before is written; nil for never.
func (m *match) copy(ctx context.Context, in io.Reader, size int64, out io.Writer, save func() error) error {
	rows, err := callfile.NewReader(in, m.state.Offset, m.comma)
	if err != nil {
		return err
	}
	bar := progress.New(m.cmd.ErrOrStderr(), "bytes", size)
	defer bar.Done()
	g, ctx := errgroup.WithContext(ctx)
	todo, order := make(chan *question), make(chan *question, 2*m.flags.jobs)
	g.Go(func() error {
		defer close(todo)
		defer close(order)
		return m.read(ctx, rows, todo, order)
	})
	for range m.flags.jobs {
		g.Go(func() error { return m.work(ctx, todo) })
	}
	g.Go(func() error { return m.write(ctx, rows, order, out, save, bar) })
	return g.Wait()
}

// read gathers rows into questions.
func (m *match) read(ctx context.Context, rows *callfile.Reader, todo, order chan<- *question) error {
	var columns *callfile.Columns
	for ended := false; !ended; {
		q := &question{answers: make(chan []client.Brief, 1)}
		for len(q.rows) < m.rows && !ended {
			row, err := rows.Next()
			if errors.Is(err, io.EOF) {
				ended, q.tail = true, row.Before
				continue
			}
			if err != nil {
				return fmt.Errorf("%s: %w", m.input, err)
			}
			if columns == nil {
				if columns, err = m.columns(row.Fields); err != nil {
					return err
				}
				q.head = columns.Header && m.state.Offset == 0
			}
			q.rows = append(q.rows, row)
			if !q.head || len(q.rows) > 1 {
				q.callers = append(q.callers, columns.Caller(row.Fields))
			}
		}
		for _, to := range []chan<- *question{order, todo} {
			select {
			case to <- q:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return nil
}

// columns finds the callers' column by the first row of the file, which is the
// given one unless the work goes on in its middle.
func (m *match) columns(row []string) (*callfile.Columns, error) {
	if m.first != nil {
		row = m.first
	}
	c, err := callfile.FindColumns(row, m.flags.column, m.flags.header)
	if err != nil {
		return nil, usageError{err}
	}
	return &c, nil
}

// work puts questions until there are no more.
func (m *match) work(ctx context.Context, todo <-chan *question) error {
	for q := range todo {
		answers, err := m.ask(ctx, q.callers)
		if err != nil {
			return err
		}
		q.answers <- answers
	}
	return nil
}

// ask asks who calls. A server that is away for a moment is asked again.
func (m *match) ask(ctx context.Context, callers []string) ([]client.Brief, error) {
	if len(callers) == 0 {
		return nil, nil
	}
	for wait := 100 * time.Millisecond; ; wait *= 2 {
		answers, err := m.client.LookupLines(ctx, client.BatchQuery{Numbers: callers, Region: m.flags.region, Site: m.flags.site})
		if err == nil || !passing(err) || wait >= 100*time.Millisecond<<matchAttempts {
			return answers, err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// passing tells whether a failure may be over in a moment.
func passing(err error) bool {
	if _, ok := errors.AsType[*client.UnreachableError](err); ok {
		return true
	}
	p, ok := errors.AsType[*client.Problem](err)
	return ok && (p.Status == http.StatusServiceUnavailable || p.Status == http.StatusTooManyRequests)
}

// write writes answered questions in order, and leaves a checkpoint behind
// whatever ends it.
func (m *match) write(ctx context.Context, rows *callfile.Reader, order <-chan *question, out io.Writer, save func() error, bar *progress.Bar) error {
	buffered := bufio.NewWriterSize(out, 256<<10)
	keep := func() error {
		if err := buffered.Flush(); err != nil || save == nil {
			return err
		}
		return save()
	}
	if m.state.Offset == 0 && m.state.Written == 0 {
		m.state.Written = int64(len(rows.Mark()))
		if _, err := buffered.Write(rows.Mark()); err != nil {
			return err
		}
	}
	if err := keep(); err != nil { // from here on the work can be interrupted
		return err
	}
	var text []byte
	for saved := time.Now(); ; {
		q, answers, err := nextAnswered(ctx, order)
		if err != nil {
			return errors.Join(err, keep())
		}
		if q == nil {
			return buffered.Flush()
		}
		text = m.appendRows(text[:0], q, answers, rows.Comma())
		if _, err := buffered.Write(text); err != nil {
			return err
		}
		m.state.Written += int64(len(text))
		bar.Set(m.state.Offset, m.state.Tally.share())
		if time.Since(saved) < m.checkpoint {
			continue
		}
		if err := keep(); err != nil {
			return err
		}
		saved = time.Now()
	}
}

// nextAnswered returns the next question with its answers, or nil at the end.
func nextAnswered(ctx context.Context, order <-chan *question) (*question, []client.Brief, error) {
	q, ok := <-order
	if !ok {
		return nil, nil, ctx.Err() // it is closed as well when reading was given up
	}
	select {
	case answers := <-q.answers:
		return q, answers, nil
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
}

// appendRows appends the rows of a question with their answers and notes how far
// that is.
func (m *match) appendRows(dst []byte, q *question, answers []client.Brief, comma byte) []byte {
	for i, row := range q.rows {
		m.state.Offset = row.Offset
		if q.head {
			if i == 0 {
				dst = callfile.AppendRow(dst, row, comma, matchColumns...)
				continue
			}
			i--
		}
		dst = callfile.AppendRow(dst, row, comma, m.state.Tally.add(&answers[i])...)
	}
	return append(dst, q.tail...)
}
