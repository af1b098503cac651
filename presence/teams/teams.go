// Package teams brings the presence of Microsoft Teams into Ringdex: an
// administrator of a Microsoft tenant allows it, once, and from then on it is
// asked for whom somebody watches.
//
// It polls, because Graph gives presence subscriptions to signed-in users only,
// while polling works with what an administrator consents to. Consents leads an
// administrator through sign-in and consent and says which Microsoft tenant
// allowed what; a Client asks Microsoft's token endpoint and Graph; a Poller
// shares the budget of each Microsoft tenant among all directories that belong
// to it, and knows how each of them fares. Where an Account signs in as well, a
// Subscriber has Graph tell of changes in that name, beside the poll.
//
// The package keeps no grant and no account: who has one it asks a Desk and a
// Safe, and what Graph says it gives to a presence.Tracker under the source
// presence.SourceTeams. It has no HTTP handlers. Poller.Run owns two goroutines
// for each Microsoft tenant and one for each request under way; Subscriber.Run
// owns its own. The double of Microsoft's side for tests and
// demonstrations is graphsim.
package teams

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// The errors of App.Check. Their texts continue "the Microsoft app …".
var (
	ErrNoApp      = errors.New("needs a client id, and a client secret or a certificate but not both")
	ErrNoPresence = errors.New("is in the cloud of 21Vianet, where Graph has no presence")
	ErrBadCloud   = errors.New(`must be in the cloud "global", "usgov" or "dod"`)
	ErrBadAddress = errors.New("must be asked at addresses such as https://graph.microsoft.com")
)

// A Cloud is one of Microsoft's clouds: where it signs people in, and where
// its Graph is. Both are addresses without a path.
type Cloud struct {
	Login string
	Graph string
}

// NamedCloud returns a cloud by the name that administrators know: "global",
// which also is that of GCC, "usgov" (GCC High) or "dod". It returns
// ErrNoPresence for "china" and ErrBadCloud for any other.
// Source: learn.microsoft.com/graph/deployments.
func NamedCloud(name string) (Cloud, error) {
	switch strings.ToLower(name) {
	case "", "global":
		return Cloud{"https://login.microsoftonline.com", "https://graph.microsoft.com"}, nil
	case "usgov":
		return Cloud{"https://login.microsoftonline.us", "https://graph.microsoft.us"}, nil
	case "dod":
		return Cloud{"https://login.microsoftonline.us", "https://dod-graph.microsoft.us"}, nil
	case "china":
		return Cloud{}, ErrNoPresence
	}
	return Cloud{}, ErrBadCloud
}

// An App is the operator's app registration with Microsoft: multi-tenant, with
// the application permission Presence.Read.All, with the redirect address of
// the server, and with groupMembershipClaims set to DirectoryRole, so that a
// sign-in tells whether somebody is an administrator.
type App struct {
	ClientID     string
	ClientSecret string
	Certificate  *Certificate // instead of a secret; nil if there is none
	Cloud        Cloud
	Publisher    string // id of the application that sends Graph's notifications; "" is that of the global cloud
}

// Check returns why an app cannot be used, or nil.
func (a App) Check() error {
	if a.ClientID == "" || (a.ClientSecret == "") == (a.Certificate == nil) {
		return ErrNoApp
	}
	for _, address := range []string{a.Cloud.Login, a.Cloud.Graph} {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())) {
			return ErrBadAddress
		}
	}
	return nil
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.Unmap().IsLoopback()
}

// A State says how the presence of a directory is kept current.
type State string

// The states.
const (
	Starting          State = "starting"          // allowed; Microsoft was not asked yet
	Healthy           State = "healthy"           // the last round was answered in full
	Degraded          State = "degraded"          // throttled, unreachable or failing; it is tried again soon
	PermissionMissing State = "permissionMissing" // the app is there but may not read presence
	CredentialProblem State = "credentialProblem" // Microsoft refuses the operator's app: not the customer's fault
	AccessRevoked     State = "accessRevoked"     // the Microsoft tenant took the access back
	SignInEnded       State = "signInEnded"       // of an account: it must sign in again
	Removed           State = "removed"           // access was removed here
)

// A Status is how a directory, or all of a Microsoft tenant, fares.
type Status struct {
	State  State
	Since  time.Time // when the state began
	Detail string    // in plain words; "" when healthy
	LastOK time.Time // when a round was last answered in full; zero if never
	Asked  int       // contacts asked for in the last round
}

// A Fault is why Microsoft did not answer, as the state that comes of it.
type Fault struct {
	State      State
	Detail     string        // in plain words; safe to show, and to log
	RetryAfter time.Duration // what Microsoft asked for; 0: nothing
	RequestID  string        // by which Microsoft's support finds the request; "" if there is none
}

// Error returns the state and the detail.
func (f *Fault) Error() string { return fmt.Sprintf("%s: %s", f.State, f.Detail) }

// NormalID returns a GUID in the form that Graph uses, lower case without
// braces, and false for what is no GUID: the ids of other identity providers.
//
//	NormalID("FA8BF3DC-ECA7-46B7-BAD1-DB199B62AFC3") = "fa8bf3dc-eca7-46b7-bad1-db199b62afc3", true
func NormalID(s string) (string, bool) {
	if len(s) != 36 {
		return "", false
	}
	for i := range len(s) {
		c := s[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return "", false
			}
		default:
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
				return "", false
			}
		}
	}
	return strings.ToLower(s), true
}
