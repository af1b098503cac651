package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ringdex/ringdex/cmd/ringdex/client"
)

func newPresenceWebhookCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "webhook",
		Short: "Let RingCentral or Zoom tell of presence",
		Long: `RingCentral and Zoom call an address here when the presence, or with Zoom Phone the
calls, of somebody change. People are found by the externalIds of the Genesys
extension in SCIM, with the authority ringcentral or zoomphone.

VENDOR is ringcentral or zoom. What they send counts only if it shows the secret.`,
		Example: `  ringdex presence webhook set "Head office" zoom --secret @zoom-secret
  ringdex presence webhook list "Head office"`,
		Args: cobra.ArbitraryArgs,
		RunE: runGroup,
	}
	cmd.AddCommand(newWebhookSetCommand(a), newWebhookListCommand(a), newWebhookRemoveCommand(a))
	return cmd
}

func newWebhookSetCommand(a *app) *cobra.Command {
	var secret string
	cmd := &cobra.Command{
		Use:   "set DIRECTORY VENDOR --secret SECRET",
		Short: "Set the secret of a webhook and print its address",
		Long: `Sets the secret that a vendor shows and prints the address for the vendor to call. For
Zoom it is the secret token of the Zoom app; for RingCentral a verification token that
you make up and give when you subscribe. It has 16 characters or more and takes the
place of the one before.`,
		Example: `  ringdex presence webhook set "Head office" zoom --secret @zoom-secret`,
		Args:    arguments(cobra.ExactArgs(2)),
		RunE: a.withDirectory(func(ctx context.Context, c *client.Client, cmd *cobra.Command, id string) error {
			text, err := readSecret("--secret", secret)
			if err != nil {
				return err
			}
			if text == "" {
				return usageError{errors.New("--secret is required: the secret itself, or @FILE")}
			}
			answer, err := c.SetWebhook(ctx, id, cmd.Flags().Arg(1), text)
			if err != nil {
				return err
			}
			if a.json {
				return printRaw(cmd, answer.Raw)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "The vendor calls:\n\n    %s\n", answer.Value.URL)
			return err
		}),
	}
	cmd.Flags().StringVar(&secret, "secret", "", "the `SECRET`, or @FILE to read it from")
	markArguments(cmd, "secret")
	return cmd
}

func newWebhookListCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "list DIRECTORY",
		Aliases: []string{"ls"},
		Short:   "List the webhooks of a directory",
		Long: `Lists the webhooks of a directory with the time of the last delivery that was accepted
since the server started. "never" there, while people change, means that the vendor
calls another address or shows another secret.`,
		Example: `  ringdex presence webhook list "Head office"`,
		Args:    arguments(cobra.ExactArgs(1)),
		RunE: a.withDirectory(func(ctx context.Context, c *client.Client, cmd *cobra.Command, id string) error {
			answer, err := c.Webhooks(ctx, id)
			if err != nil {
				return err
			}
			w := cmd.OutOrStdout()
			if a.json {
				return printRaw(cmd, answer.Raw)
			}
			if len(answer.Value.Webhooks) == 0 {
				_, err := fmt.Fprintln(w, `There are no webhooks yet; "ringdex presence webhook set" makes one.`)
				return err
			}
			t := table{heads: []string{"VENDOR", "SET", "LAST DELIVERY", "ADDRESS"}, styled: a.styled(w)}
			for _, h := range answer.Value.Webhooks {
				t.add(h.Vendor, a.clock(h.SetAt), a.clock(h.LastDeliveryAt), h.URL)
			}
			return t.write(w, "")
		}),
	}
}

func newWebhookRemoveCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "remove DIRECTORY VENDOR",
		Short:   "Refuse what a vendor sends from now on",
		Long:    `Removes a webhook. What the vendor sends afterwards is refused.`,
		Example: `  ringdex presence webhook remove "Head office" zoom`,
		Args:    arguments(cobra.ExactArgs(2)),
		RunE: a.withDirectory(func(ctx context.Context, c *client.Client, cmd *cobra.Command, id string) error {
			vendor := cmd.Flags().Arg(1)
			if err := c.RemoveWebhook(ctx, id, vendor); err != nil {
				return err
			}
			if a.json {
				return nil
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "The webhook of %s is removed.\n", printable(vendor))
			return err
		}),
	}
}
