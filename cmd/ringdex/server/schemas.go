package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/scim/directory"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
)

func (s *Server) schemaRoutes() []route {
	return []route{
		{"GET", "/v1/directories/{directory}/schemas", admin, "", s.listSchemas},
		{"GET", "/v1/directories/{directory}/schemas/{urn}", admin, "", s.getSchema},
		{"PUT", "/v1/directories/{directory}/schemas/{urn}", admin, "", s.putSchema},
		{"DELETE", "/v1/directories/{directory}/schemas/{urn}", admin, "", s.removeSchema},
	}
}

func (s *Server) listSchemas(_ context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	all, err := s.registry.Schemas(p.Tenant, param(r, "directory"))
	if err != nil {
		return err
	}
	list := []json.RawMessage{}
	for _, reg := range all {
		list = append(list, reg.Document().Append(nil))
	}
	return writeJSON(r, http.StatusOK, map[string]any{"schemas": list})
}

func (s *Server) getSchema(_ context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	urn, err := urnOf(r)
	if err != nil {
		return err
	}
	reg, err := s.registry.Schema(p.Tenant, param(r, "directory"), urn)
	if err != nil {
		return err
	}
	return writeJSON(r, http.StatusOK, json.RawMessage(reg.Document().Append(nil)))
}

func (s *Server) putSchema(ctx context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	urn, err := urnOf(r)
	if err != nil {
		return err
	}
	reg, err := readSchema(r, urn)
	if err != nil {
		return err
	}
	dir := param(r, "directory")
	created, err := s.registry.PutSchema(ctx, p.Tenant, dir, reg)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if created {
		status = http.StatusCreated
		r.Response.Header.Set("Location", "/v1/directories/"+dir+"/schemas/"+reg.Schema.ID)
	}
	return writeJSON(r, status, json.RawMessage(reg.Document().Append(nil)))
}

func (s *Server) removeSchema(ctx context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	urn, err := urnOf(r)
	if err != nil {
		return err
	}
	if err := s.registry.RemoveSchema(ctx, p.Tenant, param(r, "directory"), urn); err != nil {
		return err
	}
	r.SetStatusCode(http.StatusNoContent)
	return nil
}

// urnOf returns the URN in the path, whose colons may be percent-encoded.
func urnOf(r *fasthttp.RequestCtx) (string, error) {
	urn, err := url.PathUnescape(param(r, "urn"))
	if err != nil {
		return "", newProblem(http.StatusBadRequest, "malformed", "The path is not percent-encoded as it should be.")
	}
	return urn, nil
}

// readSchema reads the body as the schema with that URN. What the body leaves out
// of id and resourceType, the address says.
func readSchema(r *fasthttp.RequestCtx, urn string) (schema.Registration, error) {
	if media, _, _ := bytes.Cut(r.Request.Header.ContentType(), []byte(";")); !isJSON(r) && !bytes.EqualFold(bytes.TrimSpace(media), []byte("application/scim+json")) {
		return schema.Registration{}, newProblem(http.StatusUnsupportedMediaType, "content-type", "Send the body as application/json.")
	}
	doc, err := resource.Parse(r.PostBody(), resource.Limits{MaxBytes: directory.MaxSchemaBytes})
	switch {
	case errors.Is(err, resource.ErrTooLarge):
		return schema.Registration{}, newProblem(http.StatusRequestEntityTooLarge, "body-too-large", "A schema may have 256 KiB.")
	case err != nil:
		return schema.Registration{}, newProblem(http.StatusBadRequest, "malformed-json", err.Error())
	case doc.Kind() != resource.Object:
		return schema.Registration{}, newProblem(http.StatusBadRequest, "malformed-json", "The body must be a JSON object.")
	}
	if doc, err = addressed(doc, "id", urn); err != nil {
		return schema.Registration{}, err
	}
	if typeName := string(r.QueryArgs().Peek("resourceType")); typeName != "" {
		if doc, err = addressed(doc, "resourceType", typeName); err != nil {
			return schema.Registration{}, err
		}
	}
	return schema.ParseRegistration(doc)
}

// addressed returns doc with what the address says of a member, with which what
// the body says must agree.
func addressed(doc resource.Value, member, text string) (resource.Value, error) {
	said := doc.Get(member)
	if !said.IsNull() && !resource.EqualName(said.Text(), text) {
		return doc, fieldProblem(member, "is not the one that the address names")
	}
	if !said.IsNull() {
		return doc, nil
	}
	return doc.Set(member, resource.OfString(text)), nil
}
