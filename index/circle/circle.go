// Package circle knows whom an agent deals with: the favourites that the agent
// chose, which a Store keeps in the log, and those the agent talked to of late,
// which a Calls counts in memory. A search of the agent's shows these people
// before others who match equally well.
//
// Agents are the ids that /v1/calls names; nothing is known of them here. What
// is counted is lost at a restart and grows again with the first calls. The
// package speaks no HTTP and starts no goroutine.
package circle

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/stream"
)

// MaxFavourites is how many favourites an agent may have, and MaxAgentBytes how
// long the id of an agent may be.
const (
	MaxFavourites = 200
	MaxAgentBytes = 256
	maxIDBytes    = 64
)

// A FieldError says which field was refused and why. Both are safe to show.
type FieldError struct {
	Field  string // "contacts[2]"
	Reason string // "is longer than …"
}

// Error returns "field reason".
func (e *FieldError) Error() string { return e.Field + " " + e.Reason }

// favourites is the stored form.
type favourites struct {
	Contacts []contact.ID `json:"contacts"`
}

// A Store keeps favourites in the log. Methods are safe for concurrent use.
type Store struct {
	Log stream.Log
}

// Favourites returns an agent's favourites in the order of their rank; empty if
// there are none.
func (s *Store) Favourites(tenant, agent string) ([]contact.ID, error) {
	view, err := s.Log.View()
	if err != nil {
		return nil, err
	}
	defer view.Close() //nolint:errcheck // a view that was only read
	e, err := view.Get(tenant, contact.FavouritesKey(agent))
	if errors.Is(err, stream.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var f favourites
	if err := json.Unmarshal(e.Value, &f); err != nil {
		return nil, fmt.Errorf("%w: favourites: %w", stream.ErrCorrupt, err)
	}
	return f.Contacts, nil
}

// SetFavourites replaces an agent's favourites; none removes the record. A
// contact need not exist, or not any longer: it is then found by no search. It
// returns a *FieldError.
func (s *Store) SetFavourites(ctx context.Context, tenant, agent string, contacts []contact.ID) error {
	if err := checkAgent(agent); err != nil {
		return err
	}
	if len(contacts) > MaxFavourites {
		return &FieldError{"contacts", fmt.Sprintf("has %d elements; %d are allowed", len(contacts), MaxFavourites)}
	}
	for i, id := range contacts {
		switch {
		case id == "" || len(id) > maxIDBytes:
			return &FieldError{fmt.Sprintf("contacts[%d]", i), "is not the id of a contact"}
		case slices.Contains(contacts[:i], id):
			return &FieldError{fmt.Sprintf("contacts[%d]", i), "stands there twice"}
		}
	}
	key := contact.FavouritesKey(agent)
	tx := stream.Tx{Tenant: tenant, Deletes: []string{key}}
	if len(contacts) > 0 {
		value, err := json.Marshal(favourites{contacts})
		if err != nil {
			return err
		}
		tx = stream.Tx{Tenant: tenant, Puts: []stream.Put{{Key: key, Value: value}}}
	}
	_, err := s.Log.Commit(ctx, tx)
	return err
}

func checkAgent(agent string) error {
	if agent == "" || len(agent) > MaxAgentBytes {
		return &FieldError{"agent", fmt.Sprintf("must have 1 to %d bytes", MaxAgentBytes)}
	}
	return nil
}
