package wsock

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	mrand "math/rand/v2"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"
	"github.com/valyala/fasthttp"
)

// padded returns a presence that fills a socket soon.
func padded(n int) string { return fmt.Sprintf(`{"n":%d,"pad":"%s"}`, n, strings.Repeat("x", 30_000)) }

func TestSlowReaderKeepsNewestStateAndDelaysNobody(t *testing.T) {
	r := newRig(t, nil)
	r.put("c1", `{}`, "d1")
	slow, quick := r.open(t), r.open(t)
	for _, p := range []*peer{slow, quick} {
		p.subscribe("s", `{"kind":"directory","directoryId":"d1"}`, "")
		p.want("snapshot")
	}
	blocked := func() bool {
		for _, c := range r.conns.all() {
			if c.pump.blocked.Load() {
				return true
			}
		}
		return false
	}
	last := 0
	for n := 1; n <= 2000 && (!blocked() || last < 20); n++ {
		r.presence("c1", padded(n))
		last = n
		if m := quick.want("changes"); !strings.Contains(m.Text, fmt.Sprintf(`{"n":%d,`, n)) {
			t.Fatalf("the quick reader got %.80s after change %d", m.Text, n)
		}
	}
	if !blocked() {
		t.Fatal("the slow reader's socket never filled")
	}
	for n := range 200 { // while the socket is full
		last = 10_000 + n
		r.presence("c1", padded(last))
	}
	r.hub.Space("t1").SetPresence("c1", []byte(`{"n":"end"}`))
	messages := 0
	for seen := ""; !strings.Contains(seen, `"end"`); messages++ {
		seen = slow.want("changes").Text
	}
	if messages > last {
		t.Errorf("the slow reader was sent %d messages", messages)
	}
}

// TestDeafPeersAndAHerdHoldUpNobody fills the sockets of peers that never read,
// lets others come and go, and wants each change to reach a quick reader before
// the next is made.
func TestDeafPeersAndAHerdHoldUpNobody(t *testing.T) {
	r := newRig(t, func(cfg *Config) { cfg.AcceptsPerSecond, cfg.StallAfter = 25, time.Minute })
	r.put("c1", `{}`, "d1")
	const subscribe = `{"type":"subscribe","id":1,"sub":"s","topic":{"kind":"directory","directoryId":"d1"}}`
	quick := r.open(t)
	quick.send(subscribe)
	quick.want("ack")
	quick.want("snapshot")
	const deaf = 20
	for range deaf {
		raw := dialRaw(t, r.addr, "GET / HTTP/1.1\r\nHost: h\r\n"+upgradeHeaders+masked(finText, subscribe))
		readUntil(t, raw, "hello")
	}
	told := func(n int) {
		t.Helper()
		r.presence("c1", padded(n))
		if m := quick.want("changes"); !strings.Contains(m.Text, fmt.Sprintf(`{"n":%d,`, n)) {
			t.Fatalf("the quick reader got %.80s after change %d", m.Text, n)
		}
	}
	blocked := func() (n int) {
		for _, c := range r.conns.all() {
			if c.pump.blocked.Load() {
				n++
			}
		}
		return n
	}
	n := 0
	for ; blocked() < deaf && n < 2000; n++ {
		told(n)
	}
	if got := blocked(); got != deaf {
		t.Fatalf("%d of %d deaf peers' sockets are full", got, deaf)
	}
	before := runtime.NumGoroutine()
	var herd sync.WaitGroup
	refused := make(chan struct{}, 1000)
	for range 8 {
		herd.Go(func() {
			for range 50 {
				raw, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", r.addr)
				if err != nil {
					continue
				}
				_, _ = io.WriteString(raw, "GET / HTTP/1.1\r\nHost: h\r\n"+upgradeHeaders+masked(finText, subscribe))
				head := make([]byte, 12)
				if _, err := io.ReadFull(raw, head); err == nil && string(head) == "HTTP/1.1 503" {
					refused <- struct{}{}
				}
				_ = raw.Close()
			}
		})
	}
	for end := n + 200; n < end; n++ {
		told(n)
	}
	herd.Wait()
	if len(refused) == 0 {
		t.Error("nobody of the herd was told to wait")
	}
	eventually(t, "the herd is gone", func() bool { return r.Connections() == deaf+1 })
	if after := runtime.NumGoroutine(); after > before+20 {
		t.Errorf("%d goroutines, %d before the herd", after, before)
	}
}

