package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ringdex/ringdex/cmd/ringdex/client"
	"github.com/ringdex/ringdex/scim/directory"
)

func newDirectoryAddCommand(a *app) *cobra.Command {
	var d client.NewDirectory
	var policies, aliases []string
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "Add a directory and get its base URL and token",
		Long: `Adds a directory and prints what the identity provider's administrator needs: the
SCIM base URL and a token. The token is shown this once; only a hash is stored.

--type picks the policies that the directory begins with: strict is for clients that
hold a service to the RFCs, other for all that are not named. --region says how
numbers without a country code are read: GB reads 020 7946 0018 as +44 20 7946 0018.`,
		Example: `  ringdex directory add "Head office" --type entra --region GB
  ringdex directory add Warehouse --type okta --region DE --policy missingPhone=reject`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: a.runWith(func(ctx context.Context, c *client.Client, cmd *cobra.Command, args []string) error {
			var err error
			d.Name = args[0]
			if d.Policies, err = parsePairs("policy", policies); err != nil {
				return err
			}
			if d.Aliases, err = parsePairs("alias", aliases); err != nil {
				return err
			}
			answer, err := c.AddDirectory(ctx, d)
			if err != nil {
				return err
			}
			if a.json {
				return printRaw(cmd, answer.Raw)
			}
			return printAdded(cmd.OutOrStdout(), answer.Value)
		}),
	}
	flags := cmd.Flags()
	flags.StringVar(&d.Type, "type", "other", "identity provider: entra, okta, other or strict")
	flags.StringVar(&d.DefaultRegion, "region", "", "`REGION` of numbers without a country code: GB")
	addPolicyFlag(cmd, &policies)
	addAliasFlag(cmd, &aliases)
	markArguments(cmd, "type", "region")
	var types []string
	for _, t := range directory.Types() {
		types = append(types, string(t))
	}
	complete(cmd, "type", types...)
	return cmd
}

func printAdded(w io.Writer, d client.Directory) error {
	if _, err := fmt.Fprintf(w, "Directory %q was added.\n\n", printable(d.Name)); err != nil {
		return err
	}
	facts := []fact{{"id", d.ID}, {"base URL", d.SCIM.BaseURL}, {"token", d.SCIM.Token}}
	if err := printFacts(w, "  ", facts); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, `
The token is shown once, now. Enter both in the identity provider's provisioning
settings. If the token gets lost, "ringdex token add %s" makes another.
`, printable(d.ID))
	return err
}

func newDirectorySetCommand(a *app) *cobra.Command {
	var name, region string
	var policies, aliases []string
	cmd := &cobra.Command{
		Use:   "set DIRECTORY",
		Short: "Change a directory's name, region, policies or aliases",
		Long: `Changes what the flags name and leaves the rest. A change of the region takes effect
on all numbers of the directory, those already provisioned too.

"ringdex directory show" lists the policies with their values and what those do. The
value default goes back to what the directory's type chose.`,
		Example: `  ringdex directory set "Okta demo" --region US
  ringdex directory set "Okta demo" --policy inactiveSearchable=yes --policy groupRename=default
  ringdex directory set "Okta demo" --alias phoneNumberss=phoneNumbers`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: a.runWith(func(ctx context.Context, c *client.Client, cmd *cobra.Command, args []string) error {
			var change client.DirectoryChange
			var err error
			if cmd.Flags().Changed("name") {
				change.Name = &name
			}
			if cmd.Flags().Changed("region") {
				change.DefaultRegion = &region
			}
			if change.Policies, err = parsePairs("policy", policies); err != nil {
				return err
			}
			if change.Aliases, err = parsePairs("alias", aliases); err != nil {
				return err
			}
			if change.Name == nil && change.DefaultRegion == nil && change.Policies == nil && change.Aliases == nil {
				return usageError{errors.New("nothing to change: give --name, --region, --policy or --alias")}
			}
			id, err := findDirectory(ctx, c, args[0])
			if err != nil {
				return err
			}
			answer, err := c.ChangeDirectory(ctx, id, change)
			if err != nil {
				return err
			}
			return a.printDirectory(cmd, answer)
		}),
	}
	cmd.Flags().StringVar(&name, "name", "", "new `NAME`")
	cmd.Flags().StringVar(&region, "region", "", "new `REGION`; empty for none")
	addPolicyFlag(cmd, &policies)
	addAliasFlag(cmd, &aliases)
	markArguments(cmd, "name", "region")
	return cmd
}

