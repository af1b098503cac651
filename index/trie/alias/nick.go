package alias

import (
	_ "embed"
	"slices"
	"strings"
)

//go:embed nicknames.txt
var nicknamesText string

//nolint:gochecknoglobals // read-only table
var nicknames = parseNicknames(nicknamesText)

// Nicks returns the other names that somebody of a folded given name may go by,
// sorted: William for Bill and Bill for William. The slice is shared and must
// not be changed; it is nil for most names.
func Nicks(word string) []string { return nicknames[word] }

// parseNicknames reads lines of names that stand for one another, folded and
// separated by blanks. A name may stand on several lines.
func parseNicknames(text string) map[string][]string {
	table := map[string][]string{}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		names := strings.Fields(line)
		for _, name := range names {
			for _, other := range names {
				if other != name && !slices.Contains(table[name], other) {
					table[name] = append(table[name], other)
				}
			}
		}
	}
	for _, list := range table {
		slices.Sort(list)
	}
	return table
}
