package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// killedMatchGoesOn kills a match at several moments of its work and lets it
// go on each time: what it has written in the end is what one that was left
// alone wrote.
func killedMatchGoesOn(t *testing.T, binary string) {
	folder := t.TempDir()
	p := serveOn(t, binary, folder)
	v := newProvisioner(t, p)
	enough, wait := v.fill(p, 0, 20)
	<-enough
	p.signal(syscall.SIGTERM) // nobody comes any more
	wait()
	p.wait()
	var calls strings.Builder
	for i := range 120_000 {
		e := v.book[i%len(v.book)]
		fmt.Fprintf(&calls, "%d,%s\r\n", i, []string{e.number, "+15005550000", "020 7946 0018"}[i%3])
	}
	file := inFolder(t, "calls.csv", calls.String())
	p = serveOn(t, binary, folder)
	env := []string{"RINGDEX_SERVER=" + p.url, "RINGDEX_KEY=" + ownKey}
	match := func(output string) *process {
		return begin(t, binary, env, "match", file, "--column", "2", "--output", output)
	}
	whole, broken := filepath.Join(t.TempDir(), "whole.csv"), filepath.Join(t.TempDir(), "broken.csv")
	if m := match(whole); m.wait() != exitOK {
		t.Fatalf("left alone: %s", m.output())
	}
	for n := range 20 {
		m := match(broken)
		await := time.AfterFunc(time.Duration(30+40*n)*time.Millisecond, func() { _ = m.cmd.Process.Kill() })
		code := m.wait()
		await.Stop()
		if code != exitOK && code != -1 {
			t.Fatalf("exit %d: %s", code, m.output())
		}
		if exists(broken) && !exists(broken+checkpointSuffix) {
			break // it was done, killed behind that or not
		}
	}
	if exists(broken + checkpointSuffix) {
		if m := match(broken); m.wait() != exitOK {
			t.Fatalf("going on: %s", m.output())
		}
	}
	want, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(broken)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) || strings.Count(string(want), "e164") == 0 {
		t.Errorf("after being killed it wrote %d bytes, left alone %d", len(got), len(want))
	}
}
