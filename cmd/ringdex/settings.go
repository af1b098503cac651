package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const (
	defaultConfigFile  = "ringdex.toml"
	maxConfigFileBytes = 1 << 20
	envPrefix          = "RINGDEX_"
)

// argumentOnly marks a flag that belongs to one call of a command (--yes,
// --label) and is no setting: neither the environment nor a file sets it.
const argumentOnly = "ringdex_argument_only"

// markArguments makes the named flags of cmd settable on the command line only.
func markArguments(cmd *cobra.Command, names ...string) {
	for _, name := range names {
		f := cmd.Flags().Lookup(name)
		if f.Annotations == nil {
			f.Annotations = make(map[string][]string)
		}
		f.Annotations[argumentOnly] = []string{"true"}
	}
}

// isSetting tells whether the environment and the file may set a flag.
func isSetting(f *pflag.Flag) bool {
	_, argument := f.Annotations[argumentOnly]
	return !argument && f.Name != "help" && f.Name != "config"
}

// bindSettings gives every setting of cmd that the command line left out its
// value from the environment (--public-url is RINGDEX_PUBLIC_URL) or else from
// the settings file (public-url = "…").
//
// The file may hold settings of any command, so that one file serves them all;
// a key that no command has is an error, and so is a value that the flag
// refuses. Errors name the variable, or the file and the key, and never the
// value, which may be a secret. They are usage errors.
func bindSettings(cmd *cobra.Command) error {
	file, err := readSettings(cmd)
	if err != nil {
		return usageError{err}
	}
	var errs []error
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Changed || !isSetting(f) {
			return
		}
		if value, ok := os.LookupEnv(envName(f.Name)); ok && value != "" {
			if cmd.Flags().Set(f.Name, value) != nil {
				errs = append(errs, fmt.Errorf("%s: the value is not a valid %s", envName(f.Name), f.Value.Type()))
			}
			return
		}
		if value, ok := file.values[f.Name]; ok {
			if err := setFromFile(cmd.Flags(), f, value); err != nil {
				errs = append(errs, fmt.Errorf("%s: key %q: %w", file.name, f.Name, err))
			}
		}
	})
	if len(errs) > 0 {
		return usageError{errs[0]}
	}
	return nil
}

// envName returns the variable of a flag: "public-url" → "RINGDEX_PUBLIC_URL".
func envName(flag string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// A settingsFile is a parsed settings file; the zero value is an absent one.
type settingsFile struct {
	name   string
	values map[string]any
}

// readSettings reads the file that --config or RINGDEX_CONFIG names, which
// must exist, or else ./ringdex.toml, which need not.
func readSettings(cmd *cobra.Command) (settingsFile, error) {
	name, named := defaultConfigFile, false
	if value := os.Getenv(envName("config")); value != "" {
		name, named = value, true
	}
	if f := cmd.Flags().Lookup("config"); f != nil && f.Changed {
		name, named = f.Value.String(), true
	}
	text, err := readSmallFile(name, maxConfigFileBytes)
	if errors.Is(err, fs.ErrNotExist) && !named {
		return settingsFile{}, nil
	}
	if err != nil {
		return settingsFile{}, err
	}
	file := settingsFile{name: name}
	if err := toml.Unmarshal(text, &file.values); err != nil {
		return settingsFile{}, fmt.Errorf("%s: %w", name, tomlError(err))
	}
	return file, file.check(cmd.Root())
}

// tomlError says where a settings file is malformed, without quoting it.
func tomlError(err error) error {
	if at, ok := errors.AsType[*toml.DecodeError](err); ok {
		line, _ := at.Position()
		return fmt.Errorf("line %d is not valid TOML: %w", line, err)
	}
	return err
}

// check refuses keys that are no setting of any command.
func (s settingsFile) check(root *cobra.Command) error {
	known := make(map[string]bool)
	eachCommand(root, func(c *cobra.Command) {
		add := func(f *pflag.Flag) { known[f.Name] = known[f.Name] || isSetting(f) }
		c.PersistentFlags().VisitAll(add)
		c.Flags().VisitAll(add)
	})
	unknown := make([]string, 0)
	for key := range s.values {
		if !known[key] {
			unknown = append(unknown, key)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	return fmt.Errorf("%s: unknown key %q", s.name, slices.Min(unknown))
}

// eachCommand calls visit for c and everything below it.
func eachCommand(c *cobra.Command, visit func(*cobra.Command)) {
	visit(c)
	for _, child := range c.Commands() {
		eachCommand(child, visit)
	}
}

// setFromFile gives a flag the value of a TOML key.
func setFromFile(flags *pflag.FlagSet, f *pflag.Flag, value any) error {
	list, isList := value.([]any)
	if !isList {
		text, err := settingText(value)
		if err != nil {
			return err
		}
		if flags.Set(f.Name, text) != nil {
			return fmt.Errorf("the value is not a valid %s", f.Value.Type())
		}
		return nil
	}
	slice, ok := f.Value.(pflag.SliceValue)
	if !ok {
		return errors.New("takes one value, not a list")
	}
	texts := make([]string, len(list))
	for i, element := range list {
		text, err := settingText(element)
		if err != nil {
			return err
		}
		texts[i] = text
	}
	if slice.Replace(texts) != nil {
		return fmt.Errorf("the value is not a valid %s", f.Value.Type())
	}
	f.Changed = true
	return nil
}

// settingText returns a TOML scalar as the command line would have it.
func settingText(value any) (string, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case bool:
		return strconv.FormatBool(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), nil
	}
	return "", errors.New("must be a string, a number, true, false or a list of these")
}

// readSmallFile reads a whole file of at most limit bytes.
func readSmallFile(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(text)) > limit {
		return nil, fmt.Errorf("%s: larger than %d bytes", name, limit)
	}
	return text, nil
}
