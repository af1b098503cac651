package presence

import (
	"errors"
	"time"
)

// The ways in which a delivery is refused.
var (
	// ErrForged: the delivery does not show that it comes from who has the
	// secret.
	ErrForged = errors.New("the delivery is not signed with the secret")
	// ErrMalformed: the delivery is genuine but is not what the vendor documents.
	ErrMalformed = errors.New("the delivery cannot be read")
)

// A Delivery is what a vendor's webhook brings. Body is read and not kept.
type Delivery struct {
	Header func(name string) string
	Body   []byte
	Secret string // that the vendor and the directory share
	At     time.Time
}

// A Reception is what came of a delivery.
type Reception struct {
	Notices []Notice
	Header  [2]string // a header of the answer, name and value; empty for none
	Body    []byte    // of the answer, JSON; nil for none
}

// A Notice is news about the person whom the vendor knows by ExternalID: how
// the person is, or that a call of the person lives or has ended.
type Notice struct {
	ExternalID string
	Update     *Update
	CallID     string // "" if it is not about a call
	Live       bool
	At         time.Time // of the news about a call; zero if the vendor does not say
}
