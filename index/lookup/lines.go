package lookup

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/index"
	"github.com/ringdex/ringdex/index/phone"
)

const (
	// lineBlock is how much of the question is read, and about how much of the
	// answer is sent, at a time.
	lineBlock = 64 << 10
	// maxLine is the longest line: the longest number with each of its
	// characters escaped.
	maxLine = 6*maxNumberBytes + 4<<10
)

// A Turn is called before each wait for more of the question and before each
// part of the answer is sent. It keeps the connection's time limits; an error
// ends the answer where it is.
type Turn func() error

// Lines answers a batch in lines, application/x-ndjson, of any length: each
// line is a number as text, a JSON string, or an object {"number", "region",
// "site", "did", "privacy"}; each gets one line in answer, in the same order.
// region, site and did of the request's query hold for lines without their own.
// A line that is wrong is answered in its place with an object that has "error"
// and the line's number; empty lines are passed over.
//
// Question and answer are streamed, so that memory does not depend on their
// length: while the client does not read, nothing more is read of it. Each part
// is answered from the newest state of the index.
func (s *Service) Lines(r *fasthttp.RequestCtx, tenant string, turn Turn) error {
	args := r.QueryArgs()
	l := &lines{service: s, tenant: tenant, turn: turn, in: r.RequestBodyStream()}
	l.place = index.Place{Region: string(args.Peek("region")), Site: string(args.Peek("site")), DID: number(args.Peek("did"))}
	if _, _, err := s.context(s.Index.Snapshot(tenant), l.place); err != nil {
		return err
	}
	switch form := string(args.Peek("answer")); form {
	case "", "full":
	case "brief":
		l.brief = true
	default:
		return errForm
	}
	if l.in == nil {
		l.in = bytes.NewReader(r.PostBody())
	}
	r.SetContentType(ndjson)
	r.Response.ImmediateHeaderFlush = true
	r.Response.SetBodyStream(l, -1)
	return nil
}

const ndjson = "application/x-ndjson"

var errForm = &FieldError{"answer", "must be full or brief"}

// A lines is a batch under way. It is owned by the connection's goroutine.
type lines struct {
	service *Service
	tenant  string
	turn    Turn
	place   index.Place
	brief   bool

	in      io.Reader
	store   []byte // what buf is a part of
	buf     []byte // read and not yet answered
	ended   error  // why nothing more is to be read; io.EOF at the end
	skip    bool   // the rest of the line in buf is part of one that was too long
	count   int    // lines so far
	unsent  []byte // of Read
	answers answers
}

// SupportsBodyWriteTo makes fasthttp send each part as one chunk.
func (l *lines) SupportsBodyWriteTo() bool { return true }

// WriteTo implements io.WriterTo.
func (l *lines) WriteTo(w io.Writer) (int64, error) {
	var sent int64
	for {
		block, err := l.next()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return sent, err
		}
		if err := l.turn(); err != nil {
			return sent, err
		}
		n, err := w.Write(block)
		sent += int64(n)
		if err != nil {
			return sent, err
		}
	}
}

// Read implements io.Reader.
func (l *lines) Read(p []byte) (int, error) {
	if len(l.unsent) == 0 {
		var err error
		if l.unsent, err = l.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, l.unsent)
	l.unsent = l.unsent[n:]
	return n, nil
}

// next returns the next part of the answer, never an empty one, and io.EOF at
// its end. The slice is valid until the next call.
func (l *lines) next() ([]byte, error) {
	if err := l.turn(); err != nil {
		return nil, err
	}
	for {
		if err := l.fill(); err != nil {
			return nil, err
		}
		l.answers.reset(l) // not before: the wait may have been long
		if l.answerLines(); len(l.answers.out) > 0 {
			return l.answers.out, nil
		}
	}
}

// fill reads until there is a whole line, or all that will come.
func (l *lines) fill() error {
	for bytes.IndexByte(l.buf, '\n') < 0 {
		whole := errors.Is(l.ended, io.EOF) && len(l.buf) > 0 // the last line, without an end
		if whole || len(l.buf) > maxLine {
			return nil
		}
		if l.ended != nil {
			return l.ended
		}
		l.makeRoom()
		n, err := l.in.Read(l.buf[len(l.buf):cap(l.buf)])
		l.buf, l.ended = l.buf[:len(l.buf)+n], err
	}
	return nil
}

// makeRoom makes room behind buf to read into: at the beginning of store if
// buf has moved on, else in a larger one.
func (l *lines) makeRoom() {
	if cap(l.buf)-len(l.buf) >= lineBlock/2 {
		return
	}
	if len(l.buf) > cap(l.store)-lineBlock {
		l.store = make([]byte, 0, len(l.buf)+2*lineBlock)
	}
	l.buf = append(l.store[:0], l.buf...)
}

// answerLines answers the whole lines in buf, up to a part's worth.
func (l *lines) answerLines() {
	rest := l.buf
	for len(l.answers.out) < lineBlock && len(rest) > 0 {
		end := bytes.IndexByte(rest, '\n')
		whole := end >= 0
		if !whole {
			if l.ended == nil && len(rest) <= maxLine {
				break
			}
			end = len(rest)
		}
		text := bytes.TrimSpace(rest[:end])
		rest = rest[min(end+1, len(rest)):]
		if l.skip {
			l.skip = !whole
			continue
		}
		if len(text) == 0 {
			l.count++
			continue
		}
		l.count++
		if len(text) > maxLine {
			l.skip = !whole
			text = nil
		}
		l.answers.take(l.count, text)
	}
	l.answers.flush()
	l.buf = rest
}

