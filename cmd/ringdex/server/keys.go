package server

import (
	"context"
	"errors"
	"net/http"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/scim/directory"
	"github.com/ringdex/ringdex/scim/key"
)

func (s *Server) keyRoutes() []route {
	return []route{
		{"POST", "/v1/keys", admin, "", s.addKey},
		{"GET", "/v1/keys", admin, "", s.listKeys},
		{"DELETE", "/v1/keys/{key}", admin, "", s.revokeKey},
		{"POST", "/v1/tenants", operator, "", s.addTenant},
		{"GET", "/v1/tenants", operator, "", s.listTenants},
		{"DELETE", "/v1/tenants/{tenant}", operator, "", s.removeTenant},
	}
}

// keyBody is an API or admin key without its secret.
type keyBody struct {
	tokenBody
	Key    string            `json:"key,omitempty"` // only in the answer that made it
	Kind   key.Kind          `json:"kind"`
	Scopes []directory.Scope `json:"scopes"`
	// Operator says that the key may manage tenants.
	Operator bool `json:"operator,omitempty"`
}

type keyDraft struct {
	Label     string            `json:"label"`
	ExpiresIn int64             `json:"expiresIn"` // seconds
	Kind      key.Kind          `json:"kind"`
	Scopes    []directory.Scope `json:"scopes"`
	Operator  bool              `json:"operator"`
}

func showKey(c directory.Credential) keyBody {
	scopes := c.Scopes
	if scopes == nil {
		scopes = []directory.Scope{}
	}
	return keyBody{tokenBody: showToken(c), Kind: c.Kind, Scopes: scopes, Operator: c.Operator}
}

func (s *Server) addKey(ctx context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	var body keyDraft
	if err := readBody(r, &body); err != nil {
		return err
	}
	expires, err := expiry(body.ExpiresIn)
	if err != nil {
		return err
	}
	if body.Operator && !p.Operator {
		return newProblem(http.StatusForbidden, "forbidden", "Only the operator's admin key makes another one.")
	}
	c, k, err := s.registry.AddKey(ctx, p.Tenant, directory.KeyDraft{
		Kind: body.Kind, Scopes: body.Scopes, Label: body.Label, ExpiresAt: expires, Operator: body.Operator,
	})
	if err != nil {
		return err
	}
	shown := showKey(c)
	shown.Key = k.Text()
	return writeSecret(r, shown)
}

func (s *Server) listKeys(_ context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	list := []keyBody{}
	for _, c := range s.registry.Keys(p.Tenant) {
		list = append(list, showKey(c))
	}
	return writeJSON(r, http.StatusOK, map[string]any{"keys": list})
}

func (s *Server) revokeKey(ctx context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	err := s.registry.RevokeKey(ctx, p.Tenant, param(r, "key"))
	if errors.Is(err, directory.ErrForbidden) {
		return newProblem(http.StatusForbidden, "forbidden", "This is the last admin key, of the tenant or of the operator; make another one first.")
	}
	if err != nil {
		return err
	}
	r.SetStatusCode(http.StatusNoContent)
	return nil
}

// tenantBody is a tenant; AdminKey stands only in the answer that made it.
type tenantBody struct {
	directory.Tenant
	AdminKey string `json:"adminKey,omitempty"`
}

func (s *Server) addTenant(ctx context.Context, r *fasthttp.RequestCtx, _ directory.Principal) error {
	var body struct {
		Name string `json:"name"`
	}
	if err := readBody(r, &body); err != nil {
		return err
	}
	t, k, err := s.registry.AddTenant(ctx, body.Name)
	if err != nil {
		return err
	}
	return writeSecret(r, tenantBody{t, k.Text()})
}

func (s *Server) listTenants(_ context.Context, r *fasthttp.RequestCtx, _ directory.Principal) error {
	list := []tenantBody{}
	for _, t := range s.registry.Tenants() {
		list = append(list, tenantBody{Tenant: t})
	}
	return writeJSON(r, http.StatusOK, map[string]any{"tenants": list})
}

func (s *Server) removeTenant(ctx context.Context, r *fasthttp.RequestCtx, _ directory.Principal) error {
	err := s.registry.RemoveTenant(ctx, param(r, "tenant"))
	if errors.Is(err, directory.ErrForbidden) {
		return newProblem(http.StatusForbidden, "forbidden", "The default tenant stays.")
	}
	if err != nil {
		return err
	}
	s.journal.Retain(s.hasDirectory)
	s.microsoft.changed()
	s.tellSync()
	r.SetStatusCode(http.StatusNoContent)
	return nil
}
