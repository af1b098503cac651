package patch

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
)

var update = flag.Bool("update", false, "write what the scripts in testdata answer into them")

// TestScripts runs testdata/*.txt. A script is blocks with a blank line between
// them: comments (#), a command, lines of input, ---- and what must come of it.
//
//	resource User            one line: a resource, through Type.Conform
//	patch [option ...]       one operation a line, applied to the last resource
//	request                  one line: a PATCH body, through ParseRequest
//
// Options of patch: strict-targets, strict-paths, reject-unknown, reject-strings
// (booleans), and keep, which makes the outcome the resource of what follows.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { runScript(t, file) })
	}
}

func runScript(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := script{set: schema.Default()}
	var got []string
	for block := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n\n") {
		got = append(got, s.block(t, block))
	}
	now := strings.Join(got, "\n\n") + "\n"
	if *update {
		if err := os.WriteFile(file, []byte(now), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := cmp.Diff(string(text), now); d != "" {
		t.Errorf("%s (-want +got):\n%s", file, d)
	}
}

type script struct {
	set *schema.Set
	t   *schema.Type
	doc resource.Value
}

// block runs one block and returns it with the outcome in place of the expected
// one.
func (s *script) block(t *testing.T, block string) string {
	t.Helper()
	head, _, _ := strings.Cut(block+"\n", "\n----\n")
	var lines []string
	for line := range strings.SplitSeq(strings.TrimSuffix(head, "\n----"), "\n") {
		if !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		return block
	}
	words := strings.Fields(lines[0])
	var out string
	switch words[0] {
	case "resource":
		out = s.resource(t, words[1], lines[1])
	case "patch":
		out = s.patch(t, words[1:], lines[1:])
	case "request":
		out = request(t, lines[1])
	default:
		t.Fatalf("unknown command in %q", lines[0])
	}
	return strings.TrimSuffix(head, "\n----") + "\n----\n" + strings.TrimSuffix(out, "\n")
}

func (s *script) resource(t *testing.T, typeName, body string) string {
	t.Helper()
	s.t = s.set.Type(typeName)
	doc, hints, err := s.t.Conform(parse(t, body), schema.Policy{})
	if err != nil {
		return failure(err)
	}
	s.doc = doc
	var out strings.Builder
	fmt.Fprintf(&out, "%s\n", doc.Append(nil))
	for _, h := range hints {
		fmt.Fprintf(&out, "hint %s: %s\n", h.Path, h.Detail)
	}
	return out.String()
}

func (s *script) patch(t *testing.T, options, operations []string) string {
	t.Helper()
	var p Policy
	keep := false
	for _, o := range options {
		switch o {
		case "strict-targets":
			p.StrictTargets = true
		case "strict-paths":
			p.StrictPaths = true
		case "reject-unknown":
			p.RejectUnknown = true
		case "reject-strings":
			p.RejectStringBooleans = true
		case "keep":
			keep = true
		default:
			t.Fatalf("unknown option %s", o)
		}
	}
	ops, err := ParseRequest(parse(t, `{"Operations":[`+strings.Join(operations, ",")+`]}`))
	if err != nil {
		return failure(err)
	}
	before := string(s.doc.Append(nil))
	res, err := Apply(s.t, s.doc, ops, p)
	if after := string(s.doc.Append(nil)); after != before {
		t.Errorf("the resource that was patched changed from %s to %s", before, after)
	}
	if err != nil {
		return failure(err)
	}
	if keep {
		s.doc = res.Resource
	}
	return outcome(res)
}

func outcome(res Result) string {
	var out strings.Builder
	if res.Changed {
		fmt.Fprintf(&out, "%s\n", res.Resource.Append(nil))
	} else {
		out.WriteString("unchanged\n")
	}
	for _, m := range res.Members {
		fmt.Fprintf(&out, "members %v", m.Kind)
		for _, one := range m.Members {
			fmt.Fprintf(&out, " %s", one.Element().Append(nil))
		}
		out.WriteByte('\n')
	}
	for _, n := range res.Notes {
		fmt.Fprintf(&out, "note %d %s: %s\n", n.Operation, n.Path, n.Detail)
	}
	return out.String()
}

func request(t *testing.T, body string) string {
	t.Helper()
	ops, err := ParseRequest(parse(t, body))
	if err != nil {
		return failure(err)
	}
	var out strings.Builder
	for _, op := range ops {
		fmt.Fprintf(&out, "%s %q %s\n", op.Op, op.Path, op.Value.Append(nil))
	}
	return out.String()
}

func failure(err error) string {
	var e *schema.Error
	if !errors.As(err, &e) {
		return "not a SCIM error: " + err.Error()
	}
	return fmt.Sprintf("error %s: %v", e.ScimType, err)
}

func parse(t testing.TB, text string) resource.Value {
	t.Helper()
	v, err := resource.Parse([]byte(text), resource.Limits{})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}
