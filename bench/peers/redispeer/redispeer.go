// Package redispeer asks Redis: a number is a key with the ids of its holders,
// and a sorted set of numbers answers prefixes. It is the sole importer of
// go-redis.
package redispeer

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/redis/go-redis/v9"

	"github.com/ringdex/ringdex/bench/peers"
	"github.com/ringdex/ringdex/bench/peers/daemon"
)

// numbersKey is the sorted set of "442079460018:id".
const numbersKey = "numbers"

// fillLen is how many people are written at once.
const fillLen = 1000

// Sides starts a server and returns two ways to ask it: over a socket of the
// file system and over TCP. Closing either ends its connection; closing the
// first ends the server too, so it comes last.
func Sides(ctx context.Context, against string) ([]peers.Side, error) {
	s, err := start(ctx)
	if err != nil {
		return nil, err
	}
	kinds := []peers.Kind{peers.Exact, peers.ExactMany, peers.PrefixNumber}
	return []peers.Side{
		{Name: "redis, unix socket", Version: s.version, Kinds: kinds, Against: against, Peer: &peer{client: s.dial("unix", s.socket), server: s}},
		{Name: "redis, tcp", Version: s.version, Kinds: kinds, Against: against, Peer: &peer{client: s.dial("tcp", s.address)}},
	}, nil
}

// A server is a running Redis that keeps nothing on disk.
type server struct {
	home    *daemon.Home
	daemon  *daemon.Daemon
	socket  string
	address string
	version string
}

func start(ctx context.Context) (*server, error) {
	path, err := daemon.Find("redis-server")
	if err != nil {
		return nil, err
	}
	home, err := daemon.NewHome()
	if err != nil {
		return nil, err
	}
	s := &server{home: home, socket: filepath.Join(home.Dir, "redis.sock")}
	if err := s.run(ctx, path); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *server) run(ctx context.Context, path string) error {
	port, err := freePort(ctx)
	if err != nil {
		return err
	}
	s.address = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	c := s.dial("unix", s.socket)
	ready := func(ctx context.Context) error { return c.Ping(ctx).Err() }
	s.daemon, err = s.home.Start(ctx, syscall.SIGTERM, ready, path,
		"--bind", "127.0.0.1", "--port", strconv.Itoa(port), "--unixsocket", s.socket, "--unixsocketperm", "700",
		"--save", "", "--appendonly", "no", "--dir", s.home.Dir)
	if err != nil {
		return errors.Join(err, c.Close())
	}
	info, err := c.InfoMap(ctx, "server").Result()
	if err != nil {
		return errors.Join(err, c.Close())
	}
	s.version = info["Server"]["redis_version"]
	return c.Close()
}

// freePort returns a port that was free a moment ago: Redis does not tell which
// one it took.
func freePort(ctx context.Context) (int, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	addr, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return 0, errors.Join(errors.ErrUnsupported, l.Close())
	}
	return addr.Port, l.Close()
}

func (s *server) dial(network, address string) *redis.Client {
	return redis.NewClient(&redis.Options{Network: network, Addr: address, PoolSize: 1, DisableIdentity: true})
}

func (s *server) close() error {
	var err error
	if s.daemon != nil {
		err = s.daemon.Stop()
	}
	return errors.Join(err, s.home.Remove())
}

// A peer is one connection.
type peer struct {
	client *redis.Client
	server *server // nil for a second connection to it
}

// Close implements peers.Peer.
func (p *peer) Close() error {
	err := p.client.Close()
	if p.server != nil {
		err = errors.Join(err, p.server.close())
	}
	return err
}

// Fill implements peers.Peer. The second connection finds everything there.
func (p *peer) Fill(ctx context.Context, people []peers.Person) error {
	if p.server == nil {
		return nil
	}
	holders := map[string][]string{}
	for i := range people {
		for _, n := range people[i].Numbers {
			holders[n] = append(holders[n], people[i].ID)
		}
	}
	for part := range slices.Chunk(people, fillLen) {
		pipe := p.client.Pipeline()
		for i := range part {
			for _, n := range part[i].Numbers {
				pipe.Set(ctx, n, strings.Join(holders[n], ","), 0)
				pipe.ZAdd(ctx, numbersKey, redis.Z{Member: n[1:] + ":" + part[i].ID})
			}
		}
		if _, err := pipe.Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Ask implements peers.Peer.
func (p *peer) Ask(ctx context.Context, q peers.Question) ([]string, error) {
	switch q.Kind {
	case peers.Exact:
		ids, err := p.client.Get(ctx, q.Text).Result()
		if errors.Is(err, redis.Nil) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		return strings.Split(ids, ","), nil
	case peers.PrefixNumber:
		return p.prefix(ctx, q.Text)
	}
	return nil, errors.ErrUnsupported
}

// prefix asks for more than are wanted, because somebody with two such
// numbers is listed twice.
func (p *peer) prefix(ctx context.Context, digits string) ([]string, error) {
	by := redis.ZRangeArgs{Key: numbersKey, Start: "[" + digits, Stop: "[" + digits + "\xff", ByLex: true, Count: 2 * peers.Limit}
	list, err := p.client.ZRangeArgs(ctx, by).Result()
	if err != nil {
		return nil, err
	}
	ids := make([]string, 0, peers.Limit)
	for _, member := range list {
		_, id, _ := strings.Cut(member, ":")
		if len(ids) < peers.Limit && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// AskMany implements peers.Batcher by a pipeline of GETs.
func (p *peer) AskMany(ctx context.Context, numbers []string) (int, error) {
	pipe := p.client.Pipeline()
	for _, n := range numbers {
		pipe.Get(ctx, n)
	}
	answers, err := pipe.Exec(ctx)
	if err != nil && !errors.Is(err, redis.Nil) {
		return 0, err
	}
	found := 0
	for _, a := range answers {
		if a.Err() == nil {
			found++
		}
	}
	return found, nil
}
