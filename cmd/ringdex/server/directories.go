package server

import (
	"context"
	"net/http"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/directory"
	"github.com/ringdex/ringdex/scim/key"
)

// directoryBody is a directory as /v1/directories shows it.
type directoryBody struct {
	directory.Directory
	SCIM          scimAccess      `json:"scim"`
	Counts        directoryCounts `json:"counts"`
	LastRequestAt *time.Time      `json:"lastRequestAt"` // null before the first SCIM request since the start
	Risk          riskBody        `json:"risk"`          // that the identity provider stops
	PresenceSync  *syncBody       `json:"presenceSync"`  // null if it never was connected
}

type scimAccess struct {
	BaseURL string `json:"baseUrl"`
	Token   string `json:"token,omitempty"` // only in the answer that made it
}

type directoryCounts struct {
	Users  int `json:"users"`
	Groups int `json:"groups"`
}

// directoryDraft is the body of POST and PATCH.
type directoryDraft struct {
	Name          *string           `json:"name"`
	Type          *directory.Type   `json:"type"`
	DefaultRegion *string           `json:"defaultRegion"`
	Policies      map[string]string `json:"policies"`
	Aliases       map[string]string `json:"aliases"` // null or "" takes one out
}

func (b directoryDraft) draft() directory.Draft {
	return directory.Draft{Name: b.Name, Type: b.Type, DefaultRegion: b.DefaultRegion, Policies: b.Policies, Aliases: b.Aliases}
}

func (s *Server) directoryRoutes() []route {
	return []route{
		{"POST", "/v1/directories", admin, "", s.addDirectory},
		{"GET", "/v1/directories", admin, "", s.listDirectories},
		{"GET", "/v1/directories/{directory}", admin, "", s.getDirectory},
		{"PATCH", "/v1/directories/{directory}", admin, "", s.changeDirectory},
		{"DELETE", "/v1/directories/{directory}", admin, "", s.removeDirectory},
		{"POST", "/v1/directories/{directory}/tokens", admin, "", s.addToken},
		{"GET", "/v1/directories/{directory}/tokens", admin, "", s.listTokens},
		{"DELETE", "/v1/directories/{directory}/tokens/{token}", admin, "", s.revokeToken},
		{"GET", "/v1/policies", admin, "", s.listPolicies},
	}
}

func (s *Server) addDirectory(ctx context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	var body directoryDraft
	if err := readBody(r, &body); err != nil {
		return err
	}
	d, token, err := s.registry.AddDirectory(ctx, p.Tenant, body.draft())
	if err != nil {
		return err
	}
	shown := s.showDirectory(p.Tenant, d)
	shown.SCIM.Token = token.Text()
	r.Response.Header.Set("Location", "/v1/directories/"+d.ID)
	return writeSecret(r, shown)
}

func (s *Server) listDirectories(_ context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	list := []directoryBody{}
	for _, d := range s.registry.Directories(p.Tenant) {
		list = append(list, s.showDirectory(p.Tenant, d))
	}
	return writeJSON(r, http.StatusOK, map[string]any{"directories": list})
}

func (s *Server) getDirectory(_ context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	d, err := s.registry.Directory(p.Tenant, param(r, "directory"))
	if err != nil {
		return err
	}
	return writeJSON(r, http.StatusOK, s.showDirectory(p.Tenant, d))
}

func (s *Server) changeDirectory(ctx context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	var body directoryDraft
	if err := readBody(r, &body); err != nil {
		return err
	}
	d, err := s.registry.ChangeDirectory(ctx, p.Tenant, param(r, "directory"), body.draft())
	if err != nil {
		return err
	}
	return writeJSON(r, http.StatusOK, s.showDirectory(p.Tenant, d))
}

func (s *Server) removeDirectory(ctx context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	if err := s.registry.RemoveDirectory(ctx, p.Tenant, param(r, "directory")); err != nil {
		return err
	}
	s.journal.Retain(s.hasDirectory)
	s.microsoft.changed()
	s.tellSync()
	r.SetStatusCode(http.StatusNoContent)
	return nil
}

func (s *Server) showDirectory(tenant string, d directory.Directory) directoryBody {
	b := directoryBody{Directory: d, SCIM: scimAccess{BaseURL: s.cfg.PublicURL + "/scim/" + d.ID}, Risk: showRisk(s.journal.Risk(d.ID))}
	b.PresenceSync = s.shownSync(tenant, d.ID)
	b.Counts.Users = s.roster.Count(tenant, d.ID, contact.KindUser)
	b.Counts.Groups = s.roster.Count(tenant, d.ID, contact.KindGroup)
	if at := s.scim.LastRequest(d.ID); !at.IsZero() {
		b.LastRequestAt = &at
	}
	return b
}

