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
	PolicyWarn       = "warn"
	PolicyTolerant   = "tolerant"
	PolicyRemove     = "remove"
	PolicyDeactivate = "deactivate"
)

// PolicyDefault stands in a Draft for the value that the profile of the
// directory's type has.
const PolicyDefault = "default"

// Policies resolve what identity providers disagree about, for one directory.
// Each holds one of the values that Switches lists for it.
type Policies struct {
	PatchResponse         string `json:"patchResponse"`
	NoTarget              string `json:"noTarget"`
	PathSyntax            string `json:"pathSyntax"`
	StringBooleans        string `json:"stringBooleans"`
	UnknownCoreAttributes string `json:"unknownCoreAttributes"`
	UnknownMembers        string `json:"unknownMembers"`
	Groups                string `json:"groups"`
	GroupRename           string `json:"groupRename"`
	MissingPhone          string `json:"missingPhone"`
	InactiveSearchable    string `json:"inactiveSearchable"`
	DiscoveryAuth         string `json:"discoveryAuth"`
	DeleteMode            string `json:"deleteMode"`
}

// A Switch describes one policy.
type Switch struct {
	Name    string
	Values  []string // the first is what most types of directory begin with
	Meaning string   // one line for administrators
	Effects []string // what each of Values does, one line each, in their order

	field func(*Policies) *string
}

// Effect returns what a value of the switch does, in a line for
// administrators, or "" for a value that it does not have.
func (s Switch) Effect(value string) string {
	if i := slices.Index(s.Values, value); i >= 0 {
		return s.Effects[i]
	}
	return ""
}

// Switches lists every policy, in the order in which they are shown.
func Switches() []Switch {
	return append(requestSwitches(), serviceSwitches()...)
}

// Profile returns the policies with which a type of directory begins, and which
// PolicyDefault goes back to.
//
// What Entra ID and Okta send is told apart request by request, so that both
// begin tolerant; they are known to map a telephone number, and a mapping that
// does not is worth a hint. Strict is for clients, and for suites of tests, that
// hold a service to the RFCs: what those do not foresee is refused, and the
// discovery documents are open, as RFC 7643 section 5 wants them.
func Profile(t Type) Policies {
	var p Policies
	for _, s := range Switches() {
		*s.field(&p) = s.Values[0]
	}
	switch t {
	case Entra, Okta:
		p.MissingPhone = PolicyWarn
	case Strict:
		p.NoTarget = PolicyStrict
		p.PathSyntax = PolicyStrict
		p.StringBooleans = PolicyReject
		p.UnknownCoreAttributes = PolicyReject
		p.UnknownMembers = PolicyReject
		p.DiscoveryAuth = PolicyOpen
	case Other:
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
			return &FieldError{"policies." + name, "must be one of " + strings.Join(s.Values, ", ") + ", or " + PolicyDefault}
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

// complete fills policies that did not exist when p was stored, as a directory
// of type t begins with them.
func (p *Policies) complete(t Type) {
	profile := Profile(t)
	for _, s := range Switches() {
		if f := s.field(p); *f == "" {
			*f = *s.field(&profile)
		}
	}
}

func printable(r rune) rune {
	if r < ' ' || r == 0x7f {
		return -1
	}
	return r
}
