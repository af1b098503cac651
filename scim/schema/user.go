package schema

// URNs of the schemas that are built in.
const (
	UserURN       = "urn:ietf:params:scim:schemas:core:2.0:User"
	GroupURN      = "urn:ietf:params:scim:schemas:core:2.0:Group"
	EnterpriseURN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	GenesysURN    = "urn:ietf:params:scim:schemas:extension:genesys:purecloud:2.0:User"
)

// userSchema is RFC 7643 section 4.1 as section 8.7.1 prints it, but: types of
// phone numbers are those that contact centres map; display of emails is not
// listed, because an identity provider's schema discovery stumbles over it; and
// a password is understood, never kept and never listed.
//
//nolint:gochecknoglobals // read-only table
var userSchema = &Schema{
	ID: UserURN, Name: "User", Description: "User Account",
	Aliases: []string{
		"urn:ietf:params:scim:schemas:core:2.0User", "urn:scim:schemas:core:2.0:User",
		"urn:scim:schemas:core:1.0:User", "urn:scim:schemas:core:1.0",
	},
	Attributes: []*Attribute{
		{Name: "userName", Required: true, Uniqueness: UniqueServer, Description: "Identifier with which the user signs in; compared without case."},
		{Name: "name", Type: Complex, Description: "The components of the user's name.", Sub: []*Attribute{
			{Name: "formatted", Description: "The full name as it is displayed."},
			{Name: "familyName", Description: "The family name, or last name in most Western languages."},
			{Name: "givenName", Description: "The given name, or first name in most Western languages."},
			{Name: "middleName", Description: "The middle names."},
			{Name: "honorificPrefix", Description: "Honorifics before the name, such as Dr."},
			{Name: "honorificSuffix", Description: "Suffixes behind the name, such as III."},
		}},
		{Name: "displayName", Description: "The name shown to other people."},
		{Name: "nickName", Description: "The casual name."},
		{Name: "profileUrl", Type: Reference, CaseExact: true, ReferenceTypes: []string{"external"}, Description: "A page about the user."},
		{Name: "title", Description: "The job title."},
		{Name: "userType", Description: "The relationship to the organization, such as Contractor."},
		{Name: "preferredLanguage", Description: "The preferred language, as in Accept-Language."},
		{Name: "locale", Description: "The locale for formats, such as en-US."},
		{Name: "timezone", Description: "The time zone, such as Europe/Athens."},
		{Name: "active", Type: Boolean, Description: "Whether the user is in service. People who are not are out of lookups."},
		{Name: "password", Mutability: WriteOnly, Returned: ReturnedNever, Unlisted: true},
		unlistDisplay(plural("emails", "E-mail addresses.", "E-mail address.", "work", "home", "other")),
		plural("phoneNumbers", "Telephone numbers, kept as they are written.", "Telephone number, in any notation.",
			"work", "work2", "work3", "work4", "home", "mobile", "other", "fax", "pager", "microsoftteams"),
		plural("ims", "Instant messaging addresses.", "Instant messaging address.",
			"aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"),
		ofType(plural("photos", "URLs of photos.", "URL of a photo.", "photo", "thumbnail"), Reference, "external"),
		{Name: "addresses", Type: Complex, MultiValued: true, Description: "Postal addresses.", Sub: []*Attribute{
			{Name: "formatted", Description: "The address as it is printed on a letter."},
			{Name: "streetAddress", Description: "Street, house number and all else before the locality."},
			{Name: "locality", Description: "City or locality."},
			{Name: "region", Description: "State or region."},
			{Name: "postalCode", Description: "Postal code."},
			{Name: "country", Description: "Country."},
			{Name: "type", CanonicalValues: []string{"work", "home", "other"}, Description: "What the address is for."},
			{Name: "primary", Type: Boolean, Description: "Whether this is the preferred address."},
		}},
		{Name: "groups", Type: Complex, MultiValued: true, Mutability: ReadOnly, Description: "Groups that the user is in.", Sub: []*Attribute{
			{Name: "value", CaseExact: true, Mutability: ReadOnly, Description: "The id of the group."},
			{Name: "$ref", Type: Reference, CaseExact: true, Mutability: ReadOnly, ReferenceTypes: []string{"User", "Group"}, Description: "The URI of the group."},
			{Name: "display", Mutability: ReadOnly, Description: "The displayName of the group."},
			{Name: "type", Mutability: ReadOnly, CanonicalValues: []string{"direct", "indirect"}, Description: "Whether the user is a member itself."},
		}},
		plural("entitlements", "Entitlements of the user.", "Entitlement."),
		plural("roles", "Roles of the user.", "Role."),
		ofType(plural("x509Certificates", "Certificates of the user.", "DER certificate in base64."), Binary),
	},
}

// plural returns a multi-valued attribute with the sub-attributes of RFC 7643
// section 2.4.
func plural(name, description, value string, types ...string) *Attribute {
	return &Attribute{Name: name, Type: Complex, MultiValued: true, Description: description, Sub: []*Attribute{
		{Name: "value", Description: value},
		{Name: "display", Description: "Text to show for it."},
		{Name: "type", CanonicalValues: types, Description: "What it is for."},
		{Name: "primary", Type: Boolean, Description: "Whether this is the preferred one."},
	}}
}

func ofType(a *Attribute, t DataType, references ...string) *Attribute {
	v := a.Value()
	v.Type, v.CaseExact, v.ReferenceTypes = t, true, references
	return a
}

func unlistDisplay(a *Attribute) *Attribute {
	a.SubAttribute("display").Unlisted = true
	return a
}
