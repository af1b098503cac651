package stream

import "fmt"

// Validate returns ErrInvalid or ErrTooLarge if tx is malformed. The error
// names no key and no value. Every log calls it before it queues a transaction.
func (tx *Tx) Validate() error {
	if len(tx.Tenant) > MaxTenantBytes {
		return fmt.Errorf("%w: tenant has %d bytes", ErrTooLarge, len(tx.Tenant))
	}
	if !ValidTenant(tx.Tenant) {
		return fmt.Errorf("%w: tenant", ErrInvalid)
	}
	v := validation{changed: make(map[string]struct{}, len(tx.Puts)+len(tx.Deletes))}
	for _, c := range tx.Checks {
		v.key(c.Key)
	}
	for _, k := range tx.Absent {
		v.key(k)
	}
	for _, p := range tx.Puts {
		v.size += len(p.Value)
		v.change(p.Key)
	}
	for _, k := range tx.Deletes {
		v.change(k)
	}
	if v.err == nil && v.size > MaxTxBytes {
		return fmt.Errorf("%w: %d bytes", ErrTooLarge, v.size)
	}
	return v.err
}

// A validation adds up one transaction. err is the first fault.
type validation struct {
	size    int
	changed map[string]struct{}
	err     error
}

func (v *validation) key(k string) {
	v.size += len(k)
	switch {
	case v.err != nil:
	case k == "":
		v.err = fmt.Errorf("%w: empty key", ErrInvalid)
	case len(k) > MaxKeyBytes:
		v.err = fmt.Errorf("%w: key has %d bytes", ErrTooLarge, len(k))
	}
}

func (v *validation) change(k string) {
	if _, twice := v.changed[k]; twice && v.err == nil {
		v.err = fmt.Errorf("%w: a key is changed twice", ErrInvalid)
	}
	v.changed[k] = struct{}{}
	v.key(k)
}

// ValidTenant reports whether s can name a tenant: 1 to MaxTenantBytes bytes of
// a-z, 0-9 and '-'. Any other has no keys.
func ValidTenant(s string) bool {
	if s == "" || len(s) > MaxTenantBytes {
		return false
	}
	for _, b := range []byte(s) {
		if (b < 'a' || b > 'z') && (b < '0' || b > '9') && b != '-' {
			return false
		}
	}
	return true
}
