package main

import (
	"context"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	sampleDirectories = `{"directories":[
 {"id":"d3k9","name":"Head office","type":"entra","defaultRegion":"GB","scim":{"baseUrl":"http://ringdex.example/scim/d3k9"},"counts":{"users":1204,"groups":14},"createdAt":"2026-08-01T09:00:00Z","lastRequestAt":"2026-08-21T09:58:30Z"},
 {"id":"x7p2","name":"東京支社","type":"okta","scim":{"baseUrl":"http://ringdex.example/scim/x7p2"},"counts":{"users":3,"groups":0},"createdAt":"2026-08-02T09:00:00Z"},
 {"id":"m4q8","name":"Branch","type":"other","defaultRegion":"DE","counts":{"users":0,"groups":0},"createdAt":"2026-08-03T09:00:00Z"},
 {"id":"m5r9","name":"branch","type":"other","defaultRegion":"FR","counts":{"users":0,"groups":0},"createdAt":"2026-08-03T09:00:00Z"}]}`
	sampleDirectory = `{"id":"d3k9","name":"Head office","type":"entra","defaultRegion":"GB","policies":{"groupRename":"ignore","patchResponse":"auto","missingPhone":"warn","unknownMembers":"ofTomorrow","ofTomorrow":"yes"},"aliases":{"phoneNumberss":"phoneNumbers"},"scim":{"baseUrl":"http://ringdex.example/scim/d3k9"},"counts":{"users":1204,"groups":14},"createdAt":"2026-08-01T09:00:00Z","lastRequestAt":"2026-08-21T09:58:30Z","risk":{"level":"watch","text":"12 of 100 writes failed in the last 40 minutes; Entra ID stops provisioning at 40 %."},"presenceSync":{"state":"degraded","detail":"Microsoft asks for fewer requests."}}`
	sampleAdded     = `{"id":"d3k9","name":"Head office","type":"entra","defaultRegion":"GB","scim":{"baseUrl":"http://ringdex.example/scim/d3k9","token":"rdx_scim_sampletoken"}}`
	sampleContact   = `{"id":"c1","directoryId":"d3k9","displayName":"Ann Example","title":"Agent","department":"Sales","company":"Example Ltd","numbers":[{"type":"work","raw":"020 7946 0018","e164":"+442079460018","display":"+44 20 7946 0018"},{"type":"internal","raw":"4711"}]}`
	sampleContact2  = `{"id":"c2","directoryId":"d3k9","displayName":"例 太郎","department":"営業","numbers":[]}`
)

// listed is the answer that every command needs which names a directory.
func listed(more replies) replies {
	all := replies{"GET /v1/directories": {body: sampleDirectories}}
	maps.Copy(all, more)
	return all
}

func TestDirectoryCommands(t *testing.T) {
	runSteps(
		t, "directory",
		step{args: "directory list", replies: listed(nil)},
		step{args: "directory list", replies: replies{"GET /v1/directories": {body: `{"directories":[]}`}}},
		step{args: "directory list --json", replies: replies{"GET /v1/directories": {body: "{\"directories\" : [] }\n"}}},
		step{args: "directory show head~office", replies: listed(replies{"GET /v1/directories/d3k9": {body: sampleDirectory}})},
		step{args: "directory show d3k9 --json", replies: listed(replies{"GET /v1/directories/d3k9": {body: sampleDirectory}})},
		step{args: "directory show Branch", replies: listed(nil)},
		step{args: "directory show Elsewhere", replies: listed(nil)},
		step{
			args:    "directory show d3k9",
			replies: replies{"GET /v1/directories": problem(403, "Forbidden", "needs an admin key", ""), "GET /v1/directories/d3k9": problem(403, "Forbidden", "needs an admin key", "")},
		},
	)
}

