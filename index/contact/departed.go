package contact

// Departed tells whether a key's value is the record of a user who was deleted
// where deleting keeps what the index reads: it has no resource behind the
// header, and to SCIM nobody is there.
func Departed(key string, value []byte) bool {
	if key == "" || Kind(key[0]) != KindUser {
		return false
	}
	_, body, err := SplitUser(value)
	return err == nil && len(body) == 0
}
