package schema

// URNs of the discovery documents' schemas (RFC 7643 sections 5 to 7).
const (
	ServiceProviderConfigURN = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
	ResourceTypeURN          = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
	SchemaURN                = "urn:ietf:params:scim:schemas:core:2.0:Schema"
)

// serviceSchemas describe the discovery documents. They are found by their URN
// and not listed among the schemas of resources, where clients look for what
// they can map.
//
//nolint:gochecknoglobals // read-only table
var serviceSchemas = []*Schema{
	{
		ID: ServiceProviderConfigURN, Name: "Service Provider Configuration", Description: "What this SCIM service supports",
		Attributes: readOnly(
			reference("documentationUri", "Documentation for people.", "external"),
			feature("patch", "PATCH requests."),
			feature("bulk", "Bulk requests.",
				&Attribute{Name: "maxOperations", Type: Integer, Required: true, Description: "Most operations of a request."},
				&Attribute{Name: "maxPayloadSize", Type: Integer, Required: true, Description: "Most bytes of a request."}),
			feature("filter", "Filters.",
				&Attribute{Name: "maxResults", Type: Integer, Required: true, Description: "Most resources of an answer."}),
			feature("changePassword", "Changes of passwords."),
			feature("sort", "Sorted answers."),
			feature("etag", "Versions of resources."),
			&Attribute{Name: "pagination", Type: Complex, Description: "How lists are paged.", Sub: []*Attribute{
				{Name: "cursor", Type: Boolean, Required: true, Description: "Whether by cursor."},
				{Name: "index", Type: Boolean, Required: true, Description: "Whether by index."},
				{Name: "defaultPaginationMethod", Description: "How without being asked.", CanonicalValues: []string{"cursor", "index"}},
				{Name: "defaultPageSize", Type: Integer, Description: "Resources of a page without count."},
				{Name: "maxPageSize", Type: Integer, Description: "Most resources of a page."},
				{Name: "cursorTimeout", Type: Integer, Description: "Seconds for which a cursor is good at least."},
			}},
			&Attribute{Name: "authenticationSchemes", Type: Complex, MultiValued: true, Required: true, Description: "How clients sign in.", Sub: []*Attribute{
				{
					Name: "type", Required: true, Description: "The kind of scheme.",
					CanonicalValues: []string{"oauth", "oauth2", "oauthbearertoken", "httpbasic", "httpdigest"},
				},
				{Name: "name", Required: true, Description: "The name of the scheme."},
				{Name: "description", Required: true, Description: "What the scheme is."},
				reference("specUri", "Its specification.", "external"),
				reference("documentationUri", "Its documentation.", "external"),
				{Name: "primary", Type: Boolean, Description: "Whether it is the preferred one."},
			}},
		),
	},
	{
		ID: ResourceTypeURN, Name: "ResourceType", Description: "A kind of resource and where it is served",
		Attributes: readOnly(
			&Attribute{Name: "name", Required: true, Description: "The name of the type."},
			&Attribute{Name: "description", Description: "What the type is."},
			required(reference("endpoint", "The path relative to the base URL.", "uri")),
			required(reference("schema", "The URN of the core schema.", "uri")),
			&Attribute{Name: "schemaExtensions", Type: Complex, MultiValued: true, Description: "Extensions of the type.", Sub: []*Attribute{
				required(reference("schema", "The URN of the extension.", "uri")),
				{Name: "required", Type: Boolean, Required: true, Description: "Whether every resource must have it."},
			}},
		),
	},
	{
		ID: SchemaURN, Name: "Schema", Description: "A collection of attributes",
		Attributes: readOnly(
			&Attribute{Name: "id", CaseExact: true, Required: true, Description: "The URN of the schema."},
			&Attribute{Name: "name", Required: true, Description: "The name of the schema."},
			&Attribute{Name: "description", Description: "What the schema is for."},
			&Attribute{
				Name: "attributes", Type: Complex, MultiValued: true, Required: true, Description: "The attributes.",
				Sub: append(characteristics(), &Attribute{
					Name: "subAttributes", Type: Complex, MultiValued: true, Description: "The parts of a complex attribute.", Sub: characteristics(),
				}),
			},
		),
	},
}

func reference(name, description, to string) *Attribute {
	return &Attribute{Name: name, Type: Reference, CaseExact: true, ReferenceTypes: []string{to}, Description: description}
}

func required(a *Attribute) *Attribute {
	a.Required = true
	return a
}

// feature returns the attribute under which a ServiceProviderConfig says
// whether something is supported.
func feature(name, description string, more ...*Attribute) *Attribute {
	supported := &Attribute{Name: "supported", Type: Boolean, Required: true, Description: "Whether it is supported."}
	return &Attribute{Name: name, Type: Complex, Required: true, Description: description, Sub: append([]*Attribute{supported}, more...)}
}

// characteristics returns the attributes of an attribute (RFC 7643 section 7).
func characteristics() []*Attribute {
	return []*Attribute{
		{Name: "name", CaseExact: true, Required: true, Description: "The name."},
		{Name: "type", Required: true, Description: "The data type.", CanonicalValues: []string{
			string(String), string(Boolean), string(Decimal), string(Integer), string(DateTime), string(Binary), string(Reference), string(Complex),
		}},
		{Name: "multiValued", Type: Boolean, Required: true, Description: "Whether there can be several values."},
		{Name: "description", Description: "What it is for."},
		{Name: "required", Type: Boolean, Description: "Whether it must be present."},
		{Name: "canonicalValues", MultiValued: true, CaseExact: true, Description: "Values that are suggested."},
		{Name: "caseExact", Type: Boolean, Description: "Whether case matters."},
		{Name: "mutability", CaseExact: true, Description: "When it may be written.", CanonicalValues: []string{
			string(ReadOnly), string(ReadWrite), string(Immutable), string(WriteOnly),
		}},
		{Name: "returned", CaseExact: true, Description: "When it is returned.", CanonicalValues: []string{
			string(ReturnedAlways), string(ReturnedNever), string(ReturnedDefault), string(ReturnedRequest),
		}},
		{Name: "uniqueness", CaseExact: true, Description: "Among what a value is unique.", CanonicalValues: []string{
			string(UniqueNone), string(UniqueServer), string(UniqueGlobal),
		}},
		{Name: "referenceTypes", MultiValued: true, CaseExact: true, Description: "What a reference may refer to."},
	}
}

// readOnly marks attributes and all their parts as written by the service only.
func readOnly(attributes ...*Attribute) []*Attribute {
	for _, a := range attributes {
		a.Mutability = ReadOnly
		readOnly(a.Sub...)
	}
	return attributes
}