func TestStalledReaderIsCutOff(t *testing.T) {
	r := newRig(t, func(cfg *Config) { cfg.StallAfter = 100 * time.Millisecond })
	r.put("c1", `{}`, "d1")
	p := r.open(t)
	p.subscribe("s", `{"kind":"directory","directoryId":"d1"}`, "")
	n := 0
	eventually(t, "the stalled reader is cut off", func() bool {
		n++
		r.presence("c1", padded(n))
		return len(r.codes()) > 0
	})
	if got := r.codes(); got[0] != CodeTimeout {
		t.Errorf("closed with %v", got)
	}
}

func TestClientThatSendsAndDoesNotReadIsCutOff(t *testing.T) {
	r := newRig(t, func(cfg *Config) { cfg.CommandsPerSecond, cfg.CommandBurst = 1_000_000, 1_000_000 })
	raw := dialRaw(t, r.addr, "GET / HTTP/1.1\r\nHost: h\r\n"+upgradeHeaders)
	flood := strings.Repeat(masked(finText, `{"type":"unsubscribe","id":1,"sub":"`+strings.Repeat("x", 60)+`"}`), 100)
	go func() {
		for {
			if _, err := raw.Write([]byte(flood)); err != nil {
				return
			}
		}
	}()
	eventually(t, "the flooder is cut off", func() bool { return len(r.codes()) > 0 })
	if got := r.codes(); got[0] != CodeOverloaded {
		t.Errorf("closed with %v", got)
	}
}

func TestDeadPeerIsForgotten(t *testing.T) {
	r := newRig(t, nil)
	raw := dialRaw(t, r.addr, "GET / HTTP/1.1\r\nHost: h\r\n"+upgradeHeaders)
	readUntil(t, raw, "hello")
	if err := raw.(*net.TCPConn).SetLinger(0); err != nil {
		t.Fatal(err)
	}
	_ = raw.Close() // with a reset
	eventually(t, "the connection is gone", func() bool { return r.Connections() == 0 })
	eventually(t, "its end is counted", func() bool { return len(r.codes()) == 1 })
	if got := r.codes(); got[0] != CodeAbnormal {
		t.Errorf("closed with %v", got)
	}
}

func TestBroadcastReachesEveryone(t *testing.T) {
	r := newRig(t, nil)
	r.put("c1", `{}`, "d1")
	var wg sync.WaitGroup
	ready := make(chan struct{}, 200)
	for i := range 200 {
		p := r.dial(t, "key-1")
		p.wait = 30 * time.Second
		wg.Go(func() {
			for ended := false; !ended; {
				m, err := p.read()
				if err != nil {
					t.Errorf("peer %d: %v", i, err)
					return
				}
				switch m.Type {
				case "hello":
					_ = p.ws.Write(t.Context(), websocket.MessageText, []byte(`{"type":"subscribe","id":1,"sub":"s","topic":{"kind":"directory","directoryId":"d1"}}`))
				case "snapshot":
					ready <- struct{}{}
				}
				ended = strings.Contains(m.Text, `"end"`)
			}
		})
	}
	for range 200 {
		<-ready
	}
	for n := range 50 {
		r.presence("c1", fmt.Sprintf(`{"n":%d}`, n))
	}
	r.presence("c1", `{"n":"end"}`)
	wg.Wait()
}

func TestNoGoroutineIsLeftBehind(t *testing.T) {
	base := runtime.NumGoroutine()
	r := newRig(t, nil)
	r.put("c1", `{}`, "d1")
	for i := range 30 {
		p := r.open(t)
		p.subscribe("s", `{"kind":"directory","directoryId":"d1"}`, "")
		if i%3 == 0 {
			_ = p.ws.CloseNow()
		}
	}
	r.stop()
	// fasthttp keeps two goroutines for a while; the clients' belong to t.
	eventually(t, "goroutines end", func() bool { return runtime.NumGoroutine() <= base+4 })
}

