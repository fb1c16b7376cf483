package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// exitError is the exit code of a program that was run.
type exitError struct{ code int }

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

// run serves, and runs a program with the variables set. When the program ends,
// the page stays until Ctrl-C, unless -exit is there.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := newFlags("run", stderr)
	cfg := serveFlags(flags)
	leave := flags.Bool("exit", false, "end when the program ends, with its exit code")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() == 0 {
		return errors.New("run needs a program: inspector run -- go run ./cmd/server")
	}
	cfg.boundMemory()
	i, err := cfg.start()
	if err != nil {
		return err
	}
	// The program has stdout to itself.
	_, _ = fmt.Fprintf(stderr, "The inspector is at %s; it runs %s\n\n", i.url, flags.Arg(0))
	cmd := exec.CommandContext(ctx, flags.Arg(0), flags.Args()[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, stdout, stderr
	cmd.Env = append(os.Environ(), i.environment()...)
	if os.Getenv("POSTHOG_API_KEY") == "" {
		cmd.Env = append(cmd.Env, "POSTHOG_API_KEY=phc_local")
	}
	// It ends as it would without the inspector, and has time to flush.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 15 * time.Second
	err = cmd.Run()
	var failed *exec.ExitError
	switch {
	case ctx.Err() != nil:
		err = nil
	case errors.As(err, &failed):
		err = exitError{failed.ExitCode()}
	case err != nil:
		return errors.Join(err, i.stop())
	}
	if !*leave && ctx.Err() == nil {
		_, _ = fmt.Fprintf(stderr, "\n%s has ended. The inspector stays at %s until Ctrl-C.\n", flags.Arg(0), i.url)
		<-ctx.Done()
	}
	if stopped := i.stop(); stopped != nil {
		return stopped
	}
	return err
}
