package phone

// A Class says what kind of thing a stored number or a caller is.
type Class uint8

// The classes.
const (
	// ClassRaw is text that cannot be read as anything else: an alphanumeric
	// sender, a number too long to be one. It matches the same text only.
	ClassRaw Class = iota
	// ClassE164 is a number whose country is known: "+442079460018".
	ClassE164
	// ClassNational is a string of seven digits or more whose country is not
	// known, or which is not a valid number of its region.
	ClassNational
	// ClassExtension is an internal number, a short code, or any other string
	// of no more than six digits.
	ClassExtension
	// ClassURI is a SIP address of record without a number in it: "ana@example.com".
	ClassURI
	// ClassService is a service code, which begins with '*' or '#': "*21#".
	ClassService
	// ClassAnonymous is a caller who withheld the number, or a stored
	// placeholder such as "unknown". It matches nothing.
	ClassAnonymous
)

// classNames are the names that the interface uses.
//
//nolint:gochecknoglobals // read-only table
var classNames = [...]string{
	ClassRaw: "raw", ClassE164: "e164", ClassNational: "national", ClassExtension: "extension",
	ClassURI: "uri", ClassService: "service", ClassAnonymous: "anonymous",
}

// String returns the name of c: "e164".
func (c Class) String() string { return name(classNames[:], int(c)) }

// A Status is the outcome of Match.
type Status uint8

// The outcomes.
const (
	StatusNone      Status = iota // nobody has this number
	StatusMatch                   // exactly one person
	StatusAmbiguous               // several people; all are in Candidates
	StatusRange                   // nobody, but the number lies in a declared block
	StatusAnonymous               // there was nothing to look up
)

//nolint:gochecknoglobals // read-only table
var statusNames = [...]string{
	StatusNone: "none", StatusMatch: "match", StatusAmbiguous: "ambiguous", StatusRange: "range", StatusAnonymous: "anonymous",
}

// String returns the name of s: "match".
func (s Status) String() string { return name(statusNames[:], int(s)) }

// A Rung is one way in which a caller can match. The ladder tries them in the
// order in which they stand here.
type Rung uint8

// The rungs.
const (
	RungNone        Rung = iota // no rung: nothing matched
	RungURI                     // the same SIP address of record
	RungE164                    // the same number, written internationally, with the same extension or none on either side
	RungE164Ext                 // the same number, with an extension on one side only
	RungExtension               // the same internal number
	RungRaw                     // the same text, or the same digits where neither side could be read as a number
	RungNational                // the same number, the caller's read as dialled in the region
	RungAccessStrip             // the same, after the code that the site dials to reach an outside line
	RungIDDRepair               // the same, after an international prefix that is not the region's
	RungPlusRepair              // the same, the caller's written as country code and number without a plus
	RungLocalArea               // the same, the caller's being a subscriber number in the site's area
	RungVariant                 // an equivalent number: an old form, or one of two ways to write it; see Answer.Variant
	RungNSNUnique               // the only contact with this national number, the caller's country being unknown
	RungRange                   // no person; the number lies in a declared block
	RungSuffix                  // the only contact whose number ends like the caller's; off unless Context asks for it
)

//nolint:gochecknoglobals // read-only table
var rungNames = [...]string{
	RungNone: "", RungURI: "uri", RungE164: "e164", RungE164Ext: "e164_ext", RungExtension: "extension", RungRaw: "raw",
	RungNational: "national", RungAccessStrip: "access_strip", RungIDDRepair: "idd_repair", RungPlusRepair: "plus_repair",
	RungLocalArea: "local_area", RungVariant: "variant", RungNSNUnique: "nsn_unique", RungRange: "range", RungSuffix: "suffix",
}

// String returns the name of r: "plus_repair". RungNone is the empty string.
func (r Rung) String() string { return name(rungNames[:], int(r)) }

// confidences are how sure a match on each rung is, in hundredths. They order
// rungs for people and programs that want one figure; they are no probabilities.
//
//nolint:gochecknoglobals // read-only table
var confidences = [...]uint8{
	RungURI: 100, RungE164: 100, RungE164Ext: 90, RungExtension: 95, RungRaw: 100, RungNational: 95, RungAccessStrip: 85,
	RungIDDRepair: 85, RungPlusRepair: 85, RungLocalArea: 80, RungVariant: 80, RungNSNUnique: 60, RungRange: 60, RungSuffix: 40,
}

// Confidence returns how sure a match on r is, from 0 to 100. For RungNational
// it is that of a region which the call itself tells.
func (r Rung) Confidence() int {
	if int(r) < len(confidences) {
		return int(confidences[r])
	}
	return 0
}

func name(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return "invalid"
}
