package client

import (
	"context"
	"time"
)

// A Token is a SCIM token of a directory. Token, the secret, is set only in
// the answer to AddToken.
type Token struct {
	ID         string    `json:"id"`
	Token      string    `json:"token"`
	Label      string    `json:"label"`
	CreatedAt  time.Time `json:"createdAt"`
	LastUsedAt time.Time `json:"lastUsedAt"` // zero: never
	ExpiresAt  time.Time `json:"expiresAt"`  // zero: never
}

// A TokenList is the answer to Tokens.
type TokenList struct {
	Tokens []Token `json:"tokens"`
}

// A NewToken describes a token to add.
type NewToken struct {
	Label     string `json:"label,omitempty"`
	ExpiresIn int64  `json:"expiresIn,omitempty"` // seconds; 0: never
	Overlap   *int64 `json:"overlap,omitempty"`   // seconds after which the tokens that exist end; nil: they do not
}

// AddToken adds a SCIM token to a directory.
func (c *Client) AddToken(ctx context.Context, directory string, t NewToken) (Answer[Token], error) {
	return call[Token](ctx, c, request{method: "POST", path: tokenPath(directory), body: t})
}

// Tokens returns a directory's SCIM tokens, without their secrets.
func (c *Client) Tokens(ctx context.Context, directory string) (Answer[TokenList], error) {
	return call[TokenList](ctx, c, request{method: "GET", path: tokenPath(directory)})
}

// RevokeToken ends a SCIM token at once.
func (c *Client) RevokeToken(ctx context.Context, directory, id string) error {
	_, err := c.send(ctx, request{method: "DELETE", path: append(tokenPath(directory), id)})
	return err
}

func tokenPath(directory string) []string {
	return []string{"v1", "directories", directory, "tokens"}
}

// A Key is an API or admin key. Key, the secret, is set only in the answer to
// AddKey.
type Key struct {
	ID         string    `json:"id"`
	Key        string    `json:"key"`
	Kind       string    `json:"kind"` // "api" or "admin"
	Scopes     []string  `json:"scopes"`
	Label      string    `json:"label"`
	CreatedAt  time.Time `json:"createdAt"`
	LastUsedAt time.Time `json:"lastUsedAt"` // zero: never
}

// A KeyList is the answer to Keys.
type KeyList struct {
	Keys []Key `json:"keys"`
}

// A NewKey describes a key to add.
type NewKey struct {
	Kind     string   `json:"kind"`
	Scopes   []string `json:"scopes,omitempty"`
	Label    string   `json:"label,omitempty"`
	Operator bool     `json:"operator,omitempty"` // of an admin key: it may manage tenants
}

// AddKey adds an API or admin key to the caller's tenant.
func (c *Client) AddKey(ctx context.Context, k NewKey) (Answer[Key], error) {
	return call[Key](ctx, c, request{method: "POST", path: []string{"v1", "keys"}, body: k})
}

// Keys returns the tenant's keys, without their secrets.
func (c *Client) Keys(ctx context.Context) (Answer[KeyList], error) {
	return call[KeyList](ctx, c, request{method: "GET", path: []string{"v1", "keys"}})
}

// RevokeKey ends a key at once.
func (c *Client) RevokeKey(ctx context.Context, id string) error {
	_, err := c.send(ctx, request{method: "DELETE", path: []string{"v1", "keys", id}})
	return err
}
