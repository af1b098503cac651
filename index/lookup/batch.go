package lookup

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/index"
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
	DID     string   `json:"did"`
	Answer  string   `json:"answer"` // "full", also if empty, or "brief"
}

// Batch answers POST /v1/lookup:batch in the order of its numbers, all from one
// state of the index. The body is one JSON object, which is refused as a whole
// if it is wrong anywhere. Batches in lines are Lines'.
func (s *Service) Batch(r *fasthttp.RequestCtx, tenant string) error {
	var body batchBody
	media, _, _ := bytes.Cut(r.Request.Header.ContentType(), []byte(";"))
	if media = bytes.TrimSpace(media); len(media) > 0 && !bytes.EqualFold(media, []byte("application/json")) {
		return ErrMediaType
	}
	if err := decodeObject(r.PostBody(), &body); err != nil {
		return err
	}
	if body.Numbers == nil {
		return &FieldError{"numbers", "is required: an array of strings"}
	}
	if len(body.Numbers) > maxBatch {
		return &FieldError{"numbers", fmt.Sprintf("has %d elements; %d are allowed", len(body.Numbers), maxBatch)}
	}
	if body.Answer != "" && body.Answer != "full" && body.Answer != "brief" {
		return errForm
	}
	snapshot := s.Index.Snapshot(tenant)
	context, origin, err := s.context(snapshot, index.Place{Region: body.Region, Site: body.Site, DID: body.DID})
	if err != nil {
		return err
	}
	matcher := snapshot.Matcher()
	p := s.printer(tenant, snapshot, make([]byte, 0, answerBytes))
	p.raw(`{"answers":[`)
	for i, n := range body.Numbers {
		if len(n) > maxNumberBytes {
			return &FieldError{fmt.Sprintf("numbers[%d]", i), "is longer than 16 KiB"}
		}
		p.comma(i)
		id := matcher.Lookup(index.Caller{Number: n, Context: context, Origin: origin})
		if body.Answer == "brief" {
			p.short(id)
		} else {
			p.identity(n, id)
		}
		if len(p.out) > maxAnswerBytes {
			return ErrAnswerTooLarge
		}
	}
	p.raw(`],"seq":`)
	p.out = strconv.AppendUint(p.out, uint64(snapshot.Seq()), 10)
	send(r, "application/json", append(p.out, "}\n"...))
	return nil
}
