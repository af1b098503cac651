package scim

import (
	"strconv"
	"testing"
)

// opsBody is the body of a PATCH.
func opsBody(operations string) string {
	return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + operations + `]}`
}

const (
	badge       = "urn:example:2.0:Badge"
	uniqueBadge = `{"id":"` + badge + `","attributes":[{"name":"serial","uniqueness":"server"},{"name":"code","uniqueness":"global","caseExact":true},
		{"name":"cards","type":"complex","multiValued":true,"subAttributes":[{"name":"number","uniqueness":"server"},{"name":"colour"}]}]}`
)

func badgeOf(fields string) string { return `"` + badge + `":{` + fields + `}` }

func TestValuesOfAUniqueRegisteredAttributeAreSharedByNobody(t *testing.T) {
	s := newSite(t)
	s.register(uniqueBadge)
	ann := s.user("ann", badgeOf(`"serial":"A1","code":"x","cards":[{"number":"7","colour":"red"},{"number":"7"}]`))
	taken := func(fields string) {
		t.Helper()
		s.refused(409, "uniqueness", "POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"bob",`+badgeOf(fields)+`}`)
	}
	taken(`"serial":"a1"`)
	taken(`"code":"x"`)
	taken(`"cards":[{"number":"8"},{"number":"7"}]`)
	bob := s.user("bob", badgeOf(`"serial":"B1","code":"X","cards":[{"number":"8","colour":"red"}]`))

	s.refused(409, "uniqueness", "PATCH", "/Users/"+bob, opsBody(`{"op":"replace","path":"`+badge+`:serial","value":"A1"}`))
	s.refused(409, "uniqueness", "PATCH", "/Users/"+bob, opsBody(`{"op":"add","path":"`+badge+`:cards","value":[{"number":"7"}]}`))
	s.patch("/Users/"+bob, `{"op":"replace","path":"`+badge+`:serial","value":"b1"}`)
	s.patch("/Users/"+ann, `{"op":"replace","path":"`+badge+`:serial","value":"A2"}`)
	s.patch("/Users/"+bob, `{"op":"replace","path":"`+badge+`:serial","value":"A1"}`)
	taken(`"serial":"a2"`)
	s.must(204, "DELETE", "/Users/"+ann, "")
	s.user("cy", badgeOf(`"serial":"A2","code":"x","cards":[{"number":"7"}]`))
	s.must(204, "DELETE", "/Users/"+bob, "")
}

// Of many who want one value at the same time, one gets it.
func TestAUniqueValueIsGivenOnceUnderContention(t *testing.T) {
	s := newSite(t)
	s.register(uniqueBadge)
	codes := s.together(20, func(i int) answer {
		return s.send("POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"u`+strconv.Itoa(i)+`",`+badgeOf(`"serial":"one"`)+`}`)
	})
	if codes[201] != 1 || codes[409] != 19 {
		t.Errorf("statuses are %v, want 201 once and 409 for the others", codes)
	}
}

func TestTwoOfOneBulkRequestShareNoUniqueValue(t *testing.T) {
	s := newSite(t)
	s.register(uniqueBadge)
	// They refer to one another, and so are made by one transaction.
	results := s.bulk(`{"method":"POST","path":"/Users","bulkId":"a","data":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"a",
			"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"bulkId:b"}},` + badgeOf(`"serial":"S"`) + `}},
		{"method":"POST","path":"/Users","bulkId":"b","data":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"b",
			"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"bulkId:a"}},` + badgeOf(`"serial":"s"`) + `}}`)
	for i, r := range results {
		if r.Get("status").Text() == "201" {
			t.Errorf("operation %d made a user", i)
		}
	}
}

// A claim counts as long as its owner has the value: an attribute may have
// ceased to be unique, and become so again, while values changed.
func TestClaimsOfAnAttributeThatWasNotUniqueMeanwhileAreTakenOver(t *testing.T) {
	s := newSite(t)
	s.register(uniqueBadge)
	ann := s.user("ann", badgeOf(`"serial":"A1"`))
	gone := s.user("gone", badgeOf(`"serial":"G1"`))
	s.register(`{"id":"` + badge + `","attributes":[{"name":"serial"}]}`)
	s.patch("/Users/"+ann, `{"op":"replace","path":"`+badge+`:serial","value":"A2"}`)
	s.must(204, "DELETE", "/Users/"+gone, "")
	bob := s.user("bob", badgeOf(`"serial":"A2"`))
	s.register(uniqueBadge)
	s.user("cy", badgeOf(`"serial":"A1"`))
	s.user("di", badgeOf(`"serial":"G1"`))
	s.patch("/Users/"+bob, `{"op":"replace","path":"`+badge+`:serial","value":"B9"}`)
	s.refused(409, "uniqueness", "PATCH", "/Users/"+ann, opsBody(`{"op":"replace","path":"`+badge+`:serial","value":"b9"}`))
	s.patch("/Users/"+ann, `{"op":"remove","path":"`+badge+`:serial"}`)
	s.user("ed", badgeOf(`"serial":"A2"`))
}