func addPolicyFlag(cmd *cobra.Command, policies *[]string) {
	cmd.Flags().StringArrayVar(policies, "policy", nil, "set a policy, `NAME=VALUE`; repeatable")
	markArguments(cmd, "policy")
	var choices []string
	for _, s := range directory.Switches() {
		for _, v := range s.Values {
			choices = append(choices, s.Name+"="+v)
		}
		choices = append(choices, s.Name+"="+directory.PolicyDefault)
	}
	complete(cmd, "policy", choices...)
}

func addAliasFlag(cmd *cobra.Command, aliases *[]string) {
	cmd.Flags().StringArrayVar(aliases, "alias", nil, "read a misspelled attribute as another, `NAME=ATTRIBUTE`, or no longer, NAME=; repeatable")
	markArguments(cmd, "alias")
}

// parsePairs reads the NAME=VALUE pairs of a flag; none give nil.
func parsePairs(flag string, pairs []string) (map[string]string, error) {
	if len(pairs) == 0 {
		return nil, nil
	}
	all := make(map[string]string, len(pairs))
	for _, pair := range pairs {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return nil, usageError{fmt.Errorf("--%s wants NAME=VALUE, not %q", flag, pair)}
		}
		all[name] = value
	}
	return all, nil
}

// complete offers values for a flag to the shell.
func complete(cmd *cobra.Command, flag string, values ...string) {
	// The only error is a flag that does not exist, which the tests would show.
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}

func newDirectoryRemoveCommand(a *app) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:     "remove DIRECTORY",
		Aliases: []string{"rm"},
		Short:   "Remove a directory with all its people",
		Long: `Removes a directory with its people, groups and tokens. They leave lookups and search
at once, and the identity provider gets 401 from then on. This cannot be undone;
adding the directory again and provisioning it anew brings the people back.

Unless --yes is given, the command asks for the directory's name first.`,
		Example: `  ringdex directory remove "Okta demo"
  ringdex directory remove "Okta demo" --yes`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: a.runWith(func(ctx context.Context, c *client.Client, cmd *cobra.Command, args []string) error {
			d, err := findListed(ctx, c, args[0])
			if err != nil {
				return err
			}
			if !yes {
				if err := confirm(ctx, cmd, d); err != nil {
					return err
				}
			}
			if err := c.RemoveDirectory(ctx, d.ID); err != nil {
				return err
			}
			if a.json {
				return nil // the server's answer is empty
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "Directory %q was removed.\n", printable(d.Name))
			return err
		}),
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	markArguments(cmd, "yes")
	return cmd
}

// confirm asks for the directory's name.
func confirm(ctx context.Context, cmd *cobra.Command, d client.Directory) error {
	_, err := fmt.Fprintf(cmd.ErrOrStderr(), "This removes %q with %s; its tokens stop working.\nType its name to go on: ",
		printable(d.Name), headcount(d.Counts.Users))
	if err != nil {
		return err
	}
	typed, err := readLine(ctx, cmd.InOrStdin())
	if err != nil {
		return err
	}
	if !strings.HasSuffix(typed, "\n") {
		_, _ = fmt.Fprintln(cmd.ErrOrStderr()) // the answer did not end the line
	}
	if strings.TrimSpace(typed) == "" {
		return errors.New("no answer; nothing was removed (--yes does not ask)")
	}
	if strings.TrimSpace(typed) != d.Name {
		return errors.New("that is not its name; nothing was removed")
	}
	return nil
}

// readLine reads a line, or returns when ctx ends. A reader that cannot be
// interrupted keeps its goroutine then; the process is about to end.
func readLine(ctx context.Context, in io.Reader) (string, error) {
	read := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(io.LimitReader(in, 4<<10)).ReadString('\n')
		read <- text
	}()
	select {
	case text := <-read:
		return text, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
