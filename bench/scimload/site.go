package scimload

import (
	"context"
	"crypto/tls"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/ringdex/ringdex/bench/measure"
	"github.com/ringdex/ringdex/cmd/ringdex/client"
	"github.com/ringdex/ringdex/cmd/ringdex/server"
)

// cleanUpTime bounds how long removing a directory of a server elsewhere may
// take, also after an interruption.
const cleanUpTime = 30 * time.Second

// A site is a directory of a server that runs.
type site struct {
	client    *client.Client // with an admin key
	directory client.Directory
	endpoint  *endpoint
}

// elsewhere loads a server that runs already, in a directory that is removed
// in the end.
func (l *load) elsewhere(ctx context.Context) (err error) {
	c, err := client.New(l.cfg.Server, l.cfg.Key)
	if err != nil {
		return err
	}
	s, err := newSite(ctx, c)
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUpTime)
		defer cancel()
		err = errors.Join(err, c.RemoveDirectory(ctx, s.directory.ID))
	}()
	if err := l.makeCast(); err != nil {
		return err
	}
	return l.overHTTP(ctx, s)
}

// here loads a server in this process, and the log beneath it, in a temporary
// folder.
func (l *load) here(ctx context.Context) (err error) {
	folder, err := os.MkdirTemp(l.cfg.Folder, "ringdex-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	l.report.Machine = measure.ThisMachine(time.Now(), folder)
	if err := l.makeCast(); err != nil {
		return err
	}
	if err := l.commits(ctx, folder); err != nil {
		return err
	}
	if err := l.ceiling(ctx); err != nil {
		return err
	}
	return l.serve(ctx, filepath.Join(folder, "server"))
}

// serve runs a server while its directory is loaded.
func (l *load) serve(ctx context.Context, folder string) error {
	srv, err := server.Open(ctx, server.Config{Listen: "127.0.0.1:0", DataDir: folder})
	if err != nil {
		return err
	}
	// The server outlives ctx until the requests under way have ended.
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	ready, ended := make(chan server.Ready, 1), make(chan error, 1)
	go func() {
		ended <- srv.Run(running, func(r server.Ready) error { ready <- r; return nil })
	}()
	select {
	case r := <-ready:
		err = l.loadServer(ctx, r)
	case err = <-ended:
		return err
	}
	stop()
	return errors.Join(err, <-ended)
}

func (l *load) loadServer(ctx context.Context, r server.Ready) error {
	c, err := client.New(r.URL, r.FirstKey)
	if err != nil {
		return err
	}
	s, err := newSite(ctx, c)
	if err != nil {
		return err
	}
	return l.overHTTP(ctx, s)
}

// newSite adds a directory.
func newSite(ctx context.Context, c *client.Client) (*site, error) {
	d, err := c.AddDirectory(ctx, client.NewDirectory{Name: "ringdex bench scim " + time.Now().UTC().Format(time.DateTime), Type: "entra", DefaultRegion: home})
	if err != nil {
		return nil, err
	}
	e, err := newEndpoint(c.Server(), d.Value.SCIM)
	if err != nil {
		return nil, err
	}
	return &site{client: c, directory: d.Value, endpoint: e}, nil
}

// visitor returns a connection with a token that nobody else has.
func (s *site) visitor(ctx context.Context) (*wire, error) {
	t, err := s.client.AddToken(ctx, s.directory.ID, client.NewToken{Label: "verify"})
	if err != nil {
		return nil, err
	}
	e, err := newEndpoint(s.client.Server(), client.SCIM{BaseURL: s.directory.SCIM.BaseURL, Token: t.Value.Token})
	if err != nil {
		return nil, err
	}
	return newWire(e), nil
}

// newEndpoint returns where a directory's requests go: to the server's own
// address, whatever public one the directory names.
func newEndpoint(base string, scim client.SCIM) (*endpoint, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	public, err := url.Parse(scim.BaseURL)
	if err != nil {
		return nil, err
	}
	e := &endpoint{
		address: u.Host, path: u.Path + public.Path,
		head: "Host: " + u.Host + "\r\nAuthorization: Bearer " + scim.Token + "\r\nAccept: application/scim+json\r\nUser-Agent: ringdex-bench\r\n",
	}
	switch u.Scheme {
	case "https":
		e.tls = &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}
		e.address = withPort(u, "443")
	default:
		e.address = withPort(u, "80")
	}
	return e, nil
}

func withPort(u *url.URL, port string) string {
	if u.Port() != "" {
		return u.Host
	}
	return u.Host + ":" + port
}

// makeCast makes everybody, which is not measured.
func (l *load) makeCast() (err error) {
	if l.cast, err = newCast(l.cfg.Users); err != nil {
		return err
	}
	l.cast.makeGroups(l.cfg.Groups)
	return nil
}
