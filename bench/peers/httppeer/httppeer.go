// Package httppeer asks a Ringdex server over HTTP on the loopback, one
// connection kept alive, as a PBX does.
package httppeer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/bench/corpus"
	"github.com/ringdex/ringdex/bench/corpuslog"
	"github.com/ringdex/ringdex/bench/peers"
	"github.com/ringdex/ringdex/cmd/ringdex/client"
	"github.com/ringdex/ringdex/cmd/ringdex/server"
	"github.com/ringdex/ringdex/scim/directory"
	"github.com/ringdex/ringdex/stream/pebblelog"
)

// Name is the side's name, which other sides behind a connection are set
// against.
const Name = "ringdex, http"

// Side returns a server that starts when it is filled.
func Side(c corpus.Corpus) (peers.Side, error) {
	dir, err := os.MkdirTemp("", "ringdex-peer-")
	if err != nil {
		return peers.Side{}, err
	}
	return peers.Side{Name: Name, Kinds: peers.Kinds(), Against: Name, Peer: &peer{dir: dir, corpus: c}}, nil
}

// A peer is a server in this process and a connection to it.
type peer struct {
	dir    string
	corpus corpus.Corpus
	key    string // admin key
	server *running
	http   fasthttp.Client
}

// A running is a server that runs.
type running struct {
	url   string
	stop  context.CancelFunc
	ended chan error
}

func (p *peer) start(ctx context.Context) (*running, error) {
	s, err := server.Open(ctx, server.Config{Listen: "127.0.0.1:0", DataDir: p.dir})
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	r := &running{stop: stop, ended: make(chan error, 1)}
	ready := make(chan server.Ready, 1)
	go func() { r.ended <- s.Run(ctx, func(r server.Ready) error { ready <- r; return nil }) }()
	select {
	case at := <-ready:
		r.url = at.URL
		if at.FirstKey != "" {
			p.key = at.FirstKey
		}
		return r, nil
	case err := <-r.ended:
		stop()
		return nil, errors.Join(errors.New("the server has ended"), err)
	}
}

func (r *running) close() error {
	r.stop()
	return <-r.ended
}

// Close implements peers.Peer.
func (p *peer) Close() error {
	var err error
	p.http.CloseIdleConnections()
	if p.server != nil {
		err = p.server.close()
	}
	return errors.Join(err, os.RemoveAll(p.dir))
}

// Fill implements peers.Peer. The people are those of the corpus, and stand in
// the log before the server starts: how long SCIM takes is another benchmark.
func (p *peer) Fill(ctx context.Context, _ []peers.Person) error {
	id, err := p.addDirectory(ctx)
	if err != nil {
		return err
	}
	log, err := pebblelog.Open(ctx, pebblelog.Config{Dir: filepath.Join(p.dir, "log")})
	if err != nil {
		return err
	}
	err = corpuslog.Target{Log: log, Tenant: directory.DefaultTenant, Directory: id}.Write(ctx, p.corpus)
	if err := errors.Join(err, log.Close()); err != nil {
		return err
	}
	if p.server, err = p.start(ctx); err != nil {
		return err
	}
	return p.awaitText(ctx)
}

// addDirectory adds a directory to a server that runs no longer than that, and
// returns its id.
func (p *peer) addDirectory(ctx context.Context) (string, error) {
	s, err := p.start(ctx)
	if err != nil {
		return "", err
	}
	c, err := client.New(s.url, p.key)
	if err != nil {
		return "", errors.Join(err, s.close())
	}
	d, err := c.AddDirectory(ctx, client.NewDirectory{Name: "Corpus", DefaultRegion: corpus.Region})
	return d.Value.ID, errors.Join(err, s.close())
}

// awaitText returns when the text index, which follows, has the last contact
// with an e-mail address.
func (p *peer) awaitText(ctx context.Context) error {
	last := p.corpus.Size - 1
	c := p.corpus.Contact(last)
	for len(c.Emails) == 0 || !c.Active {
		last--
		c = p.corpus.Contact(last)
	}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		ids, err := p.search("auto", "email:"+c.Emails[0].Value)
		if err != nil || len(ids) > 0 {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Ask implements peers.Peer.
func (p *peer) Ask(_ context.Context, q peers.Question) ([]string, error) {
	switch q.Kind {
	case peers.Exact:
		return p.lookup(q.Text)
	case peers.PrefixNumber:
		return p.search("number", "+"+q.Text)
	}
	return p.search("auto", q.Text)
}

// named is the part of a contact that is compared.
type named struct {
	ID string `json:"id"`
}

func (p *peer) lookup(number string) ([]string, error) {
	var answer struct {
		Candidates []struct {
			Contact named `json:"contact"`
		} `json:"candidates"`
	}
	if err := p.do(http.MethodGet, "/v1/lookup?number="+url.QueryEscape(number), nil, func(body []byte) error { return json.Unmarshal(body, &answer) }); err != nil {
		return nil, err
	}
	ids := make([]string, len(answer.Candidates))
	for i, c := range answer.Candidates {
		ids[i] = c.Contact.ID
	}
	return ids, nil
}

func (p *peer) search(mode, text string) ([]string, error) {
	var answer struct {
		Hits []struct {
			Contact named `json:"contact"`
		} `json:"hits"`
	}
	path := "/v1/search?limit=" + strconv.Itoa(peers.Limit) + "&mode=" + mode + "&q=" + url.QueryEscape(text)
	if err := p.do(http.MethodGet, path, nil, func(body []byte) error { return json.Unmarshal(body, &answer) }); err != nil {
		return nil, err
	}
	ids := make([]string, len(answer.Hits))
	for i, h := range answer.Hits {
		ids[i] = h.Contact.ID
	}
	return ids, nil
}

// AskMany implements peers.Batcher.
func (p *peer) AskMany(_ context.Context, numbers []string) (found int, err error) {
	// The brief form: the others answer with ids too.
	body, err := json.Marshal(map[string]any{"numbers": numbers, "answer": "brief"})
	if err != nil {
		return 0, err
	}
	err = p.do(http.MethodPost, "/v1/lookup:batch", body, func(body []byte) error {
		found = len(numbers) - bytes.Count(body, []byte(`"status":"none"`))
		return nil
	})
	return found, err
}

// do sends a request and hands the answer's body, which is valid only then, to
// read.
func (p *peer) do(method, path string, body []byte, read func([]byte) error) error {
	q, r := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(q)
	defer fasthttp.ReleaseResponse(r)
	q.Header.SetMethod(method)
	q.SetRequestURI(p.server.url + path)
	q.Header.Set("Authorization", "Bearer "+p.key)
	if body != nil {
		q.Header.SetContentType("application/json")
		q.SetBodyRaw(body)
	}
	if err := p.http.Do(q, r); err != nil {
		return err
	}
	if r.StatusCode() != http.StatusOK {
		return fmt.Errorf("%s was answered with status %d", method, r.StatusCode())
	}
	return read(r.Body())
}
