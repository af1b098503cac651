package oauth

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"syscall"
	"time"
)

const (
	keysFresh    = time.Hour        // after which a set is fetched again before it is used
	keysUsable   = 24 * time.Hour   // for which a set serves while it cannot be fetched
	unknownPause = time.Minute      // between two fetches because of a kid that is not known
	failurePause = 10 * time.Second // after a fetch that failed
	fetchTime    = 5 * time.Second
	maxSets      = 1000
	maxURIBytes  = 2 << 10
)

// A KeyCache fetches the key sets of issuers and keeps them. It asks the
// configured address and nothing else: a redirect is a failure. An address is
// asked once at a time, and those who want its keys meanwhile wait. Make it
// with NewKeyCache; methods are safe for concurrent use.
type KeyCache struct {
	now    func() time.Time
	remote *http.Client // https
	local  *http.Client // http, to this machine only

	mu   sync.Mutex // guards sets, not what is in them; held for map work only
	sets map[string]*fetched
}

// fetched is one address. Who holds turn owns the rest.
type fetched struct {
	turn  chan struct{} // holds one
	set   *KeySet       // nil before the first fetch that succeeded
	at    time.Time     // of set
	tried time.Time     // the last attempt
}

// KeyCacheConfig says how keys are fetched. The zero value is what a server
// wants.
type KeyCacheConfig struct {
	Roots *x509.CertPool   // whom https servers are certified by; nil is the system's
	Now   func() time.Time // nil is time.Now
}

// NewKeyCache returns an empty cache. HTTPS_PROXY and NO_PROXY are heeded.
func NewKeyCache(cfg KeyCacheConfig) *KeyCache {
	c := &KeyCache{now: cfg.Now, sets: map[string]*fetched{}}
	if c.now == nil {
		c.now = time.Now
	}
	c.remote = newHTTPClient(&http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{RootCAs: cfg.Roots, MinVersion: tls.VersionTLS12},
	})
	c.local = newHTTPClient(&http.Transport{
		DialContext: (&net.Dialer{ControlContext: loopbackOnly}).DialContext,
	})
	return c
}

func newHTTPClient(t *http.Transport) *http.Client {
	t.DisableKeepAlives = true // it is asked once an hour
	t.DisableCompression = true
	t.MaxResponseHeaderBytes = 64 << 10
	return &http.Client{
		Transport: t, Timeout: fetchTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// loopbackOnly refuses to connect to anything but this machine, whatever a
// name resolves to.
func loopbackOnly(_ context.Context, _, address string, _ syscall.RawConn) error {
	if ap, err := netip.ParseAddrPort(address); err != nil || !ap.Addr().Unmap().IsLoopback() {
		return errors.New("http is for issuers on this machine only")
	}
	return nil
}

// CheckKeysURI returns why an address cannot be that of a key set, or nil. The
// text continues "jwksUri …". local allows http to this machine.
func CheckKeysURI(address string, local bool) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || len(address) > maxURIBytes || u.Host == "" || u.Opaque != "":
		return errors.New("is not a URL such as https://login.example.com/keys")
	case u.User != nil || u.Fragment != "":
		return errors.New("must have no user and no fragment")
	case u.Scheme == "https":
		return nil
	case u.Scheme != "http" || !isLoopback(u.Hostname()):
		return errors.New("must begin with https://")
	case !local:
		return errors.New("must begin with https://; http to this machine is for the operator's key")
	}
	return nil
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.Unmap().IsLoopback()
}

// find returns the keys at an address. If none has the kid, they are fetched
// again, at most once a minute, since issuers change their keys. It returns
// ErrUnavailable, or ctx's error.
func (c *KeyCache) find(ctx context.Context, address, kid string) (*KeySet, error) {
	f := c.entry(address)
	select {
	case f.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-f.turn }()
	now := c.now()
	if f.due(now, kid) {
		f.tried = now
		if set, err := c.fetch(ctx, address); err == nil {
			f.set, f.at = set, now
		}
	}
	if f.set == nil || now.Sub(f.at) > keysUsable {
		return nil, ErrUnavailable
	}
	return f.set, nil
}

// due tells whether the address is to be asked now.
func (f *fetched) due(now time.Time, kid string) bool {
	since := now.Sub(f.tried)
	switch {
	case f.tried.IsZero():
		return true
	case f.set == nil || now.Sub(f.at) >= keysFresh:
		return since >= failurePause
	case !f.set.has(kid):
		return since >= unknownPause
	}
	return false
}

// entry returns what is known of an address. When there are too many, which
// takes clients that were removed, all are forgotten: they are fetched again.
func (c *KeyCache) entry(address string) *fetched {
	c.mu.Lock()
	defer c.mu.Unlock()
	f, ok := c.sets[address]
	if !ok {
		if len(c.sets) >= maxSets {
			clear(c.sets)
		}
		f = &fetched{turn: make(chan struct{}, 1)}
		c.sets[address] = f
	}
	return f
}

// fetch asks an address. It does not end with the request that happens to need
// the keys: others wait for them too.
func (c *KeyCache) fetch(ctx context.Context, address string) (*KeySet, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/jwk-set+json, application/json")
	req.Header.Set("User-Agent", "ringdex")
	client := c.remote
	if req.URL.Scheme == "http" {
		client = c.local
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	if resp.StatusCode != http.StatusOK {
		return nil, errors.New("status " + resp.Status)
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxSetBytes+1))
	if err != nil {
		return nil, err
	}
	set, _, err := parseKeySet(text)
	return set, err
}
