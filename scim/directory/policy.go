package directory

import (
	"slices"
	"strings"
)

// Values of the policies. PolicyYes and PolicyNo serve all switches.
const (
	PolicyYes        = "yes"
	PolicyNo         = "no"
	PolicyAuto       = "auto"
	PolicyResource   = "resource"
	PolicyNoContent  = "noContent"
	PolicyCreate     = "create"
	PolicyStrict     = "strict"
	PolicyCoerce     = "coerce"
	PolicyReject     = "reject"
	PolicyIgnore     = "ignore"
	PolicyKeep       = "keep"
	PolicySkip       = "skip"
	PolicyFull       = "full"
	PolicyUpdateOnly = "updateOnly"
	PolicyApply      = "apply"
	PolicyAccept     = "accept"
	PolicyRequired   = "required"
	PolicyOpen       = "open"
)

// Policies resolve what identity providers disagree about, for one directory.
// Each holds one of the values that Switches lists for it.
type Policies struct {
	PatchResponse         string `json:"patchResponse"`
	NoTarget              string `json:"noTarget"`
	StringBooleans        string `json:"stringBooleans"`
	UnknownCoreAttributes string `json:"unknownCoreAttributes"`
	UnknownMembers        string `json:"unknownMembers"`
	Groups                string `json:"groups"`
	GroupRename           string `json:"groupRename"`
	MissingPhone          string `json:"missingPhone"`
	InactiveSearchable    string `json:"inactiveSearchable"`
	DiscoveryAuth         string `json:"discoveryAuth"`
}

// A Switch describes one policy.
type Switch struct {
	Name    string
	Values  []string // the first is the default
	Meaning string   // one line for administrators

	field func(*Policies) *string
}

// Switches lists every policy, in the order in which they are shown.
func Switches() []Switch {
	return []Switch{
		{
			"patchResponse",
			[]string{PolicyAuto, PolicyResource, PolicyNoContent},
			"what a PATCH answers: auto is 200 with the resource for users and 204 for groups",
			func(p *Policies) *string { return &p.PatchResponse },
		},
		{
			"noTarget",
			[]string{PolicyCreate, PolicyStrict},
			"a PATCH path whose filter matches nothing creates the element, or is refused with noTarget",
			func(p *Policies) *string { return &p.NoTarget },
		},
		{
			"stringBooleans",
			[]string{PolicyCoerce, PolicyReject},
			`"True" and "false" sent as strings are read as booleans, or refused`,
			func(p *Policies) *string { return &p.StringBooleans },
		},
		{
			"unknownCoreAttributes",
			[]string{PolicyIgnore, PolicyReject},
			"attributes that no schema knows are dropped with a hint, or refused",
			func(p *Policies) *string { return &p.UnknownCoreAttributes },
		},
		{
			"unknownMembers",
			[]string{PolicyKeep, PolicySkip, PolicyReject},
			"group members that do not exist yet are kept until they do, dropped, or refused",
			func(p *Policies) *string { return &p.UnknownMembers },
		},
		{
			"groups",
			[]string{PolicyFull, PolicyUpdateOnly},
			"groups may be created and deleted over SCIM, or only changed",
			func(p *Policies) *string { return &p.Groups },
		},
		{
			"groupRename",
			[]string{PolicyApply, PolicyIgnore},
			"a change of a group's displayName is applied, or answered with success and ignored",
			func(p *Policies) *string { return &p.GroupRename },
		},
		{
			"missingPhone",
			[]string{PolicyAccept, PolicyReject},
			"people without a phone number are accepted, or refused",
			func(p *Policies) *string { return &p.MissingPhone },
		},
		{
			"inactiveSearchable",
			[]string{PolicyNo, PolicyYes},
			"deactivated people leave lookups and search at once, or stay in them",
			func(p *Policies) *string { return &p.InactiveSearchable },
		},
		{
			"discoveryAuth",
			[]string{PolicyRequired, PolicyOpen},
			"the SCIM discovery documents need the token, or can be read without it",
			func(p *Policies) *string { return &p.DiscoveryAuth },
		},
	}
}

// Profile returns the policies that suit a type of directory. All types begin
// with the same tolerant ones today; what differs between clients is told
// apart by what they send.
func Profile(_ Type) Policies {
	var p Policies
	for _, s := range Switches() {
		*s.field(&p) = s.Values[0]
	}
	return p
}

// Set gives a policy a value. It returns a *FieldError for an unknown policy
// or value, naming those that exist.
func (p *Policies) Set(name, value string) error {
	for _, s := range Switches() {
		if s.Name != name {
			continue
		}
		if !slices.Contains(s.Values, value) {
			return &FieldError{"policies." + name, "must be one of " + strings.Join(s.Values, ", ")}
		}
		*s.field(p) = value
		return nil
	}
	names := make([]string, 0, 16)
	for _, s := range Switches() {
		names = append(names, s.Name)
	}
	return &FieldError{"policies." + strings.Map(printable, name), "is not a policy; there are " + strings.Join(names, ", ")}
}

// Get returns the value of a policy, or "" if there is none of that name.
func (p *Policies) Get(name string) string {
	for _, s := range Switches() {
		if s.Name == name {
			return *s.field(p)
		}
	}
	return ""
}

// complete fills policies that did not exist when p was stored.
func (p *Policies) complete() {
	for _, s := range Switches() {
		if f := s.field(p); *f == "" {
			*f = s.Values[0]
		}
	}
}

func printable(r rune) rune {
	if r < ' ' || r == 0x7f {
		return -1
	}
	return r
}
