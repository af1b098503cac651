// Package measure runs the phases of a benchmark and says what they took:
// operations a second, latencies, errors, processor time and allocations.
//
// It owns how things are measured, so that all benchmarks are measured alike
// and print one shape: a closed loop of workers, each with a histogram of its
// own; an operation counts only if it did what it was for. It knows nothing of
// what is measured, and refuses to report a phase that mostly failed unless it may.
//
// The commands below "ringdex bench" call it through the packages beside it.
// Goroutines live no longer than Run.
package measure

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// A Result is what one phase took. All times are in Unit.
type Result struct {
	Name      string  `json:"name"`
	Unit      string  `json:"unit"` // "ms"
	P50       float64 `json:"p50"`
	P99       float64 `json:"p99"`
	Max       float64 `json:"max"`
	Mean      float64 `json:"mean"`
	PerSecond float64 `json:"perSecond"` // operations that succeeded
	Count     int64   `json:"count"`     // of them
	Errors    int64   `json:"errors"`
	Error     string  `json:"error,omitempty"` // the first of them
	// What the whole process, client included, spent on an operation. They are
	// left out where phases alternate.
	CPUMicros  float64 `json:"cpuMicros,omitempty"`
	Allocs     float64 `json:"allocs,omitempty"`
	AllocBytes float64 `json:"allocBytes,omitempty"`

	Goal  *Goal  `json:"goal,omitempty"`
	Ratio *Ratio `json:"ratio,omitempty"`
}

// A Goal is what a phase is to reach. Zero fields are no goal.
type Goal struct {
	PerSecond float64 `json:"perSecond,omitempty"` // at least
	P50       float64 `json:"p50,omitempty"`       // at most, in the result's unit
	P99       float64 `json:"p99,omitempty"`       // at most, in the result's unit
}

// A Ratio sets the rate of a phase against that of another in the same run.
type Ratio struct {
	Of    string  `json:"of"` // the other's name
	Times float64 `json:"times"`
}

// unit is that of all latencies.
const unit = "ms"

// Latencies are kept in microseconds to three digits. What takes longer counts
// as longest.
const (
	longest = 10 * time.Minute
	digits  = 3
)

// A recorder takes down the operations of one worker, which owns it.
type recorder struct {
	times  *hdrhistogram.Histogram
	errors int64
	first  error
}

func newRecorder() *recorder {
	return &recorder{times: hdrhistogram.New(1, longest.Microseconds(), digits)}
}

func (r *recorder) add(took time.Duration, err error) {
	if err != nil {
		r.errors++
		if r.first == nil {
			r.first = err
		}
		return
	}
	_ = r.times.RecordValue(max(1, min(took, longest).Microseconds())) // always in range
}

// merge adds what another took down.
func (r *recorder) merge(other *recorder) {
	r.times.Merge(other.times)
	r.errors += other.errors
	if r.first == nil {
		r.first = other.first
	}
}

// result returns what was taken down, without rates and costs.
func (r *recorder) result(name string) Result {
	out := Result{
		Name: name, Unit: unit, Count: r.times.TotalCount(), Errors: r.errors,
		P50: millis(r.times.ValueAtQuantile(50)), P99: millis(r.times.ValueAtQuantile(99)),
		Max: millis(r.times.Max()), Mean: r.times.Mean() / 1000,
	}
	if r.first != nil {
		out.Error = r.first.Error()
	}
	return out
}

func millis(micros int64) float64 { return float64(micros) / 1000 }
