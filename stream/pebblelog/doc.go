// Package pebblelog is a log on disk, the embedded default of stream.Log. It
// owns one folder: Pebble's files, the lock that keeps a second process out,
// and HEAD. Nothing else in the module imports Pebble or compresses values.
// The server opens one log and hands it to everybody as a stream.Log; the log
// knows nothing of what the keys mean.
//
// # Writing
//
// A committer validates its transaction, compresses its values and reads the
// versions of its keys from the newest durable state, all on its own
// goroutine, and queues it. One goroutine, the applier, takes what is queued as
// a group, decides the transactions in order, and writes the ones that hold as
// one Pebble batch: keys, feed records and meta. While the batch is synced the
// next group queues up. Only then does the group show: to views, which read a
// snapshot taken after the sync, because Pebble itself shows a write before it
// is durable; to followers; to waiters; and last to its committers.
//
// Open starts the applier, and nothing else; Close ends it. Followers run on
// their callers. Memory is bounded: the queue, the group, the ring of live
// records and the versions of recent keys all have limits.
//
// # What is checked
//
// Every feed record carries a hash over itself and all before it, and meta the
// last of them, with the number of keys. HEAD says how far the log had come;
// it is written after each group and forced to disk once a second. Open
// follows the chain through the stored feed and holds it against HEAD, since
// Pebble opens without a word, and older, when a WAL file is missing. A log
// that has lost anything does not open: HEAD may lag behind after a power cut,
// but is never ahead. Verify reads everything.
//
// # What goes wrong
//
// A failed write stops the log: Pebble cannot tell what reached the disk. So
// does damage found while reading. A stopped log says why in Err, commits
// nothing, and still shows its last durable state. A nearly full disk only
// refuses commits, until there is room again. A disk that hangs leaves commits
// undecided after five seconds.
//
// # Compression
//
// Values of 96 bytes and more are compressed with S2 and an embedded
// dictionary, trained on made-up people (go test -run TestTrainDictionary
// -train). Of a person's 928 bytes it leaves 369; zstd with a dictionary left
// 288, but took 18 µs instead of 2.5 to encode, which is paid in every commit,
// and 4.3 µs instead of 1.0 to decode, which is paid for every contact at
// start. Uncompressed values leave most of that to Pebble's blocks and triple
// the WAL. Measured on two shared cores with
//
//	go test -run '^$' -bench Encoding -benchtime 0.3s ./stream/pebblelog
package pebblelog