func TestDirectoryChangeCommands(t *testing.T) {
	runSteps(
		t, "directory_change",
		step{
			args:    "directory add Head~office --type entra --region GB --policy missingPhone=reject --policy groupRename=ignore",
			replies: replies{"POST /v1/directories": {status: 201, body: sampleAdded}},
		},
		step{args: "directory add Head~office --json", replies: replies{"POST /v1/directories": {status: 201, body: sampleAdded}}},
		step{
			args:    "directory add Suite --type strict --alias phoneNumberss=phoneNumbers --policy stringBooleans=default",
			replies: replies{"POST /v1/directories": {status: 201, body: sampleAdded}},
		},
		step{args: "directory add Head~office --alias phoneNumberss"},
		step{args: "directory set d3k9 --alias phoneNumberss=", replies: listed(replies{"PATCH /v1/directories/d3k9": {body: sampleDirectory}})},
		step{
			args:    "directory add Head~office --region XX",
			replies: replies{"POST /v1/directories": problem(400, "Bad request", "defaultRegion is not an ISO 3166 region", "defaultRegion")},
		},
		step{args: "directory add Head~office --policy missingPhone"},
		step{args: "directory add"},
		step{
			args:    "directory set d3k9 --name Main~office --region= --policy groups=updateOnly",
			replies: listed(replies{"PATCH /v1/directories/d3k9": {body: sampleDirectory}}),
		},
		step{args: "directory set d3k9"},
		step{
			args: "directory set d3k9 --region GB",
			replies: listed(replies{
				"PATCH /v1/directories/d3k9": problem(409, "Conflict", "the directory changed at the same time; ask again", ""),
			}),
		},
		step{args: "directory remove Head~office", stdin: "Head office\n", replies: listed(replies{"DELETE /v1/directories/d3k9": {status: 204}})},
		step{args: "directory remove Head~office", stdin: "head office\n", replies: listed(nil)},
		step{args: "directory remove Head~office", stdin: "", replies: listed(nil)},
		step{args: "directory remove d3k9 --yes", replies: listed(replies{"DELETE /v1/directories/d3k9": {status: 204}})},
		step{args: "directory remove d3k9 --yes --json", replies: listed(replies{"DELETE /v1/directories/d3k9": {status: 204}})},
		step{args: "directory frob"},
		step{args: "directory shwo"},
	)
}

func TestDirectoryEventsCommand(t *testing.T) {
	const created = `{"id":"1787306401001500","time":"2026-08-21T10:00:01Z","tookMs":1.5,"method":"POST","endpoint":"Users","resource":"01920000-0000-7000-8000-00000000000a","status":201,"outcome":"ok","dialect":"entra","resend":0,"changes":[{"change":"added","path":"userName"},{"change":"added","path":"active"},{"change":"added","path":"name"},{"change":"added","path":"emails[type eq \"work\"]"},{"change":"added","path":"title"}]}`
	const read = `{"id":"1787306400001500","time":"2026-08-21T10:00:00Z","method":"GET","endpoint":"Users","filter":"userName eq \"…\"","status":200,"outcome":"ok","resend":0}`
	const failed = `{"id":"1787306402001500","time":"2026-08-21T10:00:02Z","method":"PATCH","endpoint":"Users","resource":"01920000-0000-7000-8000-00000000000b","status":400,"outcome":"failed","scimType":"invalidValue","path":"active","detail":"must be true or false (Operations[0])","advice":"Correct what the provider maps to this attribute.","dialect":"entra","traits":["capital operations"],"operations":[{"index":0,"op":"replace","path":"active"}],"resend":0}`
	const hinted = `{"id":"1787306403001500","time":"2026-08-21T10:00:03Z","method":"PATCH","endpoint":"Groups","resource":"01920000-0000-7000-8000-00000000000c","status":204,"outcome":"ok","changes":[{"change":"added","path":"members","count":12},{"change":"changed","path":"displayName"},{"change":"removed","path":"members","count":1}],"hints":[{"path":"phoneNumberss","detail":"ignored: is not an attribute of User; did you mean phoneNumbers?"}],"operations":[{"index":0,"op":"add","path":"members","notes":["members: changed nothing"]}],"resend":1}`
	const bulk = `{"id":"1787306404001500","time":"2026-08-21T10:00:04Z","method":"POST","endpoint":"Bulk","status":200,"outcome":"failed","bulk":{"operations":10,"failures":2},"resend":0}`
	const unchanged = `{"id":"1787306405001500","time":"2026-08-21T10:00:05Z","method":"PUT","endpoint":"Users","resource":"01920000-0000-7000-8000-00000000000a","status":200,"outcome":"unchanged","resend":0}`
	const summary = `"summary":{"newest":"1787306405001500","risk":{"level":"watch","text":"12 of 100 writes failed in the last 40 minutes; Entra ID stops provisioning at 40 %."},"dialect":"entra","resend":{"resources":3,"attributes":4},"reasons":[{"count":11,"method":"PATCH","endpoint":"Users","status":400,"path":"active","detail":"must be true or false"},{"count":1,"method":"POST","endpoint":"Groups","status":409,"detail":"taken"}]}`
	all := `{"events":[` + strings.Join([]string{unchanged, bulk, hinted, failed, created, read}, ",") + `],"next":null,` + summary + `}`
	some := `{"events":[` + failed + `],"next":"1787306402001500",` + summary + `}`
	none := `{"events":[],"next":null,"summary":{"newest":null,"risk":{"level":"ok","text":"There were no writes in the last 40 minutes."}}}`
	const path = "GET /v1/directories/d3k9/events"
	runSteps(
		t, "events",
		step{args: "directory events Head~office", replies: listed(replies{path: {body: all}})},
		step{args: "directory events d3k9 --failed --explain --limit 1", replies: listed(replies{path + "?limit=1&outcome=failed": {body: some}})},
		step{
			args: "directory events d3k9 --method PATCH --status 4xx --endpoint Users --resource c1 --path emails --dialect okta --search did~you --since 2h",
			replies: listed(replies{
				path + "?dialect=okta&endpoint=Users&method=PATCH&path=emails&q=did+you&resource=c1&since=2026-08-21T08%3A04%3A05Z&status=4xx": {body: none},
			}),
		},
		step{args: "directory events d3k9 --json", replies: listed(replies{path: {body: none}})},
		step{args: "directory events d3k9 --status 9", replies: listed(replies{path + "?status=9": problem(400, "Bad Request", "status must be an HTTP status such as 409", "status")})},
		step{
			args: "directory events d3k9 --follow", // ends when the fake server has no more to say
			replies: listed(replies{
				path: {body: `{"events":[` + created + "," + read + `],"next":null,"summary":{"newest":"1787306401001500"}}`},
				path + "?limit=500&since=1787306401001500":                         {body: `{"events":[` + hinted + `],"next":"1787306403001500","summary":{"newest":"1787306403001500"}}`},
				path + "?before=1787306403001500&limit=500&since=1787306401001500": {body: `{"events":[` + failed + `],"next":null,"summary":{"newest":"1787306409001500"}}`},
			}),
		},
		step{
			args: "directory events d3k9 -f --json --failed",
			replies: listed(replies{
				path + "?outcome=failed": {body: `{"events":[` + bulk + "," + failed + `],"next":null,"summary":{"newest":"1787306405001500"}}`},
			}),
		},
		step{args: "directory events"},
	)
}

