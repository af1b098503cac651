package scim

import (
	"fmt"
	"iter"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ringdex/ringdex/stream"
	"github.com/ringdex/ringdex/stream/memlog"
)

// A countingLog counts the users and groups that are read.
type countingLog struct {
	stream.Log
	read atomic.Int64
}

func (l *countingLog) View() (stream.View, error) {
	v, err := l.Log.View()
	return countingView{v, l}, err
}

type countingView struct {
	stream.View
	log *countingLog
}

func (v countingView) count(key string) {
	if strings.HasPrefix(key, "u/") || strings.HasPrefix(key, "g/") {
		v.log.read.Add(1)
	}
}

func (v countingView) Get(tenant, key string) (stream.Entry, error) {
	v.count(key)
	return v.View.Get(tenant, key)
}

func (v countingView) Scan(tenant, prefix, after string) iter.Seq2[stream.Entry, error] {
	return func(yield func(stream.Entry, error) bool) {
		for e, err := range v.View.Scan(tenant, prefix, after) {
			v.count(e.Key)
			if !yield(e, err) {
				return
			}
		}
	}
}

// TestC9FiltersByKeysReadFewResources asks what identity providers ask of a
// directory in which reading everything would show.
func TestC9FiltersByKeysReadFewResources(t *testing.T) {
	log := &countingLog{Log: memlog.New()}
	s := newWorld(t, worldConfig{log: log, noIndex: true}).site(t)
	const people = 300
	var ids []string
	for i := range people {
		ids = append(ids, s.user(fmt.Sprint("user", i), fmt.Sprintf(`"externalId":"x%d","displayName":"Name %d","emails":[{"type":"work","value":"u%d@example.com"}],
			"phoneNumbers":[{"value":"+44 %d"}],%q:{"employeeNumber":"e%d","manager":{"value":"m%d"}},
			"urn:ietf:params:scim:schemas:extension:genesys:purecloud:2.0:User":{"externalIds":[{"authority":"teams","value":"t%d"}]}`, i, i, i, i, enterprise, i, i%100, i)))
	}
	group := s.group("G", append(ids, "dangling")...)
	for i := range 50 {
		s.group(fmt.Sprint("g", i), ids[i])
	}
	for _, test := range []struct {
		path  string
		total int
		reads int64
	}{
		{`/Users?filter=id eq "` + ids[7] + `"`, 1, 5},
		{`/Users?filter=userName eq "USER7"`, 1, 5},
		{`/Users?filter=userName eq "nobody"`, 0, 0},
		{`/Users?filter=externalId eq x7`, 1, 5},
		{`/Users?filter=displayName eq "name 7"`, 1, 5},
		{`/Users?filter=emails.value eq "U7@example.com"`, 1, 5},
		{`/Users?filter=emails[type eq "work" and value eq "u7@example.com"]`, 1, 5},
		{`/Users?filter=phoneNumbers[value eq "%2B44 7"]`, 1, 5},
		{`/Users?filter=employeeNumber eq "E7"`, 1, 5},
		{`/Users?filter=manager eq "m7"`, 3, 15},
		{`/Users?filter=manager eq "m7" and userName eq "user107"`, 1, 5},
		{`/Users?filter=manager eq "m7" or userName eq "user1"`, 4, 20},
		{`/Users?filter=(manager eq "m7" or userName eq "user1") and emails eq "u1@example.com"`, 1, 5},
		{`/Users?filter=userName eq "user1" and title pr`, 0, 5},
		{`/Users?filter=externalIds[authority eq "teams" and value eq "t7"]`, 1, 5},
		{`/Users?filter=groups eq "` + group + `"&count=2&attributes=id`, people, 3},
		{`/Users?filter=groups.value eq "` + group + `"&count=2&attributes=id&startIndex=250`, people, 3},
		{`/Users?filter=groups.value eq "` + group + `" and userName eq "user7"&attributes=id`, 1, 3},
		{`/Users?filter=nothing eq "x" or members eq "x"`, 0, 0},
		{`/Users?filter=meta.resourceType eq "Group"`, 0, 0},
		{`/Users?count=3&attributes=id`, people, 3},
		{`/Users?count=3&attributes=id&startIndex=200`, people, 3},
		{`/Groups?filter=members eq "` + ids[7] + `"&attributes=id`, 2, 2},
		{`/Groups?filter=id eq "` + group + `" and members eq "` + ids[7] + `"&attributes=id`, 1, 1},
		{`/Groups?filter=displayName eq "g"&excludedAttributes=members`, 1, 1},
		{`/?filter=userName eq "user7"&attributes=id`, 1, 1},
		{`/?filter=externalId eq "x7"&attributes=id`, 1, 1},
	} {
		before := log.read.Load()
		list := s.must(http.StatusOK, "GET", test.path, "").body
		if got := number(list, "totalResults"); got != test.total {
			t.Errorf("%s finds %d, want %d", test.path, got, test.total)
		}
		if got := log.read.Load() - before; got > test.reads {
			t.Errorf("%s reads %d resources, want no more than %d", test.path, got, test.reads)
		}
	}
}

// TestC13AListThatTakesTooLongIsRefused is what a client can do something about.
func TestC13AListThatTakesTooLongIsRefused(t *testing.T) {
	s := newWorld(t, worldConfig{noIndex: true}).site(t)
	s.user("a")
	s.w.service.searchTime = -1
	for _, path := range []string{"/Users?filter=title pr", "/Users?sortBy=userName", "/?filter=not (userName eq x)"} {
		s.refused(http.StatusBadRequest, "tooMany", "GET", path, "")
	}
	s.must(http.StatusOK, "GET", "/Users", "")
	s.must(http.StatusOK, "GET", `/Users?filter=userName eq "nobody"`, "")
}

func TestASieveNeverHoldsBackWhatIsMeant(t *testing.T) {
	for _, test := range []struct {
		body    string
		needles []string
		want    bool
	}{
		{`{"userName":"ANA"}`, []string{"ana"}, true},
		{`{"userName":"ANA"}`, []string{"ana", "ben"}, false},
		{`{"userName":"ANA"}`, nil, true},
		{`{"userName":"K"}`, []string{"k"}, true}, // the Kelvin sign folds to it
		{`{"active":true}`, []string{`"active":false`}, false},
		{``, []string{"a"}, false},
	} {
		if got := newSieve(test.needles).mayMean([]byte(test.body)); got != test.want {
			t.Errorf("%s with %q: %v", test.body, test.needles, got)
		}
	}
}
