package index

import (
	"io"

	"github.com/ringdex/ringdex/index/trie"
	"github.com/ringdex/ringdex/index/trie/flat"
)

// A part is one structure of a snapshot, as a checkpoint holds it.
type part struct {
	name   string
	encode func(io.Writer) error
	decode func(from io.Reader, size int64) error // in place of what the snapshot has
}

// parts lists the structures of s, the largest first.
func (s *Snapshot) parts() []part {
	return []part{
		partOf("names", &s.names, trie.DecodeNames),
		partOf("whole", &s.whole, trie.DecodeNumbers),
		partOf("digits", &s.digits, trie.DecodeNumbers),
		partOf("tails", &s.tails, trie.DecodeNumbers),
		partOf("keypad", &s.keypad, trie.DecodeNumbers),
		partOf("ids", &s.ids, trie.DecodeExact),
		partOf("keys", &s.keys, trie.DecodeExact),
	}
}

func partOf[S interface{ Encode(w *flat.Writer) }](name string, at *S, decode func(*flat.Reader) (S, error)) part {
	return part{
		name: name,
		encode: func(to io.Writer) error {
			w := flat.NewWriter(to)
			(*at).Encode(w)
			return w.Flush()
		},
		decode: func(from io.Reader, size int64) (err error) {
			*at, err = decode(flat.NewReader(from, size))
			return err
		},
	}
}
