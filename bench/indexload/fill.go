package indexload

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ringdex/ringdex/bench/corpus"
	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/stream"
	"github.com/ringdex/ringdex/stream/pebblelog"
)

// tenantID is the tenant of everything.
const tenantID = "default"

// fillBatch is how many contacts are written in one transaction.
const fillBatch = 1000

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
	puts := make([]stream.Put, 0, fillBatch)
	for i := range l.corpus.Size {
		c := l.corpus.Contact(i)
		put, err := userPut(&c)
		if err != nil {
			return err
		}
		puts = append(puts, put)
		if len(puts) < fillBatch && i < l.corpus.Size-1 {
			continue
		}
		if err := commit(ctx, log, tenantID, puts); err != nil {
			return err
		}
		puts = make([]stream.Put, 0, fillBatch) // the log keeps what it was given
		set(i + 1)
	}
	return nil
}

func commit(ctx context.Context, log stream.Log, tenant string, puts []stream.Put) error {
	if _, err := log.Commit(ctx, stream.Tx{Tenant: tenant, Puts: puts}); err != nil {
		return fmt.Errorf("fill the log: %w", err)
	}
	return nil
}

// userPut returns what the log holds of a contact.
func userPut(c *contact.Contact) (stream.Put, error) {
	body, err := json.Marshal(resourceOf(c))
	if err != nil {
		return stream.Put{}, err
	}
	value := contact.AppendUser(nil, &contact.User{Contact: *c, Body: body})
	return stream.Put{Key: contact.UserKey(c.DirectoryID, c.ID), Value: value}, nil
}

// A resource is a contact as SCIM sends it, so that reading the log back reads
// as much as it does from a real one.
type (
	resource struct {
		Schemas     []string `json:"schemas"`
		ExternalID  string   `json:"externalId"`
		UserName    string   `json:"userName"`
		Active      bool     `json:"active"`
		DisplayName string   `json:"displayName"`
		Emails      []value  `json:"emails,omitempty"`
		Name        name     `json:"name"`
		Title       string   `json:"title,omitempty"`
		Language    string   `json:"preferredLanguage"`
		Phones      []value  `json:"phoneNumbers,omitempty"`
		Enterprise  work     `json:"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"`
	}
	value struct {
		Primary bool   `json:"primary,omitempty"`
		Type    string `json:"type"`
		Value   string `json:"value"`
	}
	name struct {
		Formatted string `json:"formatted"`
		Family    string `json:"familyName"`
		Given     string `json:"givenName"`
	}
	work struct {
		Company    string `json:"organization,omitempty"`
		Department string `json:"department,omitempty"`
	}
)

func resourceOf(c *contact.Contact) resource {
	r := resource{
		Schemas:    []string{"urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"},
		ExternalID: c.ExternalID, UserName: c.UserName, Active: c.Active, DisplayName: c.DisplayName,
		Name:  name{c.GivenName + " " + c.FamilyName, c.FamilyName, c.GivenName},
		Title: c.Title, Language: "en-" + corpus.Region, Enterprise: work{c.Company, c.Department},
	}
	for _, m := range c.Emails {
		r.Emails = append(r.Emails, value{m.Primary, m.Type, m.Value})
	}
	for _, n := range c.Numbers {
		r.Phones = append(r.Phones, value{n.Primary, n.Type, n.Raw})
	}
	return r
}
