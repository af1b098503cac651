package pebblelog

import (
	"strings"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// A faultFS is a disk that fails on demand. The fault decides each write and
// sync of a file: it may let it pass, refuse it, or do it and report failure.
type faultFS struct {
	vfs.FS
	fault atomic.Pointer[fault]
}

// A fault is what goes wrong.
type fault struct {
	suffix   string // of the files concerned
	write    bool   // fail writes
	sync     bool   // fail syncs
	persists bool   // the operation takes effect all the same
	err      error
	hang     chan struct{} // if not nil, wait for it instead of failing
}

func (f *faultFS) wrap(file vfs.File, name string, err error) (vfs.File, error) {
	if err != nil {
		return nil, err
	}
	return &faultFile{File: file, fs: f, name: name}, nil
}

func (f *faultFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	file, err := f.FS.Create(name, c)
	return f.wrap(file, name, err)
}

func (f *faultFS) ReuseForWrite(old, name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	file, err := f.FS.ReuseForWrite(old, name, c)
	return f.wrap(file, name, err)
}

func (f *faultFS) OpenReadWrite(name string, c vfs.DiskWriteCategory, o ...vfs.OpenOption) (vfs.File, error) {
	file, err := f.FS.OpenReadWrite(name, c, o...)
	return f.wrap(file, name, err)
}

type faultFile struct {
	vfs.File
	fs   *faultFS
	name string
}

// do runs op under the present fault.
func (f *faultFile) do(sync bool, op func() error) error {
	x := f.fs.fault.Load()
	if x == nil || !strings.HasSuffix(f.name, x.suffix) || sync && !x.sync || !sync && !x.write {
		return op()
	}
	if x.hang != nil {
		<-x.hang
		return op()
	}
	if x.persists {
		if err := op(); err != nil {
			return err
		}
	}
	return x.err
}

func (f *faultFile) Write(p []byte) (n int, err error) {
	err = f.do(false, func() error { n, err = f.File.Write(p); return err })
	return n, err
}

func (f *faultFile) WriteAt(p []byte, off int64) (n int, err error) {
	err = f.do(false, func() error { n, err = f.File.WriteAt(p, off); return err })
	return n, err
}

func (f *faultFile) Sync() error     { return f.do(true, f.File.Sync) }
func (f *faultFile) SyncData() error { return f.do(true, f.File.SyncData) }
