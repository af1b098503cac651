// Package postgrespeer asks PostgreSQL over a socket of the file system: numbers
// by a btree, prefixes by text_pattern_ops, words with a slip by pg_trgm. It is
// the sole importer of pgx.
package postgrespeer

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"

	"github.com/ringdex/ringdex/bench/peers"
	"github.com/ringdex/ringdex/bench/peers/daemon"
)

// Side starts a server and returns a connection to it, whose end is the
// server's too.
func Side(ctx context.Context, against string) (peers.Side, error) {
	home, err := daemon.NewHome()
	if err != nil {
		return peers.Side{}, err
	}
	p := &peer{home: home}
	version, err := p.start(ctx)
	if err != nil {
		return peers.Side{}, errors.Join(err, p.Close()) //nolint:contextcheck // ctx may have ended
	}
	return peers.Side{Name: "postgresql, unix socket", Version: version, Kinds: peers.Kinds(), Against: against, Peer: p}, nil
}

// A peer is a running PostgreSQL and a connection to it.
type peer struct {
	home   *daemon.Home
	daemon *daemon.Daemon
	conn   *pgx.Conn
}

// program finds a program where Debian has it, or else on the PATH.
func program(name string) (string, error) {
	return daemon.Find(name, "/usr/lib/postgresql/*/bin/"+name)
}

func (p *peer) start(ctx context.Context) (version string, err error) {
	initdb, err := program("initdb")
	if err != nil {
		return "", err
	}
	postgres, err := program("postgres")
	if err != nil {
		return "", err
	}
	data, err := p.home.Mkdir("data")
	if err != nil {
		return "", err
	}
	if _, err := p.home.Run(ctx, initdb, "-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"); err != nil {
		return "", err
	}
	ready := func(ctx context.Context) error {
		p.conn, err = pgx.Connect(ctx, fmt.Sprintf("host=%s user=bench dbname=postgres sslmode=disable", p.home.Dir))
		return err
	}
	// Nothing is written while questions are asked, and everything fits in memory.
	p.daemon, err = p.home.Start(ctx, syscall.SIGINT, ready, postgres,
		"-D", data, "-k", p.home.Dir, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "shared_buffers=1GB", "-c", "jit=off")
	if err != nil {
		return "", err
	}
	err = p.conn.QueryRow(ctx, "SHOW server_version").Scan(&version)
	version, _, _ = strings.Cut(version, " ")
	return version, err
}

// Close implements peers.Peer.
func (p *peer) Close() error {
	var err error
	if p.conn != nil {
		err = p.conn.Close(context.Background())
	}
	if p.daemon != nil {
		err = errors.Join(err, p.daemon.Stop())
	}
	return errors.Join(err, p.home.Remove())
}

const tables = `
CREATE EXTENSION pg_trgm;
CREATE TABLE number (digits text NOT NULL, id uuid NOT NULL);
CREATE TABLE word (word text NOT NULL, id uuid NOT NULL);
`

const indexes = `
CREATE INDEX ON number (digits text_pattern_ops, id);
CREATE INDEX ON word (word text_pattern_ops, id);
CREATE INDEX ON word USING gin (word gin_trgm_ops);
ANALYZE;
`

// Fill implements peers.Peer.
func (p *peer) Fill(ctx context.Context, people []peers.Person) error {
	if _, err := p.conn.Exec(ctx, tables); err != nil {
		return err
	}
	var numbers, words [][]any
	for i := range people {
		for _, n := range people[i].Numbers {
			numbers = append(numbers, []any{n[1:], people[i].ID})
		}
		for _, w := range people[i].Words {
			words = append(words, []any{w, people[i].ID})
		}
	}
	if _, err := p.conn.CopyFrom(ctx, pgx.Identifier{"number"}, []string{"digits", "id"}, pgx.CopyFromRows(numbers)); err != nil {
		return err
	}
	if _, err := p.conn.CopyFrom(ctx, pgx.Identifier{"word"}, []string{"word", "id"}, pgx.CopyFromRows(words)); err != nil {
		return err
	}
	_, err := p.conn.Exec(ctx, indexes)
	return err
}

// What is asked: LIKE 'prefix%' as the planner carries it out, which a prepared
// statement with a pattern that it does not know would not. Somebody with two
// such numbers is found once, so that more rows are read than wanted.
const (
	exact  = `SELECT id::text FROM number WHERE digits = $1`
	prefix = `SELECT DISTINCT id::text FROM (SELECT id FROM number WHERE digits ~>=~ $1 AND digits ~<~ $2 ORDER BY digits USING ~<~, id LIMIT 20) n LIMIT 10`
	word   = `SELECT DISTINCT id::text FROM (SELECT id FROM word WHERE word ~>=~ $1 AND word ~<~ $2 LIMIT 20) w LIMIT 10`
	pair   = `SELECT DISTINCT a.id::text FROM word a JOIN word b USING (id) WHERE a.word ~>=~ $1 AND a.word ~<~ $2 AND b.word ~>=~ $3 AND b.word ~<~ $4 LIMIT 10`
	typo   = `SELECT id::text FROM word WHERE word % $1 ORDER BY similarity(word, $1) DESC LIMIT 10`
	many   = `SELECT count(DISTINCT digits) FROM number WHERE digits = ANY($1)`
)

// end returns what stands behind everything that begins with a prefix.
func end(prefix string) string { return prefix + "\U0010ffff" }

// Ask implements peers.Peer.
func (p *peer) Ask(ctx context.Context, q peers.Question) ([]string, error) {
	switch q.Kind {
	case peers.Exact:
		return p.ids(ctx, exact, q.Text[1:])
	case peers.PrefixNumber:
		return p.ids(ctx, prefix, q.Text, end(q.Text))
	case peers.Prefix3:
		return p.ids(ctx, word, q.Text, end(q.Text))
	case peers.PrefixPair:
		first, second, _ := strings.Cut(q.Text, " ")
		return p.ids(ctx, pair, first, end(first), second, end(second))
	case peers.Typo1:
		return p.ids(ctx, typo, q.Text)
	}
	return nil, errors.ErrUnsupported
}

func (p *peer) ids(ctx context.Context, query string, args ...any) ([]string, error) {
	rows, err := p.conn.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// AskMany implements peers.Batcher by one query.
func (p *peer) AskMany(ctx context.Context, numbers []string) (int, error) {
	digits := make([]string, len(numbers))
	for i, n := range numbers {
		digits[i] = n[1:]
	}
	found := 0
	err := p.conn.QueryRow(ctx, many, digits).Scan(&found)
	return found, err
}
