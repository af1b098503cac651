package schema

import (
	"cmp"

	"github.com/ringdex/ringdex/scim/resource"
)

// Document returns the schema as /Schemas answers it (RFC 7643 section 7).
// baseURL is that of the SCIM service, without a slash at its end; meta.location
// is below it.
func (s *Schema) Document(baseURL string) resource.Value {
	return resource.OfObject(
		field("schemas", resource.OfArray(resource.OfString(SchemaURN))),
		text("id", s.ID),
		text("name", s.Name),
		text("description", s.Description),
		field("attributes", describeAll(s.Attributes)),
		meta("Schema", baseURL+"/Schemas/"+s.ID),
	)
}

// Document returns the registration as ParseRegistration reads it, with all its
// characteristics.
func (r Registration) Document() resource.Value {
	return resource.OfObject(
		text("id", r.Schema.ID),
		text("name", r.Schema.Name),
		text("description", r.Schema.Description),
		text("resourceType", r.ResourceType),
		field("required", resource.OfBool(r.Required)),
		field("open", resource.OfBool(r.Schema.Open)),
		field("attributes", describeAll(r.Schema.Attributes)),
	)
}

// Document returns the type as /ResourceTypes answers it (RFC 7643 section 6).
// baseURL is as in Schema.Document.
func (t *Type) Document(baseURL string) resource.Value {
	extensions := make([]resource.Value, len(t.Extensions))
	for i, e := range t.Extensions {
		extensions[i] = resource.OfObject(text("schema", e.Schema.ID), field("required", resource.OfBool(e.Required)))
	}
	return resource.OfObject(
		field("schemas", resource.OfArray(resource.OfString(ResourceTypeURN))),
		text("id", t.Name),
		text("name", t.Name),
		text("endpoint", t.Endpoint),
		text("description", t.Description),
		text("schema", t.Core.ID),
		field("schemaExtensions", resource.OfArray(extensions...)),
		meta("ResourceType", baseURL+"/ResourceTypes/"+t.Name),
	)
}

func describeAll(attributes []*Attribute) resource.Value {
	var all []resource.Value
	for _, a := range attributes {
		if !a.Unlisted {
			all = append(all, a.describe())
		}
	}
	return resource.OfArray(all...)
}

// describe prints all characteristics but those that say nothing: clients stop
// at null values.
func (a *Attribute) describe() resource.Value {
	fields := []resource.Field{
		text("name", a.Name),
		text("type", string(cmp.Or(a.Type, String))),
		field("multiValued", resource.OfBool(a.MultiValued)),
		text("description", a.Description),
		field("required", resource.OfBool(a.Required)),
	}
	if len(a.CanonicalValues) > 0 {
		fields = append(fields, field("canonicalValues", texts(a.CanonicalValues)))
	}
	if a.textual() {
		fields = append(fields, field("caseExact", resource.OfBool(a.CaseExact)))
	}
	fields = append(
		fields,
		text("mutability", string(cmp.Or(a.Mutability, ReadWrite))),
		text("returned", string(cmp.Or(a.Returned, ReturnedDefault))),
	)
	if a.Type != Boolean {
		fields = append(fields, text("uniqueness", string(cmp.Or(a.Uniqueness, UniqueNone))))
	}
	if len(a.ReferenceTypes) > 0 {
		fields = append(fields, field("referenceTypes", texts(a.ReferenceTypes)))
	}
	if len(a.Sub) > 0 {
		fields = append(fields, field("subAttributes", describeAll(a.Sub)))
	}
	return resource.OfObject(fields...)
}

func field(name string, v resource.Value) resource.Field { return resource.Field{Name: name, Value: v} }

func text(name, s string) resource.Field { return field(name, resource.OfString(s)) }

func texts(all []string) resource.Value {
	values := make([]resource.Value, len(all))
	for i, s := range all {
		values[i] = resource.OfString(s)
	}
	return resource.OfArray(values...)
}

func meta(resourceType, location string) resource.Field {
	return field("meta", resource.OfObject(text("resourceType", resourceType), text("location", location)))
}
