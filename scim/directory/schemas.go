package directory

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
	"github.com/ringdex/ringdex/stream"
)

// Limits of the extension schemas of a directory.
const (
	MaxSchemas     = 20        // that a directory may register
	MaxSchemaBytes = 256 << 10 // of one of them as JSON
)

// Types returns the resource types that a directory knows: the built-in ones
// with the extensions that it registered and its aliases. The pointer stays the
// same until one of those changes, so that what is derived from the set can be
// kept with it. A directory that does not exist has the built-in types.
//
// A write that is planned with the set after DirectoryVersion, and checks that
// version, happens only while the directory still has the set: registering a
// schema gives the directory a new version.
func (r *Registry) Types(directoryID string) *schema.Set {
	s := r.state.Load()
	if d, ok := s.directories[directoryID]; ok {
		return d.types
	}
	return s.builtin
}

// Schemas lists the extension schemas that a directory registered, by URN. They
// are read-only.
func (r *Registry) Schemas(tenant, id string) ([]schema.Registration, error) {
	if _, _, err := r.directory(tenant, id); err != nil {
		return nil, err
	}
	return slices.Clone(r.state.Load().schemas[id]), nil
}

// Schema returns the extension schema that a directory registered under a URN,
// in any case, or ErrNotFound.
func (r *Registry) Schema(tenant, id, urn string) (schema.Registration, error) {
	all, err := r.Schemas(tenant, id)
	if err != nil {
		return schema.Registration{}, err
	}
	i := indexSchema(all, urn)
	if i < 0 {
		return schema.Registration{}, fmt.Errorf("schema: %w", ErrNotFound)
	}
	return all[i], nil
}

func indexSchema(all []schema.Registration, urn string) int {
	return slices.IndexFunc(all, func(r schema.Registration) bool { return resource.EqualName(r.Schema.ID, urn) })
}

// PutSchema registers an extension schema with a directory, in place of one with
// its URN, and reports whether it is a new one. What resources hold under the
// URN is not touched: it is read as the new schema defines it, and what that does
// not define is kept and not shown. PutSchema returns ErrNotFound, ErrConflict, a
// *FieldError beyond the limits, or the *schema.Error of Set.Register.
func (r *Registry) PutSchema(ctx context.Context, tenant, id string, reg schema.Registration) (created bool, err error) {
	all, version, err := r.schemas(tenant, id)
	if err != nil {
		return false, err
	}
	value := reg.Document().Append(nil)
	if len(value) > MaxSchemaBytes {
		return false, &FieldError{"schema", fmt.Sprintf("is longer than %d bytes", MaxSchemaBytes)}
	}
	i := indexSchema(all, reg.Schema.ID)
	if i >= 0 && string(all[i].Document().Append(nil)) == string(value) {
		return false, nil
	}
	others := all
	if i >= 0 {
		others = slices.Delete(slices.Clone(all), i, i+1)
	}
	if len(others) >= MaxSchemas {
		return false, &FieldError{"schema", fmt.Sprintf("is one too many: a directory has at most %d", MaxSchemas)}
	}
	if _, err := schema.Default().Register(append(slices.Clone(others), reg)...); err != nil {
		return false, err
	}
	tx := stream.Tx{Puts: []stream.Put{{Key: schemaKey(id, reg.Schema.ID), Value: value}}}
	if err := r.changeSchemas(ctx, tenant, id, version, tx); err != nil {
		return false, fmt.Errorf("register schema: %w", err)
	}
	return i < 0, nil
}

// RemoveSchema takes an extension schema from a directory. What resources hold
// under its URN stays stored and is no longer shown or found, until the schema is
// registered again or the resource is replaced.
func (r *Registry) RemoveSchema(ctx context.Context, tenant, id, urn string) error {
	all, version, err := r.schemas(tenant, id)
	if err != nil {
		return err
	}
	if indexSchema(all, urn) < 0 {
		return fmt.Errorf("schema: %w", ErrNotFound)
	}
	tx := stream.Tx{Deletes: []string{schemaKey(id, urn)}}
	if err := r.changeSchemas(ctx, tenant, id, version, tx); err != nil {
		return fmt.Errorf("remove schema: %w", err)
	}
	return nil
}

