package server

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/scim/directory"
	"github.com/ringdex/ringdex/scim/oauth"
)

func (s *Server) clientRoutes() []route {
	const clients = "/v1/directories/{directory}/clients"
	return []route{
		{"POST", clients, admin, "", s.addClient},
		{"GET", clients, admin, "", s.listClients},
		{"GET", clients + "/{client}", admin, "", s.getClient},
		{"PATCH", clients + "/{client}", admin, "", s.changeClient},
		{"DELETE", clients + "/{client}", admin, "", s.removeClient},
		{"POST", clients + "/{client}/secrets", admin, "", s.addSecret},
		{"DELETE", clients + "/{client}/secrets/{secret}", admin, "", s.removeSecret},
	}
}

// clientBody is an OAuth client. ID is its client_id.
type clientBody struct {
	ID            string          `json:"id"`
	Label         string          `json:"label"`
	Secret        string          `json:"secret,omitempty"` // only in the answer that made it
	TokenEndpoint string          `json:"tokenEndpoint"`
	Scope         string          `json:"scope"`
	Secrets       []secretBody    `json:"secrets"`
	Federation    *federationBody `json:"federation"` // null for a client with secrets
	CreatedAt     time.Time       `json:"createdAt"`
	LastUsedAt    *time.Time      `json:"lastUsedAt"` // to the hour; null if never
	// LastRefusal is why the client got no token, since the start; null if it
	// got one after that.
	LastRefusal *directory.Refusal `json:"lastRefusal"`
}

// secretBody is a secret of a client, without its text.
type secretBody struct {
	ID         string     `json:"id"`
	Secret     string     `json:"secret,omitempty"` // only in the answer that made it
	CreatedAt  time.Time  `json:"createdAt"`
	LastUsedAt *time.Time `json:"lastUsedAt"` // to the hour; null if never
	ExpiresAt  *time.Time `json:"expiresAt"`  // null if it does not
}

// federationBody says whose assertions stand for a client.
type federationBody struct {
	Issuer   string          `json:"issuer"`
	Subject  string          `json:"subject"`
	Audience string          `json:"audience,omitempty"`
	Keys     json.RawMessage `json:"jwks,omitempty"`
	KeysURI  string          `json:"jwksUri,omitempty"`
}

func (s *Server) showClient(c directory.Client) clientBody {
	b := clientBody{
		ID: c.ID, Label: c.Label, TokenEndpoint: s.cfg.PublicURL + oauth.TokenPath, Scope: oauth.Scope,
		Secrets: []secretBody{}, CreatedAt: c.CreatedAt, LastUsedAt: orNull(c.LastUsedAt),
	}
	for _, secret := range c.Secrets {
		b.Secrets = append(b.Secrets, showSecret(secret))
	}
	if f := c.Federation; f != nil {
		b.Federation = &federationBody{f.Issuer, f.Subject, f.Audience, f.Keys, f.KeysURI}
	}
	if refusal, ok := s.granter.LastRefusal(c.ID); ok {
		b.LastRefusal = &refusal
	}
	return b
}

func showSecret(s directory.Secret) secretBody {
	return secretBody{ID: s.ID, CreatedAt: s.CreatedAt, LastUsedAt: orNull(s.LastUsedAt), ExpiresAt: orNull(s.ExpiresAt)}
}

func (s *Server) addClient(ctx context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	var body struct {
		Label      string          `json:"label"`
		ExpiresIn  int64           `json:"expiresIn"` // of the first secret, in seconds
		Federation *federationBody `json:"federation"`
	}
	if err := readBody(r, &body); err != nil {
		return err
	}
	expires, err := expiry(body.ExpiresIn)
	if err != nil {
		return err
	}
	draft := directory.ClientDraft{Label: body.Label, SecretExpires: expires, LocalKeys: p.Operator}
	if f := body.Federation; f != nil {
		draft.Federation = &directory.Federation{Issuer: f.Issuer, Subject: f.Subject, Audience: f.Audience, Keys: f.Keys, KeysURI: f.KeysURI}
	}
	id := param(r, "directory")
	c, secret, err := s.registry.AddClient(ctx, p.Tenant, id, draft)
	if err != nil {
		return err
	}
	shown := s.showClient(c)
	shown.Secret = secret.Text()
	r.Response.Header.Set("Location", "/v1/directories/"+id+"/clients/"+c.ID)
	return writeSecret(r, shown)
}

func (s *Server) listClients(_ context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	clients, err := s.registry.Clients(p.Tenant, param(r, "directory"))
	if err != nil {
		return err
	}
	list := []clientBody{}
	for _, c := range clients {
		list = append(list, s.showClient(c))
	}
	return writeJSON(r, http.StatusOK, map[string]any{"clients": list})
}

func (s *Server) getClient(_ context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	c, err := s.registry.Client(p.Tenant, param(r, "directory"), param(r, "client"))
	if err != nil {
		return err
	}
	return writeJSON(r, http.StatusOK, s.showClient(c))
}

func (s *Server) changeClient(ctx context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	var body struct {
		Label      *string `json:"label"`
		Federation struct {
			Keys    json.RawMessage `json:"jwks"`
			KeysURI *string         `json:"jwksUri"`
		} `json:"federation"`
	}
	if err := readBody(r, &body); err != nil {
		return err
	}
	c, err := s.registry.ChangeClient(ctx, p.Tenant, param(r, "directory"), param(r, "client"), directory.ClientChange{
		Label: body.Label, Keys: body.Federation.Keys, KeysURI: body.Federation.KeysURI, LocalKeys: p.Operator,
	})
	if err != nil {
		return err
	}
	return writeJSON(r, http.StatusOK, s.showClient(c))
}

func (s *Server) removeClient(ctx context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	if err := s.registry.RemoveClient(ctx, p.Tenant, param(r, "directory"), param(r, "client")); err != nil {
		return err
	}
	r.SetStatusCode(http.StatusNoContent)
	return nil
}

func (s *Server) addSecret(ctx context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	var body struct {
		ExpiresIn int64 `json:"expiresIn"` // seconds
	}
	if err := readBody(r, &body); err != nil {
		return err
	}
	expires, err := expiry(body.ExpiresIn)
	if err != nil {
		return err
	}
	secret, k, err := s.registry.AddSecret(ctx, p.Tenant, param(r, "directory"), param(r, "client"), expires)
	if err != nil {
		return err
	}
	shown := showSecret(secret)
	shown.Secret = k.Text()
	return writeSecret(r, shown)
}

func (s *Server) removeSecret(ctx context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	err := s.registry.RemoveSecret(ctx, p.Tenant, param(r, "directory"), param(r, "client"), param(r, "secret"))
	if err != nil {
		return err
	}
	r.SetStatusCode(http.StatusNoContent)
	return nil
}
