package phone

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestVectors runs the vectors that are kept beside the repository.
func TestVectors(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(repository(t), "..", "shared", "vectors", "phone_ladder.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "" {
			continue
		}
		cells := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if len(cells) < 5 {
			t.Fatalf("row %q has %d cells", line, len(cells))
		}
		rows++
		t.Run(cells[0], func(t *testing.T) { vector(t, cells) })
	}
	if rows == 0 {
		t.Error("there are no vectors")
	}
}

// vector checks one row: id, context, stored, caller, expected, note.
func vector(t *testing.T, cells []string) {
	ctx := vectorContext(t, cells[1])
	caller, want := cells[3], cells[4]
	b := newBook("")
	switch stored := cells[2]; stored {
	case "same number on 2 people":
		b = newBook(ctx.Region, caller, caller)
	case "tenant A only":
		caller, _, _ = strings.Cut(caller, " asked by ") // the other tenant's book is empty
	default:
		b = storedBook(ctx.Region, stored)
	}
	a := ask(t, caller, ctx, rangeBook{b})
	if got := outcome(&a); got != want {
		t.Errorf("stored %q, caller %q in %q: got %q, want %q\n%+v", cells[2], caller, cells[1], got, want, Explain(Clean(caller, ""), ctx, rangeBook{b}).Trace)
	}
}

// storedBook reads a cell of stored numbers: "+12015550123 x1", or
// "range +493012345 + person +493012345678", or `range +1201555 "Acme"`.
func storedBook(region, cell string) *book {
	b := newBook("")
	block, ok := strings.CutPrefix(cell, "range ")
	if !ok {
		return newBook(region, cell)
	}
	block, person, ok := strings.Cut(block, " + person ")
	if ok {
		b = newBook(region, person)
	}
	prefix, label, _ := strings.Cut(block, " ")
	b.ranges = append(b.ranges, Range{Prefix: prefix, Label: strings.Trim(label, `"`)})
	return b
}

// vectorContext reads "region;area;extension length;access code".
func vectorContext(t *testing.T, cell string) Context {
	t.Helper()
	if cell == "*" {
		cell = ""
	}
	parts := append(strings.Split(cell, ";"), "", "", "")
	ctx := Context{Region: parts[0], AreaCode: parts[1]}
	if parts[2] != "" {
		n, err := strconv.Atoi(parts[2])
		if err != nil {
			t.Fatal(err)
		}
		ctx.ExtensionLength = n
	}
	if parts[3] != "" {
		ctx.AccessCodes = []string{parts[3]}
	}
	return ctx
}

// repository returns the folder with go.mod.
func repository(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the working directory")
		}
		dir = parent
	}
}
