package client

import (
	"context"
	"net/url"
	"strconv"
)

// A Group is a group of a directory.
type Group struct {
	ID          string `json:"id"`
	DisplayName string `json:"displayName"`
	ExternalID  string `json:"externalId"` // empty: none
}

// A GroupList is the answer to Groups.
type GroupList struct {
	Groups []Group `json:"groups"`
	Total  int     `json:"totalResults"`
}

// A NewGroup describes a group to make.
type NewGroup struct {
	DisplayName string `json:"displayName"`
	ExternalID  string `json:"externalId,omitempty"`
}

// AddGroup makes a group in a directory, also where its identity provider may
// not.
func (c *Client) AddGroup(ctx context.Context, directory string, g NewGroup) (Answer[Group], error) {
	return call[Group](ctx, c, request{method: "POST", path: groupPath(directory), body: g})
}

// Groups returns up to count groups of a directory, from startIndex, which
// begins at 1.
func (c *Client) Groups(ctx context.Context, directory string, startIndex, count int) (Answer[GroupList], error) {
	query := url.Values{"startIndex": {strconv.Itoa(startIndex)}, "count": {strconv.Itoa(count)}}
	return call[GroupList](ctx, c, request{method: "GET", path: groupPath(directory), query: query})
}

// RemoveGroup deletes a group of a directory.
func (c *Client) RemoveGroup(ctx context.Context, directory, id string) error {
	_, err := c.send(ctx, request{method: "DELETE", path: append(groupPath(directory), id)})
	return err
}

func groupPath(directory string) []string {
	return []string{"v1", "directories", directory, "groups"}
}