func TestGroupCommands(t *testing.T) {
	const groups = "/v1/directories/d3k9/groups"
	const added = `{"id":"g1","displayName":"Customer care","externalId":"7f3d","version":"W/\"8\""}`
	page := func(total int, of ...string) replies {
		return listed(replies{"GET " + groups + "?count=100&startIndex=1": {body: `{"groups":[` + strings.Join(of, ",") + `],"totalResults":` + strconv.Itoa(total) + `}`}})
	}
	runSteps(
		t, "group",
		step{args: "directory group add Head~office Customer~care --external-id 7f3d", replies: listed(replies{"POST " + groups: {status: 201, body: added}})},
		step{args: "directory group add d3k9 Sales --json", replies: listed(replies{"POST " + groups: {status: 201, body: added}})},
		step{args: "directory group add d3k9 Sales", replies: listed(replies{"POST " + groups: problem(409, "Conflict", "displayName is taken already", "")})},
		step{args: "directory group add d3k9"},
		step{args: "directory group list d3k9", replies: page(1, added)},
		step{args: "directory group list d3k9", replies: page(3, added)},
		step{args: "directory group list d3k9", replies: page(0)},
		step{args: "directory group list d3k9 --json", replies: page(0)},
		step{args: "directory group list d3k9 --start 0"},
		step{args: "directory group remove d3k9 g1", replies: listed(replies{"DELETE " + groups + "/g1": {status: 204}})},
		step{args: "directory group remove d3k9 g9", replies: listed(nil)},
		step{args: "directory group remove d3k9"},
	)
}

