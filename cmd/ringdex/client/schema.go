package client

import (
	"context"
	"encoding/json"
	"net/url"
)

// A Schema is an extension schema that a directory registered.
type Schema struct {
	ID           string      `json:"id"` // the URN
	Name         string      `json:"name"`
	Description  string      `json:"description"`
	ResourceType string      `json:"resourceType"` // "User" or "Group"
	Required     bool        `json:"required"`     // every resource of the type must have it
	Open         bool        `json:"open"`         // it keeps attributes that it does not define
	Attributes   []Attribute `json:"attributes"`
}

// An Attribute is an attribute of a Schema, or a part of one, with the
// characteristics of RFC 7643 section 7.
type Attribute struct {
	Name          string      `json:"name"`
	Type          string      `json:"type"`
	MultiValued   bool        `json:"multiValued"`
	Required      bool        `json:"required"`
	CaseExact     bool        `json:"caseExact"`
	Mutability    string      `json:"mutability"`
	Returned      string      `json:"returned"`
	SubAttributes []Attribute `json:"subAttributes"`
}

// A SchemaList is the answer to Schemas.
type SchemaList struct {
	Schemas []Schema `json:"schemas"`
}

// PutSchema registers a schema with a directory, in place of one with its URN.
// document is the JSON of the schema; resourceType may be empty, if the document
// or its URN says it.
func (c *Client) PutSchema(ctx context.Context, directory, urn, resourceType string, document json.RawMessage) (Answer[Schema], error) {
	r := request{method: "PUT", path: schemaPath(directory, urn), body: document}
	if resourceType != "" {
		r.query = url.Values{"resourceType": {resourceType}}
	}
	return call[Schema](ctx, c, r)
}

// Schemas returns the schemas that a directory registered.
func (c *Client) Schemas(ctx context.Context, directory string) (Answer[SchemaList], error) {
	return call[SchemaList](ctx, c, request{method: "GET", path: []string{"v1", "directories", directory, "schemas"}})
}

// Schema returns one of them, or a Problem of status 404.
func (c *Client) Schema(ctx context.Context, directory, urn string) (Answer[Schema], error) {
	return call[Schema](ctx, c, request{method: "GET", path: schemaPath(directory, urn)})
}

// RemoveSchema takes a schema from a directory.
func (c *Client) RemoveSchema(ctx context.Context, directory, urn string) error {
	_, err := c.send(ctx, request{method: "DELETE", path: schemaPath(directory, urn)})
	return err
}

func schemaPath(directory, urn string) []string {
	return []string{"v1", "directories", directory, "schemas", urn}
}
