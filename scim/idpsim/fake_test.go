package idpsim

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

const testToken = "secret-token"

// A fakeServer is a small SCIM server that keeps what it is sent, understands
// only what the vendors send, and answers 400 to everything else.
type fakeServer struct {
	mu     sync.Mutex // guards what follows
	users  map[string]map[string]any
	groups map[string]map[string]any
	order  []string // ids of both kinds as they were made
	serial int
	log    []string // one entry a request
	// intercept may answer instead; it returns whether it did. mu is held.
	intercept func(w http.ResponseWriter, r *http.Request, body string) bool
}

func newFakeServer() *fakeServer {
	return &fakeServer{users: map[string]map[string]any{}, groups: map[string]map[string]any{}}
}

// RoundTrip serves a request in the caller's goroutine, without a socket.
func (f *fakeServer) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	return w.Result(), nil
}

func (f *fakeServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		f.refuse(w, 400, "invalidSyntax", err.Error())
		return
	}
	body := string(raw)
	defer func() {
		status := 0
		if rec, ok := w.(*httptest.ResponseRecorder); ok {
			status = rec.Code
		}
		f.log = append(f.log, strings.TrimRight(fmt.Sprintf("%s %s → %d\n%s", r.Method, r.URL.RequestURI(), status, body), "\n"))
	}()
	if f.intercept != nil && f.intercept(w, r, body) {
		return
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "bearer") || token != testToken {
		f.refuse(w, 401, "", "bad token")
		return
	}
	f.route(w, r, body)
}

func (f *fakeServer) route(w http.ResponseWriter, r *http.Request, body string) {
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/scim/d1/"), "/")
	store := f.users
	if parts[0] == "Groups" {
		store = f.groups
	} else if parts[0] != "Users" {
		f.refuse(w, 404, "", "no such resource type")
		return
	}
	if len(parts) == 1 {
		switch r.Method {
		case http.MethodGet:
			f.query(w, r.URL.Query(), store)
		case http.MethodPost:
			f.create(w, parts[0], store, body)
		default:
			f.refuse(w, 405, "", "method")
		}
		return
	}
	res := store[parts[1]]
	if res == nil {
		f.refuse(w, 404, "", "no such resource")
		return
	}
	switch r.Method {
	case http.MethodGet:
		if r.URL.Query().Get("excludedAttributes") == "members" {
			res = maps.Clone(res)
			delete(res, "members")
		}
		f.answer(w, 200, res)
	case http.MethodPut:
		f.put(w, res, body)
	case http.MethodPatch:
		f.patch(w, parts[0], res, body)
	case http.MethodDelete:
		delete(store, parts[1])
		for _, g := range f.groups { // RFC 7643 section 4.2: members are references
			patchMembers(g, "remove", `members[value eq "`+parts[1]+`"]`, nil)
		}
		w.WriteHeader(204)
	}
}

func (f *fakeServer) create(w http.ResponseWriter, kind string, store map[string]map[string]any, body string) {
	var res map[string]any
	if err := json.Unmarshal([]byte(body), &res); err != nil {
		f.refuse(w, 400, "invalidSyntax", err.Error())
		return
	}
	unique := map[string]string{"Users": "userName", "Groups": "displayName"}[kind]
	for _, other := range store {
		if strings.EqualFold(fmt.Sprint(other[unique]), fmt.Sprint(res[unique])) {
			f.refuse(w, 409, "uniqueness", fmt.Sprintf("%v is taken", res[unique]))
			return
		}
	}
	f.serial++
	id := fmt.Sprintf("%s-%d", strings.ToLower(kind[:1]), f.serial)
	maps.DeleteFunc(res, func(name string, v any) bool { return v == nil || name == "password" || name == "groups" })
	location := "https://scim.example.com/scim/d1/" + kind + "/" + id
	res["id"], res["meta"] = id, map[string]any{"resourceType": strings.TrimSuffix(kind, "s"), "location": location}
	store[id] = res
	f.order = append(f.order, id)
	w.Header().Set("Location", location)
	f.answer(w, 201, res)
}

func (f *fakeServer) put(w http.ResponseWriter, res map[string]any, body string) {
	var next map[string]any
	if err := json.Unmarshal([]byte(body), &next); err != nil || next["id"] != res["id"] || next["meta"] == nil {
		f.refuse(w, 400, "invalidValue", "a PUT echoes the resource")
		return
	}
	clear(res)
	maps.Copy(res, next)
	f.answer(w, 200, res)
}

var filterForm = regexp.MustCompile(`^(\w+) eq "((?:[^"\\]|\\.)*)"(?: and (\w+) eq "([^"]*)")?$`)

func (f *fakeServer) query(w http.ResponseWriter, q url.Values, store map[string]map[string]any) {
	var found []any
	filter := filterForm.FindStringSubmatch(q.Get("filter"))
	if q.Has("filter") && filter == nil {
		f.refuse(w, 400, "invalidFilter", "filter")
		return
	}
	for _, id := range f.order {
		if res := store[id]; res != nil && (filter == nil || matches(res, filter)) {
			found = append(found, res)
		}
	}
	start, count := 1, 100
	if q.Has("startIndex") {
		start, _ = strconv.Atoi(q.Get("startIndex"))
	}
	if q.Has("count") {
		count, _ = strconv.Atoi(q.Get("count"))
	}
	page := found[min(start-1, len(found)):min(start-1+count, len(found))]
	f.answer(w, 200, map[string]any{
		"schemas": []string{listSchema}, "totalResults": len(found), "startIndex": start, "itemsPerPage": len(page), "Resources": page,
	})
}

func matches(res map[string]any, filter []string) bool {
	value := strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(filter[2])
	if !strings.EqualFold(fmt.Sprint(res[filter[1]]), value) {
		return false
	}
	switch filter[3] {
	case "manager":
		return resource(res).object(enterpriseSchema).object("manager").text("value") == filter[4]
	case "members":
		return slices.ContainsFunc(resource(res).elements("members"), func(m resource) bool { return m.text("value") == filter[4] })
	}
	return true
}

func (f *fakeServer) answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/scim+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func (f *fakeServer) refuse(w http.ResponseWriter, status int, scimType, detail string) {
	body := map[string]any{"schemas": []string{errorSchema}, "status": strconv.Itoa(status), "detail": detail}
	if scimType != "" {
		body["scimType"] = scimType
	}
	f.answer(w, status, body)
}

// requests returns the log since the last call.
func (f *fakeServer) requests() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	log := f.log
	f.log = nil
	return log
}

// writes counts the requests of a log that change something.
func writes(log []string) int {
	n := 0
	for _, entry := range log {
		if !strings.HasPrefix(entry, "GET ") {
			n++
		}
	}
	return n
}
