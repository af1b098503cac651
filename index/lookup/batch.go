package lookup

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/index"
	"github.com/ringdex/ringdex/index/phone"
)

const (
	maxBatch       = 50_000   // numbers in one request
	maxAnswerBytes = 32 << 20 // of the answer to a batch: a number may fit a hundred contacts
)

// batchBody is the JSON body of POST /v1/lookup:batch.
type batchBody struct {
	Numbers []string `json:"numbers"`
	Region  string   `json:"region"`
	Site    string   `json:"site"`
}

// Batch answers POST /v1/lookup:batch in the order of its numbers, all from one
// state of the index. The body is one JSON object, or lines of JSON
// (application/x-ndjson), each a string or {"number","region","site"}; the
// answer has the same form. A body that is wrong anywhere is refused as a
// whole.
func (s *Service) Batch(r *fasthttp.RequestCtx, tenant string) error {
	media, _, _ := bytes.Cut(r.Request.Header.ContentType(), []byte(";"))
	switch media = bytes.TrimSpace(media); {
	case bytes.EqualFold(media, []byte("application/x-ndjson")):
		return s.batchLines(r, tenant)
	case len(media) == 0, bytes.EqualFold(media, []byte("application/json")):
		return s.batchObject(r, tenant)
	}
	return ErrMediaType
}

func (s *Service) batchObject(r *fasthttp.RequestCtx, tenant string) error {
	var body batchBody
	if err := decodeObject(r.PostBody(), &body); err != nil {
		return err
	}
	if body.Numbers == nil {
		return &FieldError{"numbers", "is required: an array of strings"}
	}
	if len(body.Numbers) > maxBatch {
		return &FieldError{"numbers", fmt.Sprintf("has %d elements; %d are allowed", len(body.Numbers), maxBatch)}
	}
	context, err := s.context(body.Region, body.Site)
	if err != nil {
		return err
	}
	snapshot := s.Index.Snapshot(tenant)
	p := s.printer(tenant, snapshot, make([]byte, 0, answerBytes))
	p.raw(`{"answers":[`)
	for i, n := range body.Numbers {
		if len(n) > maxNumberBytes {
			return &FieldError{fmt.Sprintf("numbers[%d]", i), "is longer than 16 KiB"}
		}
		p.comma(i)
		p.identity(n, snapshot.Lookup(index.Caller{Number: n, Context: context}))
		if len(p.out) > maxAnswerBytes {
			return ErrAnswerTooLarge
		}
	}
	p.raw(`],"seq":`)
	p.out = strconv.AppendUint(p.out, uint64(snapshot.Seq()), 10)
	send(r, "application/json", append(p.out, "}\n"...))
	return nil
}

// lineBody is one line of a batch in lines.
type lineBody struct {
	Number *string `json:"number"`
	Region string  `json:"region"`
	Site   string  `json:"site"`
}

func (s *Service) batchLines(r *fasthttp.RequestCtx, tenant string) error {
	snapshot := s.Index.Snapshot(tenant)
	p := s.printer(tenant, snapshot, make([]byte, 0, answerBytes))
	line := 0
	for text := range bytes.Lines(r.PostBody()) {
		line++
		if text = bytes.TrimSpace(text); len(text) == 0 {
			continue
		}
		if line > maxBatch {
			return &FieldError{"body", fmt.Sprintf("has more than %d lines", maxBatch)}
		}
		number, context, err := s.line(text)
		if err != nil {
			return &FieldError{fmt.Sprintf("line %d", line), err.Error()}
		}
		p.identity(number, snapshot.Lookup(index.Caller{Number: number, Context: context}))
		p.raw("\n")
		if len(p.out) > maxAnswerBytes {
			return ErrAnswerTooLarge
		}
	}
	send(r, "application/x-ndjson", p.out)
	return nil
}

// line reads one line of a batch. Its errors quote nothing and read on after
// "line 3".
func (s *Service) line(text []byte) (string, phone.Context, error) {
	var body lineBody
	var err error
	switch text[0] {
	case '"':
		err = bodyError(decodeStrict(text, &body.Number))
	case '{':
		err = decodeObject(text, &body)
	default:
		err = errors.New("is neither a JSON string nor a JSON object")
	}
	switch {
	case err != nil:
		return "", phone.Context{}, err
	case body.Number == nil:
		return "", phone.Context{}, &FieldError{"number", "is required"}
	case len(*body.Number) > maxNumberBytes:
		return "", phone.Context{}, &FieldError{"number", "is longer than 16 KiB"}
	}
	context, err := s.context(body.Region, body.Site)
	return *body.Number, context, err
}
