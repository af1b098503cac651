package measure

import (
	"runtime"
	"time"
)

// A usage is what this process has used since it began, or between two times.
type usage struct {
	cpu    time.Duration // of all threads, in user and system mode; 0 where that is not known
	allocs uint64
	bytes  uint64
}

func readUsage() usage {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return usage{cpu: processTime(), allocs: m.Mallocs, bytes: m.TotalAlloc}
}

func (u usage) minus(before usage) usage {
	return usage{cpu: u.cpu - before.cpu, allocs: u.allocs - before.allocs, bytes: u.bytes - before.bytes}
}

func (u usage) plus(more usage) usage {
	return usage{cpu: u.cpu + more.cpu, allocs: u.allocs + more.allocs, bytes: u.bytes + more.bytes}
}
