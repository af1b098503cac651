package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ringdex/ringdex/cmd/ringdex/callfile"
	"github.com/ringdex/ringdex/cmd/ringdex/client"
	"github.com/ringdex/ringdex/cmd/ringdex/progress"
)

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
	meter := m.meter(size)
	if meter != nil {
		defer meter.End()
	}
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
	g.Go(func() error { return m.write(ctx, rows, order, out, save, meter) })
	return g.Wait()
}

// meter returns what shows how much of the input is done; nil if nobody knows
// how much there is.
func (m *match) meter(size int64) *progress.Meter {
	if size <= 0 {
		return nil
	}
	meter := m.app.meter(m.cmd)
	meter.Begin("match, bytes", int(size))
	return meter
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
func (m *match) write(ctx context.Context, rows *callfile.Reader, order <-chan *question, out io.Writer, save func() error, meter *progress.Meter) error {
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
		if meter != nil {
			meter.Set(int(m.state.Offset))
		}
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
