// Package flat writes arrays of fixed-size values as they lie in memory, and
// reads each back with one copy. It is for data that can be made anew, by the
// program that wrote it on the machine where it was written: the byte order and
// the layout of structs are those of the machine, and whoever writes begins
// with a mark that tells another machine's or version's bytes by.
//
// A Reader trusts nothing: it makes no array larger than what is left to read,
// and the first thing that does not fit ends it. Both belong to one goroutine.
package flat

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"reflect"
	"unsafe"
)

// ErrDamaged says that what was read is not what was written.
var ErrDamaged = errors.New("flat data is damaged")

// A Writer writes to an io.Writer. It keeps the first error, which Flush
// returns, and does nothing after it.
type Writer struct {
	to  *bufio.Writer
	err error
}

// NewWriter returns a Writer to w.
func NewWriter(w io.Writer) *Writer { return &Writer{to: bufio.NewWriterSize(w, 1<<16)} }

// Flush writes what is buffered and returns the first error of all writing.
func (w *Writer) Flush() error {
	if w.err == nil {
		w.err = w.to.Flush()
	}
	return w.err
}

func (w *Writer) write(b []byte) {
	if w.err == nil {
		_, w.err = w.to.Write(b)
	}
}

// Uint writes one number.
func (w *Writer) Uint(v uint64) { w.write(bytesOf([]uint64{v})) }

// Write writes a list. T has no pointers; Write panics otherwise.
func Write[T any](w *Writer, list []T) {
	w.Uint(uint64(len(list)))
	w.write(bytesOf(list))
}

// A Reader reads what a Writer wrote. It keeps the first error and gives zero
// values after it.
type Reader struct {
	from io.Reader
	left int64
	err  error
}

// NewReader returns a Reader of the next size bytes of r. It reads lists from r
// without a buffer.
func NewReader(r io.Reader, size int64) *Reader { return &Reader{from: r, left: size} }

// Err returns the first error: ErrDamaged, wrapped, or one of reading.
func (r *Reader) Err() error { return r.err }

// Left returns how many bytes are left to read.
func (r *Reader) Left() int64 { return r.left }

// Check makes what was read damaged if it is not as it must be. what says what
// was looked at.
func (r *Reader) Check(ok bool, what string) {
	if r.err == nil && !ok {
		r.err = fmt.Errorf("%w: %s", ErrDamaged, what)
	}
}

func (r *Reader) read(b []byte) {
	if r.err != nil || len(b) == 0 {
		return
	}
	if r.Check(int64(len(b)) <= r.left, "too short"); r.err != nil {
		return
	}
	r.left -= int64(len(b))
	_, err := io.ReadFull(r.from, b)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		r.Check(false, "too short")
		return
	}
	r.err = err
}

// Uint reads one number.
func (r *Reader) Uint() uint64 {
	var v [1]uint64
	r.read(bytesOf(v[:]))
	if r.err != nil {
		return 0
	}
	return v[0]
}

// Read reads a list into memory of its own.
func Read[T any](r *Reader) []T {
	var one T
	size := uint64(unsafe.Sizeof(one))
	n := r.Uint()
	if r.Check(n <= uint64(max(r.left, 0))/size, "a list is longer than all"); r.err != nil || n == 0 {
		return nil
	}
	list := make([]T, n)
	if r.read(bytesOf(list)); r.err != nil {
		return nil
	}
	return list
}

// bytesOf returns the memory of a list.
func bytesOf[T any](list []T) []byte {
	var one T
	if !plain(reflect.TypeFor[T]()) {
		panic(fmt.Sprintf("flat: %T is not of a fixed size", one))
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(list))), len(list)*int(unsafe.Sizeof(one)))
}

// plain reports whether values of a type are the same in any memory.
func plain(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return true
	case reflect.Array:
		return t.Len() > 0 && plain(t.Elem())
	case reflect.Struct:
		for f := range t.Fields() {
			if !plain(f.Type) {
				return false
			}
		}
		return t.NumField() > 0
	}
	return false
}
