package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ringdex/ringdex/cmd/ringdex/client"
	"github.com/ringdex/ringdex/scim/directory"
)

func newSchemaCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "Manage the extension schemas of a directory",
		Long: `An extension schema gives the users or groups of a directory attributes of their own,
under a URN. A directory has the enterprise extension and a contact centre one
without being told; others it registers here. They are then listed in /Schemas, and
are read, filtered and patched as the built-in ones are.`,
		Example: `  ringdex directory schema list "Head office"
  ringdex directory schema add "Head office" badge.json`,
		Args: cobra.ArbitraryArgs,
		RunE: runGroup,
	}
	cmd.AddCommand(newSchemaAddCommand(a), newSchemaListCommand(a), newSchemaShowCommand(a), newSchemaRemoveCommand(a))
	return cmd
}

func newSchemaAddCommand(a *app) *cobra.Command {
	var of string
	cmd := &cobra.Command{
		Use:   "add DIRECTORY FILE",
		Short: "Register an extension schema, or replace one",
		Long: `Registers the schema in FILE, in place of one with the same id; - reads standard
input. It is a Schema document of RFC 7643 section 7, as another service's /Schemas
prints it, or as little as this:

  {"id": "urn:example:params:scim:schemas:extension:badge:2.0:User",
   "attributes": [{"name": "serial"}, {"name": "level", "type": "integer"}]}

Beside it "required": true says that every user must have the extension, and
"open": true that attributes are kept which the schema does not define.`,
		Example: `  ringdex directory schema add "Head office" badge.json
  ringdex directory schema add "Head office" cost.json --of Group`,
		Args: arguments(cobra.ExactArgs(2)),
		RunE: a.runWith(func(ctx context.Context, c *client.Client, cmd *cobra.Command, args []string) error {
			document, urn, err := readSchemaFile(args[1], cmd.InOrStdin())
			if err != nil {
				return err
			}
			id, err := findDirectory(ctx, c, args[0])
			if err != nil {
				return err
			}
			answer, err := c.PutSchema(ctx, id, urn, of, document)
			if err != nil {
				return err
			}
			if a.json {
				return printRaw(cmd, answer.Raw)
			}
			return a.printSchema(cmd.OutOrStdout(), answer.Value)
		}),
	}
	cmd.Flags().StringVar(&of, "of", "", "`TYPE` that it extends, User or Group (default what the file or the end of its URN says)")
	markArguments(cmd, "of")
	complete(cmd, "of", "User", "Group")
	return cmd
}

// readSchemaFile reads a schema from a file, or from in for "-", and returns it
// with its URN.
func readSchemaFile(name string, in io.Reader) (document json.RawMessage, urn string, err error) {
	if name == "-" {
		name = "standard input"
	} else {
		f, err := os.Open(name)
		if err != nil {
			return nil, "", err
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, directory.MaxSchemaBytes+1))
	if err != nil {
		return nil, "", err
	}
	var head struct{ ID string }
	switch err := json.Unmarshal(text, &head); {
	case len(text) > directory.MaxSchemaBytes:
		return nil, "", fmt.Errorf("%s is longer than a schema may be, %d bytes", name, directory.MaxSchemaBytes)
	case err != nil:
		return nil, "", fmt.Errorf("%s is not a schema: %w", name, err)
	case head.ID == "":
		return nil, "", errors.New(name + ` is not a schema: "id", its URN, is missing`)
	}
	return text, head.ID, nil
}

func newSchemaListCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "list DIRECTORY",
		Aliases: []string{"ls"},
		Short:   "List the schemas that a directory registered",
		Long: `Lists the extension schemas that a directory registered, with what each extends. The
built-in ones, which every directory has, are not in the list.`,
		Example: `  ringdex directory schema list "Head office"
  ringdex directory schema list "Head office" --json`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: a.runWith(func(ctx context.Context, c *client.Client, cmd *cobra.Command, args []string) error {
			id, err := findDirectory(ctx, c, args[0])
			if err != nil {
				return err
			}
			answer, err := c.Schemas(ctx, id)
			if err != nil {
				return err
			}
			if a.json {
				return printRaw(cmd, answer.Raw)
			}
			return a.printSchemas(cmd.OutOrStdout(), answer.Value.Schemas)
		}),
	}
}

