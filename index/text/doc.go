// Package text is the search that forgives: typing errors in any word, words in
// any order, and questions to one field ("title:", "dept:", "email:"). It stands
// behind the tries, which answer every key stroke; nothing waits for it but a
// question that they could not answer.
//
// It owns one Bleve index (scorch, on disk) for all tenants and is the only
// package that imports Bleve. The index is derived data: Open starts empty, the
// owner puts every document again, and nothing is lost in a crash.
//
// It refuses to hold what it was given: a hit is an id, a rank and the reason,
// never a name. It never guesses at digits, because a number with a typo is
// another number.
//
// # Tenants
//
// A tenant is five letters in front of every term and every document id, handed
// out in the order in which tenants first write. All are equally long, so no
// tenant's terms can begin with another's, and a search reads only postings of
// terms that begin with its own. One index a tenant would isolate as well, but
// each costs six goroutines, a bolt file and a write to disk for every small
// update: a change in each of 50 tenants is searchable ten times sooner in one
// index (BenchmarkTenants). In return, tenants share one queue of changes.
//
// # Bleve
//
// Documents go in as ready-made tokens; the mapping and Bleve's analyzers are
// passed by. Each term of a document costs a microsecond to write, so there are
// few: a word is one, only the first letters of names and addresses are terms of
// their own beside it, and an address that is both userName and e-mail address
// is indexed once. The beginning of a word is a range of the sorted dictionary,
// whose documents are gathered into one set. Misspelt words, and words whose
// beginning is, are found by an automaton that Bleve leads through its
// dictionaries. Searches read postings through Bleve's readers, and join, rank
// and cut them here: the rank is then a rule (typing errors, whole words, field)
// that does not move when somebody else joins the company, as a frequency would.
//
// # Goroutines
//
// Put and Delete note the change in memory and return. Run is the only writer.
// Bleve's own goroutines (introducer, persister, merger, analysis) live from Open
// to Close. A search runs on its caller's goroutine and holds a view that stays
// as it is; it waits for no writer.
package text
