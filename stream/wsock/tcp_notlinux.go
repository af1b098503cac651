//go:build !linux

package wsock

import (
	"net"
	"time"
)

// limitSilence leaves a peer that vanished to the system's own patience.
func limitSilence(net.Conn, time.Duration) {}
