package wsock

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

func TestRefusedUpgrades(t *testing.T) {
	good := map[string]string{
		"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
		"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": Subprotocol, "Authorization": "Bearer key-1",
	}
	tests := []struct {
		name   string
		method string
		with   map[string]string // "" removes
		status int
		header string // that the answer must have
	}{
		{"plain GET", "GET", map[string]string{"Upgrade": "", "Connection": ""}, 426, "Upgrade"},
		{"POST", "POST", nil, 405, "Allow"},
		{"other upgrade", "GET", map[string]string{"Upgrade": "h2c"}, 426, "Upgrade"},
		{"no Connection", "GET", map[string]string{"Connection": "keep-alive"}, 426, "Upgrade"},
		{"old version", "GET", map[string]string{"Sec-WebSocket-Version": "8"}, 426, "Sec-WebSocket-Version"},
		{"no key", "GET", map[string]string{"Sec-WebSocket-Key": ""}, 400, ""},
		{"short key", "GET", map[string]string{"Sec-WebSocket-Key": "c2hvcnQ="}, 400, ""},
		{"foreign origin", "GET", map[string]string{"Origin": "https://evil.test"}, 403, ""},
		{"null origin", "GET", map[string]string{"Origin": "null"}, 403, ""},
		{"origin with another port", "GET", map[string]string{"Origin": "http://127.0.0.1:1"}, 403, ""},
		{"no scheme", "GET", map[string]string{"Authorization": "key-1"}, 401, "WWW-Authenticate"},
		{"basic", "GET", map[string]string{"Authorization": "Basic key-1"}, 401, "WWW-Authenticate"},
		{"unknown token", "GET", map[string]string{"Authorization": "Bearer nope"}, 401, "WWW-Authenticate"},
		{"no scope", "GET", map[string]string{"Authorization": "Bearer lookup"}, 403, ""},
	}
	r := newRig(t, func(cfg *Config) { cfg.Origins = []string{"https://console.test", "*.example.test"} })
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), tt.method, "http://"+r.addr+"/v1/stream", nil)
			if err != nil {
				t.Fatal(err)
			}
			for k, v := range good {
				req.Header.Set(k, v)
			}
			for k, v := range tt.with {
				req.Header.Del(k)
				if v != "" {
					req.Header.Set(k, v)
				}
			}
			res, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = res.Body.Close() }()
			var p problem
			if err := json.NewDecoder(res.Body).Decode(&p); err != nil {
				t.Fatal(err)
			}
			if res.StatusCode != tt.status || p.Status != tt.status || res.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%d %s %+v, want %d", res.StatusCode, res.Header.Get("Content-Type"), p, tt.status)
			}
			if tt.header != "" && res.Header.Get(tt.header) == "" {
				t.Errorf("answer lacks %s", tt.header)
			}
		})
	}
	if n := r.Connections(); n != 0 {
		t.Errorf("%d connections", n)
	}
}

func TestAllowedOrigins(t *testing.T) {
	r := newRig(t, func(cfg *Config) { cfg.Origins = []string{"https://console.test", "*.example.test"} })
	for origin, want := range map[string]bool{
		"":                             true,
		"http://" + r.addr:             true,
		"https://console.test":         true,
		"HTTPS://Console.Test":         true,
		"http://console.test":          false,
		"https://a.example.test":       true,
		"https://a.example.test:8443":  false,
		"https://example.test":         false,
		"https://console.test.evil.io": false,
		"://":                          false,
	} {
		_, _, err := r.tryDial(t, "key-1", func(o *websocket.DialOptions) {
			if origin != "" {
				o.HTTPHeader.Set("Origin", origin)
			}
		})
		if (err == nil) != want {
			t.Errorf("origin %q: %v", origin, err)
		}
	}
}

func TestFullServerRefuses(t *testing.T) {
	r := newRig(t, func(cfg *Config) { cfg.Connections = 1 })
	r.open(t)
	if _, res, err := r.tryDial(t, "key-1", nil); err == nil || res.status != 503 || res.retryAfter == "" {
		t.Errorf("second connection: %v, %v", res, err)
	}
	r = newRig(t, func(cfg *Config) { cfg.AcceptsPerSecond = 1 })
	r.open(t)
	if _, res, err := r.tryDial(t, "key-1", nil); err == nil || res.status != 503 || res.retryAfter == "" {
		t.Errorf("second connection of a second: %v, %v", res, err)
	}
}

func TestNewRefusesABadConfig(t *testing.T) {
	r := newRig(t, nil)
	for _, cfg := range []Config{
		{},
		{Hub: r.hub, Auth: r},
		{Hub: r.hub, Auth: r, Directory: r, Origins: []string{"[a"}},
	} {
		if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), ErrConfig.Error()) {
			t.Errorf("New(%+v) = %v", cfg, err)
		}
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	r := newRig(t, nil)
	p := r.open(t)
	go r.stop()
	p.wantClose(CodeGoingAway)
	r.stop()
	if got := context.Cause(t.Context()); got != nil {
		t.Fatal(got)
	}
	if n := r.Connections(); n != 0 {
		t.Errorf("%d connections left", n)
	}
}
