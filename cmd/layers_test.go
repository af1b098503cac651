// Package cmd_test holds what no single package can: who may import whom, and
// which package owns which dependency. It reads the sources themselves, so the
// answer is never a cached one.
package cmd_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/ringdex/ringdex/"

// A source is one Go file of the module.
type source struct {
	path    string // slash-separated, from the root
	pkg     string // its folder
	test    bool
	imports []string
	lines   int
}

// sources parses the imports of every Go file below the root.
func sources(t *testing.T) []source {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	var all []source
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != root {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, text, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		s := source{path: filepath.ToSlash(rel), test: strings.HasSuffix(path, "_test.go"), lines: strings.Count(string(text), "\n")}
		s.pkg = s.path[:max(0, strings.LastIndexByte(s.path, '/'))]
		for _, imp := range f.Imports {
			name, err := strconv.Unquote(imp.Path.Value)
			if err != nil {
				return err
			}
			s.imports = append(s.imports, name)
		}
		all = append(all, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 50 {
		t.Fatalf("only %d Go files found", len(all))
	}
	return all
}

// within reports whether pkg is one of the folders, or lies below one.
func within(pkg string, folders ...string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return pkg == f || strings.HasPrefix(pkg, f+"/") })
}

// layers says what the packages below a folder may import of ours.
var layers = map[string][]string{
	"stream":   {"stream"},
	"index":    {"index", "stream"},
	"presence": {"presence", "stream"},
	"scim":     {"scim", "index/contact", "stream"},
	"cmd":      {"cmd", "scim", "index", "presence", "stream"},
	"bench":    {"bench", "cmd", "scim", "index", "presence", "stream"},
}

// commandLine stands above everything: it alone runs the benchmarks. What it
// imports of bench imports cmd/ringdex/server and never the command line.
const commandLine = "cmd/ringdex"

func TestImportsFollowTheLayers(t *testing.T) {
	for _, s := range sources(t) {
		top, _, _ := strings.Cut(s.pkg, "/")
		allowed, ok := layers[top]
		if !ok {
			t.Errorf("%s lies outside of the six folders", s.path)
			continue
		}
		if s.pkg == commandLine {
			allowed = append(slices.Clone(allowed), "bench")
		}
		for _, name := range s.imports {
			ours, ok := strings.CutPrefix(name, module)
			if ok && !s.test && !within(ours, allowed...) {
				t.Errorf("%s imports %s, which packages below %s may not", s.path, ours, top)
			}
		}
	}
}

// owners says which packages may import a dependency. Every dependency has a
// line here and a reason in ARCHITECTURE.md.
var owners = map[string][]string{
	"github.com/HdrHistogram":                  {"bench/measure"},
	"github.com/blevesearch":                   {"index/text", "bench/peers/blevepeer"},
	"github.com/cockroachdb":                   {"stream/pebblelog"},
	"github.com/coder/websocket":               {"stream/wsock", "stream/streamclient"},
	"github.com/coreos/go-oidc/v3":             {"presence/teams"},
	"github.com/fasthttp/router":               {"cmd/ringdex/server"},
	"github.com/dchest/siphash":                {"index/trie"},
	"github.com/go-jose/go-jose/v4":            {"scim/oauth", "presence/teams"},
	"github.com/go-ldap/ldap/v3":               {"bench/peers/ldappeer"},
	"github.com/go-json-experiment/json":       {"scim/resource"},
	"github.com/google/go-cmp":                 {"stream", "index", "presence", "scim", "cmd", "bench"},
	"github.com/google/uuid":                   {"scim"},
	"github.com/jackc/pgx/v5":                  {"bench/peers/postgrespeer"},
	"github.com/klauspost/compress":            {"stream/pebblelog", "stream/wsock"},
	"github.com/mozillazg/go-pinyin":           {"index/trie/alias"},
	"github.com/nats-io/nats-server/v2":        {"bench/streamload"},
	"github.com/nyaruka/phonenumbers":          {"index/phone"},
	"github.com/pelletier/go-toml/v2":          {"cmd/ringdex"},
	"github.com/prometheus/client_golang":      {"cmd/ringdex/server"},
	"github.com/redis/go-redis/v9":             {"bench/peers/redispeer"},
	"github.com/santhosh-tekuri/jsonschema/v6": {},
	"github.com/schollz/progressbar/v3":        {"cmd/ringdex/progress"},
	"github.com/spf13/cobra":                   {"cmd/ringdex"},
	"github.com/spf13/pflag":                   {"cmd/ringdex"},
	"github.com/valyala/fasthttp":              {"scim", "index/lookup", "stream/wsock", "cmd/ringdex/server", "bench/scimload", "bench/streamload", "bench/peers/httppeer"},
	"golang.org/x/oauth2":                      {"presence/teams"},
	"golang.org/x/sync/errgroup":               {"index", "scim/directory", "scim/idpsim", "cmd", "bench"},
	"golang.org/x/sys":                         {"stream/pebblelog", "stream/wsock"},
	"golang.org/x/term":                        {"cmd/ringdex"},
	"golang.org/x/text":                        {"index/phone", "index/text", "index/trie", "scim/schema", "scim/idpsim/people", "bench/corpus", "cmd/ringdex"},
	"modernc.org/sqlite":                       {"bench/peers/sqlitepeer"},
	"golang.org/x/time/rate":                   {"scim/directory"},
}

func TestEveryDependencyHasItsOwners(t *testing.T) {
	for _, s := range sources(t) {
		for _, name := range s.imports {
			first, _, _ := strings.Cut(name, "/")
			if !strings.Contains(first, ".") || strings.HasPrefix(name, module) {
				continue
			}
			dependency := ""
			for d := range owners {
				if within(name, d) {
					dependency = d
				}
			}
			switch {
			case dependency == "":
				t.Errorf("%s imports %s, which has no owner", s.path, name)
			case !s.test && !within(s.pkg, owners[dependency]...):
				t.Errorf("%s imports %s, which belongs to %v", s.path, name, owners[dependency])
			}
		}
	}
}

func TestFilesStayReadable(t *testing.T) {
	for _, s := range sources(t) {
		if s.lines > 500 {
			t.Errorf("%s has %d lines: its design wants another look", s.path, s.lines)
		}
	}
}