// schemas returns a directory's registrations with the version of the directory
// that has them.
func (r *Registry) schemas(tenant, id string) ([]schema.Registration, version, error) {
	s := r.state.Load()
	d, ok := s.directories[id]
	if !ok || d.tenant != tenant {
		return nil, 0, fmt.Errorf("directory: %w", ErrNotFound)
	}
	return s.schemas[id], d.version, nil
}

// changeSchemas commits a change of a directory's schemas, which gives its record
// a new version too: whoever plans a write with the schemas of before loses.
func (r *Registry) changeSchemas(ctx context.Context, tenant, id string, version version, tx stream.Tx) error {
	d, err := r.Directory(tenant, id)
	if err != nil {
		return err
	}
	k := contact.DirectoryKey(id)
	puts, err := encodePuts(object{k, newRecord(d)})
	if err != nil {
		return err
	}
	tx.Tenant, tx.Checks, tx.Puts = tenant, []stream.Check{{Key: k, Version: version}}, append(tx.Puts, puts...)
	_, err = r.commit(ctx, tx)
	return err
}

func schemaKey(dir, urn string) string { return contact.SchemaKey(dir, resource.LowerName(urn)) }

// putDirectory enters or changes a directory.
func (s *state) putDirectory(d directoryEntry) {
	old, ok := s.directories[d.ID]
	d.types = old.types
	if !ok || !maps.Equal(d.Aliases, old.Aliases) {
		d.types = s.typesOf(d.Directory)
	}
	s.directories[d.ID] = d
}

// putSchema enters or replaces a schema of a directory. What a removed directory
// left behind is passed over.
func (s *state) putSchema(tenant, dir string, value []byte) error {
	d, ok := s.directories[dir]
	if !ok || d.tenant != tenant {
		return nil
	}
	doc, err := resource.Parse(value, resource.Limits{})
	if err != nil {
		return fmt.Errorf("%w: schema record: %w", stream.ErrCorrupt, err)
	}
	reg, err := schema.ParseRegistration(doc)
	if err != nil {
		return fmt.Errorf("%w: schema record: %w", stream.ErrCorrupt, err)
	}
	s.setSchemas(dir, func(all []schema.Registration) []schema.Registration {
		return append(without(all, reg.Schema.ID), reg)
	})
	return nil
}

func (s *state) removeSchema(dir, urn string) {
	if _, ok := s.directories[dir]; ok {
		s.setSchemas(dir, func(all []schema.Registration) []schema.Registration { return without(all, urn) })
	}
}

func without(all []schema.Registration, urn string) []schema.Registration {
	return slices.DeleteFunc(slices.Clone(all), func(r schema.Registration) bool { return resource.EqualName(r.Schema.ID, urn) })
}

// setSchemas changes the schemas of a directory that exists.
func (s *state) setSchemas(dir string, change func([]schema.Registration) []schema.Registration) {
	all := change(s.schemas[dir])
	slices.SortFunc(all, func(a, b schema.Registration) int {
		return strings.Compare(resource.LowerName(a.Schema.ID), resource.LowerName(b.Schema.ID))
	})
	if len(all) == 0 {
		delete(s.schemas, dir)
	} else {
		s.schemas[dir] = all
	}
	d := s.directories[dir]
	d.types = s.typesOf(d.Directory)
	s.directories[dir] = d
}

// typesOf builds the types of a directory. A registered schema that can no longer
// be told from a built-in one, which a later release may bring, is left out.
func (s *state) typesOf(d Directory) *schema.Set {
	set := s.builtin
	for _, reg := range s.schemas[d.ID] {
		if next, err := set.Register(reg); err == nil {
			set = next
		}
	}
	if len(d.Aliases) == 0 {
		return set
	}
	if next, err := set.WithAliases("User", d.Aliases); err == nil {
		set = next
	}
	return set
}
