package pebblelog

import (
	"errors"
	"testing"

	"github.com/ringdex/ringdex/stream"
)

func recordAt(seq stream.Seq, bytes int) stream.Record {
	return stream.Record{
		Commit:  stream.Commit{Seq: seq},
		Tenant:  "t",
		Changes: []stream.Change{{Key: "k", Value: make([]byte, bytes)}},
	}
}

// TestRingHoldsNoMoreThanItsBytes pushes records so large that few fit.
func TestRingHoldsNoMoreThanItsBytes(t *testing.T) {
	const size = maxRingBytes / 4
	r := newRing(64, 0)
	for seq := stream.Seq(1); seq <= 40; seq++ {
		r.push([]stream.Record{recordAt(seq, size)})
		held, bytes := 0, 0
		for _, rec := range r.slots {
			if rec.Seq != 0 {
				held++
				bytes += recordBytes(&rec)
			}
		}
		if bytes > maxRingBytes+size+2 || bytes != r.bytes || stream.Seq(held) != r.last-r.first+1 {
			t.Fatalf("after %d records the ring holds %d with %d bytes, and counts %d", seq, held, bytes, r.bytes)
		}
	}
}

// TestRingReadsWhatItHolds reads from every place and compares with what was
// pushed, in groups of all sizes.
func TestRingReadsWhatItHolds(t *testing.T) {
	const slots = 8
	r := newRing(slots, 100)
	var buf [3]stream.Record
	for group := range 20 {
		var records []stream.Record
		for i := range group % 12 {
			records = append(records, recordAt(r.applied()+stream.Seq(i)+1, 1))
		}
		r.push(records)
		for after := stream.Seq(90); after <= r.applied()+2; after++ {
			n, behind, more, err := r.read(after, buf[:])
			if err != nil {
				t.Fatal(err)
			}
			oldest := max(101, r.applied()-slots+1)
			switch {
			case after >= r.applied():
				if n != 0 || behind || more == nil {
					t.Errorf("read(%d) at %d = %d, %v", after, r.applied(), n, behind)
				}
			case after+1 < oldest:
				if !behind {
					t.Errorf("read(%d) of a ring from %d is not behind", after, oldest)
				}
			default:
				if want := min(len(buf), int(r.applied()-after)); n != want || behind || buf[0].Seq != after+1 {
					t.Errorf("read(%d) at %d = %d from %d; want %d", after, r.applied(), n, buf[0].Seq, want)
				}
			}
		}
	}
}

func TestEndedRingTellsTheFirstCause(t *testing.T) {
	r := newRing(8, 0)
	_, _, more, err := r.read(0, make([]stream.Record, 1))
	if err != nil {
		t.Fatal(err)
	}
	r.end(stream.ErrCorrupt)
	r.end(stream.ErrClosed)
	<-more
	if _, _, _, err := r.read(0, make([]stream.Record, 1)); !errors.Is(err, stream.ErrCorrupt) {
		t.Errorf("read = %v", err)
	}
	if err := r.wait(t.Context(), 1); !errors.Is(err, stream.ErrCorrupt) {
		t.Errorf("wait = %v", err)
	}
	if err := r.wait(t.Context(), 0); err != nil {
		t.Errorf("wait for what was reached = %v", err)
	}
}
