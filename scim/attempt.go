package scim

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"time"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/stream"
)

// attempt does a unit.
func (b *bulk) attempt(u unit) {
	defer func() {
		if recover() != nil {
			// What it panicked with may quote a client: the stack says enough.
			for _, op := range u {
				op.err = fmt.Errorf("an operation panicked: %s", debug.Stack())
			}
		}
		for _, op := range u {
			op.attempted = true
			if op.err != nil {
				op.reply, op.fault = reply{}, errorOf(op.err, b.r.service.cfg.Logger)
			}
		}
	}()
	for _, op := range u {
		if op.err == nil {
			op.err = op.hindrance(u)
		}
	}
	if len(u) == 1 {
		b.do(u[0])
	} else {
		b.doTogether(u)
	}
}

// hindrance is the error of an operation that refers to one that failed.
func (op *operation) hindrance(u unit) error {
	for _, to := range op.refs {
		if to.fault != nil && !slices.Contains(u, to) {
			return newError(http.StatusConflict, "",
				fmt.Sprintf("It refers to what Operations[%d] was to make, which failed with status %d.", to.place, to.fault.Status))
		}
	}
	return nil
}

// do does an operation as a request of its own.
func (b *bulk) do(op *operation) {
	if op.err != nil {
		return
	}
	var r *request
	if r, op.err = b.requestOf(op); op.err != nil {
		return
	}
	began := time.Now()
	op.err = r.run()
	op.reply = r.reply
	b.note(r, began, op.err)
}

// note tells the provisioning log of an operation.
func (b *bulk) note(r *request, began time.Time, err error) {
	var e *Error
	if err != nil {
		e = errorOf(err, slog.New(slog.DiscardHandler)) // it is logged where it is answered
	}
	r.trace.part = true
	r.record(began, err, e)
}

// requestOf returns the request that an operation is.
func (b *bulk) requestOf(op *operation) (*request, error) {
	if errors.Is(b.r.ctx.Err(), context.DeadlineExceeded) {
		return nil, newError(http.StatusServiceUnavailable, "", "The time of the request was over before this operation was begun.")
	}
	if op.method != http.MethodPost {
		op.locate(b.r)
	}
	r := *b.r
	r.call, r.reply, r.trace = op.call, reply{}, trace{}
	if slices.Contains(op.refs, op) {
		r.born = map[contact.ID]*kind{op.id: op.kind}
	}
	return &r, r.loadDirectory(r.dir.ID)
}

// doTogether does POSTs that refer to one another in a circle. They are made in
// one transaction: if one fails, none of the others is left with a reference to
// what never was.
func (b *bulk) doTogether(u unit) {
	drafts := b.draftAll(u)
	if drafts != nil {
		at, failed, err := drafts.commit()
		for n := 0; errors.Is(err, errDirectoryChanged) && n < attempts; n++ {
			if drafts = b.draftAll(u); drafts == nil {
				b.blame(u)
				return
			}
			at, failed, err = drafts.commit()
		}
		switch {
		case err == nil:
			for i, d := range drafts {
				u[i].err = d.answer(at)
				u[i].reply = d.r.reply
				b.note(d.r, at.Time, u[i].err)
			}
			return
		case failed < 0: // whatever it is, it is the same for all
			for _, op := range u {
				op.err = err
			}
			return
		}
		u[failed].err = err
	}
	b.blame(u)
}

// blame gives the operations of a circle that did not fail themselves the error
// that another did.
func (b *bulk) blame(u unit) {
	first := u[slices.IndexFunc(u, func(op *operation) bool { return op.err != nil })]
	for _, op := range u {
		if op.err == nil {
			op.err = newError(http.StatusConflict, "",
				fmt.Sprintf("It and Operations[%d], which failed, refer to each other in a circle; none of the circle was made.", first.place))
		}
	}
}

// drafts are resources that one transaction makes.
type drafts []*draft

// draftAll reads what a circle is to make. It returns nil if an operation of it
// fails.
func (b *bulk) draftAll(u unit) drafts {
	born := map[contact.ID]*kind{}
	var all drafts
	for _, op := range u {
		if op.err != nil {
			continue
		}
		var r *request
		if r, op.err = b.requestOf(op); op.err != nil {
			continue
		}
		k := r.kinds.at(r.call.segments[0])
		if op.err = r.postsTo(k); op.err != nil {
			continue
		}
		var d *draft
		if d, op.err = r.draft(k); op.err != nil {
			continue
		}
		r.born, born[op.id] = born, k
		all = append(all, d)
	}
	if len(all) < len(u) {
		return nil
	}
	return all
}

// postsTo refuses a POST to anything but an endpoint of resources.
func (r *request) postsTo(k *kind) error {
	switch {
	case k == nil:
		return r.route()
	case len(r.call.segments) > 1:
		return r.methods("GET", "PUT", "PATCH", "DELETE")
	}
	return nil
}

// commit makes the resources. If one of them is why it cannot, failed is which,
// and else -1.
func (ds drafts) commit() (at stream.Commit, failed int, err error) {
	lead := ds[0].r
	at, err = lead.change(func(view stream.View) (*stream.Tx, error) {
		failed = -1
		tx := &stream.Tx{}
		claims := map[string]bool{}
		for i, d := range ds {
			d.r.dir, d.r.dirCheck = lead.dir, lead.dirCheck
			err := d.plan(view, tx)
			if claim := d.claim(); err == nil && claims[claim] {
				err = d.k.duplicate()
			} else {
				claims[claim] = true
			}
			if err != nil {
				failed = i
				return nil, err
			}
		}
		return tx, nil
	})
	return at, failed, err
}
