package contact

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// A Kind says what a key of the log holds. It is the key's first byte.
type Kind byte

// The kinds of keys. Directory, User, Group, Member, Site and Range are read by
// the index; Claim belongs to whoever writes sites and ranges, Favourites to package circle, and
// the others to the SCIM side alone.
const (
	KindDirectory  Kind = 'd' // d/dir                     directory record, JSON
	KindUser       Kind = 'u' // u/dir/id                  User
	KindGroup      Kind = 'g' // g/dir/id                  Group
	KindMember     Kind = 'm' // m/dir/group/member        the member element as sent
	KindMemberOf   Kind = 'r' // r/dir/member/group        the same edge, the other way round
	KindMembers    Kind = 'v' // v/dir/group               touched when the members change
	KindUserName   Kind = 'n' // n/dir/prepared userName   → user id; unique
	KindGroupName  Kind = 'c' // c/dir/folded displayName  → group id; unique
	KindExternalID Kind = 'x' // x/dir/type/externalId/id  not unique
	KindSchema     Kind = 'e' // e/dir/urn in lower case   extension schema of a directory, JSON
	KindExact      Kind = 'y' // y/dir/digest of attribute and value/id  not unique
	KindUnique     Kind = 'q' // q/dir/digest of kind, attribute and value  → id of the user or group; unique
	KindCredential Kind = 'k' // k/id                      API key or SCIM token, JSON
	KindClient     Kind = 'o' // o/dir/id                  OAuth client, JSON
	KindAssertion  Kind = 'j' // j/dir/client/digest       a client assertion that was used, JSON; unique
	KindPresence   Kind = 'p' // p/dir/provider            how a provider of presence is connected, JSON
	KindRemoved    Kind = 'z' // z/dir                     a removed directory whose keys are still being deleted
	KindTenant     Kind = 't' // t/id                      tenant record, JSON; in SystemTenant only
	KindSite       Kind = 's' // s/id                      number plan of a site, JSON
	KindRange      Kind = 'a' // a/id                      declared block of numbers, JSON
	KindFavourites Kind = 'f' // f/agent                   whom an agent chose, JSON
	KindClaim      Kind = 'i' // i/kind/+digits            → id of the site with this DID, or of the range with this prefix; unique
)

// FavouritesKey is the key of what an agent chose.
func FavouritesKey(agent string) string { return "f/" + escape(agent) }

// DirectoryKey is the key of a directory's record.
func DirectoryKey(dir string) string { return "d/" + dir }

// UserKey is the key of a User.
func UserKey(dir string, id ID) string { return "u/" + dir + "/" + string(id) }

// UserPrefix is what the keys of all users of a directory begin with.
func UserPrefix(dir string) string { return "u/" + dir + "/" }

// GroupKey is the key of a Group.
func GroupKey(dir string, id ID) string { return "g/" + dir + "/" + string(id) }

// GroupPrefix is what the keys of all groups of a directory begin with.
func GroupPrefix(dir string) string { return "g/" + dir + "/" }

// MemberKey is the key of one membership. A member is any string a client
// names, whether or not a user of that id exists.
func MemberKey(dir string, group ID, member string) string {
	return MemberPrefix(dir, group) + escape(member)
}

// MemberPrefix is what the keys of all members of a group begin with.
func MemberPrefix(dir string, group ID) string { return "m/" + dir + "/" + string(group) + "/" }

// MemberOfKey is the key of the same membership seen from the member.
func MemberOfKey(dir, member string, group ID) string {
	return MemberOfPrefix(dir, member) + string(group)
}

// MemberOfPrefix is what the keys of all groups of a member begin with.
func MemberOfPrefix(dir, member string) string { return "r/" + dir + "/" + escape(member) + "/" }

// MembersKey is the key whose version is that of a group's member list.
func MembersKey(dir string, group ID) string { return "v/" + dir + "/" + string(group) }

// UserNameKey is the key that claims a userName. The caller prepares it.
func UserNameKey(dir, prepared string) string { return "n/" + dir + "/" + prepared }

// GroupNameKey is the key that claims a group's displayName. The caller folds it.
func GroupNameKey(dir, folded string) string { return "c/" + dir + "/" + folded }

// ExternalIDKey is the key of one resource under an externalId. kind is
// KindUser or KindGroup.
func ExternalIDKey(dir string, kind Kind, externalID string, id ID) string {
	return ExternalIDPrefix(dir, kind, externalID) + string(id)
}

// ExternalIDPrefix is what the keys of all resources of one externalId begin with.
func ExternalIDPrefix(dir string, kind Kind, externalID string) string {
	return "x/" + dir + "/" + string(rune(kind)) + "/" + escape(externalID) + "/"
}

// SchemaKey is the key of an extension schema that a directory registered. The
// caller lowers the URN.
func SchemaKey(dir, urn string) string { return "e/" + dir + "/" + urn }

