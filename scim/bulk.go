package scim

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
)

const (
	bulkRequestURN  = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
	bulkResponseURN = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
)

const (
	// maxOperations is how many operations a Bulk request may have.
	maxOperations = 1000
	// bulkDepth is how deep a Bulk request may nest: it wraps the data of an
	// operation, which may nest as deep as a body of its own (16), three times.
	bulkDepth = 16 + 3
)

// A bulk is one Bulk request (RFC 7644 section 3.7) while it is answered.
//
// It does what its operations would do one after the other, each as a request
// of its own: a POST that others refer to comes before them, wherever it
// stands, and otherwise their order is kept. Operations that cannot notice one
// another run at the same time.
type bulk struct {
	r     *request
	limit int                   // of errors, after which no operation is attempted; 0: none
	ops   []*operation          // in the order of the request
	posts map[string]*operation // by bulkId
}

// bulk answers /Bulk.
func (r *request) bulk(rest []string) error {
	if len(rest) > 0 {
		return errNoEndpoint()
	}
	if r.call.method != http.MethodPost {
		return r.methods("POST")
	}
	b, err := r.readBulk()
	if err != nil {
		return err
	}
	b.run()
	for _, op := range b.ops {
		if op.attempted {
			r.trace.attempts++
		}
		if op.attempted && op.err != nil {
			r.trace.failures++
		}
	}
	r.send(http.StatusOK, b.response())
	return nil
}

// readBulk reads the request. What is wrong with the message as a whole is
// refused here; what is wrong with one operation is left for its own answer.
func (r *request) readBulk() (*bulk, error) {
	if len(r.call.text) > maxBulkBytes {
		return nil, newError(http.StatusRequestEntityTooLarge, "",
			fmt.Sprintf("The size of the bulk operation exceeds the maxPayloadSize (%d).", maxBulkBytes))
	}
	r.call.maxBytes, r.call.maxDepth = maxBulkBytes, bulkDepth
	body, err := r.call.body()
	if err != nil {
		return nil, err
	}
	if !saysBulk(body.Get("schemas")) {
		return nil, &schema.Error{ScimType: schema.InvalidSyntax, Path: "schemas", Detail: "must be [\"" + bulkRequestURN + "\"]"}
	}
	b := &bulk{r: r, posts: map[string]*operation{}}
	if b.limit, err = errorLimit(body.Get("failOnErrors")); err != nil {
		return nil, err
	}
	return b, b.readOperations(body.Get("Operations"))
}

// saysBulk tells whether schemas are those of a Bulk request. Clients that
// leave them out mean it too.
func saysBulk(schemas resource.Value) bool {
	if schemas.IsUnassigned() {
		return true
	}
	for urn := range schemas.Elems() {
		if resource.EqualName(urn.Text(), bulkRequestURN) {
			return true
		}
	}
	return false
}

// errorLimit reads failOnErrors.
func errorLimit(v resource.Value) (int, error) {
	if v.IsNull() {
		return 0, nil
	}
	n, err := strconv.Atoi(v.Text())
	if err != nil || n < 0 {
		return 0, invalidValue("failOnErrors", "must be a whole number, 1 or more, or 0 for no limit")
	}
	return n, nil
}

func (b *bulk) readOperations(list resource.Value) error {
	syntax := func(detail string) error {
		return &schema.Error{ScimType: schema.InvalidSyntax, Path: "Operations", Detail: detail}
	}
	switch {
	case list.Kind() != resource.Array || list.Len() == 0:
		return syntax("must be an array of at least one operation")
	case list.Len() > maxOperations:
		return newError(http.StatusRequestEntityTooLarge, "",
			fmt.Sprintf("The number of operations of the bulk operation exceeds the maxOperations (%d).", maxOperations))
	}
	for v := range list.Elems() {
		if v.Kind() != resource.Object {
			return syntax(fmt.Sprintf("must hold objects (Operations[%d])", len(b.ops)))
		}
		op := readOperation(b.r, v, len(b.ops))
		b.ops = append(b.ops, op)
		name := op.bulkID.Text()
		if op.method != http.MethodPost || name == "" {
			continue
		}
		if first := b.posts[name]; first != nil {
			return invalidValue("bulkId", fmt.Sprintf("must differ among the POSTs of a request (Operations[%d], Operations[%d])", first.place, op.place))
		}
		b.posts[name] = op
	}
	for _, op := range b.ops {
		b.link(op)
	}
	return nil
}

// response tells what became of the operations that were attempted, in the
// order of the request.
func (b *bulk) response() resource.Value {
	list := make([]resource.Value, 0, len(b.ops))
	for _, op := range b.ops {
		if op.attempted {
			list = append(list, op.result())
		}
	}
	return resource.OfObject(
		resource.Field{Name: "schemas", Value: resource.OfArray(resource.OfString(bulkResponseURN))},
		resource.Field{Name: "Operations", Value: resource.OfArray(list...)},
	)
}

// bulkPath returns what an operation's path says below the base. Clients write
// it with or without the version, and some as the whole address.
//
//	/Users/7, Users/7, /v2/Users/7, https://ringdex.example.com/scim/d1/v2/Users/7
func (r *request) bulkPath(path string) ([]string, error) {
	root := strings.TrimSuffix(r.base, "/v2")
	for _, prefix := range []string{root + "/", strings.TrimPrefix(root, r.service.cfg.PublicURL) + "/"} {
		if rest, ok := strings.CutPrefix(path, prefix); ok {
			path = rest
			break
		}
	}
	segments, err := splitPath(path)
	if err != nil {
		return nil, err
	}
	if len(segments) > 0 && segments[0] == "v2" {
		segments = segments[1:]
	}
	return segments, nil
}
