//go:build !unix

package wsock

// writeNow takes nothing: every write waits on a goroutine of its own.
func writeNow(uintptr, []byte) (int, error) { return 0, nil }
