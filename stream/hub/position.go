package hub

import (
	"errors"
	"strconv"
	"strings"
)

// ErrPosition says that a text is no position.
var ErrPosition = errors.New(`position is not "epoch:offset"`)

// A Position is a place in a tenant's history: "e7:1041". Offsets grow with
// every change of any contact of the tenant and start again with each epoch.
type Position struct {
	Epoch  string
	Offset uint64
}

// ParsePosition reads the text form of a position. It returns ErrPosition if s
// has another form; whether the position is still known is another matter,
// which only a space decides.
func ParsePosition(s string) (Position, error) {
	epoch, digits, ok := strings.Cut(s, ":")
	if !ok || epoch == "" || len(s) > 64 {
		return Position{}, ErrPosition
	}
	offset, err := strconv.ParseUint(digits, 10, 53)
	if err != nil {
		return Position{}, ErrPosition
	}
	return Position{Epoch: epoch, Offset: offset}, nil
}

// String returns the text form, "e7:1041".
func (p Position) String() string {
	return string(p.Append(nil))
}

// Append appends the text form to dst.
func (p Position) Append(dst []byte) []byte {
	dst = append(dst, p.Epoch...)
	dst = append(dst, ':')
	return strconv.AppendUint(dst, p.Offset, 10)
}
