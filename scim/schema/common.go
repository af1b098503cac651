package schema

// common returns the attributes that every resource has and no schema lists
// (RFC 7643 sections 3 and 3.1).
func common() *Schema { return commonSchema }

//nolint:gochecknoglobals // read-only table
var commonSchema = &Schema{
	Name: "Common",
	Attributes: []*Attribute{
		{Name: "schemas", Type: Reference, MultiValued: true, Mutability: ReadOnly, Returned: ReturnedAlways},
		{Name: "id", CaseExact: true, Mutability: ReadOnly, Returned: ReturnedAlways, Uniqueness: UniqueServer},
		{Name: "externalId", CaseExact: true},
		{Name: "meta", Type: Complex, Mutability: ReadOnly, Sub: []*Attribute{
			{Name: "resourceType", CaseExact: true, Mutability: ReadOnly},
			{Name: "created", Type: DateTime, Mutability: ReadOnly},
			{Name: "lastModified", Type: DateTime, Mutability: ReadOnly},
			{Name: "location", Type: Reference, CaseExact: true, Mutability: ReadOnly},
			{Name: "version", CaseExact: true, Mutability: ReadOnly},
		}},
	},
}