func TestTokenCommands(t *testing.T) {
	const added = `{"id":"t1","token":"rdx_scim_sampletoken","label":"spring","createdAt":"2026-08-21T10:00:00Z","expiresAt":"2026-09-20T10:00:00Z"}`
	const list = `{"tokens":[{"id":"t1","label":"first","createdAt":"2026-08-01T09:00:00Z","lastUsedAt":"2026-08-21T09:00:00Z"},{"id":"t2","label":"","createdAt":"2026-08-21T10:00:00Z","expiresAt":"2026-09-20T10:00:00Z"}]}`
	runSteps(
		t, "token",
		step{args: "token add d3k9 --label spring --expires-in 720h", replies: listed(replies{"POST /v1/directories/d3k9/tokens": {status: 201, body: added}})},
		step{args: "token add Head~office --json", replies: listed(replies{"POST /v1/directories/d3k9/tokens": {status: 201, body: added}})},
		step{args: "token add d3k9 --expires-in 5ms"},
		step{args: "token add d3k9 --expires-in -1h"},
		step{args: "token add d3k9 --expires-in soon"},
		step{args: "token list Head~office", replies: listed(replies{"GET /v1/directories/d3k9/tokens": {body: list}})},
		step{args: "token list Head~office", replies: listed(replies{"GET /v1/directories/d3k9/tokens": {body: `{"tokens":[]}`}})},
		step{args: "token list d3k9 --json", replies: listed(replies{"GET /v1/directories/d3k9/tokens": {body: list}})},
		step{args: "token revoke d3k9 t1", replies: listed(replies{"DELETE /v1/directories/d3k9/tokens/t1": {status: 204}})},
		step{args: "token revoke d3k9 t9", replies: listed(nil)},
		step{args: "token revoke d3k9"},
		step{args: "token rotate d3k9 --label spring --overlap 48h", replies: listed(replies{"POST /v1/directories/d3k9/tokens": {status: 201, body: added}})},
		step{args: "token rotate d3k9 --overlap 0", replies: listed(replies{"POST /v1/directories/d3k9/tokens": {status: 201, body: added}})},
		step{args: "token rotate d3k9 --json", replies: listed(replies{"POST /v1/directories/d3k9/tokens": {status: 201, body: added}})},
		step{args: "token rotate d3k9 --overlap -1h"},
	)
}

func TestClientCommands(t *testing.T) {
	const clients = "/v1/directories/d3k9/clients"
	const added = `{"id":"c1","label":"provisioning","secret":"rdx_client_samplesecret","tokenEndpoint":"https://ringdex.example/oauth2/token","scope":"scim","secrets":[{"id":"s1","createdAt":"2026-08-21T10:00:00Z","expiresAt":"2028-08-20T10:00:00Z"}],"federation":null,"createdAt":"2026-08-21T10:00:00Z"}`
	const federated = `{"id":"c2","label":"federated","tokenEndpoint":"https://ringdex.example/oauth2/token","scope":"scim","secrets":[],"federation":{"issuer":"https://login.example.com/t1/v2.0","subject":"4f1c","audience":"api://a1","jwksUri":"https://login.example.com/t1/keys"},"createdAt":"2026-08-21T10:00:00Z","lastUsedAt":"2026-08-21T11:00:00Z","lastRefusal":{"at":"2026-08-21T12:00:00Z","reason":"The assertion has expired."}}`
	const secret = `{"id":"s2","secret":"rdx_client_samplesecret2","createdAt":"2026-08-21T10:00:00Z","expiresAt":"2028-08-20T10:00:00Z"}`
	add := listed(replies{"POST " + clients: {status: 201, body: added}})
	addFederated := listed(replies{"POST " + clients: {status: 201, body: federated}})
	runSteps(
		t, "client",
		step{args: "client add d3k9 --label provisioning --expires-in 17520h", replies: add},
		step{args: "client add Head~office --json", replies: add},
		step{args: "client add d3k9 --issuer https://login.example.com/t1/v2.0 --subject 4f1c --audience api://a1 --jwks-uri https://login.example.com/t1/keys", replies: addFederated},
		step{args: "client add d3k9 --jwks testdata/keys.json", replies: addFederated},
		step{args: "client add d3k9 --issuer https://login.example.com/t1/v2.0"},
		step{args: "client add d3k9 --jwks testdata/absent.json"},
		step{args: "client add d3k9 --jwks testdata/token.txt"},
		step{args: "client add d3k9 --jwks-uri http://login.example.com/keys", replies: listed(replies{"POST " + clients: problem(400, "Bad request", "federation.jwksUri must begin with https://", "federation.jwksUri")})},
		step{args: "client list d3k9", replies: listed(replies{"GET " + clients: {body: `{"clients":[` + added + `,` + federated + `,{"id":"c3","label":"none left"}]}`}})},
		step{args: "client list d3k9", replies: listed(replies{"GET " + clients: {body: `{"clients":[]}`}})},
		step{args: "client list d3k9 --json", replies: listed(replies{"GET " + clients: {body: `{"clients":[]}`}})},
		step{args: "client add-secret d3k9 c1 --expires-in 17520h", replies: listed(replies{"POST " + clients + "/c1/secrets": {status: 201, body: secret}})},
		step{args: "client add-secret d3k9 c1 --json", replies: listed(replies{"POST " + clients + "/c1/secrets": {status: 201, body: secret}})},
		step{args: "client revoke-secret d3k9 c1 s2", replies: listed(replies{"DELETE " + clients + "/c1/secrets/s2": {status: 204}})},
		step{args: "client revoke-secret d3k9 c1 rdx_client_samplesecret"},
		step{args: "client remove d3k9 c1", replies: listed(replies{"DELETE " + clients + "/c1": {status: 204}})},
		step{args: "client remove d3k9 c9", replies: listed(nil)},
		step{args: "client remove d3k9"},
	)
}

