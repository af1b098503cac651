package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ringdex/ringdex/cmd/ringdex/client"
	"github.com/ringdex/ringdex/stream/streamclient"
)

// errNotFound ends a command whose answer is "nobody": the output has said so
// already, the exit code says it to scripts.
var errNotFound = errors.New("not found")

// A usageError is a mistake in the command line or the settings.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// report prints why called ended, unless that was said already, and returns
// the exit code.
func report(ctx context.Context, w io.Writer, called *cobra.Command, err error) int {
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errNotFound):
		return exitNotFound
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return exitInterrupted
	}
	text, hint := explain(called, err)
	_, _ = fmt.Fprintf(w, "ringdex: %s\n", lines(text))
	if hint != "" {
		_, _ = fmt.Fprintf(w, "  %s\n", strings.ReplaceAll(hint, "\n", "\n  "))
	}
	if _, usage := errors.AsType[usageError](err); usage {
		return exitUsage
	}
	return exitFailure
}

// lines makes text from outside printable but keeps its lines.
func lines(text string) string {
	parts := strings.Split(text, "\n")
	for i, p := range parts {
		parts[i] = printable(p)
	}
	return strings.Join(parts, "\n")
}

// explain returns an error in plain words and what to do about it.
func explain(called *cobra.Command, err error) (text, hint string) {
	if _, ok := errors.AsType[usageError](err); ok {
		return err.Error(), fmt.Sprintf("See %q.", called.CommandPath()+" --help")
	}
	if unreachable, ok := errors.AsType[*client.UnreachableError](err); ok {
		return unreachable.Error(), "Is the server running there? \"ringdex serve\" or \"ringdex demo\" starts one;\n--server URL or RINGDEX_SERVER names another."
	}
	if other, ok := errors.AsType[*client.NotRingdexError](err); ok {
		return other.Error(), "--server URL or RINGDEX_SERVER names the right one."
	}
	if problem, ok := errors.AsType[*client.Problem](err); ok {
		return explainStatus(problem.Status, problem.Error(), problem.RetryAfter)
	}
	if refused, ok := errors.AsType[*streamclient.HandshakeError](err); ok {
		return explainStatus(refused.Status, refused.Error(), "")
	}
	return err.Error(), ""
}

// explainStatus explains a refusal. words are the server's.
func explainStatus(status int, words, retryAfter string) (text, hint string) {
	switch {
	case status == http.StatusUnauthorized:
		return "the server does not accept the key: " + words,
			"--key KEY, --key @FILE or RINGDEX_KEY sets it. The server prints an admin key when it\nstarts for the first time; \"ringdex key add\" makes more."
	case status == http.StatusForbidden:
		return "this key may not do that: " + words, "\"ringdex key list\", with an admin key, shows what each key may do."
	case status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable:
		if retryAfter != "" {
			return words, fmt.Sprintf("Try again in %s seconds.", printable(retryAfter))
		}
		return words, "Try again in a moment."
	case status >= 500:
		return fmt.Sprintf("the server has a problem of its own (status %d): %s", status, words), "Its log says more."
	case status >= 300 && status < 400:
		return words, "--server URL or RINGDEX_SERVER names the right one."
	}
	return words, ""
}