func (a *app) printSchemas(w io.Writer, list []client.Schema) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(w, `The directory registered no schemas; "ringdex directory schema add" does.`)
		return err
	}
	t := table{heads: []string{"OF", "NAME", "ATTRIBUTES", "URN"}, styled: a.styled(w)}
	for _, s := range list {
		t.add(s.ResourceType, s.Name, strconv.Itoa(len(s.Attributes)), s.ID)
	}
	return t.write(w, "")
}

func newSchemaShowCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "show DIRECTORY URN",
		Short:   "Show one registered schema with its attributes",
		Long:    `Shows a schema that a directory registered: what it extends and each attribute.`,
		Example: `  ringdex directory schema show "Head office" urn:example:params:scim:schemas:extension:badge:2.0:User`,
		Args:    arguments(cobra.ExactArgs(2)),
		RunE: a.runWith(func(ctx context.Context, c *client.Client, cmd *cobra.Command, args []string) error {
			id, err := findDirectory(ctx, c, args[0])
			if err != nil {
				return err
			}
			answer, err := c.Schema(ctx, id, args[1])
			if err != nil {
				return err
			}
			if a.json {
				return printRaw(cmd, answer.Raw)
			}
			return a.printSchema(cmd.OutOrStdout(), answer.Value)
		}),
	}
}

// printSchema prints a short list of facts, then a table of the attributes.
func (a *app) printSchema(w io.Writer, s client.Schema) error {
	facts := []fact{{"urn", s.ID}, {"name", s.Name}, {"extends", s.ResourceType}, {"required", yesNo(s.Required)}, {"open", yesNo(s.Open)}}
	if s.Description != "" {
		facts = append(facts, fact{"description", s.Description})
	}
	if err := printFacts(w, "", facts); err != nil || len(s.Attributes) == 0 {
		return err
	}
	t := table{heads: []string{"ATTRIBUTE", "TYPE", "IS"}, styled: a.styled(w)}
	for _, attr := range s.Attributes {
		t.add(attr.Name, attr.Type, traits(attr))
		for _, sub := range attr.SubAttributes {
			t.add(attr.Name+"."+sub.Name, sub.Type, traits(sub))
		}
	}
	if _, err := fmt.Fprintln(w); err != nil {
		return err
	}
	return t.write(w, "")
}

// traits names what is unusual about an attribute.
func traits(attr client.Attribute) string {
	var is []string
	for _, trait := range []struct {
		has  bool
		name string
	}{
		{attr.Required, "required"},
		{attr.MultiValued, "multi-valued"},
		{attr.CaseExact, "case-exact"},
		{attr.Mutability != "" && attr.Mutability != "readWrite", attr.Mutability},
		{attr.Returned != "" && attr.Returned != "default", "returned " + attr.Returned},
	} {
		if trait.has {
			is = append(is, trait.name)
		}
	}
	return strings.Join(is, ", ")
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func newSchemaRemoveCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "remove DIRECTORY URN",
		Aliases: []string{"rm"},
		Short:   "Take a registered schema from a directory",
		Long: `Takes a schema from a directory. What people have under its URN stays stored and is
no longer shown or found; registering the schema again brings it back, unless the
identity provider has replaced the person meanwhile.`,
		Example: `  ringdex directory schema remove "Head office" urn:example:params:scim:schemas:extension:badge:2.0:User`,
		Args:    arguments(cobra.ExactArgs(2)),
		RunE: a.runWith(func(ctx context.Context, c *client.Client, cmd *cobra.Command, args []string) error {
			id, err := findDirectory(ctx, c, args[0])
			if err != nil {
				return err
			}
			if err := c.RemoveSchema(ctx, id, args[1]); err != nil {
				return err
			}
			return a.printDone(cmd, "The schema was removed. What people have under it is kept and no longer shown.")
		}),
	}
}