func TestKeyCommands(t *testing.T) {
	const added = `{"id":"k1","key":"rdx_api_samplekey","kind":"api","scopes":["lookup","search"],"label":"switchboard","createdAt":"2026-08-21T10:00:00Z"}`
	const list = `{"keys":[{"id":"k0","kind":"admin","label":"first start","createdAt":"2026-08-01T09:00:00Z","lastUsedAt":"2026-08-21T09:00:00Z"},{"id":"k1","kind":"api","scopes":["lookup","search"],"label":"switchboard","createdAt":"2026-08-21T10:00:00Z"}]}`
	runSteps(
		t, "key",
		step{args: "key add --scope lookup,search --label switchboard", replies: replies{"POST /v1/keys": {status: 201, body: added}}},
		step{args: "key add --kind admin --json", replies: replies{"POST /v1/keys": {status: 201, body: added}}},
		step{args: "key add", replies: replies{"POST /v1/keys": problem(400, "Bad request", "scopes are required for an api key", "scopes")}},
		step{args: "key list", replies: replies{"GET /v1/keys": {body: list}}},
		step{args: "key list --json", replies: replies{"GET /v1/keys": {body: list}}},
		step{args: "key revoke k1", replies: replies{"DELETE /v1/keys/k1": {status: 204}}},
		step{args: "key revoke k9"},
		step{args: "key revoke .."},
	)
}

func TestLookupCommand(t *testing.T) {
	match := `{"query":{"raw":"020 7946 0018","class":"national","e164":"+442079460018"},"status":"match","best":` + sampleContact +
		`,"candidates":[{"contact":` + sampleContact + `,"number":{"type":"work","raw":"020 7946 0018","display":"+44 20 7946 0018"},"rung":"national","reason":"the same number, read as dialled in GB"}],"display":"Ann Example","seq":7}`
	ambiguous := `{"query":{"class":"international","e164":"+442079460018","ext":"12"},"status":"ambiguous","best":null,"candidates":[{"contact":` + sampleContact +
		`,"number":{"type":"work","raw":"+442079460018"},"rung":"e164","reason":"the same number"},{"contact":` + sampleContact2 + `,"number":"+44 20 7946 0018","rung":"e164","reason":"the same number"}],"display":"+44 20 7946 0018","trace":[{"rung":"raw","form":null,"hits":0,"note":null},{"rung":"e164","form":"+442079460018","hits":2,"note":"extension ignored"}]}`
	none := `{"query":{"class":"international","e164":"+12015550199"},"status":"none","best":null,"candidates":[],"display":"+1 201-555-0199"}`
	runSteps(
		t, "lookup",
		step{args: "lookup 020~7946~0018 --region GB", replies: replies{"GET /v1/lookup?number=020+7946+0018&region=GB": {body: match}}},
		step{args: "lookup 020~7946~0018 --json", replies: replies{"GET /v1/lookup?number=020+7946+0018": {body: match}}},
		step{
			args: "lookup 020~7946~0018 +442079460018x12 +12015550199 anonymous +493012345678",
			replies: replies{
				"GET /v1/lookup?number=020+7946+0018":      {body: match},
				"GET /v1/lookup?number=%2B442079460018x12": {body: ambiguous},
				"GET /v1/lookup?number=%2B12015550199":     {body: none},
				"GET /v1/lookup?number=anonymous":          {body: `{"query":{"class":"anonymous"},"status":"anonymous","candidates":[],"display":"Anonymous"}`},
				"GET /v1/lookup?number=%2B493012345678":    {body: `{"query":{"class":"international"},"status":"range","best":null,"candidates":[],"display":"~ Example GmbH"}`},
			},
		},
		step{args: "lookup +442079460018x12 --explain", replies: replies{"GET /v1/lookup?explain=1&number=%2B442079460018x12": {body: ambiguous}}},
		step{args: "lookup +12015550199 --explain", replies: replies{"GET /v1/lookup?explain=1&number=%2B12015550199": {body: none}}},
		step{args: "lookup +12015550199 --json", replies: replies{"GET /v1/lookup?number=%2B12015550199": {body: none}}},
		step{args: "lookup +12015550199 --region UK", replies: replies{"GET /v1/lookup?number=%2B12015550199&region=UK": problem(400, "Bad request", "region is not known", "region")}},
		step{args: "lookup 020~7946~0018 x", replies: replies{"GET /v1/lookup?number=020+7946+0018": {body: match}, "GET /v1/lookup?number=x": problem(400, "Bad request", "is not a number", "number")}},
		step{args: "lookup"},
	)
}

