package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// A checkpoint is how far an interrupted match came. It stands beside the
// output.
type checkpoint struct {
	Job     string `json:"job"`     // what was to be done; see jobOf
	Offset  int64  `json:"offset"`  // of the input: everything before was written
	Written int64  `json:"written"` // bytes of the output that belong to it
	Tally   tally  `json:"tally"`
}

const (
	checkpointSuffix   = ".checkpoint"
	maxCheckpointBytes = 1 << 16
	// sampleBytes is how much of the beginning of the input identifies it.
	sampleBytes = 64 << 10
)

// jobOf returns a value that is the same for two runs that would write the same
// rows: of the same file, read the same way.
func jobOf(in *os.File, f *matchFlags) (string, error) {
	info, err := in.Stat()
	if err != nil {
		return "", err
	}
	head := make([]byte, min(sampleBytes, max(info.Size(), 0)))
	if _, err := in.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "%d %q %v %q %q %q\n", info.Size(), f.column, f.header, f.delimiter, f.region, f.site)
	_, _ = h.Write(head)
	return hex.EncodeToString(h.Sum(nil)), nil
}

// readCheckpoint returns the checkpoint beside an output; nil if there is none.
func readCheckpoint(output string) (*checkpoint, error) {
	text, err := readSmallFile(output+checkpointSuffix, maxCheckpointBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // no checkpoint is an answer
	}
	if err != nil {
		return nil, err
	}
	var c checkpoint
	if err := json.Unmarshal(text, &c); err != nil {
		return nil, fmt.Errorf("%s%s is not a checkpoint; --force begins anew", output, checkpointSuffix)
	}
	return &c, nil
}

// write puts c beside the output, at once or not at all.
func (c *checkpoint) write(output string) error {
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return replaceFile(output+checkpointSuffix, append(text, '\n'))
}

// replaceFile writes a file so that a reader finds the old one or the new one.
func replaceFile(name string, text []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(text)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return nil
}

// openOutput opens the file to write, where the checkpoint says to go on; nil
// begins anew.
func openOutput(name string, c *checkpoint) (*os.File, error) {
	if c == nil {
		return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	}
	out, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	size, err := out.Seek(0, io.SeekEnd)
	switch {
	case err != nil:
	case size < c.Written:
		err = fmt.Errorf("%s is shorter than its checkpoint says; --force begins anew", name)
	default:
		err = out.Truncate(c.Written)
		if err == nil {
			_, err = out.Seek(c.Written, io.SeekStart)
		}
	}
	if err != nil {
		return nil, errors.Join(err, out.Close())
	}
	return out, nil
}

// changedLines counts the lines in which two files differ, which have as many
// as each other if nothing but answers changed.
func changedLines(before, after string) (changed int, err error) {
	old, err := os.Open(before)
	if err != nil {
		return 0, err
	}
	defer old.Close() //nolint:errcheck // it was only read
	fresh, err := os.Open(after)
	if err != nil {
		return 0, err
	}
	defer fresh.Close() //nolint:errcheck // it was only read
	for a, b := bufio.NewReader(old), bufio.NewReader(fresh); ; {
		one, errA := a.ReadBytes('\n')
		two, errB := b.ReadBytes('\n')
		if !bytes.Equal(one, two) {
			changed++
		}
		for _, err := range []error{errA, errB} {
			if err != nil && !errors.Is(err, io.EOF) {
				return changed, err
			}
		}
		if errA != nil && errB != nil {
			return changed, nil
		}
	}
}
