package idpsim

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
)

// Imported is what an import found.
type Imported struct {
	Users  int
	Groups int
}

// importPage is the count that Okta asks for.
const importPage = 100

// Import pages through all Users and then all Groups with startIndex and count,
// as Okta's import does. It returns ErrBadAnswer if an object comes twice, if
// pages do not continue where the last ended, or if the total is not what
// comes. Nobody should write meanwhile.
func (p *Provider) Import(ctx context.Context) (Imported, error) {
	s := &session{p: p, tally: newTally()}
	users, err := s.importAll(ctx, "import users", "/Users")
	if err != nil {
		return Imported{}, err
	}
	groups, err := s.importAll(ctx, "import groups", "/Groups")
	return Imported{Users: users, Groups: groups}, err
}

func (s *session) importAll(ctx context.Context, operation, path string) (int, error) {
	seen := map[string]bool{}
	for {
		start := len(seen) + 1
		query := "startIndex=" + strconv.Itoa(start) + "&count=" + strconv.Itoa(importPage)
		a, err := s.do(ctx, request{operation: operation, method: http.MethodGet, path: path, query: query})
		if err != nil {
			return 0, err
		}
		page, err := readList(operation, a)
		if err != nil {
			return 0, err
		}
		for _, r := range page.resources {
			if id := r.text("id"); seen[id] {
				return 0, fmt.Errorf("%s: %w: a resource stands on two pages", operation, ErrBadAnswer)
			}
			seen[r.text("id")] = true
		}
		switch {
		case page.start != start || page.perPage != len(page.resources) || page.perPage > importPage:
			return 0, fmt.Errorf("%s: %w: the page is not the one asked for", operation, ErrBadAnswer)
		case len(seen) == page.total:
			return len(seen), nil
		case len(page.resources) == 0 || len(seen) > page.total:
			return 0, fmt.Errorf("%s: %w: totalResults is not the number of resources", operation, ErrBadAnswer)
		}
	}
}
