package phone

// A Context is what is known of where a call came in.
type Context struct {
	// Region is the ISO 3166 code of the trunk's or dialled number's region,
	// else the site's, else the directory's: "GB". Empty if none is known.
	Region string
	// AreaCode is the site's area code, with or without trunk prefix: "201",
	// "030". Empty if local numbers cannot be completed.
	AreaCode string
	// ExtensionLength is the most digits that the site's internal numbers
	// have; 0 if it has none.
	ExtensionLength int
	// AccessCodes are what the site's people dial for an outside line, which
	// some PBXs leave in front of the caller: "9", "0,", "L0#".
	AccessCodes []string
	// SuffixDigits switches RungSuffix on: how many last digits must be equal,
	// at least 9. 0 is off.
	SuffixDigits int
}

// A Finder finds the stored numbers that have a key. It must answer from
// numbers of one tenant only.
type Finder interface {
	// Find appends to dst one Hit for each number that has k among its Keys,
	// in any order, and returns the extended slice.
	Find(k Key, dst []Hit) []Hit
}

// A RangeFinder is a Finder that knows declared number blocks.
type RangeFinder interface {
	// FindRange returns the declared block with the longest prefix that holds
	// the number, which is '+' and 7 to 15 digits.
	FindRange(e164 string) (Range, bool)
}

// A SuffixFinder is a Finder that can find numbers by their last digits.
type SuffixFinder interface {
	// FindSuffix appends to dst one Hit, with E164 set, for each stored number
	// whose E.164 form ends in digits, and returns the extended slice.
	FindSuffix(digits string, dst []Hit) []Hit
}

// A Hit is one stored number that a Finder found, with what Match needs to put
// it in order: the fields Directory to ID, which it compares in this order.
type Hit struct {
	Doc    uint32 // the contact, in the Finder's own numbering
	Slot   int    // which of the contact's numbers
	Person string // equal for two contacts that are the same person; empty if that is not known
	E164   string // as stored; Match needs it for RungSuffix and shows it for RungNSNUnique
	Ext    string // as stored

	Directory int    // priority of the contact's directory; lower first
	TypeRank  int    // priority of the number's type; lower first
	Primary   bool   // the contact's primary number; first
	Inactive  bool   // the contact was deactivated; last
	Recent    int64  // time of the last interaction, in any unit; higher first
	ID        string // the contact's id
}

// A Range is a declared block of numbers, which belong to an organisation and
// to no person.
type Range struct {
	ID     string
	Prefix string // "+493012345"
	Label  string // "Acme"
}

// An Answer is what Match found. A zero Answer is ready to use, and one may be
// used again and again: its slices are reused.
type Answer struct {
	Status  Status
	Class   Class  // what the caller turned out to be
	E164    string // the caller's number, in the reading that matched or else the likeliest; empty if it cannot be told
	Ext     string // the caller's extension
	Rung    Rung
	Variant string // of RungVariant: "mx1", "mx01", "mx044", "ar9", "br9", "it0", "sm", "migr"
	Reason  string // the rung in plain words; holds no number and no name

	// Candidates are the people found, best first, one Hit each, in an order
	// that depends on the hits alone. There are at most MaxCandidates.
	Candidates []Hit
	People     int   // how many people were found, also beyond MaxCandidates
	Range      Range // of StatusRange

	// Trace is what was tried, in order. Only Explain fills it.
	Trace []Step
}

// MaxCandidates is how many people an Answer names at most.
const MaxCandidates = 100

// A Step is one attempt of the ladder.
type Step struct {
	Rung    Rung
	Region  string // in which the caller was read; empty if none is known
	Form    string // what was looked for: "+442079460018"; empty if the rung did not apply
	Hits    int    // numbers found
	Outcome Outcome
	Note    string // why the rung did not apply, or why hits do not count
}

// An Outcome is how a Step ended.
type Outcome uint8

// The outcomes of a step.
const (
	Missed    Outcome = iota // nobody has the form
	Skipped                  // the rung does not apply
	Dismissed                // there were hits, and none counts
	Matched                  // one person, or a declared block
	Several                  // several people
)

//nolint:gochecknoglobals // read-only table
var outcomeNames = [...]string{Missed: "miss", Skipped: "skipped", Dismissed: "dismissed", Matched: "match", Several: "ambiguous"}

// String returns the name of o: "miss".
func (o Outcome) String() string { return name(outcomeNames[:], int(o)) }

// outcomeOf returns how a step ended that had so many hits, of so many people
// who count.
func outcomeOf(hits, people int) Outcome {
	switch {
	case hits == 0:
		return Missed
	case people == 0:
		return Dismissed
	case people == 1:
		return Matched
	}
	return Several
}
