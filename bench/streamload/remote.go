package streamload

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/ringdex/ringdex/bench/measure"
	"github.com/ringdex/ringdex/cmd/ringdex/client"
)

// cleanUpTime bounds how long removing a directory may take, also after an
// interruption.
const cleanUpTime = 30 * time.Second

// elsewhere measures a server that runs already, in a directory that is removed
// in the end: how long a request that changes presence takes to reach each
// agent, and how many updates a second do.
func (r *run) elsewhere(ctx context.Context) (err error) {
	c, err := client.New(r.cfg.Server, r.cfg.Key)
	if err != nil {
		return err
	}
	d, err := c.AddDirectory(ctx, client.NewDirectory{Name: "ringdex bench stream " + time.Now().UTC().Format(time.DateTime), Type: "other"})
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUpTime)
		defer cancel()
		err = errors.Join(err, c.RemoveDirectory(ctx, d.Value.ID))
	}()
	s, err := newRemote(c, r.cfg, d.Value)
	if err != nil {
		return err
	}
	if err := s.fill(ctx, r.cfg.Contacts, d.Value.SCIM); err != nil {
		return err
	}
	return r.with(s, r.cfg.Agents, func() error {
		calm, err := r.rounds(ctx, "fanout_latency", r.cfg.Agents, s)
		if err != nil {
			return err
		}
		calm.Goal = &measure.Goal{P99: crowdP99Goal}
		results, err := r.bench.Run(ctx, r.phase("updates", s, r.cfg.Agents, r.cfg.Contacts, latencyRounds))
		if err != nil {
			return err
		}
		// The server's share of processor time is not known.
		updates := perUpdate(results[0], r.cfg.Agents*r.cfg.Contacts)
		updates.CPUMicros, updates.Allocs, updates.AllocBytes = 0, 0, 0
		r.report.Results = append(r.report.Results, calm, updates)
		return nil
	})
}

// A remote is a side that is asked over HTTP.
type remote struct {
	base   *url.URL
	key    string
	folder string
	people []string
	web    *http.Client
}

func newRemote(c *client.Client, cfg Config, d client.Directory) (*remote, error) {
	base, err := url.Parse(c.Server())
	if err != nil {
		return nil, err
	}
	if base.Scheme != "http" {
		return nil, fmt.Errorf("%w: the agents speak HTTP without TLS only", ErrConfig)
	}
	return &remote{base: base, key: cfg.Key, folder: d.ID, web: &http.Client{Timeout: patience}}, nil
}

// fill makes contacts.
func (s *remote) fill(ctx context.Context, contacts int, scim client.SCIM) error {
	public, err := url.Parse(scim.BaseURL)
	if err != nil {
		return err
	}
	for i := range contacts {
		body := fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"bench-%d@example.com","displayName":"Bench %d"}`, i, i)
		var made struct {
			ID string `json:"id"`
		}
		if err := s.post(ctx, public.Path+"/Users", scim.Token, "application/scim+json", []byte(body), &made); err != nil {
			return err
		}
		s.people = append(s.people, made.ID)
	}
	return nil
}

// post sends a body and reads the answer into out, which may be nil.
func (s *remote) post(ctx context.Context, path, key, media string, body []byte, out any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base.JoinPath(path).String(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", media)
	req.Header.Set("Authorization", "Bearer "+key)
	res, err := s.web.Do(req)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		return err
	}
	if res.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("POST was answered with status %d", res.StatusCode)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(text, out)
}

func (s *remote) way() *way { return streamWay(s.base.Host, s.key, s.folder) }

func (s *remote) tell(ctx context.Context, contacts int) error {
	body := []byte(`{"updates":[`)
	for i := range contacts {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(body, `{"id":"`+s.people[i]+`","availability":"busy","activity":"inACall","statusMessage":"`...)
		body = append(appendMark(body, time.Now()), `"}`...)
	}
	return s.post(ctx, "/v1/presence:batch", s.key, "application/json", append(body, "]}"...), nil)
}

func (s *remote) close() error { return nil }
