package schema

// enterpriseSchema is RFC 7643 section 4.3, open to further attributes, which
// some vendors put under its URN. A manager's displayName is the client's to
// write, because the manager may be unknown to us.
//
//nolint:gochecknoglobals // read-only table
var enterpriseSchema = &Schema{
	ID: EnterpriseURN, Name: "EnterpriseUser", Description: "Enterprise User", Open: true,
	Aliases: []string{
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0User", // Entra ID's documentation
		"urn:scim:schemas:extension:enterprise:2.0:User",
		"urn:scim:schemas:extension:enterprise:1.0:User",
		"urn:scim:schemas:extension:enterprise:1.0",
	},
	Attributes: []*Attribute{
		{Name: "employeeNumber", Description: "Number or code that the organization gave the person."},
		{Name: "costCenter", Description: "Cost center."},
		{Name: "organization", Description: "Organization or company."},
		{Name: "division", Description: "Division."},
		{Name: "department", Description: "Department."},
		{Name: "manager", Type: Complex, Description: "The person's manager, who need not be in this directory.", Sub: []*Attribute{
			{Name: "value", CaseExact: true, Description: "The id of the manager."},
			{Name: "$ref", Type: Reference, CaseExact: true, ReferenceTypes: []string{"User"}, Description: "The URI of the manager."},
			{Name: "displayName", Description: "The name of the manager."},
		}},
	},
}

// genesysSchema is the extension that contact centre platforms of Genesys
// define: identities of the person in other systems, and routing.
//
//nolint:gochecknoglobals // read-only table
var genesysSchema = &Schema{
	ID: GenesysURN, Name: "GenesysUser", Description: "Contact centre user", Open: true,
	Attributes: []*Attribute{
		{Name: "externalIds", Type: Complex, MultiValued: true, Description: "Identities in other systems.", Sub: []*Attribute{
			{Name: "authority", Required: true, Description: "The system, such as microsoftteams or zoomphone."},
			{Name: "value", Required: true, CaseExact: true, Description: "The identity in that system."},
		}},
		graded("routingSkills", "Skills by which calls are routed.", "The skill."),
		graded("routingLanguages", "Languages by which calls are routed.", "The language."),
	},
}

func graded(name, description, what string) *Attribute {
	return &Attribute{Name: name, Type: Complex, MultiValued: true, MaxElements: 50, Description: description, Sub: []*Attribute{
		{Name: "name", Description: what},
		{Name: "proficiency", Type: Decimal, Description: "From 0 to 5."},
	}}
}
