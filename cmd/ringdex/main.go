// Command ringdex is the whole of Ringdex in one binary: the server, a
// demonstration that needs nothing else, and the commands that administer a
// server and ask it.
//
// The package owns what a person at a terminal sees: flags, settings, tables,
// error texts, exit codes. It decides nothing about contacts: every client
// command speaks the HTTP API through package client, and serve and demo hand
// over to package server at once. Each command has a file of its own. The only
// goroutines are those of os/signal, of watch's stream, of a question at the
// terminal, and of serve and demo.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Exit codes. They are part of the interface: scripts test them.
const (
	exitOK          = 0
	exitFailure     = 1   // the command could not do its work
	exitUsage       = 2   // wrong flags, arguments or settings; nothing was done
	exitNotFound    = 3   // lookup and search: nothing was found
	exitInterrupted = 130 // ended by Ctrl-C before the work was done, as shells count it
)

func main() {
	// After the first signal the handler is taken away again, so that a second
	// Ctrl-C ends a command that is slow to stop.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	code := run(ctx, newApp(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run executes one command line and returns its exit code. What went wrong
// stands on stderr once, in words that say what to do about it.
func run(ctx context.Context, a *app, args []string, in io.Reader, out, errOut io.Writer) int {
	cmd := newRootCommand(a) //nolint:contextcheck // cobra hands ctx to the commands
	cmd.SetArgs(args)
	cmd.SetIn(in)
	cmd.SetOut(out)
	cmd.SetErr(errOut)
	called, err := cmd.ExecuteContextC(ctx)
	return report(ctx, errOut, called, err)
}
