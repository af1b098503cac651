package directory

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
	"github.com/ringdex/ringdex/stream"
	"github.com/ringdex/ringdex/stream/memlog"
)

const badgeURN = "urn:example:params:scim:schemas:extension:Badge:2.0:User"

// registration reads a schema with these attributes, as JSON.
func registration(t *testing.T, urn, attributes string) schema.Registration {
	t.Helper()
	doc, err := resource.Parse([]byte(`{"id":"`+urn+`","attributes":[`+attributes+`]}`), resource.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	reg, err := schema.ParseRegistration(doc)
	if err != nil {
		t.Fatal(err)
	}
	return reg
}

func addDirectory(t *testing.T, r *Registry, dr Draft) Directory {
	t.Helper()
	dr.Name = new("d")
	d, _, err := r.AddDirectory(t.Context(), DefaultTenant, dr)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// knows tells whether users of a directory have an attribute.
func knows(r *Registry, dir, name string) bool {
	_, err := r.Types(dir).Type("User").Resolve(name)
	return err == nil
}

func TestRegisteredSchemaIsKnownUntilItIsRemoved(t *testing.T) {
	log := memlog.New()
	r, stop := start(t, log, Config{})
	ctx := t.Context()
	d, other := addDirectory(t, r, Draft{}), addDirectory(t, r, Draft{})
	reg := registration(t, badgeURN, `{"name":"serial"}`)
	if created, err := r.PutSchema(ctx, DefaultTenant, d.ID, reg); err != nil || !created {
		t.Fatalf("PutSchema = %v, %v", created, err)
	}
	if !knows(r, d.ID, badgeURN+":serial") || knows(r, other.ID, badgeURN+":serial") {
		t.Error("the schema is not that of its directory alone")
	}
	stop()
	r, _ = start(t, log, Config{})
	got, err := r.Schema(DefaultTenant, d.ID, strings.ToUpper(badgeURN))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(reg, got); diff != "" || !knows(r, d.ID, "serial") {
		t.Errorf("after a restart (-want +got):\n%s", diff)
	}
	narrow := registration(t, strings.ToLower(badgeURN), `{"name":"level","type":"integer"}`)
	if created, err := r.PutSchema(ctx, DefaultTenant, d.ID, narrow); err != nil || created {
		t.Fatalf("replacing: PutSchema = %v, %v", created, err)
	}
	all, err := r.Schemas(DefaultTenant, d.ID)
	if err != nil || len(all) != 1 || knows(r, d.ID, "serial") || !knows(r, d.ID, "level") {
		t.Errorf("after it was replaced: %d schemas, %v", len(all), err)
	}
	if err := r.RemoveSchema(ctx, DefaultTenant, d.ID, badgeURN); err != nil {
		t.Fatal(err)
	}
	if knows(r, d.ID, "level") || r.Types(d.ID) != r.Types(other.ID) {
		t.Error("a removed schema is still known")
	}
	for _, err := range []error{r.RemoveSchema(ctx, DefaultTenant, d.ID, badgeURN), second(r.Schema(DefaultTenant, d.ID, badgeURN))} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("without the schema: %v", err)
		}
	}
}

func TestTypesStayTheSameUntilTheyChange(t *testing.T) {
	r, _ := start(t, memlog.New(), Config{})
	ctx := t.Context()
	d := addDirectory(t, r, Draft{})
	if r.Types(d.ID) != r.Types("nothing") || r.Types(d.ID).Type("User") == nil {
		t.Error("a new directory does not share the built-in types")
	}
	last := r.Types(d.ID)
	for _, step := range []struct {
		what    string
		do      func() error
		changes bool
	}{
		{"a schema", func() error {
			return second(r.PutSchema(ctx, DefaultTenant, d.ID, registration(t, badgeURN, `{"name":"a"}`)))
		}, true},
		{"the same again", func() error {
			return second(r.PutSchema(ctx, DefaultTenant, d.ID, registration(t, badgeURN, `{"name":"a"}`)))
		}, false},
		{"a name", func() error { return second(r.ChangeDirectory(ctx, DefaultTenant, d.ID, Draft{Name: new("n")})) }, false},
		{"a policy", func() error {
			return second(r.ChangeDirectory(ctx, DefaultTenant, d.ID, Draft{Policies: map[string]string{"noTarget": "strict"}}))
		}, false},
		{"another directory", func() error {
			return second(r.PutSchema(ctx, DefaultTenant, addDirectory(t, r, Draft{}).ID, registration(t, badgeURN, `{"name":"b"}`)))
		}, false},
		{"an alias", func() error {
			return second(r.ChangeDirectory(ctx, DefaultTenant, d.ID, Draft{Aliases: map[string]string{"phoneNumberss": "phoneNumbers"}}))
		}, true},
		{"another schema", func() error {
			return second(r.PutSchema(ctx, DefaultTenant, d.ID, registration(t, badgeURN, `{"name":"c"}`)))
		}, true},
	} {
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.what, err)
		}
		if now := r.Types(d.ID); (now != last) != step.changes {
			t.Errorf("%s changed the types: %v", step.what, now != last)
		}
		last = r.Types(d.ID)
	}
	if !knows(r, d.ID, "c") || !knows(r, d.ID, "phoneNumberss.value") {
		t.Error("the types lack what was added first")
	}
}

