package indexload

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"

	"github.com/ringdex/ringdex/bench/corpus"
	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/index/dialplan"
	"github.com/ringdex/ringdex/index/phone"
	"github.com/ringdex/ringdex/stream"
)

// rangesMax is how many ranges are declared, if there are as many contacts.
const rangesMax = 50_000

// maxDigits is the length of the longest number, from E.164.
const maxDigits = 15

// declaredRanges makes ranges out of numbers of the corpus: each holds ten, a
// hundred or a thousand numbers, and many lie within another.
func declaredRanges(c corpus.Corpus) []dialplan.Range {
	var ranges []dialplan.Range
	known := map[string]bool{}
	for i := 0; i < c.Size && len(ranges) < rangesMax; i++ {
		for _, n := range c.Contact(i * 13 % c.Size).Numbers {
			e164, digits := phone.Parse(n.Raw, corpus.Region).E164, 1+i%3
			if len(e164) < 10 || known[e164[:len(e164)-digits]] {
				continue
			}
			prefix := e164[:len(e164)-digits]
			known[prefix] = true
			ranges = append(ranges, dialplan.Range{
				ID: fmt.Sprintf("r%d", len(ranges)), Prefix: prefix, MaxExtra: maxDigits - (len(prefix) - 1), Label: "Example",
			})
		}
	}
	return ranges
}

// fillRanges declares ranges.
func (l *load) fillRanges(ctx context.Context, log stream.Log) error {
	l.ranges = declaredRanges(l.corpus)
	var puts []stream.Put
	for i := range l.ranges {
		value, err := json.Marshal(l.ranges[i])
		if err != nil {
			return err
		}
		puts = append(puts, stream.Put{Key: contact.RangeKey(l.ranges[i].ID), Value: value})
	}
	return commit(ctx, log, tenantID, puts)
}

// A rangeQuestion is a number and the prefix of the longest range that holds
// it; empty if none does.
type rangeQuestion struct{ number, want string }

// rangeQuestions makes a question of each lookup: most are numbers of a range,
// the others those of the lookup.
func rangeQuestions(c corpus.Corpus, ranges []dialplan.Range, lookups []corpus.Lookup) []rangeQuestion {
	known := map[string]bool{}
	for i := range ranges {
		known[ranges[i].Prefix] = true
	}
	rng := rand.New(rand.NewPCG(c.Seed, 100))
	questions := make([]rangeQuestion, len(lookups))
	for i, l := range lookups {
		q := rangeQuestion{number: l.E164}
		if rng.IntN(4) > 0 {
			q.number = fmt.Sprintf("%s%d", ranges[rng.IntN(len(ranges))].Prefix, rng.IntN(10))
		}
		for n := len(q.number); n > 0 && q.want == ""; n-- {
			if known[q.number[:n]] {
				q.want = q.number[:n]
			}
		}
		questions[i] = q
	}
	return questions
}

// verifyRanges demands the longest range of each number.
func (a *asker) verifyRanges() error {
	for _, q := range a.ranges {
		if got, _ := a.snapshot.Range(q.number); got.Prefix != q.want {
			return fmt.Errorf("%w: %s lies in the range %q, not %q", ErrWrong, q.number, q.want, got.Prefix)
		}
	}
	return nil
}