// answers prints the answers of one part.
type answers struct {
	*printer
	batch   *lines
	matcher *index.Matcher
	plan    placed // of lines that say nothing of their own

	waiting [index.WarmLen]waitingLine
	numbers [index.WarmLen]string // of waiting lines that hold nothing else; empty for others
	n       int                   // waiting
}

// A waitingLine waits for others to be answered together with.
type waitingLine struct {
	count int
	text  []byte // nil if it was too long
	plain bool
}

// placed is a context with the origin of its region.
type placed struct {
	context phone.Context
	origin  index.Origin
}

// reset begins a part, on the newest snapshot.
func (a *answers) reset(l *lines) {
	snapshot := l.service.Index.Snapshot(l.tenant)
	if a.printer == nil {
		a.printer = l.service.printer(l.tenant, snapshot, make([]byte, 0, lineBlock+answerBytes))
	}
	a.out = a.out[:0]
	if a.matcher == nil || a.snapshot != snapshot {
		a.batch, a.snapshot, a.matcher = l, snapshot, snapshot.Matcher()
		// A site that was there when the batch began may be gone: its numbers
		// are then read as those of no site.
		a.plan.context, a.plan.origin, _ = l.service.context(snapshot, l.place)
	}
}

// take takes a line in, which is not empty, or nil for one that was too long.
func (a *answers) take(count int, text []byte) {
	w := waitingLine{count: count, text: text}
	a.numbers[a.n] = ""
	if text != nil {
		a.numbers[a.n], w.plain = plainLine(text)
	}
	a.waiting[a.n] = w
	if a.n++; a.n == len(a.waiting) {
		a.flush()
	}
}

// flush answers the lines that wait.
func (a *answers) flush() {
	a.matcher.Warm(a.numbers[:a.n])
	for i := range a.n {
		a.line(&a.waiting[i], a.numbers[i])
	}
	a.n = 0
}

func (a *answers) line(w *waitingLine, number string) {
	q := index.Caller{Number: number, Context: a.plan.context, Origin: a.plan.origin}
	var err error
	switch {
	case w.text == nil:
		err = errLongLine
	case !w.plain:
		err = a.batch.service.readLine(a.snapshot, a.batch.place, w.text, &q)
	}
	if err != nil {
		a.refuse(w.count, err)
		return
	}
	id := a.matcher.Lookup(q)
	if a.batch.brief {
		a.short(id)
	} else {
		a.identity(q.Number, id)
	}
	a.out = append(a.out, '\n')
}

var errLongLine = &FieldError{Reason: "is longer than a line may be: 100 KiB"}

// refuse answers a line that is wrong. err quotes nothing of it.
func (a *answers) refuse(count int, err error) {
	a.raw(`{"error":{"line":`)
	a.out = strconv.AppendInt(a.out, int64(count), 10)
	a.member(`,"detail":`, err.Error())
	a.raw("}}\n")
}

// plainLine returns the number of a line that needs no JSON decoder: text that
// is no JSON, a JSON string without escapes, or an object with such a string
// for a number and nothing else. It returns false for all others.
func plainLine(text []byte) (string, bool) {
	const head, tail = `{"number":"`, `"}`
	switch {
	case text[0] == '"' && len(text) > 1 && text[len(text)-1] == '"':
		text = text[1 : len(text)-1]
	case bytes.HasPrefix(text, []byte(head)) && bytes.HasSuffix(text, []byte(tail)) && len(text) >= len(head)+len(tail):
		text = text[len(head) : len(text)-len(tail)]
	case text[0] == '{' || text[0] == '[' || text[0] == '"':
		return "", false
	default:
		// A number as it stands in a list: + and digits, or what else people
		// write. Words of JSON are no numbers.
		if s := string(text); s == "null" || s == "true" || s == "false" {
			return "", false
		}
		return string(text), len(text) <= maxNumberBytes && utf8.Valid(text)
	}
	if len(text) > maxNumberBytes || bytes.ContainsAny(text, "\"\\") || !isText(text) {
		return "", false
	}
	return string(text), true
}

// isText tells whether text is what a JSON string may hold without escapes.
func isText(text []byte) bool {
	for _, b := range text {
		if b < ' ' {
			return false
		}
		if b >= utf8.RuneSelf {
			return utf8.Valid(text)
		}
	}
	return true
}

// lineBody is one line of a batch in lines.
type lineBody struct {
	Number  *string `json:"number"`
	Region  string  `json:"region"`
	Site    string  `json:"site"`
	DID     string  `json:"did"`
	Privacy string  `json:"privacy"`
}

// readLine reads a line into q, whose context is that of the batch. Its errors
// quote nothing.
func (s *Service) readLine(snapshot *index.Snapshot, place index.Place, text []byte, q *index.Caller) error {
	var body lineBody
	var err error
	switch text[0] {
	case '"':
		if err = bodyError(decodeStrict(text, &body.Number)); err == nil && !utf8.Valid(text) {
			err = &FieldError{Reason: "is not valid UTF-8"}
		}
	case '{':
		err = decodeObject(text, &body)
	default:
		err = &FieldError{Reason: "is neither a number, a JSON string nor a JSON object"}
	}
	switch {
	case err != nil:
		return err
	case body.Number == nil:
		return &FieldError{"number", "is required"}
	case len(*body.Number) > maxNumberBytes:
		return &FieldError{"number", "is longer than 16 KiB"}
	}
	q.Number, q.Privacy = *body.Number, body.Privacy
	if body.Region == "" && body.Site == "" && body.DID == "" {
		return nil
	}
	q.Context, q.Origin, err = s.context(snapshot, place.With(index.Place{Region: body.Region, Site: body.Site, DID: body.DID}))
	return err
}
