package checkpoint

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func write(t testing.TB, path string, p Program, sections map[string][]byte) {
	t.Helper()
	w, err := Create(path, p)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range sections {
		w.Begin(name)
		for part := text; len(part) > 0; part = part[min(len(part), 3):] {
			if _, err := w.Write(part[:min(len(part), 3)]); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Finish(); err != nil {
		t.Fatal(err)
	}
}

func sample() map[string][]byte {
	return map[string][]byte{"a": []byte("first"), "empty": nil, "b": bytes.Repeat([]byte("0123456789"), 1000)}
}

func TestSectionsAreReadAsWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	if _, err := Open(path, Program{1}); !errors.Is(err, ErrNone) {
		t.Errorf("before there is one: %v", err)
	}
	write(t, path, Program{1}, map[string][]byte{"old": []byte("x")})
	want := sample()
	write(t, path, Program{1}, want)
	r, err := Open(path, Program{1})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for name, text := range want {
		got, err := r.Section(name)
		if err != nil || !bytes.Equal(got, text) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	if _, err := r.Section("old"); !errors.Is(err, ErrDamaged) {
		t.Errorf("a section of the file before: %v", err)
	}
	if _, err := Open(path, Program{2}); !errors.Is(err, ErrForeign) {
		t.Errorf("for another program: %v", err)
	}
	if left, _ := filepath.Glob(path + ".*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestEveryDamageIsNoticed flips each byte, and cuts at each length.
func TestEveryDamageIsNoticed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	write(t, path, Program{1}, map[string][]byte{"a": []byte("first"), "b": []byte("second")})
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range whole {
		broken := bytes.Clone(whole)
		broken[i] ^= 0x10
		if readsAll(t, path, broken) {
			t.Errorf("with byte %d flipped it is read", i)
		}
		if readsAll(t, path, whole[:i]) {
			t.Errorf("cut to %d of %d bytes it is read", i, len(whole))
		}
	}
	if !readsAll(t, path, whole) {
		t.Error("the whole is not read")
	}
}

func readsAll(t *testing.T, path string, content []byte) bool {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Open(path, Program{1})
	if err != nil {
		return false
	}
	defer r.Close()
	_, errA := r.Section("a")
	_, errB := r.Section("b")
	return errA == nil && errB == nil
}

func TestACheckpointGivenUpLeavesTheOneBefore(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x")
	write(t, path, Program{1}, sample())
	w, err := Create(path, Program{1})
	if err != nil {
		t.Fatal(err)
	}
	w.Begin("a")
	if _, err := w.Write([]byte("half")); err != nil {
		t.Fatal(err)
	}
	if err := w.Discard(); err != nil {
		t.Fatal(err)
	}
	if list, _ := os.ReadDir(dir); len(list) != 1 {
		t.Errorf("files: %v", list)
	}
	if r, err := Open(path, Program{1}); err != nil {
		t.Error(err)
	} else if err := r.Close(); err != nil {
		t.Error(err)
	}
	if err := os.Mkdir(path+"d", 0o700); err != nil {
		t.Fatal(err)
	}
	w, err = Create(path+"d", Program{1})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Finish(); err == nil {
		t.Error("a checkpoint took the place of a folder")
	}
	if _, err := os.Stat(path + "d.new"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what could not take its place is left: %v", err)
	}
}

func TestThisProgramIsTheSameTwice(t *testing.T) {
	a, err := ThisProgram()
	b, again := ThisProgram()
	if err != nil || again != nil || a != b || a == (Program{}) {
		t.Errorf("%x, %v; %x, %v", a, err, b, again)
	}
}

func FuzzOpen(f *testing.F) {
	path := filepath.Join(f.TempDir(), "seed")
	write(f, path, Program{1}, sample())
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:headerLen])
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := Open(path, Program{1})
		if err != nil {
			return
		}
		defer r.Close()
		for name := range r.sections {
			if b, err := r.Section(name); err == nil && uint64(len(b)) != r.sections[name].len {
				t.Errorf("%d bytes of %q", len(b), name)
			}
		}
	})
}
