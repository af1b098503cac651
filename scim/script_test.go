package scim

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/index"
	"github.com/ringdex/ringdex/scim/directory"
	"github.com/ringdex/ringdex/scim/resource"
)

var update = flag.Bool("update", false, "write what the scripts in testdata answer into them")

// TestScripts runs testdata/*.txt. A script is blocks with a blank line between
// them: comments (#), each of which begins a subtest that it names; a command,
// and behind ---- what comes of it.
//
//	site [policy=value ...]    a new directory, to which the requests that follow go
//	set policy=value ...       changes policies of it
//	who NUMBER                 those of it whom the index finds by a number right now
//	METHOD PATH                a request; lines "Name: value" are headers (without a
//	                           value: none of that name), the rest is the body
//
// An answer is printed as its status, the number of transactions it wrote
// ("+1"), the headers of interest and the body. Ids, versions and times are
// replaced: #1 is the first id that the script met, W/"v1" the first version, ~1
// the first cursor, and requests may name them.
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
	s := &script{w: newWorld(t, worldConfig{})}
	var got []string
	for _, part := range chapters(string(text)) {
		ok := t.Run(part.title, func(t *testing.T) {
			s.t = t
			if s.site != nil {
				s.site.t = t
			}
			var now []string
			for _, block := range part.blocks {
				now = append(now, s.block(block))
			}
			got = append(got, now...)
			if d := cmp.Diff(lines(part.blocks), lines(now)); d != "" && !*update {
				t.Errorf("%s (-want +got):\n%s", file, d)
			}
		})
		if !ok {
			break // what follows stands on what failed
		}
	}
	if *update {
		if err := os.WriteFile(file, []byte(strings.Join(got, "\n\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// A chapter is blocks under a comment, which is its title.
type chapter struct {
	title  string
	blocks []string
}

// chapters divides a script at its comments.
func chapters(text string) []chapter {
	var all []chapter
	for block := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		var title []string
		for line := range strings.SplitSeq(block, "\n") {
			words, ok := strings.CutPrefix(line, "# ")
			if !ok {
				break
			}
			title = append(title, words)
		}
		if len(title) > 0 || len(all) == 0 {
			all = append(all, chapter{title: strings.Join(title, " ")})
		}
		last := &all[len(all)-1]
		last.blocks = append(last.blocks, block)
	}
	return all
}

func lines(blocks []string) []string { return strings.Split(strings.Join(blocks, "\n\n"), "\n") }

// A script is one script while it runs.
type script struct {
	t        *testing.T // of the chapter
	w        *world
	site     *site
	ids      names
	versions names
	cursors  names
}

// names gives what differs from run to run a name by its place.
type names struct{ known []string }

func (n *names) place(text string) int {
	for i, k := range n.known {
		if k == text {
			return i + 1
		}
	}
	n.known = append(n.known, text)
	return len(n.known)
}

// block runs one block and returns it with the outcome in place of the expected
// one.
func (s *script) block(block string) string {
	head, _, _ := strings.Cut(block+"\n", "\n----\n")
	head = strings.TrimSuffix(head, "\n")
	var lines []string
	for line := range strings.SplitSeq(head, "\n") {
		if !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		return block
	}
	words := strings.Fields(lines[0])
	switch words[0] {
	case "site":
		s.site, s.ids, s.versions, s.cursors = s.w.site(s.t, words[1:]...), names{}, names{}, names{}
		return head
	case "set":
		s.site.set(words[1:]...)
		return head
	case "who":
		return head + "\n----\n" + s.who(strings.TrimPrefix(lines[0], "who "))
	}
	method, path, _ := strings.Cut(s.concrete(lines[0]), " ")
	var headers, body []string
	for _, line := range lines[1:] {
		if header.MatchString(line) {
			headers = append(headers, s.concrete(line))
		} else {
			body = append(body, s.concrete(line))
		}
	}
	before := s.w.log.Applied()
	a := s.site.do(method, path, strings.Join(body, "\n"), headers...)
	return head + "\n----\n" + s.print(a, int(s.w.log.Applied()-before))
}

var (
	header  = regexp.MustCompile(`^[A-Z][A-Za-z-]+:( |$)`)
	uuid7   = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)
	version = regexp.MustCompile(`W/(\\?)"([0-9]+)(\\?)"`)
	instant = regexp.MustCompile(`"(created|lastModified)":"20[0-9-]+T[0-9:]+\.[0-9]{3}Z"`)
	cursor  = regexp.MustCompile(`"(nextCursor|previousCursor)":"([^"]+)"`)
	named   = regexp.MustCompile(`#[0-9]+|W/\\?"v[0-9]+\\?"|~[0-9]+`)
)

// concrete puts ids and versions in the place of their names.
func (s *script) concrete(line string) string {
	return named.ReplaceAllStringFunc(line, func(name string) string {
		var i int
		if _, err := fmt.Sscanf(name, "#%d", &i); err == nil && i <= len(s.ids.known) {
			return s.ids.known[i-1]
		}
		if _, err := fmt.Sscanf(strings.ReplaceAll(name, `\`, ""), `W/"v%d"`, &i); err == nil && i <= len(s.versions.known) {
			return strings.ReplaceAll(name, fmt.Sprint("v", i), s.versions.known[i-1])
		}
		if _, err := fmt.Sscanf(name, "~%d", &i); err == nil && i <= len(s.cursors.known) {
			return s.cursors.known[i-1]
		}
		s.t.Fatalf("%s is not known yet in %q", name, line)
		return ""
	})
}

// abstract puts names in the place of ids, versions and times.
func (s *script) abstract(text string) string {
	text = strings.ReplaceAll(text, s.site.base, "/scim/d")
	text = uuid7.ReplaceAllStringFunc(text, func(id string) string { return fmt.Sprintf("#%d", s.ids.place(id)) })
	text = version.ReplaceAllStringFunc(text, func(tag string) string {
		m := version.FindStringSubmatch(tag)
		return fmt.Sprintf(`W/%s"v%d%s"`, m[1], s.versions.place(m[2]), m[3])
	})
	text = cursor.ReplaceAllStringFunc(text, func(field string) string {
		m := cursor.FindStringSubmatch(field)
		return fmt.Sprintf(`"%s":"~%d"`, m[1], s.cursors.place(m[2]))
	})
	return instant.ReplaceAllString(text, `"$1":"T"`)
}

func (s *script) print(a answer, written int) string {
	var b strings.Builder
	fmt.Fprint(&b, a.status)
	if written > 0 {
		fmt.Fprintf(&b, " +%d", written)
	}
	for _, name := range []string{"Location", "ETag", "Allow", "WWW-Authenticate", "Retry-After"} {
		if v := a.header.Get(name); v != "" {
			fmt.Fprintf(&b, "\n%s: %s", name, v)
		}
	}
	if a.raw != "" {
		b.WriteString("\n" + layout(a.body))
	}
	return s.abstract(b.String())
}

// layout prints an object with a line for each member, and a list with a line
// for each resource or operation.
func layout(v resource.Value) string {
	var lines []string
	for name, m := range v.All() {
		if (name == "Resources" || name == "Operations") && m.Len() > 0 {
			var elems []string
			for e := range m.Elems() {
				elems = append(elems, "  "+string(e.Append(nil)))
			}
			lines = append(lines, fmt.Sprintf("%q:[\n%s]", name, strings.Join(elems, ",\n")))
			continue
		}
		lines = append(lines, fmt.Sprintf("%q:%s", name, m.Append(nil)))
	}
	return "{" + strings.Join(lines, ",\n ") + "}"
}

func (s *script) who(number string) string {
	found := s.w.index.Snapshot(directory.DefaultTenant).Lookup(index.Caller{Number: number})
	var lines []string
	for i := range found.Candidates {
		if e := found.Entry(i); e.DirectoryID == s.site.id {
			lines = append(lines, fmt.Sprintf("#%d %s", s.ids.place(string(e.ID)), e.Name()))
		}
	}
	if len(lines) == 0 {
		return "nobody"
	}
	return strings.Join(lines, "\n")
}
