package wsock

import (
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestPeerThatVanishesIsGivenUp(t *testing.T) {
	r := newRig(t, func(cfg *Config) { cfg.DeadAfter = 7 * time.Second })
	l := r.listen(t, "group=g", "key-1", "")
	l.want("snapshot")
	conns := r.conns.all()
	if len(conns) != 1 {
		t.Fatalf("%d connections", len(conns))
	}
	socket, err := conns[0].raw.(syscall.Conn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	ms := 0
	if e := socket.Control(func(fd uintptr) { ms, err = unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT) }); e != nil || err != nil || ms != 7000 {
		t.Errorf("the kernel gives it up after %d ms, %v, %v", ms, e, err)
	}
}
