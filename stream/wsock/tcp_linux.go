package wsock

import (
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// limitSilence makes the kernel give up a peer that acknowledges nothing for so
// long. Who takes events never says anything: what is sent to a peer that
// vanished would otherwise be tried again for a quarter of an hour.
func limitSilence(raw net.Conn, d time.Duration) {
	sc, ok := beneath(raw).(syscall.Conn)
	if !ok {
		return
	}
	socket, err := sc.SyscallConn()
	if err != nil {
		return
	}
	_ = socket.Control(func(fd uintptr) { // without it such peers are only forgotten later
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(d.Milliseconds()))
	})
}
