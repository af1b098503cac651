package scimload

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/ringdex/ringdex/bench/measure"
	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/stream"
	"github.com/ringdex/ringdex/stream/pebblelog"
)

// The log and Pebble alone take turns this often, with this many commits each.
const (
	commitRounds   = 5
	commitsOfRound = 20_000
)

// commits measures the log alone and Pebble alone with the transactions by
// which users are created: what SCIM stores of one, the claims on its names and
// the preconditions.
func (l *load) commits(ctx context.Context, folder string) (err error) {
	log, err := pebblelog.Open(ctx, pebblelog.Config{Dir: filepath.Join(folder, "log")})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	bare, err := pebblelog.OpenBare(filepath.Join(folder, "pebble"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, bare.Close()) }()
	dir, err := log.Commit(ctx, stream.Tx{Tenant: commitTenant, Puts: []stream.Put{{Key: contact.DirectoryKey(commitDirectory)}}})
	if err != nil {
		return err
	}
	txs := make([]stream.Tx, min(len(l.cast.users), commitsOfRound))
	stored := make([]stream.Tx, len(txs))
	for i := range txs {
		txs[i] = createTx(&l.cast.users[i], dir.Seq)
		stored[i] = bare.Stored(txs[i])
	}
	result, pebble, err := l.bench.Against(ctx, commitRounds,
		measure.Phase{Names: []string{"log_commit"}, Ops: len(txs), Workers: l.cfg.Clients, Do: func(ctx context.Context, _, op int) (time.Duration, error) {
			tx := numbered(&txs[op%len(txs)], op)
			start := time.Now()
			_, err := log.Commit(ctx, tx)
			return time.Since(start), err
		}},
		measure.Phase{Names: []string{"pebble_commit"}, Ops: len(txs), Workers: l.cfg.Clients, Do: func(_ context.Context, _, op int) (time.Duration, error) {
			tx := numbered(&stored[op%len(stored)], op)
			start := time.Now()
			err := bare.Commit(tx)
			return time.Since(start), err
		}})
	if err != nil {
		return err
	}
	result.Goal = &measure.Goal{PerSecond: 50_000}
	l.report.Results = append(l.report.Results, result, pebble)
	return nil
}

const (
	commitTenant    = "default"
	commitDirectory = "00000000000000000000000000000000"
)

// createTx returns the transaction by which SCIM creates a user, with keys that
// numbered completes.
func createTx(u *user, directory stream.Seq) stream.Tx {
	value := contact.AppendUser(nil, &contact.User{Contact: contact.Contact{
		ID: numberedID, DirectoryID: commitDirectory, ExternalID: u.externalID, UserName: u.userName, Active: true,
		Emails: []contact.Email{{Type: "work", Value: u.mail, Primary: true}},
	}, Body: u.body})
	claim := contact.UserNameKey(commitDirectory, u.userName)
	return stream.Tx{
		Tenant: commitTenant,
		Checks: []stream.Check{{Key: contact.DirectoryKey(commitDirectory), Version: directory}},
		Absent: []string{contact.UserKey(commitDirectory, numberedID), claim},
		Puts: []stream.Put{
			{Key: contact.UserKey(commitDirectory, numberedID), Value: value},
			{Key: contact.ExternalIDKey(commitDirectory, contact.KindUser, u.externalID, numberedID)},
			{Key: claim, Value: []byte(numberedID)},
		},
	}
}

// numberedID stands in keys for an id of its form that ends in a number.
const numberedID = "01900000-0000-7000-8000-############"

// numbered returns tx with keys of its own, as if it were about another user.
// The ids ascend as those of version 7 do.
func numbered(tx *stream.Tx, n int) stream.Tx {
	id := fmt.Sprintf("%s%012d", numberedID[:24], n)
	own := func(key string) string {
		if strings.Contains(key, numberedID) {
			return strings.Replace(key, numberedID, id, 1)
		}
		return key + id[24:]
	}
	out := stream.Tx{Tenant: tx.Tenant, Checks: tx.Checks, Absent: make([]string, len(tx.Absent)), Puts: make([]stream.Put, len(tx.Puts))}
	for i, key := range tx.Absent {
		out.Absent[i] = own(key)
	}
	for i, p := range tx.Puts {
		out.Puts[i] = stream.Put{Key: own(p.Key), Value: p.Value}
	}
	return out
}