// tokenBody is a SCIM token without its secret.
type tokenBody struct {
	ID         string     `json:"id"`
	Token      string     `json:"token,omitempty"` // only in the answer that made it
	Label      string     `json:"label"`
	CreatedAt  time.Time  `json:"createdAt"`
	LastUsedAt *time.Time `json:"lastUsedAt"` // to the hour; null if never
	ExpiresAt  *time.Time `json:"expiresAt"`  // null if it does not
}

func showToken(c directory.Credential) tokenBody {
	return tokenBody{ID: c.ID, Label: c.Label, CreatedAt: c.CreatedAt, LastUsedAt: orNull(c.LastUsedAt), ExpiresAt: orNull(c.ExpiresAt)}
}

func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// tokenDraft asks for a SCIM token. Times are in seconds. With an overlap it
// takes the place of those that exist: they end when that time is over.
type tokenDraft struct {
	Label     string `json:"label"`
	ExpiresIn int64  `json:"expiresIn"`
	Overlap   *int64 `json:"overlap"`
}

func (s *Server) addToken(ctx context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	var body tokenDraft
	if err := readBody(r, &body); err != nil {
		return err
	}
	expires, err := expiry(body.ExpiresIn)
	if err != nil {
		return err
	}
	c, token, err := s.makeToken(ctx, p.Tenant, param(r, "directory"), body, expires)
	if err != nil {
		return err
	}
	shown := showToken(c)
	shown.Token = token.Text()
	return writeSecret(r, shown)
}

func (s *Server) makeToken(
	ctx context.Context, tenant, id string, body tokenDraft, expires time.Time,
) (directory.Credential, key.Key, error) {
	if body.Overlap == nil {
		return s.registry.AddToken(ctx, tenant, id, body.Label, expires)
	}
	if seconds := *body.Overlap; seconds < 0 || seconds > 366*24*3600 {
		return directory.Credential{}, key.Key{}, fieldProblem("overlap", "must be seconds, from 0 to a year")
	}
	return s.registry.RotateToken(ctx, tenant, id, body.Label, expires, time.Duration(*body.Overlap)*time.Second)
}

// expiry turns a number of seconds from now into a time; 0 is never.
func expiry(seconds int64) (time.Time, error) {
	const tenYears = 10 * 366 * 24 * 3600
	switch {
	case seconds == 0:
		return time.Time{}, nil
	case seconds < 0 || seconds > tenYears:
		return time.Time{}, fieldProblem("expiresIn", "must be seconds from now, up to ten years")
	}
	return time.Now().Add(time.Duration(seconds) * time.Second).UTC().Truncate(time.Second), nil
}

func (s *Server) listTokens(_ context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	tokens, err := s.registry.Tokens(p.Tenant, param(r, "directory"))
	if err != nil {
		return err
	}
	list := []tokenBody{}
	for _, c := range tokens {
		list = append(list, showToken(c))
	}
	return writeJSON(r, http.StatusOK, map[string]any{"tokens": list})
}

func (s *Server) revokeToken(ctx context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	if err := s.registry.RevokeToken(ctx, p.Tenant, param(r, "directory"), param(r, "token")); err != nil {
		return err
	}
	r.SetStatusCode(http.StatusNoContent)
	return nil
}

// policyBody explains a policy of directories.
type policyBody struct {
	Name     string                    `json:"name"`
	Meaning  string                    `json:"meaning"`
	Values   []string                  `json:"values"`
	Effects  map[string]string         `json:"effects"`  // by value
	Profiles map[directory.Type]string `json:"profiles"` // the value that a type of directory begins with
}

func (s *Server) listPolicies(_ context.Context, r *fasthttp.RequestCtx, _ directory.Principal) error {
	profiles := make(map[directory.Type]directory.Policies)
	for _, t := range directory.Types() {
		profiles[t] = directory.Profile(t)
	}
	list := []policyBody{}
	for _, sw := range directory.Switches() {
		b := policyBody{Name: sw.Name, Meaning: sw.Meaning, Values: sw.Values, Effects: map[string]string{}, Profiles: map[directory.Type]string{}}
		for _, v := range sw.Values {
			b.Effects[v] = sw.Effect(v)
		}
		for t, p := range profiles {
			b.Profiles[t] = p.Get(sw.Name)
		}
		list = append(list, b)
	}
	return writeJSON(r, http.StatusOK, map[string]any{"policies": list})
}