// TestWritePlannedWithOldSchemasLoses shows why a write may be planned with
// Types: it checks the directory's version.
func TestWritePlannedWithOldSchemasLoses(t *testing.T) {
	log := memlog.New()
	r, _ := start(t, log, Config{})
	d := addDirectory(t, r, Draft{})
	if _, err := r.PutSchema(t.Context(), DefaultTenant, d.ID, registration(t, badgeURN, `{"name":"a"}`)); err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(context.Context) error{
		"replaced": func(ctx context.Context) error {
			return second(r.PutSchema(ctx, DefaultTenant, d.ID, registration(t, badgeURN, `{"name":"b"}`)))
		},
		"removed": func(ctx context.Context) error { return r.RemoveSchema(ctx, DefaultTenant, d.ID, badgeURN) },
	} {
		before, version, err := r.DirectoryVersion(DefaultTenant, d.ID)
		if err != nil {
			t.Fatal(err)
		}
		if err := change(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, err = log.Commit(t.Context(), stream.Tx{
			Tenant: DefaultTenant, Checks: []stream.Check{{Key: contact.DirectoryKey(d.ID), Version: version}},
			Puts: []stream.Put{{Key: contact.UserKey(d.ID, "u"), Value: []byte("x")}},
		})
		if !errors.Is(err, stream.ErrConflict) {
			t.Errorf("a write planned before a schema was %s: %v", what, err)
		}
		after, err := r.Directory(DefaultTenant, d.ID)
		if diff := cmp.Diff(before, after); err != nil || diff != "" {
			t.Errorf("the directory changed with its schema: %v\n%s", err, diff)
		}
	}
}

func TestRefusedSchemasChangeNothing(t *testing.T) {
	log := memlog.New()
	r, _ := start(t, log, Config{})
	ctx := t.Context()
	d := addDirectory(t, r, Draft{})
	b, _, err := r.AddTenant(ctx, "B")
	if err != nil {
		t.Fatal(err)
	}
	for i := range MaxSchemas {
		if _, err := r.PutSchema(ctx, DefaultTenant, d.ID, registration(t, fmt.Sprintf("urn:example:s%d:User", i), `{"name":"a"}`)); err != nil {
			t.Fatal(err)
		}
	}
	before := log.Applied()
	long := `{"name":"a","description":"` + strings.Repeat("x", 1900) + `"}`
	for i := range 199 {
		long += fmt.Sprintf(`,{"name":"a%d","description":"%s"}`, i, strings.Repeat("x", 1900))
	}
	var field *FieldError
	var id *schema.Error
	for what, is := range map[string]func() bool{
		"one too many": func() bool {
			return errors.As(second(r.PutSchema(ctx, DefaultTenant, d.ID, registration(t, badgeURN, `{"name":"a"}`))), &field)
		},
		"too long": func() bool {
			return errors.As(second(r.PutSchema(ctx, DefaultTenant, d.ID, registration(t, "urn:example:s1:User", long))), &field)
		},
		"built in": func() bool {
			return errors.As(second(r.PutSchema(ctx, DefaultTenant, addDirectory(t, r, Draft{}).ID, registration(t, schema.EnterpriseURN, `{"name":"a"}`))), &id)
		},
		"another tenant's put": func() bool {
			return errors.Is(second(r.PutSchema(ctx, b.ID, d.ID, registration(t, badgeURN, `{"name":"a"}`))), ErrNotFound)
		},
		"another tenant's get":    func() bool { return errors.Is(second(r.Schema(b.ID, d.ID, "urn:example:s1:User")), ErrNotFound) },
		"another tenant's list":   func() bool { return errors.Is(second(r.Schemas(b.ID, d.ID)), ErrNotFound) },
		"another tenant's remove": func() bool { return errors.Is(r.RemoveSchema(ctx, b.ID, d.ID, "urn:example:s1:User"), ErrNotFound) },
	} {
		if !is() {
			t.Errorf("%s was not refused as it should be", what)
		}
	}
	all, err := r.Schemas(DefaultTenant, d.ID)
	if err != nil || len(all) != MaxSchemas {
		t.Errorf("%d schemas, %v", len(all), err)
	}
	if log.Applied() != before+1 { // the directory that one of them needed
		t.Errorf("%d transactions were written", log.Applied()-before)
	}
}

func TestSchemasGoWithTheirDirectory(t *testing.T) {
	log := memlog.New()
	r, _ := start(t, log, Config{})
	d := addDirectory(t, r, Draft{})
	if _, err := r.PutSchema(t.Context(), DefaultTenant, d.ID, registration(t, badgeURN, `{"name":"a"}`)); err != nil {
		t.Fatal(err)
	}
	if err := r.RemoveDirectory(t.Context(), DefaultTenant, d.ID); err != nil {
		t.Fatal(err)
	}
	if knows(r, d.ID, "a") {
		t.Error("the schema outlived its directory")
	}
	waitFor(t, log, func(v stream.View) bool {
		for e, err := range v.Scan(DefaultTenant, contact.KindSchema.Prefix(), "") {
			return err == nil && e.Key == ""
		}
		return true
	})
}

func TestSchemaRecordThatIsNoSchemaStopsTheRegistry(t *testing.T) {
	log := memlog.New()
	r, stop := start(t, log, Config{})
	d := addDirectory(t, r, Draft{})
	stop()
	for _, value := range []string{"{", `{"id":"x"}`} {
		tx := stream.Tx{Tenant: DefaultTenant, Puts: []stream.Put{{Key: contact.SchemaKey(d.ID, "urn:x:y"), Value: []byte(value)}}}
		if _, err := log.Commit(t.Context(), tx); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(t.Context(), log, Config{}); !errors.Is(err, stream.ErrCorrupt) {
			t.Errorf("record %s: %v", value, err)
		}
	}
}

func TestAliasesAreMergedAndChecked(t *testing.T) {
	log := memlog.New()
	r, stop := start(t, log, Config{})
	d := addDirectory(t, r, Draft{Aliases: map[string]string{"phoneNumberss": "PHONENUMBERS", "jobTitle": "title"}})
	change := func(aliases map[string]string) (Directory, error) {
		return r.ChangeDirectory(t.Context(), DefaultTenant, d.ID, Draft{Aliases: aliases})
	}
	if _, err := change(map[string]string{"JOBTITLE": "", "mail": "emails"}); err != nil {
		t.Fatal(err)
	}
	stop()
	r, _ = start(t, log, Config{})
	got, err := r.Directory(DefaultTenant, d.ID)
	if diff := cmp.Diff(map[string]string{"phoneNumberss": "phoneNumbers", "mail": "emails"}, got.Aliases); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if !knows(r, d.ID, "mail") || knows(r, d.ID, "jobTitle") {
		t.Error("after a restart the aliases are others")
	}
	many := map[string]string{}
	for i := range maxAliases {
		many[fmt.Sprintf("title%d", i)] = "title"
	}
	for want, aliases := range map[string]map[string]string{
		"aliases.title":  {"title": "displayName"},
		"aliases.ID":     {"ID": "userName"},
		"aliases.(name)": {"a b": "title"},
		"aliases.a.b":    {"a.b": "title"},
		"aliases.x":      {"x": "nothing"},
		"aliases":        many,
	} {
		_, err := change(aliases)
		var f *FieldError
		if !errors.As(err, &f) || f.Field != want {
			t.Errorf("aliases %.60v: %v; want an error about %s", aliases, err, want)
		}
	}
}
