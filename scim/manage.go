package scim

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/resource"
)

// A Group is a group as its directory's administrator sees it.
type Group struct {
	ID          string `json:"id"`
	DisplayName string `json:"displayName"`
	ExternalID  string `json:"externalId"`
	Version     string `json:"version"` // entity tag, `W/"18230"`
}

// A GroupPage is a part of a directory's groups, the eldest first.
type GroupPage struct {
	Groups []Group
	Total  int
}

// CreateGroup makes a group on behalf of the administrator of a directory, who
// may do so whatever its policy "groups" allows its identity provider. It is
// what POST /Groups is, but for that: the errors are *schema.Error for a wrong
// attribute, *Error for what SCIM has a status for (409: another group has the
// name), and those of the log and the registry.
func (s *Service) CreateGroup(ctx context.Context, tenant, directoryID, displayName, externalID string) (Group, error) {
	fields := []resource.Field{
		{Name: "schemas", Value: resource.OfArray(resource.OfString("urn:ietf:params:scim:schemas:core:2.0:Group"))},
		{Name: "displayName", Value: resource.OfString(displayName)},
	}
	if externalID != "" {
		fields = append(fields, resource.Field{Name: "externalId", Value: resource.OfString(externalID)})
	}
	p, err := s.manage(ctx, tenant, directoryID, call{method: http.MethodPost, segments: []string{"Groups"}, data: resource.OfObject(fields...)})
	if err != nil {
		return Group{}, err
	}
	return shownGroup(p.body), nil
}

// Groups returns up to count groups of a directory from startIndex, which begins
// at 1. Errors are those of CreateGroup.
func (s *Service) Groups(ctx context.Context, tenant, directoryID string, startIndex, count int) (GroupPage, error) {
	query := map[string]string{"startindex": strconv.Itoa(startIndex), "count": strconv.Itoa(count), "excludedattributes": "members"}
	p, err := s.manage(ctx, tenant, directoryID, call{method: http.MethodGet, segments: []string{"Groups"}, query: query})
	if err != nil {
		return GroupPage{}, err
	}
	page := GroupPage{Groups: []Group{}}
	if page.Total, err = strconv.Atoi(p.body.Get("totalResults").Text()); err != nil {
		return GroupPage{}, err
	}
	for v := range p.body.Get("Resources").Elems() {
		page.Groups = append(page.Groups, shownGroup(v))
	}
	return page, nil
}

// DeleteGroup deletes a group and its memberships, like CreateGroup. It returns
// an *Error of status 404 if there is no such group in the directory.
func (s *Service) DeleteGroup(ctx context.Context, tenant, directoryID string, id contact.ID) error {
	_, err := s.manage(ctx, tenant, directoryID, call{method: http.MethodDelete, segments: []string{"Groups", string(id)}})
	return err
}

// manage runs a call of the administrator's. It leaves no trace in the
// provisioning log, which is the identity provider's.
func (s *Service) manage(ctx context.Context, tenant, directoryID string, c call) (reply, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestTime)
	defer cancel()
	if c.query == nil {
		c.query = map[string]string{}
	}
	r := &request{ctx: ctx, service: s, tenant: tenant, base: s.cfg.PublicURL + "/scim/" + directoryID, manages: true, call: c}
	if err := r.loadDirectory(directoryID); err != nil {
		return reply{}, err
	}
	err := r.run()
	if errors.Is(err, errNoResource) || errors.Is(err, errDirectoryChanged) {
		err = errorOf(err, s.cfg.Logger) // nobody else knows these
	}
	return r.reply, err
}

func shownGroup(v resource.Value) Group {
	return Group{
		ID: v.Get("id").Text(), DisplayName: v.Get("displayName").Text(), ExternalID: v.Get("externalId").Text(),
		Version: v.Get("meta").Get("version").Text(),
	}
}
