package notice

import (
	"slices"
	"sync"
	"time"
)

// How long a key is given out for new and renewed subscriptions, and how long
// it is kept after that: a subscription that was not renewed with the next key
// ends within the hour, and Graph tries to deliver for four hours.
const (
	KeyLife = 24 * time.Hour
	KeyKeep = 6 * time.Hour
)

// A Ring holds the key that contents are sealed for from now on, and those
// before it for what is still under way. The zero value is ready to use; its
// methods are safe for concurrent use.
type Ring struct {
	// Make makes keys; nil is NewKey. Set it before the first use.
	Make func(now time.Time) (*Key, error)

	making sync.Mutex // held while a key is made, so that one is made at a time

	mu   sync.RWMutex // guards keys; held for list work only
	keys []*Key       // the last is the current one
}

// Current returns the key to use from now on, a new one if there is none yet or
// the last was in use for long enough. Keys that nothing can name any more are
// dropped.
func (r *Ring) Current(now time.Time) (*Key, error) {
	r.making.Lock()
	defer r.making.Unlock()
	if k := r.last(); k != nil && now.Sub(k.Made) < KeyLife {
		return k, nil
	}
	newKey := NewKey
	if r.Make != nil {
		newKey = r.Make
	}
	k, err := newKey(now)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keys = append(r.keys, k)
	r.drop(now)
	return k, nil
}

// drop forgets keys whose successor has been in use for long enough. The caller
// holds mu.
func (r *Ring) drop(now time.Time) {
	for len(r.keys) > 1 && now.Sub(r.keys[1].Made) >= KeyKeep {
		r.keys = slices.Delete(r.keys, 0, 1)
	}
}

func (r *Ring) last() *Key {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if len(r.keys) == 0 {
		return nil
	}
	return r.keys[len(r.keys)-1]
}

// Find returns the key that a sealed content names, nil if it is not known (any
// more).
func (r *Ring) Find(id string) *Key {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, k := range slices.Backward(r.keys) {
		if k.ID == id {
			return k
		}
	}
	return nil
}
