package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ringdex/ringdex/cmd/ringdex/client"
)

func newSearchCommand(a *app) *cobra.Command {
	var q client.SearchQuery
	var named string
	cmd := &cobra.Command{
		Use:   "search WORDS...",
		Short: "Find people by name, number, department or e-mail",
		Long: `Finds people as typeahead does: beginnings of names in any order, with or without
accents, then what is spelled similarly. Digits are a number, an extension or a name:
5646 is John. Terms narrow the search, or exclude with a minus in front:

  title: department: company: email: name: user:   words in one field
  group:"customer care"                            members of groups called so
  has:mobile  has:number  has:email  has:extension what somebody must have
  is:available  is:busy  is:free                   how somebody must be
  number:946                                       digits anywhere in a number

Write a term that begins with a minus behind --. Exit code 3 says that nobody was found.`,
		Example: `  ringdex search ann
  ringdex search department:sales is:free --limit 5
  ringdex search -- stein -title:trainee
  ringdex search 7946 --mode number --directory "Entra demo"`,
		Args: arguments(cobra.MinimumNArgs(1)),
		RunE: a.runWith(func(ctx context.Context, c *client.Client, cmd *cobra.Command, args []string) error {
			q.Text = strings.Join(args, " ")
			if named != "" {
				var err error
				if q.Directory, err = findDirectory(ctx, c, named); err != nil {
					return err
				}
			}
			return a.search(ctx, c, cmd, q)
		}),
	}
	cmd.Flags().IntVar(&q.Limit, "limit", 10, "show at most `N` people")
	cmd.Flags().StringVar(&q.Mode, "mode", "auto", "read the words as auto, name, number or keypad")
	cmd.Flags().StringVar(&named, "directory", "", "search only in this `DIRECTORY`, by id or name")
	cmd.Flags().StringVar(&q.Agent, "agent", "", "show the favourites and recent calls of `AGENT` first")
	markArguments(cmd, "mode", "directory", "agent")
	complete(cmd, "mode", "auto", "name", "number", "keypad")
	return cmd
}

func (a *app) search(ctx context.Context, c *client.Client, cmd *cobra.Command, q client.SearchQuery) error {
	answer, err := c.Search(ctx, q)
	if err != nil {
		return err
	}
	found := answer.Value
	if a.json {
		err = printRaw(cmd, answer.Raw)
	} else {
		err = a.printHits(cmd.OutOrStdout(), &found)
	}
	if err == nil && len(found.Hits) == 0 {
		return errNotFound
	}
	return err
}

func (a *app) printHits(w io.Writer, found *client.SearchResult) error {
	if len(found.Hits) == 0 {
		_, err := fmt.Fprintln(w, "Nobody was found.")
		return err
	}
	t := table{
		heads:  []string{"NAME", "POSITION", "NUMBERS", "PRESENCE", "ID"},
		styles: []func(string) string{nil, nil, nil, presenceColour, dim},
		styled: a.styled(w),
	}
	for _, h := range found.Hits {
		presence := cmp.Or(h.Presence, h.Contact.Presence)
		t.add(h.Contact.Name(), positionOf(&h.Contact), numbersOf(&h.Contact), presenceText(presence), h.Contact.ID)
	}
	if err := t.write(w, ""); err != nil {
		return err
	}
	return printMore(w, found)
}

// printMore says that the hits are not all there are.
func printMore(w io.Writer, found *client.SearchResult) error {
	var err error
	switch {
	case found.Total > len(found.Hits):
		_, err = fmt.Fprintf(w, "\n%d of %s; --limit shows more.\n", len(found.Hits), headcount(found.Total))
	case found.More:
		_, err = fmt.Fprintf(w, "\nThe first %s; --limit shows more.\n", headcount(len(found.Hits)))
	}
	return err
}

// headcount counts people: "1 person", "7 people".
func headcount(n int) string {
	if n == 1 {
		return "1 person"
	}
	return strconv.Itoa(n) + " people"
}

// numbersOf lists a contact's numbers in the provider's order.
func numbersOf(c *client.Contact) string {
	texts := make([]string, len(c.Numbers))
	for i := range c.Numbers {
		texts[i] = c.Numbers[i].Text()
	}
	return strings.Join(texts, ", ")
}

// presenceText says how somebody is: "busy, inACall"; empty if nothing is known.
func presenceText(p *client.Presence) string {
	if p == nil {
		return ""
	}
	text := p.Availability
	if p.Activity != "" && !strings.EqualFold(p.Activity, p.Availability) {
		text += ", " + p.Activity
	}
	if p.Stale {
		text += " (stale)"
	}
	return text
}

// presenceColour colours the text of a presence as clients do.
func presenceColour(text string) string {
	word, _, _ := strings.Cut(text, ",")
	switch strings.ToLower(strings.TrimSuffix(word, " (stale)")) {
	case "available":
		return green(text)
	case "busy", "donotdisturb":
		return red(text)
	case "away", "berightback":
		return yellow(text)
	}
	return dim(text)
}
