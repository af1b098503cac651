package callfile

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

// FuzzRowsAreKept reads whatever comes: what it says of rows, put together, is
// the file, and reading goes on at any row's end as if it had never stopped.
func FuzzRowsAreKept(f *testing.F) {
	for _, seed := range []string{
		"", "\n", "\r\n\r\n", "a,b\nc,d\n", "a;b\r\n\"c\nd\";e", "\ufeffa\tb\n", "\"a\"\"b\",c\n\n\nd", "a\"b,c\n", "\"never closed\n,x\n", "a\rb\n", "\n\n\"\"\n", "|||\n|",
		strings.Repeat("x", 5000) + "\n1\n", "\"" + strings.Repeat("\n", 300) + "\"\n2",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := NewReader(bytes.NewReader(file), 0, 0)
		if errors.Is(err, ErrUTF16) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		got := bytes.Clone(r.Mark())
		for {
			row, err := r.Next()
			got = append(got, row.Before...)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("after %q: %v", got, err)
			}
			got = append(append(got, row.Text...), row.End...)
			if int64(len(got)) != row.Offset {
				t.Fatalf("%q ends at %d and says %d", got, len(got), row.Offset)
			}
			if plain := AppendRow(nil, row, r.Comma()); !bytes.HasSuffix(got, plain) {
				t.Fatalf("%q is written as %q", got, plain)
			}
			if next, err := NewReader(bytes.NewReader(file[row.Offset:]), row.Offset, r.Comma()); err != nil || len(next.Mark()) > 0 {
				t.Fatalf("going on at %d: %v", row.Offset, err)
			}
		}
		if !bytes.Equal(got, file) {
			t.Errorf("%q is read as %q", file, got)
		}
	})
}
