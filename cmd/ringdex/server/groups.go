package server

import (
	"context"
	"net/http"
	"strconv"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/directory"
)

// groupRoutes are the routes by which an administrator makes and deletes the
// groups of a directory whose identity provider may only update them.
func (s *Server) groupRoutes() []route {
	const groups = "/v1/directories/{directory}/groups"
	return []route{
		{"POST", groups, admin, "", s.addGroup},
		{"GET", groups, admin, "", s.listGroups},
		{"DELETE", groups + "/{group}", admin, "", s.removeGroup},
	}
}

const maxGroups = 1000 // in one answer

type groupDraft struct {
	DisplayName string `json:"displayName"`
	ExternalID  string `json:"externalId"`
}

func (s *Server) addGroup(ctx context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	var body groupDraft
	if err := readBody(r, &body); err != nil {
		return err
	}
	id := param(r, "directory")
	g, err := s.scim.CreateGroup(ctx, p.Tenant, id, body.DisplayName, body.ExternalID)
	if err != nil {
		return err
	}
	r.Response.Header.Set("Location", "/v1/directories/"+id+"/groups/"+g.ID)
	return writeJSON(r, http.StatusCreated, g)
}

// listGroups answers with a part of the groups: ?startIndex=1&count=100, as in
// SCIM.
func (s *Server) listGroups(ctx context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	start, err := queryNumber(r, "startIndex", 1, 1<<31-1)
	if err != nil {
		return err
	}
	count, err := queryNumber(r, "count", 100, maxGroups)
	if err != nil {
		return err
	}
	page, err := s.scim.Groups(ctx, p.Tenant, param(r, "directory"), start, count)
	if err != nil {
		return err
	}
	return writeJSON(r, http.StatusOK, map[string]any{"groups": page.Groups, "totalResults": page.Total})
}

// queryNumber reads a parameter that is a whole number from 1 to most.
func queryNumber(r *fasthttp.RequestCtx, name string, otherwise, most int) (int, error) {
	text := string(r.QueryArgs().Peek(name))
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, fieldProblem(name, "must be a whole number from 1 to "+strconv.Itoa(most))
	}
	return n, nil
}

func (s *Server) removeGroup(ctx context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	return noContent(r, s.scim.DeleteGroup(ctx, p.Tenant, param(r, "directory"), contact.ID(param(r, "group"))))
}
