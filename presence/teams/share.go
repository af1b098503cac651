package teams

import "slices"

// share says whom each of several accounts is to be told of, so that nobody is
// covered twice and as little as possible changes: an account keeps those whom
// it covers already, and those who are new go to the first that has room. A
// subscription cannot be changed, only made anew, so an account that is given
// nobody new needs to do nothing.
//
// watched is whom somebody looks at, held whom each account covers now; the
// result has a list for each account, of MaxIDs at most, sorted. Who finds no
// room is left to the poll.
func share(watched []string, held []map[string]bool) [][]string {
	covered := map[string]bool{}
	lists := make([][]string, len(held))
	for i, h := range held {
		for _, id := range watched {
			if h[id] && !covered[id] && len(lists[i]) < MaxIDs {
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
