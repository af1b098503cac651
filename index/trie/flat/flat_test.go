package flat

import (
	"bytes"
	"errors"
	"slices"
	"testing"
)

type odd struct {
	a uint32
	b [3]uint8
	c uint64
}

func TestWhatIsWrittenComesBack(t *testing.T) {
	var b bytes.Buffer
	w := NewWriter(&b)
	odds := []odd{{1, [3]uint8{2, 3, 4}, 5}, {c: 6}}
	w.Uint(1 << 60)
	Write(w, odds)
	Write[uint32](w, nil)
	Write(w, []byte("text"))
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	r := NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if n, back, none, text := r.Uint(), Read[odd](r), Read[uint32](r), Read[byte](r); n != 1<<60 || !slices.Equal(back, odds) || none != nil || string(text) != "text" {
		t.Errorf("%d, %v, %v, %q", n, back, none, text)
	}
	if r.Err() != nil || r.Left() != 0 {
		t.Errorf("error %v, %d bytes left", r.Err(), r.Left())
	}
}

func TestNothingLongerThanWhatIsLeftIsMade(t *testing.T) {
	for _, n := range []uint64{3, 1 << 20, 1 << 61, 1<<64 - 1} {
		var b bytes.Buffer
		w := NewWriter(&b)
		w.Uint(n)
		w.Uint(0)
		w.Uint(0)
		_ = w.Flush()
		r := NewReader(&b, int64(b.Len()))
		if list := Read[uint64](r); list != nil || !errors.Is(r.Err(), ErrDamaged) || r.Uint() != 0 {
			t.Errorf("%d: %d values, error %v", n, len(list), r.Err())
		}
	}
}

func TestAnEndThatComesEarlyIsDamage(t *testing.T) {
	r := NewReader(bytes.NewReader(make([]byte, 4)), 100)
	if v := r.Uint(); v != 0 || !errors.Is(r.Err(), ErrDamaged) {
		t.Errorf("%d, error %v", v, r.Err())
	}
}

func TestPointersAreRefused(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a list of strings was written")
		}
	}()
	Write(NewWriter(&bytes.Buffer{}), []string{"a"})
}

type failing struct{}

var errFull = errors.New("full")

func (failing) Write([]byte) (int, error) { return 0, errFull }

func TestFlushTellsOfAFailure(t *testing.T) {
	w := NewWriter(failing{})
	Write(w, make([]byte, 1<<17))
	w.Uint(1)
	if err := w.Flush(); !errors.Is(err, errFull) {
		t.Errorf("error %v", err)
	}
}
