package server

import (
	"context"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/valyala/fasthttp"
	"github.com/valyala/fasthttp/fasthttpadaptor"

	"github.com/ringdex/ringdex/scim/directory"
	"github.com/ringdex/ringdex/stream/wsock"
)

// metrics are what /metrics shows. No label is a client's choice: what reaches
// no route is one series a status, whatever its method and path.
type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	lookups  prometheus.Histogram
	closes   *prometheus.CounterVec
	handler  fasthttp.RequestHandler
}

// noRoute is the label of requests that reached no route.
const noRoute = "none"

func newMetrics(s *Server) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ringdex_requests_total", Help: "Requests answered, by route and status.",
		}, []string{"method", "route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "ringdex_request_seconds", Help: "Time from a request's last byte to its answer, by route.",
			Buckets: prometheus.ExponentialBuckets(50e-6, 4, 10), // 50 µs to 13 s
		}, []string{"method", "route"}),
		lookups: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "ringdex_lookup_seconds", Help: "Time to find and print one caller.",
			Buckets: prometheus.ExponentialBuckets(1e-6, 4, 10), // 1 µs to 260 ms
		}),
		closes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ringdex_stream_closes_total", Help: "WebSocket connections that ended, by close code.",
		}, []string{"code"}),
	}
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
	}
	reg := prometheus.NewRegistry()
	reg.MustRegister(
		m.requests, m.seconds, m.lookups, m.closes,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		gauge("ringdex_log_seq", "Newest durable transaction.", func() float64 { return float64(s.plog.Applied()) }),
		gauge("ringdex_contacts", "Contacts in all indexes.", func() float64 { n, _ := s.index.Counts(); return float64(n) }),
		gauge("ringdex_numbers", "Numbers of contacts in all indexes.", func() float64 { _, n := s.index.Counts(); return float64(n) }),
		gauge("ringdex_stream_connections", "Live WebSocket connections.", func() float64 { return float64(s.live.Connections()) }),
	)
	for _, state := range syncStates() {
		reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "ringdex_presence_sync_directories", Help: "Directories connected with Teams presence, by state.",
			ConstLabels: prometheus.Labels{"state": string(state)},
		}, func() float64 { return float64(s.countSync(state)) }))
	}
	for outcome := range s.countNotifications() {
		reg.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "ringdex_presence_notifications_total", Help: "Change notifications from Microsoft, by what came of them.",
			ConstLabels: prometheus.Labels{"outcome": outcome},
		}, func() float64 { return float64(s.countNotifications()[outcome]) }))
	}
	m.handler = fasthttpadaptor.NewFastHTTPHandler(promhttp.HandlerFor(reg, promhttp.HandlerOpts{}))
	return m
}

// serve answers GET /metrics.
func (m *metrics) serve(_ context.Context, r *fasthttp.RequestCtx, _ directory.Principal) error {
	m.handler(r)
	return nil
}

// route returns what counts the answers of a route. HEAD counts as GET.
func (m *metrics) route(rt route) func(status int, took time.Duration) {
	seconds := m.seconds.WithLabelValues(rt.method, rt.path)
	requests := m.requests.MustCurryWith(prometheus.Labels{"method": rt.method, "route": rt.path})
	return func(status int, took time.Duration) {
		requests.WithLabelValues(strconv.Itoa(status)).Inc()
		seconds.Observe(took.Seconds())
	}
}

// refused counts an answer to what reached no route.
func (m *metrics) refused(status int) {
	m.requests.WithLabelValues(noRoute, noRoute, strconv.Itoa(status)).Inc()
}

// closed counts the end of a WebSocket connection. A peer may close with any
// code; those that are not the protocol's count as one.
func (m *metrics) closed(code wsock.Code) {
	label := strconv.Itoa(int(code))
	if code < 1000 || code > 1015 && code < 4400 || code > 4500 {
		label = "other"
	}
	m.closes.WithLabelValues(label).Inc()
}
