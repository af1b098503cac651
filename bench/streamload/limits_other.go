//go:build !unix

package streamload

// spareFiles are left for everything but agents.
const spareFiles = 300

// openFiles is not known here.
func openFiles() int { return 1 << 20 }

// resident is not known here.
func resident() uint64 { return 0 }
