package dialplan

import (
	"fmt"
	"strings"

	"github.com/ringdex/ringdex/index/phone"
)

// maxE164 is the most digits of a number (ITU-T E.164 clause 6.1), minPrefix
// the fewest of a range: a country code alone is no organisation's.
const (
	maxE164   = 15
	minPrefix = 3
)

// A Range is a declared block of numbers: all that begin with Prefix and have
// MinExtra to MaxExtra digits behind it.
//
//	{"id":"acme","prefix":"+493012345","minExtra":0,"maxExtra":3,"label":"Acme"}
type Range struct {
	ID       string `json:"id"`
	Prefix   string `json:"prefix"`
	MinExtra int    `json:"minExtra"`
	MaxExtra int    `json:"maxExtra"`
	Label    string `json:"label"` // the organisation; shown as "~ Acme"
}

// DecodeRange reads a stored range.
func DecodeRange(value []byte) (Range, error) {
	var r Range
	err := decode(value, &r)
	return r, err
}

// Holds tells whether a number that begins with the prefix belongs to the
// range. digits is how many it has behind the plus.
func (r *Range) Holds(digits int) bool {
	extra := digits - (len(r.Prefix) - 1)
	return extra >= r.MinExtra && extra <= r.MaxExtra
}

// A RangeDraft is what a client says of a range. Without MaxExtra the range
// holds everything that begins with its prefix.
type RangeDraft struct {
	ID       string `json:"id"`
	Prefix   string `json:"prefix"`
	MinExtra int    `json:"minExtra"`
	MaxExtra *int   `json:"maxExtra"`
	Label    string `json:"label"`
}

// newRange checks a draft and completes it.
func newRange(d RangeDraft) (Range, error) {
	r := Range{ID: d.ID, MinExtra: d.MinExtra, Label: strings.TrimSpace(d.Label)}
	if err := checkID(r.ID); err != nil {
		return Range{}, err
	}
	if err := checkLabel("label", r.Label); err != nil {
		return Range{}, err
	}
	if r.Label == "" {
		return Range{}, &FieldError{"label", "is required: it is what callers of the range are shown as"}
	}
	digits, plus := strings.CutPrefix(withoutSeparators(d.Prefix), "+")
	if !plus || !isDigits(digits) || len(digits) < minPrefix || len(digits) > maxE164 {
		return Range{}, &FieldError{"prefix", fmt.Sprintf("must be a plus and %d to %d digits, such as +493012345", minPrefix, maxE164)}
	}
	if phone.CallingCode(digits) == "" {
		return Range{}, &FieldError{"prefix", "begins with no country code that is assigned"}
	}
	r.Prefix = "+" + digits
	return r, r.setExtra(d.MaxExtra)
}

// setExtra checks how many digits follow the prefix.
func (r *Range) setExtra(most *int) error {
	room := maxE164 - (len(r.Prefix) - 1)
	r.MaxExtra = room
	if most != nil {
		r.MaxExtra = *most
	}
	switch {
	case r.MinExtra < 0 || r.MinExtra > room:
		return &FieldError{"minExtra", fmt.Sprintf("must be from 0 to %d: a number has no more than %d digits", room, maxE164)}
	case r.MaxExtra < r.MinExtra:
		return &FieldError{"maxExtra", "must not be less than minExtra"}
	case r.MaxExtra > room:
		return &FieldError{"maxExtra", fmt.Sprintf("must be at most %d: a number has no more than %d digits", room, maxE164)}
	}
	return nil
}

// withoutSeparators removes what people write between digits.
func withoutSeparators(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -.()/", r) {
			return -1
		}
		return r
	}, s)
}
