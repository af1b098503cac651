// Package callfile reads lists of calls, Asterisk's Master.csv or any other CSV,
// and writes their rows again, byte for byte, with more columns behind.
//
// It owns the forms such files have: delimiters, quotes, line ends, a byte order
// mark, a header or none, and which column holds the caller. It knows nothing of
// who calls, and asks nobody. A Reader belongs to one goroutine.
package callfile

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
)

// MaxRow is the longest row that is read, in bytes. A quote that is never closed
// would make one of the rest of the file.
const MaxRow = 1 << 20

// The errors of the package. Compare with errors.Is.
var (
	// ErrRowTooLong: a row is longer than MaxRow.
	ErrRowTooLong = errors.New("row is longer than 1 MiB: is a quote never closed?")
	// ErrUTF16: the file is not in UTF-8 or another extension of ASCII.
	ErrUTF16 = errors.New("file is in UTF-16; save it as UTF-8")
	// ErrColumn: there is no such column, or none was named and none is known.
	ErrColumn = errors.New("no such column")
)

// A Row is one row of a file.
type Row struct {
	// Before are empty lines in front of the row, as they stand; Text is the
	// row without its line end, End the line end, which the last row may lack.
	Before, Text, End []byte
	Fields            []string
	// Offset is the place behind the row in the file.
	Offset int64
}

// A Reader reads rows.
type Reader struct {
	window window
	csv    *csv.Reader
	base   int64 // where csv began
	marked bool
	comma  byte
}

// NewReader returns a Reader of r, which stands at the place start of the file.
// A comma of 0 stands for the one that the first line is divided by.
func NewReader(r io.Reader, start int64, comma byte) (*Reader, error) {
	head := make([]byte, 4<<10)
	n, err := io.ReadFull(r, head)
	head = head[:n]
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	if start == 0 && (bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff"))) {
		return nil, ErrUTF16
	}
	in := &Reader{base: start, comma: comma}
	in.window.in = io.MultiReader(bytes.NewReader(head), r)
	if start == 0 && bytes.HasPrefix(head, mark) {
		in.window.in = io.MultiReader(bytes.NewReader(head[len(mark):]), r)
		in.base, in.marked = int64(len(mark)), true
		head = head[len(mark):]
	}
	if comma == 0 {
		in.comma = guessComma(head)
	}
	in.csv = csv.NewReader(&in.window)
	in.csv.Comma, in.csv.LazyQuotes, in.csv.FieldsPerRecord = rune(in.comma), true, -1
	return in, nil
}

// mark is the byte order mark that some programs begin UTF-8 with.
var mark = []byte("\ufeff") //nolint:gochecknoglobals // read-only

// Mark returns the byte order mark that the file begins with, if it was read
// from its beginning and has one.
func (r *Reader) Mark() []byte {
	if r.marked {
		return mark
	}
	return nil
}

// Comma returns what divides the fields.
func (r *Reader) Comma() byte { return r.comma }

// guessComma returns the divider that stands most often in the first line,
// outside of quotes.
func guessComma(head []byte) byte {
	counts := map[byte]int{}
	quoted := false
	for _, b := range head {
		switch {
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '\n' && len(counts) > 0:
			return mostFrequent(counts)
		case b == ',' || b == ';' || b == '\t' || b == '|':
			counts[b]++
		}
	}
	return mostFrequent(counts)
}

func mostFrequent(counts map[byte]int) byte {
	best := byte(',')
	for _, b := range []byte(";\t|") {
		if counts[b] > counts[best] {
			best = b
		}
	}
	return best
}

// Next returns the next row, or io.EOF. The row stays valid.
func (r *Reader) Next() (Row, error) {
	from := r.csv.InputOffset()
	fields, err := r.csv.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return Row{}, err
	}
	to := r.csv.InputOffset()
	text := r.window.take(int(to - from))
	row := Row{Fields: fields, Offset: r.base + to}
	if err != nil {
		row.Before = text
		return row, io.EOF
	}
	for len(text) > 0 && (text[0] == '\n' || text[0] == '\r' && len(text) > 1 && text[1] == '\n') {
		n := bytes.IndexByte(text, '\n') + 1
		row.Before, text = append(row.Before, text[:n]...), text[n:]
	}
	row.Text = bytes.TrimSuffix(text, []byte("\n"))
	if len(row.Text) < len(text) {
		row.Text = bytes.TrimSuffix(row.Text, []byte("\r"))
	}
	row.End = text[len(row.Text):]
	return row, nil
}

// A window keeps what a csv.Reader has read and whose rows are not yet taken.
type window struct {
	in   io.Reader
	kept []byte
}

// Read implements io.Reader.
func (w *window) Read(p []byte) (int, error) {
	if len(w.kept) > MaxRow+64<<10 {
		return 0, ErrRowTooLong
	}
	n, err := w.in.Read(p)
	w.kept = append(w.kept, p[:n]...)
	return n, err
}

// take returns the first n bytes that were kept, and keeps the rest.
func (w *window) take(n int) []byte {
	n = min(n, len(w.kept))
	out := bytes.Clone(w.kept[:n])
	w.kept = w.kept[:copy(w.kept, w.kept[n:])]
	return out
}

// AppendRow appends a row as it stood, with more fields behind.
func AppendRow(dst []byte, row Row, comma byte, fields ...string) []byte {
	dst = append(dst, row.Before...)
	dst = append(dst, row.Text...)
	for _, f := range fields {
		dst = append(dst, comma)
		dst = appendField(dst, f, comma)
	}
	return append(dst, row.End...)
}

// appendField quotes a field where it must be (RFC 4180 section 2).
func appendField(dst []byte, f string, comma byte) []byte {
	if !bytes.ContainsAny([]byte(f), "\"\r\n") && bytes.IndexByte([]byte(f), comma) < 0 && (f == "" || f[0] != ' ') {
		return append(dst, f...)
	}
	dst = append(dst, '"')
	for i := range len(f) {
		if f[i] == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, f[i])
	}
	return append(dst, '"')
}

// wrongColumn says which columns there are.
func wrongColumn(name string, header []string) error {
	if name == "" {
		return fmt.Errorf("%w: this is no Master.csv of Asterisk's; name the column of the caller, or give its number", ErrColumn)
	}
	return fmt.Errorf("%w %q among %q", ErrColumn, name, header)
}
