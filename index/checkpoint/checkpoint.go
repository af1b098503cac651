// Package checkpoint keeps what a program derived from elsewhere in a file, so
// that its next start need not derive it again. A checkpoint is a convenience:
// whoever reads one must be able to do without it.
//
// It is only for the very program that wrote it. What was derived depends on
// code and tables, and a version that somebody forgets to raise would let wrong
// answers live on; so the file carries a hash of the program's own executable
// and is ErrForeign to any other.
//
// A file is a header, sections of bytes one behind the other, and a table of
// them at the end:
//
//	header    8 bytes magic, 32 bytes program
//	sections
//	table     for each section: 2 bytes length of the name, the name, 8 bytes
//	          offset, 8 bytes length, 4 bytes CRC-32C; numbers are little-endian
//	trailer   8 bytes offset of the table, 4 bytes CRC-32C of it, 8 bytes magic
//
// A file takes its place once it is whole; until then, and after a crash, the
// one before it stays. It is not synced against loss of power, because the
// checksums tell and nothing is lost with it.
//
// The package starts no goroutine. It uses the standard library only.
package checkpoint

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
)

// The reasons why a checkpoint cannot be used. Compare with errors.Is.
var (
	ErrNone    = errors.New("no checkpoint")
	ErrForeign = errors.New("checkpoint of another program")
	ErrDamaged = errors.New("checkpoint is damaged")
)

const (
	magic       = "rdxchk\x00\x01"
	headerLen   = len(magic) + sha256.Size
	trailerLen  = 8 + 4 + len(magic)
	maxSections = 1 << 16
	bufferLen   = 256 << 10
)

// A Program is a hash of an executable.
type Program [sha256.Size]byte

// ThisProgram returns the hash of the executable that runs. It reads all of it,
// which takes some 50 ms.
func ThisProgram() (Program, error) {
	path, err := os.Executable()
	if err != nil {
		return Program{}, err
	}
	f, err := os.Open(path)
	if err != nil {
		return Program{}, err
	}
	defer f.Close() //nolint:errcheck // was only read
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return Program{}, err
	}
	return Program(h.Sum(nil)), nil
}

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// A section is where a part of a file is.
type section struct {
	name        string
	offset, len uint64
	sum         uint32
}

// A Writer writes a checkpoint. It is for one goroutine.
type Writer struct {
	path     string
	file     *os.File
	buf      *bufio.Writer
	at       uint64
	sections []section
	table    *crc32.Table
	err      error
}

// Create begins a checkpoint that will take the place of the one at path, if
// any. The caller must Finish or Discard it.
func Create(path string, p Program) (*Writer, error) {
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("begin a checkpoint: %w", err)
	}
	w := &Writer{path: path, file: f, buf: bufio.NewWriterSize(f, bufferLen), table: castagnoli()}
	w.write([]byte(magic))
	w.write(p[:])
	return w, nil
}

// Begin begins a section, which what is written from then on belongs to. Names
// must differ.
func (w *Writer) Begin(name string) {
	w.sections = append(w.sections, section{name: name, offset: w.at})
}

// Write adds to the section that was begun last. An error stays until Finish.
func (w *Writer) Write(p []byte) (int, error) {
	s := &w.sections[len(w.sections)-1]
	s.sum = crc32.Update(s.sum, w.table, p)
	s.len += uint64(len(p))
	w.write(p)
	return len(p), w.err
}

func (w *Writer) write(p []byte) {
	if w.err == nil {
		_, w.err = w.buf.Write(p)
	}
	w.at += uint64(len(p))
}

