package indexload

import (
	"math"
	"runtime"
	"runtime/debug"
	"strings"
)

// Memory is what the contacts take, in bytes a contact.
type Memory struct {
	// Index is the structures by which numbers and names are found, beside the
	// contacts.
	Index float64 `json:"indexBytesPerContact"`
	// Process is everything that the process has from the system.
	Process float64 `json:"processBytesPerContact"`
	// Heap is where the bytes of the heap are: "index", "contacts" (their texts),
	// "entries" (what the index derived from each and holds beside the
	// structures), "text" (Bleve), "log" (Pebble) and "other". It is estimated
	// from a sample of allocations, the large ones exactly.
	Heap map[string]float64 `json:"heapBytesPerContact"`
	Goal float64            `json:"indexGoal"`
}

// indexGoal is how many bytes a contact the structures may take.
const indexGoal = 100

// memory notes what is in use once garbage is gone.
func (l *load) memory() error {
	for range 3 { // the profile is of the collection before last
		debug.FreeOSMemory()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	n := float64(l.corpus.Size)
	l.report.Memory = Memory{Process: float64(m.Sys-m.HeapReleased) / n, Heap: map[string]float64{}, Goal: indexGoal}
	for part, bytes := range heapParts() {
		l.report.Memory.Heap[part] = bytes / n
	}
	l.report.Memory.Index = l.report.Memory.Heap["index"]
	return nil
}

// owners says to which part of the heap belongs what a function allocated. The
// first that fits the innermost function of ours, or of a library, counts.
func owners() []struct{ prefix, part string } {
	const ours = "github.com/ringdex/ringdex/"
	return []struct{ prefix, part string }{
		{ours + "index/trie", "index"},
		{ours + "index/contact", "contacts"},
		{ours + "index/text", "text"},
		{"github.com/blevesearch/", "text"},
		{"github.com/RoaringBitmap/", "text"},
		{ours + "index", "entries"},
		{ours + "stream/", "log"},
		{"github.com/cockroachdb/", "log"},
	}
}

// heapParts estimates the bytes in use by part, from the runtime's sample of
// allocations.
func heapParts() map[string]float64 {
	records := make([]runtime.MemProfileRecord, 4096)
	for {
		n, ok := runtime.MemProfile(records, false)
		if ok {
			records = records[:n]
			break
		}
		records = make([]runtime.MemProfileRecord, n+n/4)
	}
	parts := map[string]float64{}
	for i := range records {
		r := &records[i]
		if objects := r.InUseObjects(); objects > 0 {
			parts[partOf(r.Stack())] += whole(float64(r.InUseBytes()), float64(objects))
		}
	}
	return parts
}

// whole returns how many bytes a sample of objects stands for: one of s bytes
// is sampled with probability 1-e^(-s/rate).
func whole(bytes, objects float64) float64 {
	rate := float64(runtime.MemProfileRate)
	if rate <= 1 {
		return bytes
	}
	return bytes / (1 - math.Exp(-bytes/objects/rate))
}

func partOf(stack []uintptr) string {
	frames := runtime.CallersFrames(stack)
	for {
		f, more := frames.Next()
		for _, o := range owners() {
			if strings.HasPrefix(f.Function, o.prefix) {
				return o.part
			}
		}
		if !more {
			return "other"
		}
	}
}
