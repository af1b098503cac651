package client

import (
	"context"
	"encoding/json"
	"time"
)

// An OAuthClient is a program that gets access tokens for a directory. ID is
// its client_id. Secret is set only in the answer to AddOAuthClient.
type OAuthClient struct {
	ID            string      `json:"id"`
	Label         string      `json:"label"`
	Secret        string      `json:"secret"`
	TokenEndpoint string      `json:"tokenEndpoint"`
	Scope         string      `json:"scope"`
	Secrets       []Secret    `json:"secrets"`
	Federation    *Federation `json:"federation"` // nil: it has secrets
	CreatedAt     time.Time   `json:"createdAt"`
	LastUsedAt    time.Time   `json:"lastUsedAt"`  // zero: never
	LastRefusal   *Refusal    `json:"lastRefusal"` // nil: none since it last got a token
}

// A Secret is one of an OAuth client's. Secret, the text, is set only in the
// answer to AddSecret.
type Secret struct {
	ID         string    `json:"id"`
	Secret     string    `json:"secret"`
	CreatedAt  time.Time `json:"createdAt"`
	LastUsedAt time.Time `json:"lastUsedAt"` // zero: never
	ExpiresAt  time.Time `json:"expiresAt"`  // zero: never
}

// A Federation says whose assertions stand for an OAuth client.
type Federation struct {
	Issuer   string          `json:"issuer,omitempty"`
	Subject  string          `json:"subject,omitempty"`
	Audience string          `json:"audience,omitempty"`
	Keys     json.RawMessage `json:"jwks,omitempty"` // a JWK set, or
	KeysURI  string          `json:"jwksUri,omitempty"`
}

// A Refusal is why an OAuth client last got no access token.
type Refusal struct {
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
}

// An OAuthClientList is the answer to OAuthClients.
type OAuthClientList struct {
	Clients []OAuthClient `json:"clients"`
}

// A NewOAuthClient describes an OAuth client to add.
type NewOAuthClient struct {
	Label      string      `json:"label,omitempty"`
	ExpiresIn  int64       `json:"expiresIn,omitempty"`  // of its secret, in seconds; 0: never
	Federation *Federation `json:"federation,omitempty"` // nil: it has secrets
}

// AddOAuthClient adds an OAuth client to a directory.
func (c *Client) AddOAuthClient(ctx context.Context, directory string, n NewOAuthClient) (Answer[OAuthClient], error) {
	return call[OAuthClient](ctx, c, request{method: "POST", path: clientPath(directory), body: n})
}

// OAuthClients returns a directory's OAuth clients, without their secrets.
func (c *Client) OAuthClients(ctx context.Context, directory string) (Answer[OAuthClientList], error) {
	return call[OAuthClientList](ctx, c, request{method: "GET", path: clientPath(directory)})
}

// RemoveOAuthClient ends an OAuth client with its secrets and access tokens.
func (c *Client) RemoveOAuthClient(ctx context.Context, directory, id string) error {
	_, err := c.send(ctx, request{method: "DELETE", path: append(clientPath(directory), id)})
	return err
}

// AddSecret adds a secret to an OAuth client, valid for so many seconds; 0 for
// as long as it is not revoked.
func (c *Client) AddSecret(ctx context.Context, directory, id string, expiresIn int64) (Answer[Secret], error) {
	body := struct {
		ExpiresIn int64 `json:"expiresIn,omitempty"`
	}{expiresIn}
	return call[Secret](ctx, c, request{method: "POST", path: append(clientPath(directory), id, "secrets"), body: body})
}

// RemoveSecret ends a secret with the access tokens that were got with it.
func (c *Client) RemoveSecret(ctx context.Context, directory, id, secret string) error {
	_, err := c.send(ctx, request{method: "DELETE", path: append(clientPath(directory), id, "secrets", secret)})
	return err
}

func clientPath(directory string) []string {
	return []string{"v1", "directories", directory, "clients"}
}