func TestStreamWorksOverTLS(t *testing.T) {
	r := newRig(t, nil)
	server := &fasthttp.Server{Handler: r.Serve, KeepHijackedConns: true}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cert := selfSigned(t)
	served := make(chan error, 1)
	go func() {
		served <- server.Serve(tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}))
	}()
	t.Cleanup(func() { _, _ = listener.Close(), <-served })
	for i := range 300 {
		r.put(fmt.Sprintf("c%d", i), `{}`, "d1")
		r.presence(fmt.Sprintf("c%d", i), `{"pad":"`+strings.Repeat("x", 2000)+`"}`)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	t.Cleanup(client.CloseIdleConnections)
	p, _, err := dialURL(t, "wss://"+listener.Addr().String(), "", func(o *websocket.DialOptions) { o.HTTPClient = client })
	if err != nil {
		t.Fatal(err)
	}
	p.send(`{"type":"connect","id":1,"token":"key-1"}`)
	p.want("hello")
	p.subscribe("s", `{"kind":"directory","directoryId":"d1"}`, "")
	n := 0
	for more := true; more; {
		m := p.want("snapshot")
		n, more = n+len(m.Data), *m.More
	}
	if n != 300 {
		t.Errorf("snapshot of %d contacts", n)
	}
	r.presence("c1", `{"n":1}`)
	if m := p.want("changes"); m.Data[0].ID != "c1" {
		t.Errorf("change %s", m.Text)
	}
}

func selfSigned(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// A mirror is a client that keeps a view, loses its connection at random, and
// comes back with its position.
type mirror struct {
	topic    string
	position string
	view     map[string]string // presence by id
}

func (c *mirror) follow(t *testing.T, r *rig, rnd *mrand.Rand, lossy func() bool, want map[string]string) {
	for {
		p := r.dial(t, "key-1")
		since := ""
		if c.position != "" {
			since = `,"since":"` + c.position + `"`
		}
		p.send(`{"type":"subscribe","id":1,"sub":"s","topic":` + c.topic + since + `}`)
		for !lossy() || rnd.IntN(20) > 0 {
			m, err := p.read()
			if err != nil {
				t.Errorf("reading: %v", err)
				return
			}
			c.apply(m)
			if !lossy() && cmp.Equal(c.view, want) {
				_ = p.ws.CloseNow()
				return
			}
		}
		_ = p.ws.CloseNow()
	}
}

func (c *mirror) apply(m msg) {
	if m.Reset {
		clear(c.view)
	}
	for _, e := range m.Data {
		text, err := json.Marshal(e.Presence)
		if err != nil {
			continue
		}
		c.view[e.ID] = string(text)
	}
	for _, id := range m.Removed {
		delete(c.view, id)
	}
	if m.Position != "" {
		c.position = m.Position
	}
}

func TestViewsConvergeOverSockets(t *testing.T) {
	r := newRig(t, func(cfg *Config) { cfg.PageEntries = 7 })
	rnd := mrand.New(mrand.NewPCG(7, 7))
	truth := map[string]map[string]string{"d0": {}, "d1": {}}
	var lossyMu sync.Mutex
	lossy := true
	isLossy := func() bool {
		lossyMu.Lock()
		defer lossyMu.Unlock()
		return lossy
	}
	var wg sync.WaitGroup
	start := func(seed uint64, directory string) {
		c := &mirror{topic: `{"kind":"directory","directoryId":"` + directory + `"}`, view: map[string]string{}}
		wg.Go(func() { c.follow(t, r, mrand.New(mrand.NewPCG(seed, 1)), isLossy, truth[directory]) })
	}
	for i := range uint64(6) {
		start(i, fmt.Sprint("d", i%2))
	}
	r.put("pace", `{}`, "d2")
	pacer := r.open(t)
	pacer.subscribe("s", `{"kind":"contacts","ids":["pace"]}`, "")
	pacer.want("snapshot")
	home := map[string]string{}
	for n := range 3000 {
		id := fmt.Sprint("c", rnd.IntN(40))
		switch d := fmt.Sprint("d", rnd.IntN(2)); rnd.IntN(10) {
		case 0:
			r.remove(id)
			delete(truth[home[id]], id)
			delete(home, id)
		case 1, 2:
			old, moved := truth[home[id]][id]
			if !moved {
				old = "null"
			}
			delete(truth[home[id]], id)
			truth[d][id], home[id] = old, d
			r.put(id, `{}`, d)
		default:
			if home[id] != "" {
				truth[home[id]][id] = fmt.Sprint(n)
				r.presence(id, fmt.Sprint(n))
			}
		}
		if n%50 == 0 { // not too far ahead of those who watch
			r.presence("pace", fmt.Sprint(n))
			pacer.want("changes")
		}
	}
	r.put("last", `{}`, "d0")
	r.put("last2", `{}`, "d1")
	truth["d0"]["last"], truth["d1"]["last2"] = "null", "null"
	lossyMu.Lock()
	lossy = false
	lossyMu.Unlock()
	wg.Wait()
}
