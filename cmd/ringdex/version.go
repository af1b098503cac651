package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is the release that the Makefile names with -ldflags -X; without it
// the version is the module's. Nothing writes it.
var version string

// A buildVersion is what a binary knows of its origin.
type buildVersion struct {
	Version  string `json:"version"` // "v1.2.0", or "(devel)" for a build from a checkout
	Go       string `json:"go"`
	Commit   string `json:"commit,omitempty"`
	Time     string `json:"time,omitempty"` // of the commit
	Modified bool   `json:"modified,omitempty"`
}

func newVersionCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Show which release this is",
		Long: `Shows the version of this binary, the Go release it was built with and the
commit it was built from, if the build recorded one. It asks no server.`,
		Example: `  ringdex version
  ringdex version --json`,
		Args: arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			info, _ := debug.ReadBuildInfo()
			return printVersion(cmd.OutOrStdout(), versionOf(info, version), a.json)
		},
	}
}

// versionOf reads what the linker recorded. info may be nil and release empty.
func versionOf(info *debug.BuildInfo, release string) buildVersion {
	if info == nil {
		return buildVersion{Version: cmp.Or(release, "unknown"), Go: "unknown"}
	}
	v := buildVersion{Version: cmp.Or(release, info.Main.Version, "(devel)"), Go: info.GoVersion}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Commit = s.Value
		case "vcs.time":
			v.Time = s.Value
		case "vcs.modified":
			v.Modified = s.Value == "true"
		}
	}
	return v
}

func printVersion(w io.Writer, v buildVersion, asJSON bool) error {
	if asJSON {
		text, err := json.Marshal(v)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w, "%s\n", text)
		return err
	}
	commit := v.Commit
	if commit == "" {
		commit = "not recorded"
	}
	if v.Time != "" {
		commit += " of " + v.Time
	}
	if v.Modified {
		commit += ", with local changes"
	}
	_, err := fmt.Fprintf(w, "ringdex %s\nbuilt with %s\ncommit %s\n", v.Version, v.Go, commit)
	return err
}
