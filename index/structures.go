package index

import (
	"runtime"
	"slices"
	"sync"

	"github.com/ringdex/ringdex/index/phone"
	"github.com/ringdex/ringdex/index/trie"
)

// manyDocs is how many documents are worth the work of several cores.
const manyDocs = 1 << 12

// structures applies what is pending of the documents to the tries and the
// table: on all cores if there is much of it, as while loading.
func (b *builder) structures(next *Snapshot, docs []trie.Doc) {
	for _, doc := range docs {
		if b.pending[doc] == "" {
			b.free = append(b.free, doc)
		}
	}
	many := len(docs) >= manyDocs
	batch := b.batch(docs, many)
	add, remove := &batch.add, &batch.remove
	all(many,
		func() { next.names = next.names.Apply(batch.names) },
		func() { next.entries = next.entries.with(b.pending) },
		func() { next.ids = next.ids.Apply(trie.Batch[trie.Hash]{Add: add.ids, Remove: remove.ids}) },
		func() { next.keys = next.keys.Apply(trie.Batch[trie.Hash]{Add: add.keys, Remove: remove.keys}) },
		func() { next.whole = next.whole.Apply(trie.Batch[trie.Key]{Add: add.whole, Remove: remove.whole}) },
		func() { next.digits = next.digits.Apply(trie.Batch[trie.Key]{Add: add.digits, Remove: remove.digits}) },
		func() { next.tails = next.tails.Apply(trie.Batch[trie.Key]{Add: add.tails, Remove: remove.tails}) },
		func() { next.keypad = next.keypad.Apply(trie.Batch[trie.Key]{Add: add.keypad, Remove: remove.keypad}) },
	)
}

// all does all of the work and returns when it is done: at the same time, or
// one after the other.
func all(together bool, work ...func()) {
	var wg sync.WaitGroup
	for _, f := range work {
		if together {
			wg.Go(f)
		} else {
			f()
		}
	}
	wg.Wait()
}

// A batch is one change to the structures.
type batch struct {
	add, remove postings
	names       trie.NamesBatch
}

// batch collects what the structures are to add and remove.
func (b *builder) batch(docs []trie.Doc, many bool) *batch {
	if !many {
		var out batch
		b.collect(docs, &out)
		return &out
	}
	cores := runtime.GOMAXPROCS(0)
	parts := make([]batch, 0, cores)
	var work []func()
	for part := range slices.Chunk(docs, (len(docs)+cores-1)/cores) {
		parts = append(parts, batch{})
		out := &parts[len(parts)-1]
		work = append(work, func() { b.collect(part, out) })
	}
	all(true, work...)
	whole := &parts[0]
	for i := range parts[1:] {
		whole.append(&parts[1+i])
	}
	return whole
}

func (b *batch) append(more *batch) {
	b.add.append(&more.add)
	b.remove.append(&more.remove)
	b.names.Add = append(b.names.Add, more.names.Add...)
	b.names.Remove = append(b.names.Remove, more.names.Remove...)
}

// collect adds to out what changed of some documents. It only reads the builder.
func (b *builder) collect(docs []trie.Doc, out *batch) {
	var e Entry
	for _, doc := range docs {
		before, after := b.base.entries.at(doc), b.pending[doc]
		if before != "" && after != "" && before.lasting() == after.lasting() {
			continue // its groups changed, nothing it is found by
		}
		if before != "" {
			before.decode(&e)
			e.postings(doc, b.base, &out.remove)
			out.names.Remove = append(out.names.Remove, doc)
		}
		if after != "" {
			after.decode(&e)
			e.postings(doc, b.base, &out.add)
			out.names.Add = append(out.names.Add, trie.Entry{Doc: doc, Fields: nameFields(&e.Contact)})
		}
	}
}

// postings collects what the structures of s hold of e under its document.
func (e *Entry) postings(doc trie.Doc, s *Snapshot, p *postings) {
	p.keypad = e.appendKeypad(p.keypad, doc)
	p.ids = append(p.ids, trie.Posting[trie.Hash]{Key: s.idHash(e.ID), Doc: doc})
	for i := range e.Parsed {
		n := &e.Parsed[i]
		p.scratchKeys = n.Keys(p.scratchKeys[:0])
		for _, k := range p.scratchKeys {
			if byDigits(k) {
				continue
			}
			p.keys = append(p.keys, trie.Posting[trie.Hash]{Key: s.keyHash(k), Doc: doc})
		}
		p.scratchDigits = n.Digits(p.scratchDigits[:0])
		for at, d := range p.scratchDigits {
			k, ok := trie.Pack(d)
			posting := trie.Posting[trie.Key]{Key: k, Doc: doc}
			switch {
			case !ok:
			case at == 0 && n.E164 != "":
				p.whole = append(p.whole, posting)
			default:
				p.digits = append(p.digits, posting)
			}
		}
		if k, ok := trie.Pack(tail(n)); ok {
			p.tails = append(p.tails, trie.Posting[trie.Key]{Key: k.Reverse(), Doc: doc})
		}
	}
}

// postings are one side of a batch: what to add or what to remove.
type postings struct {
	ids, keys     []trie.Posting[trie.Hash]
	whole, digits []trie.Posting[trie.Key]
	tails, keypad []trie.Posting[trie.Key]

	scratchKeys   []phone.Key
	scratchDigits []string
}

func (p *postings) append(more *postings) {
	p.ids, p.keys = append(p.ids, more.ids...), append(p.keys, more.keys...)
	p.whole, p.digits = append(p.whole, more.whole...), append(p.digits, more.digits...)
	p.tails, p.keypad = append(p.tails, more.tails...), append(p.keypad, more.keypad...)
}
