package indexload

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ringdex/ringdex/bench/corpus"
	"github.com/ringdex/ringdex/bench/corpuslog"
	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/stream"
	"github.com/ringdex/ringdex/stream/pebblelog"
)

// tenantID is the tenant of everything.
const tenantID = "default"

// fill writes the corpus to a log as the SCIM side stores it.
func (l *load) fill(ctx context.Context) (err error) {
	log, err := pebblelog.Open(ctx, pebblelog.Config{Dir: l.logFolder()})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	directory, err := json.Marshal(contact.Directory{ID: corpus.DirectoryID, Name: "Corpus", DefaultRegion: corpus.Region})
	if err != nil {
		return err
	}
	if err := commit(ctx, log, contact.SystemTenant, []stream.Put{{Key: contact.TenantKey(tenantID), Value: []byte("{}")}}); err != nil {
		return err
	}
	if err := commit(ctx, log, tenantID, []stream.Put{{Key: contact.DirectoryKey(corpus.DirectoryID), Value: directory}}); err != nil {
		return err
	}
	if err := l.fillRanges(ctx, log); err != nil {
		return err
	}
	return l.fillUsers(ctx, log)
}

func (l *load) fillUsers(ctx context.Context, log stream.Log) error {
	set, end := l.step("fill", l.corpus.Size)
	defer end()
	t := corpuslog.Target{Log: log, Tenant: tenantID, Directory: corpus.DirectoryID, Progress: set}
	return t.Write(ctx, l.corpus)
}

func commit(ctx context.Context, log stream.Log, tenant string, puts []stream.Put) error {
	if _, err := log.Commit(ctx, stream.Tx{Tenant: tenant, Puts: puts}); err != nil {
		return fmt.Errorf("fill the log: %w", err)
	}
	return nil
}
