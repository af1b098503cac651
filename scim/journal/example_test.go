package journal_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/ringdex/ringdex/scim/journal"
	"github.com/ringdex/ringdex/scim/patch"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
)

// serve is how a service that answers a PATCH of a user keeps the log.
func serve(log *journal.Journal, directoryID string, old resource.Value, text string) {
	users := schema.Default().Type("User")
	e := &journal.Event{
		Time: time.Date(2026, 8, 21, 10, 0, 0, 0, time.UTC), Method: "PATCH", Endpoint: "Users", Resource: "01920000-0000-7000-8000-000000000001", KeyID: "k1",
	}
	defer log.Record(directoryID, e)
	body, err := resource.Parse([]byte(text), resource.Limits{})
	e.Dialect, e.Traits = journal.Recognize(journal.Request{Method: e.Method, ContentType: "application/scim+json", Body: body})
	var ops []patch.Operation
	if err == nil {
		ops, err = patch.ParseRequest(body)
	}
	var result patch.Result
	if err == nil {
		result, err = patch.Apply(users, old, ops, patch.Policy{})
	}
	e.Operations = journal.Explain(users, ops, result.Notes)
	if err != nil {
		e.Fail(400, "invalidValue", err.Error(), err)
		return
	}
	e.Status = 200
	e.Changes = journal.Diff(users, old, result.Resource)
	e.Resend = journal.ResendPatch(users, ops, result.Resource)
}

func Example() {
	log := journal.New(journal.Config{})
	ana := resource.OfObject(resource.Field{Name: "userName", Value: resource.OfString("ana.sample@example.com")})
	serve(log, "d1", ana, `{"Operations":[{"op":"Add","path":"phoneNumbers[type eq \"work2\"].value","value":"+44 20 7946 0018"},
		{"op":"Add","path":"phoneNumberss[type eq \"work3\"].value","value":"+44 20 7946 0019"}]}`)
	serve(log, "d1", ana, `{"Operations":[{"op":"Replace","path":"active","value":"Maybe"}]}`)

	events, _ := log.Find("d1", journal.Query{})
	for _, e := range events {
		fmt.Println(e.Status, e.Outcome(), e.Dialect, "|", strings.Join(e.Traits.Strings(), ", "), "|", e.Path, e.Detail, "|", e.Resend, "sent again")
		for _, c := range e.Changes {
			fmt.Println(" ", c.Kind, c.Path)
		}
		for _, op := range e.Operations {
			fmt.Println(" ", op.Op, op.Path, op.Notes)
		}
	}
	// Output:
	// 400 failed entra | capital operations | active must be true or false (Operations[0]) | 0 sent again
	//   replace active []
	// 200 ok entra | capital operations, filter paths |   | 1 sent again
	//   added phoneNumbers[type eq "work2"]
	//   add phoneNumbers[type eq "work2"].value [phoneNumbers.value: created the element that the filter describes]
	//   add phoneNumberss[type eq "work3"].value [phoneNumberss: ignored: is not an attribute of User; did you mean phoneNumbers?]
}
