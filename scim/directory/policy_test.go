package directory

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/stream"
	"github.com/ringdex/ringdex/stream/memlog"
)

func TestEveryValueOfASwitchIsExplainedInALine(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range Switches() {
		if len(s.Effects) != len(s.Values) || s.Meaning == "" || seen[s.Name] {
			t.Fatalf("%s: %d values, %d effects", s.Name, len(s.Values), len(s.Effects))
		}
		seen[s.Name] = true
		for _, v := range s.Values {
			line := s.Effect(v)
			if line == "" || len(line) > 110 || strings.Contains(line, "\n") || seen[line] || v == PolicyDefault {
				t.Errorf("%s=%s is explained as %q", s.Name, v, line)
			}
			seen[line] = true
		}
		if got := s.Effect("nothing"); got != "" {
			t.Errorf("%s=nothing is explained as %q", s.Name, got)
		}
	}
	var p Policies
	text, err := json.Marshal(p)
	if err != nil || strings.Count(string(text), `:""`) != len(Switches()) {
		t.Errorf("policies without a switch: %s, %v", text, err)
	}
}

func TestProfilesDifferWhereTheirClientsDo(t *testing.T) {
	tolerant := Policies{
		PatchResponse: "auto", NoTarget: "create", PathSyntax: "tolerant", StringBooleans: "coerce", UnknownCoreAttributes: "ignore", UnknownMembers: "keep",
		Groups: "full", GroupRename: "apply", MissingPhone: "accept", InactiveSearchable: "no", DiscoveryAuth: "required", DeleteMode: "remove",
	}
	mapped := tolerant
	mapped.MissingPhone = "warn"
	for typ, want := range map[Type]Policies{Entra: mapped, Okta: mapped, Other: tolerant, Strict: {
		PatchResponse: "auto", NoTarget: "strict", PathSyntax: "strict", StringBooleans: "reject", UnknownCoreAttributes: "reject", UnknownMembers: "reject",
		Groups: "full", GroupRename: "apply", MissingPhone: "accept", InactiveSearchable: "no", DiscoveryAuth: "open", DeleteMode: "remove",
	}} {
		if d := cmp.Diff(want, Profile(typ)); d != "" {
			t.Errorf("%s (-want +got):\n%s", typ, d)
		}
	}
	r, _ := start(t, memlog.New(), Config{})
	for _, typ := range Types() {
		if d := addDirectory(t, r, Draft{Type: &typ}); d.Type != typ || d.Policies != Profile(typ) {
			t.Errorf("a directory of type %s begins with %+v", typ, d.Policies)
		}
	}
}

func TestSwitchGoesBackToItsProfile(t *testing.T) {
	r, _ := start(t, memlog.New(), Config{})
	ctx := t.Context()
	d := addDirectory(t, r, Draft{Type: new(Strict), Policies: map[string]string{"noTarget": "create", "groups": "updateOnly", "unknownMembers": "default"}})
	set := func(name, value string) (Policies, error) {
		got, err := r.ChangeDirectory(ctx, DefaultTenant, d.ID, Draft{Policies: map[string]string{name: value}})
		return got.Policies, err
	}
	got, err := set("noTarget", PolicyDefault)
	if err != nil || got.NoTarget != PolicyStrict || got.Groups != PolicyUpdateOnly || got.UnknownMembers != PolicyReject {
		t.Errorf("after the default was asked for: %+v, %v", got, err)
	}
	var f *FieldError
	if _, err := set("nothing", PolicyDefault); !errors.As(err, &f) || f.Field != "policies.nothing" {
		t.Errorf("default of nothing: %v", err)
	}
	for name, value := range map[string]string{"deleteMode": "deactivate", "missingPhone": "warn", "pathSyntax": "strict"} {
		if got, err := set(name, value); err != nil || got.Get(name) != value {
			t.Errorf("%s=%s gives %q, %v", name, value, got.Get(name), err)
		}
	}
}

// TestOldDirectoriesGetNewSwitchesFromTheirProfile opens records from before
// some of the switches.
func TestOldDirectoriesGetNewSwitchesFromTheirProfile(t *testing.T) {
	log := memlog.New()
	tx := stream.Tx{Tenant: DefaultTenant, Puts: []stream.Put{
		{Key: contact.DirectoryKey("s"), Value: []byte(`{"id":"s","name":"S","type":"strict","policies":{"noTarget":"create"}}`)},
		{Key: contact.DirectoryKey("o"), Value: []byte(`{"id":"o","name":"O","type":"other","policies":{"missingPhone":"reject"}}`)},
	}}
	if _, err := log.Commit(t.Context(), tx); err != nil {
		t.Fatal(err)
	}
	r, _ := start(t, log, Config{})
	for id, want := range map[string]Policies{"s": Profile(Strict), "o": Profile(Other)} {
		d, err := r.Directory(DefaultTenant, id)
		if err != nil {
			t.Fatal(err)
		}
		want.NoTarget, want.MissingPhone = PolicyCreate, map[string]string{"s": PolicyAccept, "o": PolicyReject}[id]
		if diff := cmp.Diff(want, d.Policies); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
}