// Finish ends the checkpoint and puts it in its place. After an error there is
// nothing of it left.
func (w *Writer) Finish() error {
	begin := w.at
	var t []byte
	for _, s := range w.sections {
		t = binary.LittleEndian.AppendUint16(t, uint16(len(s.name)))
		t = append(t, s.name...)
		t = binary.LittleEndian.AppendUint64(t, s.offset)
		t = binary.LittleEndian.AppendUint64(t, s.len)
		t = binary.LittleEndian.AppendUint32(t, s.sum)
	}
	w.write(t)
	end := binary.LittleEndian.AppendUint64(nil, begin)
	end = binary.LittleEndian.AppendUint32(end, crc32.Checksum(t, w.table))
	w.write(append(end, magic...))
	err := errors.Join(w.err, w.buf.Flush(), w.file.Close())
	if err == nil {
		err = os.Rename(w.file.Name(), w.path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write a checkpoint: %w", err), os.Remove(w.file.Name()))
	}
	return nil
}

// Discard gives the checkpoint up.
func (w *Writer) Discard() error {
	return errors.Join(w.file.Close(), os.Remove(w.file.Name()))
}

// A Reader reads a checkpoint. Its methods are safe for concurrent use.
type Reader struct {
	file     *os.File
	sections map[string]section
}

// Open opens the checkpoint at path. It returns ErrNone if there is none,
// ErrForeign if another program wrote it, and ErrDamaged.
func Open(path string, p Program) (r *Reader, err error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, ErrNone
	}
	if err != nil {
		return nil, fmt.Errorf("open a checkpoint: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close())
		}
	}()
	var header [headerLen]byte
	if _, err := f.ReadAt(header[:], 0); err != nil || string(header[:len(magic)]) != magic {
		return nil, ErrDamaged
	}
	if Program(header[len(magic):]) != p {
		return nil, ErrForeign
	}
	r = &Reader{file: f, sections: map[string]section{}}
	return r, r.readTable()
}

func (r *Reader) readTable() error {
	info, err := r.file.Stat()
	if err != nil {
		return fmt.Errorf("open a checkpoint: %w", err)
	}
	size := uint64(info.Size())
	var trailer [trailerLen]byte
	if size < uint64(headerLen+trailerLen) {
		return ErrDamaged
	}
	end := size - uint64(trailerLen)
	if _, err := r.file.ReadAt(trailer[:], int64(end)); err != nil || string(trailer[12:]) != magic {
		return ErrDamaged
	}
	begin := binary.LittleEndian.Uint64(trailer[:])
	const widest = maxSections * (2 + 1<<8 + 8 + 8 + 4)
	if begin > end || end-begin > widest {
		return ErrDamaged
	}
	t := make([]byte, end-begin)
	if _, err := r.file.ReadAt(t, int64(begin)); err != nil || crc32.Checksum(t, castagnoli()) != binary.LittleEndian.Uint32(trailer[8:]) {
		return ErrDamaged
	}
	for len(t) > 0 {
		s, rest, ok := parseSection(t)
		if !ok || s.offset > begin || s.len > begin-s.offset {
			return ErrDamaged
		}
		r.sections[s.name], t = s, rest
	}
	return nil
}

func parseSection(t []byte) (s section, rest []byte, ok bool) {
	const numbers = 8 + 8 + 4
	if len(t) < 2 {
		return s, nil, false
	}
	n := int(binary.LittleEndian.Uint16(t))
	if t = t[2:]; len(t) < n+numbers {
		return s, nil, false
	}
	s.name, t = string(t[:n]), t[n:]
	s.offset, s.len, s.sum = binary.LittleEndian.Uint64(t), binary.LittleEndian.Uint64(t[8:]), binary.LittleEndian.Uint32(t[16:])
	return s, t[numbers:], true
}

// Section returns all of a section, in memory of its own. It returns ErrDamaged
// if there is no such section, or it is not as it was written.
func (r *Reader) Section(name string) ([]byte, error) {
	var b []byte
	err := r.Read(name, func(from io.Reader, size int64) error {
		b = make([]byte, size)
		_, err := io.ReadFull(from, b)
		return err
	})
	if err != nil {
		return nil, err
	}
	return b, nil
}

// Read calls use with a section and its length in bytes, and returns its error,
// or ErrDamaged if there is no such section, or what was read is not as it was
// written. What use made of it is to be thrown away then; it must read to the
// end and trust nothing.
func (r *Reader) Read(name string, use func(from io.Reader, size int64) error) error {
	s, ok := r.sections[name]
	if !ok {
		return fmt.Errorf("%w: no %s", ErrDamaged, name)
	}
	from := &summing{from: io.NewSectionReader(r.file, int64(s.offset), int64(s.len)), table: castagnoli()}
	err := use(from, int64(s.len))
	if err == nil && (from.n != s.len || from.sum != s.sum) {
		err = errors.New("it is not what was written")
	}
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrDamaged, name, err)
	}
	return nil
}

// A summing reads, and adds up what was read.
type summing struct {
	from  io.Reader
	table *crc32.Table
	sum   uint32
	n     uint64
}

func (s *summing) Read(p []byte) (int, error) {
	n, err := s.from.Read(p)
	s.sum = crc32.Update(s.sum, s.table, p[:n])
	s.n += uint64(n)
	return n, err
}

// Close closes the file. What Section returned stays.
func (r *Reader) Close() error { return r.file.Close() }
