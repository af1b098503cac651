package client

import (
	"context"
	"time"
)

// A Directory is an external directory that provisions people over SCIM.
type Directory struct {
	ID            string            `json:"id"`
	Name          string            `json:"name"`
	Type          string            `json:"type"` // "entra", "okta", "other" or "strict"
	DefaultRegion string            `json:"defaultRegion"`
	Policies      map[string]string `json:"policies"`
	Aliases       map[string]string `json:"aliases"` // misspelled core attributes and what they mean
	SCIM          SCIM              `json:"scim"`
	Counts        Counts            `json:"counts"`
	CreatedAt     time.Time         `json:"createdAt"`
	LastRequestAt time.Time         `json:"lastRequestAt"` // zero: the identity provider never called
	Risk          Risk              `json:"risk"`
	PresenceSync  *PresenceSync     `json:"presenceSync"` // nil: it was never connected
}

// SCIM is what an identity provider's administrator enters there. Token is set
// only in the answer to AddDirectory.
type SCIM struct {
	BaseURL string `json:"baseUrl"`
	Token   string `json:"token"`
}

// Counts is how much a directory holds.
type Counts struct {
	Users  int `json:"users"`
	Groups int `json:"groups"`
}

// A DirectoryList is the answer to Directories.
type DirectoryList struct {
	Directories []Directory `json:"directories"`
}

// A NewDirectory describes a directory to add. Empty fields take the server's
// defaults.
type NewDirectory struct {
	Name          string            `json:"name"`
	Type          string            `json:"type,omitempty"`
	DefaultRegion string            `json:"defaultRegion,omitempty"` // "GB"
	Policies      map[string]string `json:"policies,omitempty"`
	Aliases       map[string]string `json:"aliases,omitempty"`
}

// A DirectoryChange describes what to change of a directory; nil and absent
// leave things as they are.
type DirectoryChange struct {
	Name          *string           `json:"name,omitempty"`
	DefaultRegion *string           `json:"defaultRegion,omitempty"`
	Policies      map[string]string `json:"policies,omitempty"` // "default" is the value of the type's profile
	Aliases       map[string]string `json:"aliases,omitempty"`  // an empty name takes one out
}

// AddDirectory adds a directory and its first SCIM token, which is in no later
// answer.
func (c *Client) AddDirectory(ctx context.Context, d NewDirectory) (Answer[Directory], error) {
	return call[Directory](ctx, c, request{method: "POST", path: []string{"v1", "directories"}, body: d})
}

// Directories returns the directories of the key's tenant.
func (c *Client) Directories(ctx context.Context) (Answer[DirectoryList], error) {
	return call[DirectoryList](ctx, c, request{method: "GET", path: []string{"v1", "directories"}})
}

// Directory returns one directory, or a Problem of status 404.
func (c *Client) Directory(ctx context.Context, id string) (Answer[Directory], error) {
	return call[Directory](ctx, c, request{method: "GET", path: []string{"v1", "directories", id}})
}

// ChangeDirectory changes a directory and returns what it is now.
func (c *Client) ChangeDirectory(ctx context.Context, id string, change DirectoryChange) (Answer[Directory], error) {
	return call[Directory](ctx, c, request{method: "PATCH", path: []string{"v1", "directories", id}, body: change})
}

// RemoveDirectory removes a directory with its people, groups and tokens.
func (c *Client) RemoveDirectory(ctx context.Context, id string) error {
	_, err := c.send(ctx, request{method: "DELETE", path: []string{"v1", "directories", id}})
	return err
}
