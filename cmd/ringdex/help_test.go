package main

import (
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

// ownCommands returns the root without serve and demo, and without what cobra
// adds: those have tests of their own.
func ownCommands(t *testing.T) *cobra.Command {
	t.Helper()
	root := newRootCommand(testApp())
	for _, c := range slices.Clone(root.Commands()) {
		if c.Name() == "serve" || c.Name() == "demo" {
			root.RemoveCommand(c)
		}
	}
	return root
}

// TestHelp keeps the help of every command under review.
func TestHelp(t *testing.T) {
	eachCommand(ownCommands(t), func(c *cobra.Command) {
		root := ownCommands(t)
		path := strings.Fields(c.CommandPath())
		var out strings.Builder
		root.SetOut(&out)
		root.SetArgs(append(path[1:], "--help"))
		if err := root.ExecuteContext(t.Context()); err != nil {
			t.Fatal(err)
		}
		golden(t, "help/"+strings.Join(path, "_")+".txt", out.String())
	})
}

func TestEveryCommandExplainsItself(t *testing.T) {
	eachCommand(ownCommands(t), func(c *cobra.Command) {
		if c.Short == "" || strings.HasSuffix(c.Short, ".") || strings.Contains(c.Short, "\n") {
			t.Errorf("%s: Short %q is not one line without a full stop", c.CommandPath(), c.Short)
		}
		for text := range strings.SplitSeq(c.Long, "\n") {
			if cellWidth(text) > 88 {
				t.Errorf("%s: line of %d cells in Long: %s", c.CommandPath(), cellWidth(text), text)
			}
		}
		if c.HasParent() && (c.Long == "" || c.Example == "") {
			t.Errorf("%s: no Long or no Example", c.CommandPath())
		}
	})
}

// TestExamplesParse runs each example's first command as far as its flags and
// arguments.
func TestExamplesParse(t *testing.T) {
	eachCommand(ownCommands(t), func(c *cobra.Command) {
		for example := range strings.Lines(c.Example) {
			words := shellWords(strings.TrimSpace(example))
			if len(words) == 0 || words[0] != "ringdex" {
				t.Errorf("%s: example %q is not a ringdex command", c.CommandPath(), example)
				continue
			}
			found, rest, err := ownCommands(t).Find(words[1:])
			if err != nil {
				t.Errorf("%s: %v", example, err)
				continue
			}
			if err := found.ParseFlags(rest); err != nil {
				t.Errorf("%s: %v", example, err)
				continue
			}
			if err := found.ValidateArgs(found.Flags().Args()); err != nil {
				t.Errorf("%s: %v", example, err)
			}
		}
	})
}

// shellWords splits a command as a shell does, with double quotes and $( ).
func shellWords(text string) []string {
	var words []string
	var word strings.Builder
	inQuotes, inWord, depth := false, false, 0
	for _, r := range text + " " {
		switch {
		case r == '"' && depth == 0:
			inQuotes, inWord = !inQuotes, true
		case r == ' ' && !inQuotes && depth == 0:
			if inWord {
				words = append(words, word.String())
			}
			word.Reset()
			inWord = false
		default:
			depth += strings.Count(string(r), "(") - strings.Count(string(r), ")")
			if !strings.Contains(text, "$(") {
				depth = 0
			}
			word.WriteRune(r)
			inWord = true
		}
	}
	return words
}

func TestVersionSaysWhatTheBuildRecorded(t *testing.T) {
	info := &debug.BuildInfo{
		GoVersion: "go1.26.8",
		Main:      debug.Module{Path: "github.com/ringdex/ringdex", Version: "v0.1.0"},
		Settings: []debug.BuildSetting{
			{Key: "vcs.revision", Value: "0123abcd"}, {Key: "vcs.time", Value: "2026-08-21T10:00:00Z"}, {Key: "vcs.modified", Value: "true"},
		},
	}
	for _, c := range []struct {
		info    *debug.BuildInfo
		release string
		asJSON  bool
		want    string
	}{
		{info, "", false, "ringdex v0.1.0\nbuilt with go1.26.8\ncommit 0123abcd of 2026-08-21T10:00:00Z, with local changes\n"},
		{info, "", true, `{"version":"v0.1.0","go":"go1.26.8","commit":"0123abcd","time":"2026-08-21T10:00:00Z","modified":true}` + "\n"},
		{&debug.BuildInfo{GoVersion: "go1.26.8"}, "v2.0.0-rc1", false, "ringdex v2.0.0-rc1\nbuilt with go1.26.8\ncommit not recorded\n"},
		{&debug.BuildInfo{GoVersion: "go1.26.8"}, "", false, "ringdex (devel)\nbuilt with go1.26.8\ncommit not recorded\n"},
		{nil, "", false, "ringdex unknown\nbuilt with unknown\ncommit not recorded\n"},
	} {
		var out strings.Builder
		if err := printVersion(&out, versionOf(c.info, c.release), c.asJSON); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, out.String()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}
