package scimload

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/bench/measure"
)

// ceilingRequests is enough for a steady rate.
const ceilingRequests = 100_000

// ceiling measures the client against a handler that reads the same requests
// and gives answers of the same size, and does nothing else. No server that
// shares these cores with this client can be faster.
func (l *load) ceiling(ctx context.Context) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	nothing := &fasthttp.Server{
		NoDefaultDate: true, NoDefaultServerHeader: true, MaxRequestBodySize: 1 << 20,
		Handler: func(r *fasthttp.RequestCtx) {
			r.SetStatusCode(http.StatusCreated)
			r.Response.SetBodyRaw(r.PostBody())
		},
	}
	ended := make(chan error, 1)
	go func() { ended <- nothing.Serve(listener) }()
	to := &endpoint{
		address: listener.Addr().String(), path: "/scim/nothing",
		head: "Host: " + listener.Addr().String() + "\r\nAuthorization: Bearer nothing\r\nAccept: application/scim+json\r\nUser-Agent: ringdex-bench\r\n",
	}
	wires := make([]*wire, l.cfg.Clients)
	for i := range wires {
		wires[i] = newWire(to)
	}
	defer context.AfterFunc(ctx, func() { interruptAll(wires) })()
	err = l.measure(ctx, measure.Phase{
		Names: []string{"client_ceiling"}, Ops: min(ceilingRequests, 10*l.cfg.Users),
		Do: func(ctx context.Context, worker, op int) (time.Duration, error) {
			body := l.cast.users[op%len(l.cast.users)].body
			_, took, err := wires[worker].want(ctx, call{method: http.MethodPost, target: "/Users", body: body}, http.StatusCreated)
			return took, err
		},
	}, nil)
	closeAll(wires)
	return errors.Join(err, listener.Close(), <-ended)
}
