package contact

import "testing"

func TestDepartedUserHasNoResource(t *testing.T) {
	gone := AppendUser(nil, &User{Contact: Contact{ID: "u", DirectoryID: "d", UserName: "a"}})
	there := AppendUser(nil, &User{Contact: Contact{ID: "u", DirectoryID: "d", UserName: "a"}, Body: []byte("{}")})
	key := UserKey("d", "u")
	switch {
	case !Departed(key, gone):
		t.Error("a record without a resource is not departed")
	case Departed(key, there):
		t.Error("a record with a resource is departed")
	case Departed(key, nil), Departed(key, []byte{0xff}), Departed(GroupKey("d", "u"), gone), Departed("", gone):
		t.Error("what is no record of a user is departed")
	}
	if u, err := DecodeUser(gone); err != nil || u.UserName != "a" {
		t.Errorf("the index reads %+v, %v", u, err)
	}
}