func TestSearchCommand(t *testing.T) {
	hits := `{"hits":[{"contact":` + sampleContact + `,"score":{"tier":1},"presence":{"availability":"busy","activity":"inACall"}},{"contact":` + sampleContact2 + `,"presence":null},{"contact":{"id":"c3","userName":"evil\u001b[31m\u202eexample","presence":{"availability":"away","activity":"Away","stale":true}}}],`
	runSteps(
		t, "search",
		step{args: "search ann ex", replies: replies{"GET /v1/search?limit=10&mode=auto&q=ann+ex": {body: hits + `"total":3}`}}},
		step{args: "search ann --limit 3", replies: replies{"GET /v1/search?limit=3&mode=auto&q=ann": {body: hits + `"total":213}`}}},
		step{args: "search ann --limit 3", replies: replies{"GET /v1/search?limit=3&mode=auto&q=ann": {body: hits + `"more":true}`}}},
		step{args: "search 7946 --mode number --directory head~office", replies: listed(replies{"GET /v1/search?directory=d3k9&limit=10&mode=number&q=7946": {body: hits + `"total":3}`}})},
		step{
			args:    "search ann --directory d3k9",
			replies: replies{"GET /v1/directories": problem(403, "Forbidden", "needs an admin key", ""), "GET /v1/search?directory=d3k9&limit=10&mode=auto&q=ann": {body: hits + `"total":3}`}},
		},
		step{args: "search nobody", replies: replies{"GET /v1/search?limit=10&mode=auto&q=nobody": {body: `{"hits":[],"total":0,"seq":7}`}}},
		step{args: "search nobody --json", replies: replies{"GET /v1/search?limit=10&mode=auto&q=nobody": {body: `{"hits":[],"total":0,"seq":7}`}}},
		step{args: "search"},
		step{args: "search ann --limit many"},
	)
}

func TestErrorsSayWhatToDo(t *testing.T) {
	answer := func(r reply) replies { return replies{"GET /v1/keys": r} }
	runSteps(
		t, "errors",
		step{args: "key list", replies: answer(problem(401, "Unauthorized", "unknown or revoked key", ""))},
		step{args: "key list", replies: answer(problem(403, "Forbidden", "needs an admin key", ""))},
		step{args: "key list", replies: answer(problem(404, "Not found", "", ""))},
		step{args: "key list", replies: answer(problem(409, "Conflict", "changed at the same time", ""))},
		step{args: "key list", replies: answer(problem(400, "Bad request", "must not be empty", "label"))},
		step{args: "key list", replies: answer(reply{status: 429, body: `{"title":"Too many requests"}`, header: map[string][]string{"Retry-After": {"7"}}})},
		step{args: "key list", replies: answer(problem(503, "Unavailable", "still starting", ""))},
		step{args: "key list", replies: answer(problem(500, "Internal error", "", ""))},
		step{args: "key list", replies: answer(reply{status: 502, body: "<html>", header: map[string][]string{"Content-Type": {"text/html"}}})},
		step{args: "key list", replies: answer(reply{body: "<html>", header: map[string][]string{"Content-Type": {"text/html"}}})},
		step{args: "key list", replies: answer(reply{status: 301, header: map[string][]string{"Location": {"https://elsewhere.example"}}})},
		step{args: "key list", replies: answer(problem(400, "Bad", "two\nlines \x1b[31m", ""))},
		step{args: "key list --server ftp://host"},
		step{args: "key list --key @testdata/absent"},
		step{args: "key list --colour"},
		step{args: "kye list"},
		step{args: "key revoke rdx_admin_sample"},
	)
}

