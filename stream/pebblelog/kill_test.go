package pebblelog

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"

	"github.com/ringdex/ringdex/stream"
)

var killRounds = flag.Int("killrounds", 5, "how often to kill the writing process")

// writingDir tells the test binary to be the process that is killed.
const writingDir = "PEBBLELOG_TEST_WRITE_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(writingDir); dir != "" {
		fmt.Fprintln(os.Stderr, writeUntilKilled(dir, os.Stdout))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

const killWriters = 64

func ownKey(writer, n int) string { return fmt.Sprintf("w%02d/%07d", writer, n) }

func countKey(writer int) string { return fmt.Sprintf("n%02d", writer) }

// writeUntilKilled goes on where the log in dir ends, with 64 writers. Each
// counts: it adds a key of its own and moves its counter by check-and-put, and
// tells out of every number that was acknowledged.
func writeUntilKilled(dir string, out io.Writer) error {
	l, err := Open(context.Background(), Config{Dir: dir, FeedRecords: 5000})
	if err != nil {
		return err
	}
	v, err := l.View()
	if err != nil {
		return err
	}
	var failed error
	var once sync.Once
	var wg sync.WaitGroup
	for w := range killWriters {
		n, version := 0, stream.Seq(0)
		if e, err := v.Get("default", countKey(w)); err == nil {
			version = e.Seq
			if n, err = strconv.Atoi(string(e.Value)); err != nil {
				return err
			}
		}
		wg.Go(func() {
			if err := count(l, w, n, version, out); err != nil {
				once.Do(func() { failed = err })
			}
		})
	}
	if err := v.Close(); err != nil {
		return err
	}
	wg.Wait()
	return failed
}

func count(l *Log, writer, n int, version stream.Seq, out io.Writer) error {
	for {
		n++
		c, err := l.Commit(context.Background(), stream.Tx{
			Tenant: "default",
			Checks: []stream.Check{{Key: countKey(writer), Version: version}},
			Absent: []string{ownKey(writer, n)},
			Puts:   []stream.Put{{Key: ownKey(writer, n), Value: make([]byte, n%700)}, {Key: countKey(writer), Value: []byte(strconv.Itoa(n))}},
		})
		if err != nil {
			return err
		}
		version = c.Seq
		if _, err := fmt.Fprintf(out, "%d %d\n", writer, n); err != nil { // one write: lines do not mix
			return err
		}
	}
}

// TestKilledProcessLosesNothingAcknowledged kills a real process with SIGKILL
// while it writes, again and again, and holds the log against what the process
// had said. For the long run:
//
//	go test -run TestKilledProcess ./stream/pebblelog -killrounds 100
func TestKilledProcessLosesNothingAcknowledged(t *testing.T) {
	dir := t.TempDir() + "/log"
	var acked [killWriters]int
	total := 0
	for round := range *killRounds {
		total += writeAndKill(t, dir, &acked)
		hash := checkCounts(t, dir, &acked)
		if again := checkCounts(t, dir, &acked); !bytes.Equal(hash, again) {
			t.Errorf("round %d: two starts find two states", round)
		}
	}
	t.Logf("%d acknowledged writes in %d rounds", total, *killRounds)
}

// writeAndKill starts the writing process and kills it after a random number
// of acknowledged writes, which it notes in acked and returns.
func writeAndKill(t *testing.T, dir string, acked *[killWriters]int) int {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), writingDir+"="+dir)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	n, killAt := 0, 200+rand.IntN(6000)
	lines := bufio.NewScanner(out)
	for lines.Scan() { // to the end: what was said before the kill counts
		var w, number int
		if _, err := fmt.Sscan(lines.Text(), &w, &number); err != nil {
			t.Fatalf("line %q: %v", lines.Text(), err)
		}
		acked[w] = number
		if n++; n == killAt {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || n < killAt {
		t.Fatalf("the process ended by itself after %d writes: %v %s", n, err, complaint.String())
	}
	return n
}

// checkCounts opens the log, counts, and returns its state hash.
func checkCounts(t *testing.T, dir string, acked *[killWriters]int) []byte {
	t.Helper()
	l := openTest(t, Config{Dir: dir, FeedRecords: 5000})
	v, err := l.View()
	if err != nil {
		t.Fatal(err)
	}
	applied := 0
	for w := range acked {
		n := 0
		for e, err := range v.Scan("default", fmt.Sprintf("w%02d/", w), "") {
			n++
			if err != nil || e.Key != ownKey(w, n) || len(e.Value) != n%700 {
				t.Fatalf("writer %d: key %d is %q with %d bytes, %v", w, n, e.Key, len(e.Value), err)
			}
		}
		// One more than acknowledged may have been under way.
		if n < acked[w] || n > acked[w]+1 {
			t.Errorf("writer %d: %d writes are there, %d were acknowledged", w, n, acked[w])
		}
		if e, err := v.Get("default", countKey(w)); n > 0 && (err != nil || string(e.Value) != strconv.Itoa(n)) {
			t.Errorf("writer %d: counter %q, %v after %d writes", w, e.Value, err, n)
		}
		acked[w] = n
		applied += n
	}
	if l.Applied() != stream.Seq(applied) {
		t.Errorf("the log stands at %d after %d writes", l.Applied(), applied)
	}
	hash, err := l.StateHash(t.Context())
	if err := errors.Join(err, l.Verify(t.Context()), v.Close(), l.Close()); err != nil {
		t.Fatal(err)
	}
	return hash
}
