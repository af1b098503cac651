package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

// A settingsProbe is a command with a flag of each kind, below a root like
// ringdex's.
type settingsProbe struct {
	address string
	limit   int
	on      bool
	list    []string
	yes     bool
}

func newProbe(p *settingsProbe) *cobra.Command {
	root := &cobra.Command{
		Use: "root", SilenceErrors: true, SilenceUsage: true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return bindSettings(cmd) },
	}
	root.PersistentFlags().String("config", "", "")
	probe := &cobra.Command{Use: "probe", RunE: func(*cobra.Command, []string) error { return nil }}
	probe.Flags().StringVar(&p.address, "public-url", "default", "")
	probe.Flags().IntVar(&p.limit, "limit", 10, "")
	probe.Flags().BoolVar(&p.on, "on", false, "")
	probe.Flags().StringSliceVar(&p.list, "list", []string{"d"}, "")
	probe.Flags().BoolVar(&p.yes, "yes", false, "")
	markArguments(probe, "yes")
	other := &cobra.Command{Use: "other", Run: func(*cobra.Command, []string) {}}
	other.Flags().String("elsewhere", "", "")
	root.AddCommand(probe, other)
	root.SetOut(io.Discard)
	root.SetErr(io.Discard)
	return root
}

func TestFlagBeatsEnvironmentBeatsFileBeatsDefault(t *testing.T) {
	defaults := settingsProbe{address: "default", limit: 10, list: []string{"d"}}
	with := func(change func(*settingsProbe)) settingsProbe {
		p := defaults
		change(&p)
		return p
	}
	for _, c := range []struct {
		name string
		args string
		env  map[string]string
		file string
		want settingsProbe
	}{
		{name: "defaults", want: defaults},
		{
			name: "file", file: "public-url = 'file'\nlimit = 3\non = true\nlist = ['a', 'b,c']\nelsewhere = 'x'",
			want: settingsProbe{address: "file", limit: 3, on: true, list: []string{"a", "b,c"}},
		},
		{name: "file with one value for a list", file: "list = 'a,b'", want: with(func(p *settingsProbe) { p.list = []string{"a", "b"} })},
		{name: "file with a number in words", file: "limit = '4'", want: with(func(p *settingsProbe) { p.limit = 4 })},
		{
			name: "environment over file", file: "public-url = 'file'\nlimit = 3",
			env:  map[string]string{"RINGDEX_PUBLIC_URL": "env", "RINGDEX_LIST": "x,y"},
			want: settingsProbe{address: "env", limit: 3, list: []string{"x", "y"}},
		},
		{
			name: "flag over both", args: "--public-url flag --list z", file: "public-url = 'file'\nlist = ['f']",
			env:  map[string]string{"RINGDEX_PUBLIC_URL": "env", "RINGDEX_LIST": "x,y"},
			want: with(func(p *settingsProbe) { p.address, p.list = "flag", []string{"z"} }),
		},
		{name: "flag with the default's value", args: "--limit 10", file: "limit = 3", want: defaults},
		{name: "empty variable is none", env: map[string]string{"RINGDEX_LIMIT": ""}, file: "limit = 3", want: with(func(p *settingsProbe) { p.limit = 3 })},
		{name: "arguments are not settings", env: map[string]string{"RINGDEX_YES": "true"}, want: defaults},
		{name: "unrelated variable", env: map[string]string{"RINGDEX_ADMIN_KEY": "x"}, want: defaults},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			for name, value := range c.env {
				t.Setenv(name, value)
			}
			if c.file != "" {
				writeFile(t, defaultConfigFile, c.file)
			}
			var got settingsProbe
			root := newProbe(&got)
			root.SetArgs(append([]string{"probe"}, strings.Fields(c.args)...))
			if err := root.ExecuteContext(t.Context()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(settingsProbe{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWrongSettingsNameTheirPlaceAndHideTheirValue(t *testing.T) {
	for _, c := range []struct{ name, env, file, config, want string }{
		{name: "unknown key", file: "limt = 'secret'", want: `ringdex.toml: unknown key "limt"`},
		{name: "first unknown key by name", file: "zz = 1\naa = 1", want: `ringdex.toml: unknown key "aa"`},
		{name: "table", file: "[probe]\nlimit = 3", want: `ringdex.toml: unknown key "probe"`},
		{name: "argument in the file", file: "yes = true", want: `ringdex.toml: unknown key "yes"`},
		{name: "wrong type", file: "limit = 'secret'", want: `ringdex.toml: key "limit": the value is not a valid int`},
		{name: "list for one", file: "limit = [1, 2]", want: `ringdex.toml: key "limit": takes one value, not a list`},
		{name: "table for one", file: "limit = {a = 1}", want: `ringdex.toml: key "limit": must be a string, a number, true, false or a list of these`},
		{name: "tables in a list", file: "list = [{a = 1}]", want: `ringdex.toml: key "list": must be a string, a number, true, false or a list of these`},
		{name: "not TOML", file: "limit = 3\npublic-url = secret", want: "ringdex.toml: line 2 is not valid TOML"},
		{name: "variable", env: "secret", want: "RINGDEX_LIMIT: the value is not a valid int"},
		{name: "file that does not exist", config: "absent.toml", want: "open absent.toml: no such file or directory"},
		{name: "too large", file: "# " + strings.Repeat("x", maxConfigFileBytes), want: "ringdex.toml: larger than 1048576 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if c.env != "" {
				t.Setenv("RINGDEX_LIMIT", c.env)
			}
			if c.file != "" {
				writeFile(t, defaultConfigFile, c.file)
			}
			args := []string{"probe"}
			if c.config != "" {
				args = append(args, "--config", c.config)
			}
			root := newProbe(&settingsProbe{})
			root.SetArgs(args)
			err := root.ExecuteContext(t.Context())
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Fatalf("error %v, want %s", err, c.want)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the error shows the value: %v", err)
			}
		})
	}
}

func TestWrongSettingsAreWrongUsage(t *testing.T) {
	_, stderr, code := runCommand(t, "", "version", "--config", filepath.Join(t.TempDir(), "absent.toml"))
	if code != exitUsage || !strings.HasPrefix(stderr, "ringdex: open ") {
		t.Errorf("exit code %d, %q, want %d", code, stderr, exitUsage)
	}
}

func TestConfigFileIsNamedByFlagThenVariable(t *testing.T) {
	t.Chdir(t.TempDir())
	writeFile(t, defaultConfigFile, "limit = 1")
	writeFile(t, "env.toml", "limit = 2")
	writeFile(t, "flag.toml", "limit = 3")
	for _, c := range []struct {
		env  string
		args []string
		want int
	}{
		{"", nil, 1},
		{"env.toml", nil, 2},
		{"env.toml", []string{"--config", "flag.toml"}, 3},
	} {
		t.Setenv("RINGDEX_CONFIG", c.env)
		var p settingsProbe
		root := newProbe(&p)
		root.SetArgs(append([]string{"probe"}, c.args...))
		if err := root.ExecuteContext(t.Context()); err != nil || p.limit != c.want {
			t.Errorf("%q %v: limit %d, %v, want %d", c.env, c.args, p.limit, err, c.want)
		}
	}
}

func TestKeyMayStandInAFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "key")
	writeFile(t, name, "  rdx_api_k\n")
	for setting, want := range map[string]string{"": "", "rdx_api_k": "rdx_api_k", " rdx_api_k\n": "rdx_api_k", "@" + name: "rdx_api_k"} {
		if got, err := readKey(setting); err != nil || got != want {
			t.Errorf("readKey(%q) = %q, %v, want %q", setting, got, err, want)
		}
	}
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
