package teams

import "slices"

// share says whom each of several accounts is to be told of, so that nobody is
// covered twice and as little as possible changes: an account keeps those whom
// it covers already, and those who are new go to the first that has room. A
// subscription cannot be changed, only made anew, so an account that is given
// nobody new needs to do nothing.
//
// watched is whom somebody looks at, sorted, and isWatched tells the same of one;
// held is whom each account covers now, MaxIDs at most. The result has a list for
// each account, sorted. Who finds no room is left to the poll. It takes time for
// those who are covered, and not for all who are watched.
func share(watched []string, isWatched func(id string) bool, held []map[string]bool) [][]string {
	covered := map[string]bool{}
	lists := make([][]string, len(held))
	for i, h := range held {
		for id := range h {
			if !covered[id] && isWatched(id) {
				covered[id] = true
				lists[i] = append(lists[i], id)
			}
		}
	}
	at := 0
	for _, id := range watched {
		if covered[id] {
			continue
		}
		for at < len(lists) && len(lists[at]) == MaxIDs {
			at++
		}
		if at == len(lists) {
			break
		}
		lists[at] = append(lists[at], id)
	}
	for _, l := range lists {
		slices.Sort(l)
	}
	return lists
}
