package pebblelog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ringdex/ringdex/stream"
)

// headName is the file that says how far the log had come. It lies beside
// Pebble's files, which cannot tell that one of them was deleted.
const headName = "HEAD"

// HEAD has two slots, written in turn, so that a torn write leaves the other
// one. They lie in different pages of the disk.
const (
	headMagic     = "ringdex\x00"
	slotBytes     = len(headMagic) + 4 + 8 + 8 + chainBytes + 4
	slotDistance  = 4096
	headFileBytes = 2 * slotDistance
)

// A mark is one slot of HEAD: a place the log had durably reached. turn counts
// the writes; the slot of the higher one is the newer.
type mark struct {
	turn uint64
	seq  stream.Seq
	hash chain
}

func (m *mark) append(dst []byte) []byte {
	start := len(dst)
	dst = append(dst, headMagic...)
	dst = binary.BigEndian.AppendUint32(dst, formatVersion)
	dst = binary.BigEndian.AppendUint64(dst, m.turn)
	dst = binary.BigEndian.AppendUint64(dst, uint64(m.seq))
	dst = append(dst, m.hash[:]...)
	return binary.BigEndian.AppendUint32(dst, checksum(dst[start:]))
}

// decodeMark decodes one slot. It returns ErrNewerFormat for a slot of a later
// release and ErrCorrupt for anything else that append does not write.
func decodeMark(b []byte) (mark, error) {
	n := len(headMagic)
	if len(b) < slotBytes || string(b[:n]) != headMagic {
		return mark{}, fmt.Errorf("%w: HEAD slot", stream.ErrCorrupt)
	}
	f := binary.BigEndian.Uint32(b[n:])
	if f > formatVersion {
		return mark{}, fmt.Errorf("%w: format %d, this release reads %d", stream.ErrNewerFormat, f, formatVersion)
	}
	if f != formatVersion || binary.BigEndian.Uint32(b[slotBytes-4:]) != checksum(b[:slotBytes-4]) {
		return mark{}, fmt.Errorf("%w: HEAD slot", stream.ErrCorrupt)
	}
	m := mark{turn: binary.BigEndian.Uint64(b[n+4:]), seq: stream.Seq(binary.BigEndian.Uint64(b[n+12:]))}
	copy(m.hash[:], b[n+20:])
	return m, nil
}

// readHead returns the newer valid mark of the HEAD in dir: os.ErrNotExist if
// there is no file, ErrCorrupt if neither slot is valid.
func readHead(fs vfs.FS, dir string) (mark, error) {
	f, err := fs.Open(fs.PathJoin(dir, headName))
	if err != nil {
		return mark{}, err
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(io.LimitReader(f, int64(headFileBytes)))
	if err != nil {
		return mark{}, err
	}
	first, err1 := decodeMark(b)
	second, err2 := decodeMark(b[min(slotDistance, len(b)):])
	for _, err := range []error{err1, err2} {
		if errors.Is(err, stream.ErrNewerFormat) {
			return mark{}, err
		}
	}
	switch {
	case err1 != nil && err2 != nil:
		return mark{}, err1
	case err2 != nil, err1 == nil && first.turn > second.turn:
		return first, nil
	}
	return second, nil
}

// A head is the open HEAD file. It is owned by the applier, and by Open and
// Close while there is none.
type head struct {
	file  vfs.File
	last  mark
	dirty bool // written since the last fsync
	buf   []byte
}

// openHead opens the HEAD in dir behind the mark that was read from it.
func openHead(fs vfs.FS, dir string, last mark) (*head, error) {
	f, err := fs.OpenReadWrite(fs.PathJoin(dir, headName), vfs.WriteCategoryUnspecified)
	if err != nil {
		return nil, err
	}
	return &head{file: f, last: last}, nil
}

// createHead makes a HEAD in dir that stands at seq, on stable storage when it
// returns. One that exists is replaced.
func createHead(fs vfs.FS, dir string, seq stream.Seq, hash chain) error {
	name := fs.PathJoin(dir, headName)
	f, err := fs.Create(name, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	b := make([]byte, headFileBytes)
	m := mark{turn: 1, seq: seq, hash: hash}
	copy(b[slotDistance:], m.append(nil))
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return syncDir(fs, dir)
}

// write moves the mark. It reaches the disk by and by; sync hastens it.
func (h *head) write(seq stream.Seq, hash chain) error {
	h.last = mark{turn: h.last.turn + 1, seq: seq, hash: hash}
	h.buf = h.last.append(h.buf[:0])
	h.dirty = true
	_, err := h.file.WriteAt(h.buf, int64(h.last.turn%2)*slotDistance)
	return err
}

func (h *head) sync() error {
	if !h.dirty {
		return nil
	}
	h.dirty = false
	return h.file.Sync()
}

func (h *head) close() error { return errors.Join(h.sync(), h.file.Close()) }

// syncDir makes the names in dir durable.
func syncDir(fs vfs.FS, dir string) error {
	d, err := fs.OpenDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// exists reports whether dir holds anything but a lock and a HEAD.
func exists(fs vfs.FS, dir string) (bool, error) {
	names, err := fs.List(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return false, err
	}
	for _, name := range names {
		if name != headName && name != lockName {
			return true, nil
		}
	}
	return false, nil
}
