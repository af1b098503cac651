package schema

// groupSchema is RFC 7643 section 4.2. Names of groups are unique in a
// directory, because identity providers find groups by them.
//
//nolint:gochecknoglobals // read-only table
var groupSchema = &Schema{
	ID: GroupURN, Name: "Group", Description: "Group",
	Aliases: []string{
		"urn:ietf:params:scim:schemas:core:2.0Group", "urn:scim:schemas:core:2.0:Group",
		"urn:scim:schemas:core:1.0:Group", "urn:scim:schemas:core:1.0",
		"http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group",
	},
	Attributes: []*Attribute{
		{Name: "displayName", Required: true, Uniqueness: UniqueServer, Description: "The name of the group; compared without case."},
		{Name: "members", Type: Complex, MultiValued: true, Detached: true, Description: "The members of the group.", Sub: []*Attribute{
			{Name: "value", CaseExact: true, Mutability: Immutable, Description: "The id of the member."},
			{
				Name: "$ref", Type: Reference, CaseExact: true, Mutability: Immutable,
				ReferenceTypes: []string{"User", "Group"}, Description: "The URI of the member.",
			},
			{Name: "type", Mutability: Immutable, CanonicalValues: []string{"User", "Group"}, Description: "What the member is."},
			{Name: "display", Description: "Text to show for the member."},
		}},
	},
}
