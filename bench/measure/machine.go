package measure

import (
	"runtime"
	"time"
)

// A Machine says where and when something was measured. Commit is the source's;
// whoever knows it fills it in.
type Machine struct {
	Cores    int       `json:"cores"` // that Go may use
	OS       string    `json:"os"`
	Arch     string    `json:"arch"`
	Go       string    `json:"go"`
	InMemory bool      `json:"inMemory,omitempty"` // the log's folder is in memory: syncing costs nothing there
	Date     time.Time `json:"date"`
	Commit   string    `json:"commit,omitempty"`
}

// ThisMachine describes the machine that the program runs on, and the disk
// that folder is on; an empty folder is on none.
func ThisMachine(now time.Time, folder string) Machine {
	return Machine{
		Cores: runtime.GOMAXPROCS(0), OS: runtime.GOOS, Arch: runtime.GOARCH, Go: runtime.Version(),
		InMemory: folder != "" && inMemory(folder), Date: now.UTC().Truncate(time.Second),
	}
}
