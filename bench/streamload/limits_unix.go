//go:build unix

package streamload

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
)

// spareFiles are left for everything but agents.
const spareFiles = 300

// openFiles returns how many files a process may open.
func openFiles() int {
	var l syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l) != nil {
		return 1024
	}
	return int(min(uint64(l.Cur), 1<<30))
}

// resident returns the bytes of this process that are in memory, 0 where the
// system does not tell.
func resident() uint64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := bytes.Fields(text)
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseUint(string(fields[1]), 10, 64)
	if err != nil {
		return 0
	}
	return pages * uint64(os.Getpagesize())
}
