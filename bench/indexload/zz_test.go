package indexload

import (
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"testing"

	"github.com/ringdex/ringdex/bench/corpus"
)

func TestZZ(t *testing.T) {
	dir := os.Getenv("ZZDIR")
	l := &load{cfg: Config{Contacts: 100000}, folder: dir, corpus: corpus.Corpus{Size: 100000}, report: &Report{}}
	if _, err := os.Stat(l.logFolder()); err != nil {
		if err := l.fill(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if os.Getenv("ZZCPU") != "" {
		f, _ := os.Create("/tmp/zz.cpu")
		pprof.StartCPUProfile(f)
	}
	s, err := l.start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	pprof.StopCPUProfile()
	fmt.Println("open", s.open, "first", s.first)
	for range 3 {
		runtime.GC()
	}
	f, _ := os.Create("/tmp/zz.heap")
	pprof.WriteHeapProfile(f)
	f.Close()
	l.memory()
	fmt.Printf("%+v\n", l.report.Memory)
	runtime.KeepAlive(s)
	s.close()
}