// ExactKey is the key of one resource under a value of an attribute, by which
// it is found without reading the others. attribute is one letter, value as the
// caller folds it.
func ExactKey(dir string, attribute byte, value string, id ID) string {
	return ExactPrefix(dir, attribute, value) + string(id)
}

// exactBytes of a digest are enough for two values to share one by intent only,
// and then the reader finds one candidate more.
const exactBytes = 12

// ExactPrefix is what the keys of all resources with that value begin with. It
// holds a digest of the value, so that keys stay short and show no address.
func ExactPrefix(dir string, attribute byte, value string) string {
	sum := sha256.Sum256([]byte(value))
	var text [exactBytes * 4 / 3]byte
	base64.RawURLEncoding.Encode(text[:], sum[:exactBytes])
	return "y/" + dir + "/" + string(rune(attribute)) + string(text[:]) + "/"
}

// UniqueKey is the key that claims a value of an attribute of a directory's own
// schema. kind is KindUser or KindGroup, value as the caller compares it.
func UniqueKey(dir string, kind Kind, attribute, value string) string {
	sum := sha256.Sum256([]byte(string(rune(kind)) + attribute + "\x00" + value))
	return "q/" + dir + "/" + base64.RawURLEncoding.EncodeToString(sum[:18])
}

// CredentialKey is the key of an API key's or SCIM token's record.
func CredentialKey(id string) string { return "k/" + id }

// ClientKey is the key of the record of a directory's OAuth client.
func ClientKey(dir, id string) string { return "o/" + dir + "/" + id }

// AssertionKey is the key that claims a client's assertion, so that it is used
// once. The caller makes the digest.
func AssertionKey(dir, client, digest string) string {
	return "j/" + dir + "/" + client + "/" + digest
}

// PresenceKey is the key of how a provider of presence is connected with a
// directory: "microsoft", or "microsoft.OBJECTID" for an account that signed in.
func PresenceKey(dir, provider string) string { return "p/" + dir + "/" + provider }

// SystemTenant is the tenant of the log that holds the list of tenants. No
// customer's tenant has this id.
const SystemTenant = "system"

// TenantKey is the key of a tenant's record.
func TenantKey(id string) string { return "t/" + id }

// RemovedKey marks a directory, or in SystemTenant a tenant, that is gone but
// whose keys are still being deleted.
func RemovedKey(id string) string { return "z/" + id }

// SiteKey is the key of a site's record.
func SiteKey(id string) string { return "s/" + id }

// RangeKey is the key of a declared range's record.
func RangeKey(id string) string { return "a/" + id }

// ClaimKey is the key by which a site owns a DID, or a range a prefix. kind is
// KindSite or KindRange.
func ClaimKey(kind Kind, digits string) string { return "i/" + string(rune(kind)) + "/" + digits }

// Prefix is what all keys of a kind begin with.
func (k Kind) Prefix() string { return string(rune(k)) + "/" }

// A Key is a parsed key. Dir is the directory for all kinds but those that have
// none. ID is the user, group, client, credential, tenant, site, range or
// provider, or a schema's URN; Member is the member of a KindMember or
// KindMemberOf key, with ID the group.
type Key struct {
	Kind   Kind
	Dir    string
	ID     ID
	Member string
}

// ParseKey takes a key apart. It returns false for a key that this package
// did not make, and for the kinds that nobody needs to parse.
func ParseKey(key string) (Key, bool) {
	if len(key) < 3 || key[1] != '/' {
		return Key{}, false
	}
	k := Key{Kind: Kind(key[0])}
	rest := key[2:]
	switch k.Kind {
	case KindDirectory, KindRemoved:
		k.Dir = rest
		return k, true
	case KindCredential, KindTenant, KindSite, KindRange:
		k.ID = ID(rest)
		return k, true
	}
	dir, rest, ok := strings.Cut(rest, "/")
	if !ok {
		return Key{}, false
	}
	k.Dir = dir
	switch k.Kind {
	case KindUser, KindGroup, KindMembers, KindSchema, KindClient, KindPresence:
		k.ID = ID(rest)
	case KindMember:
		group, member, ok := strings.Cut(rest, "/")
		if !ok {
			return Key{}, false
		}
		k.ID, k.Member = ID(group), unescape(member)
	case KindMemberOf:
		member, group, ok := strings.Cut(rest, "/")
		if !ok {
			return Key{}, false
		}
		k.ID, k.Member = ID(group), unescape(member)
	default:
		return Key{}, false
	}
	return k, true
}

// escape keeps the separator out of strings that clients choose.
func escape(s string) string {
	if !strings.ContainsAny(s, "%/") {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "%", "%25"), "/", "%2F")
}

func unescape(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "%2F", "/"), "%25", "%")
}