// TestCtrlCEndsACommandThatWaits interrupts a question at the terminal and a
// request that is under way.
func TestCtrlCEndsACommandThatWaits(t *testing.T) {
	f := newFakeServer(t)
	t.Setenv("RINGDEX_SERVER", f.URL)
	f.replies = listed(nil)
	silent, writer := io.Pipe()
	defer func() { _ = writer.Close() }()
	for _, args := range [][]string{{"directory", "remove", "d3k9"}, {"key", "list"}} {
		ctx, cancel := context.WithCancel(t.Context())
		errOut := &screen{want: "Type its name", done: cancel}
		if args[0] == "key" {
			cancel()
		}
		code := run(ctx, testApp(), args, silent, io.Discard, errOut)
		cancel()
		if code != exitInterrupted || strings.Contains(errOut.String(), "ringdex:") {
			t.Errorf("%v: exit code %d, %q, want %d and no error text", args, code, errOut.String(), exitInterrupted)
		}
	}
	if slices.ContainsFunc(f.asked, func(asked string) bool { return strings.HasPrefix(asked, "DELETE") }) {
		t.Error("the directory was removed")
	}
}

func TestSchemaCommands(t *testing.T) {
	const urn, path = "urn:example:params:scim:schemas:extension:badge:2.0:User", "/v1/directories/d3k9/schemas"
	const badge = `{"id":"` + urn + `","name":"Badge","description":"Badges and doors","resourceType":"User","required":false,"open":true,"attributes":[
 {"name":"serial","type":"string","multiValued":false,"required":true,"caseExact":true,"mutability":"immutable","returned":"always"},
 {"name":"doors","type":"complex","multiValued":true,"required":false,"mutability":"readWrite","returned":"default","subAttributes":[
  {"name":"value","type":"string","multiValued":false,"required":false,"caseExact":false,"mutability":"readWrite","returned":"request"}]}]}`
	const draft = `{"id":"` + urn + `","attributes":[{"name":"serial"}]}`
	runSteps(
		t, "schema",
		step{args: "directory schema add Head~office -", stdin: draft, replies: listed(replies{"PUT " + path + "/" + urn: {status: 201, body: badge}})},
		step{args: "directory schema add d3k9 - --of Group --json", stdin: draft, replies: listed(replies{"PUT " + path + "/" + urn + "?resourceType=Group": {status: 201, body: badge}})},
		step{
			args: "directory schema add d3k9 -", stdin: draft,
			replies: listed(replies{"PUT " + path + "/" + urn: problem(400, "Bad request", "serial type must be one of string, boolean", "serial")}),
		},
		step{args: "directory schema add d3k9 -", stdin: "{"},
		step{args: "directory schema add d3k9 -", stdin: `{"attributes":[]}`},
		step{args: "directory schema add d3k9 testdata/nothing.json"},
		step{args: "directory schema add d3k9"},
		step{args: "directory schema list d3k9", replies: listed(replies{"GET " + path: {body: `{"schemas":[` + badge + `]}`}})},
		step{args: "directory schema list d3k9", replies: listed(replies{"GET " + path: {body: `{"schemas":[]}`}})},
		step{args: "directory schema show d3k9 " + urn, replies: listed(replies{"GET " + path + "/" + urn: {body: badge}})},
		step{args: "directory schema show d3k9 urn:example:none", replies: listed(nil)},
		step{args: "directory schema remove d3k9 " + urn, replies: listed(replies{"DELETE " + path + "/" + urn: {status: 204}})},
		step{args: "directory schema frob"},
	)
}
