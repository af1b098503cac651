package scim

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// rows are the lists that this service is built to: the rows of the
// server-side checklist and the payloads of the compatibility list, by letter
// and number of the last.
var rows = map[byte]int{'A': 12, 'B': 16, 'C': 17, 'D': 12, 'E': 4, 'F': 40}

// TestEveryRowHasATestThatNamesIt looks for each row among the chapters of the
// scripts and the names of the tests of this package and those below.
func TestEveryRowHasATestThatNamesIt(t *testing.T) {
	named := map[string]bool{}
	row := regexp.MustCompile(`\b([A-F])0?([0-9]+)\b`)
	note := func(title string) {
		for _, m := range row.FindAllStringSubmatch(title, -1) {
			named[m[1]+m[2]] = true
		}
	}
	scripts, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range scripts {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range chapters(string(text))[1:] { // the first introduces the script
			note(c.title)
		}
	}
	for _, pattern := range []string{"*_test.go", "*/*_test.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(`(?m)^func (?:Test|Fuzz)([A-F][0-9]+(?:And[A-F][0-9]+)*)[A-Z]`).FindAllStringSubmatch(string(text), -1) {
				note(strings.ReplaceAll(m[1], "And", " "))
			}
		}
	}
	for letter, last := range rows {
		for n := 1; n <= last; n++ {
			if name := fmt.Sprintf("%c%d", letter, n); !named[name] {
				t.Errorf("no test names row %s", name)
			}
		}
	}
}
