// Package corpuslog writes the contacts of package corpus to a log as the SCIM
// side stores them, without going through SCIM.
//
// Benchmarks call it that begin with a log that is full. It starts no
// goroutine.
package corpuslog

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/ringdex/ringdex/bench/corpus"
	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/stream"
)

// batchLen is how many contacts are written in one transaction.
const batchLen = 1000

// A Target is where contacts are written to.
type Target struct {
	Log       stream.Log
	Tenant    string
	Directory string         // its id, in place of the corpus's own
	Progress  func(done int) // is told how many contacts are written; nil tells nobody
}

// Write writes all contacts of c. It returns ctx's error if ctx ends first.
func (t Target) Write(ctx context.Context, c corpus.Corpus) error {
	puts := make([]stream.Put, 0, batchLen)
	for i := range c.Size {
		person := c.Contact(i)
		person.DirectoryID = t.Directory
		put, err := UserPut(&person)
		if err != nil {
			return err
		}
		puts = append(puts, put)
		if len(puts) < batchLen && i < c.Size-1 {
			continue
		}
		if _, err := t.Log.Commit(ctx, stream.Tx{Tenant: t.Tenant, Puts: puts}); err != nil {
			return fmt.Errorf("fill the log: %w", err)
		}
		puts = make([]stream.Put, 0, batchLen) // the log keeps what it was given
		if t.Progress != nil {
			t.Progress(i + 1)
		}
	}
	return nil
}

// UserPut returns what the log holds of a contact.
func UserPut(c *contact.Contact) (stream.Put, error) {
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
