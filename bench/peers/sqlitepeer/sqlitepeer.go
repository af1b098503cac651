// Package sqlitepeer asks SQLite in process: numbers by a btree, names by FTS5.
// It uses a translation of SQLite into Go, so that nothing needs a C compiler,
// and is its sole importer.
package sqlitepeer

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // the driver

	"github.com/ringdex/ringdex/bench/peers"
)

// Side opens a database in a folder of its own.
func Side(ctx context.Context, against string) (peers.Side, error) {
	dir, err := os.MkdirTemp("", "ringdex-peer-")
	if err != nil {
		return peers.Side{}, err
	}
	p := &peer{dir: dir, asks: map[peers.Kind]*sql.Stmt{}}
	version, err := p.open(ctx)
	if err != nil {
		return peers.Side{}, errors.Join(err, p.Close())
	}
	kinds := []peers.Kind{peers.Exact, peers.PrefixNumber, peers.Prefix3, peers.PrefixPair}
	return peers.Side{Name: "sqlite fts5, in process", Version: version, Kinds: kinds, Against: against, Peer: p}, nil
}

// A peer is a database with one connection.
type peer struct {
	dir  string
	db   *sql.DB
	asks map[peers.Kind]*sql.Stmt
}

func (p *peer) open(ctx context.Context) (version string, err error) {
	p.db, err = sql.Open("sqlite", "file:"+filepath.Join(p.dir, "people.db")+"?_pragma=journal_mode(off)&_pragma=synchronous(off)&_pragma=cache_size(-1000000)&_pragma=temp_store(memory)")
	if err != nil {
		return "", err
	}
	p.db.SetMaxOpenConns(1)
	err = p.db.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&version)
	return version, err
}

// Close implements peers.Peer.
func (p *peer) Close() error {
	var err error
	for _, ask := range p.asks {
		err = errors.Join(err, ask.Close())
	}
	if p.db != nil {
		err = errors.Join(err, p.db.Close())
	}
	return errors.Join(err, os.RemoveAll(p.dir))
}

const tables = `
CREATE TABLE person (n INTEGER PRIMARY KEY, id TEXT NOT NULL);
CREATE TABLE number (digits TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (digits, n)) WITHOUT ROWID;
CREATE VIRTUAL TABLE names USING fts5(words, content='', detail=none, prefix='2 3', tokenize='unicode61');
`

// Somebody with two such numbers is found once, so that more rows are read than
// wanted.
const (
	exact  = `SELECT p.id FROM number x JOIN person p USING (n) WHERE x.digits = ?1`
	prefix = `SELECT DISTINCT p.id FROM (SELECT n FROM number WHERE digits >= ?1 AND digits < ?1 || ':' ORDER BY digits, n LIMIT 20) x JOIN person p USING (n) LIMIT 10`
	words  = `SELECT p.id FROM names f JOIN person p ON p.n = f.rowid WHERE names MATCH ?1 LIMIT 10`
)

// Fill implements peers.Peer.
func (p *peer) Fill(ctx context.Context, people []peers.Person) error {
	if _, err := p.db.ExecContext(ctx, tables); err != nil {
		return err
	}
	if err := p.insert(ctx, people); err != nil {
		return err
	}
	for kind, text := range map[peers.Kind]string{peers.Exact: exact, peers.PrefixNumber: prefix, peers.Prefix3: words, peers.PrefixPair: words} {
		ask, err := p.db.PrepareContext(ctx, text)
		if err != nil {
			return err
		}
		p.asks[kind] = ask
	}
	_, err := p.db.ExecContext(ctx, "INSERT INTO names(names) VALUES ('optimize'); ANALYZE;")
	return err
}

func (p *peer) insert(ctx context.Context, people []peers.Person) (err error) {
	tx, err := p.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // does nothing once committed
	var statements [3]*sql.Stmt
	for i, text := range []string{"INSERT INTO person VALUES (?, ?)", "INSERT INTO number VALUES (?, ?)", "INSERT INTO names(rowid, words) VALUES (?, ?)"} {
		if statements[i], err = tx.PrepareContext(ctx, text); err != nil {
			return err
		}
	}
	for i := range people {
		if _, err := statements[0].ExecContext(ctx, i, people[i].ID); err != nil {
			return err
		}
		for _, n := range people[i].Numbers {
			if _, err := statements[1].ExecContext(ctx, n[1:], i); err != nil {
				return err
			}
		}
		if _, err := statements[2].ExecContext(ctx, i, strings.Join(people[i].Words, " ")); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// Ask implements peers.Peer.
func (p *peer) Ask(ctx context.Context, q peers.Question) ([]string, error) {
	ask, ok := p.asks[q.Kind]
	if !ok {
		return nil, errors.ErrUnsupported
	}
	text := q.Text
	switch q.Kind {
	case peers.Exact:
		text = text[1:]
	case peers.Prefix3, peers.PrefixPair:
		text = match(text)
	}
	rows, err := ask.QueryContext(ctx, text)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err tells
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// match returns the query for words that begin so: `"jo" * "smi" *`.
func match(text string) string {
	var b strings.Builder
	for word := range strings.FieldsSeq(text) {
		b.WriteString(`"` + word + `" * `)
	}
	return b.String()
}
