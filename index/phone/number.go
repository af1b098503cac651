package phone

// Limits of what is stored. They are digits.
const (
	maxE164      = 15 // ITU-T E.164 clause 6.1
	minE164      = 7  // the shortest numbers in use: Niue's, +683 and four digits
	maxShort     = 6  // a string of digits up to here is an extension unless the whole country is that small
	maxExtension = 8  // the longest extension of a dial plan
)

// A Number is a stored number as it was understood. It is a value: copy it
// freely, and do not change one that is shared.
//
//	Parse("020 7946 0018 x12", "GB") = {Class: ClassE164, E164: "+442079460018", Ext: "12", …}
//	Parse("4711", "DE")              = {Class: ClassExtension, Local: "4711", …}
//	Parse("sip:ana@Example.com", "") = {Class: ClassURI, URI: "ana@example.com", …}
type Number struct {
	Raw   string // as sent; never changed
	Class Class
	E164  string // '+' and 7 to 15 digits; empty unless Class is ClassE164
	Ext   string // digits; the extension behind E164 or Local
	URI   string // address of record, host in lower case; also set when the user part is a number
	// Local is what the number is without a country: digits, or the cleaned
	// text. It is empty for E.164 numbers, but for short ones, which may be
	// dialled as they stand.
	Local string
}

// NSN returns the national significant number of n, the digits behind the
// country code: "2079460018". It is empty if n has no E.164 form or its country
// code is not assigned.
func (n *Number) NSN() string {
	if n.E164 == "" {
		return ""
	}
	cc := callingCodeLen(n.E164[1:])
	if cc == 0 {
		return ""
	}
	return n.E164[1+cc:]
}

// Region returns the ISO 3166 code of n's region, "GB"; "001" for a number of
// no country, such as +800; or the empty string if it cannot be told.
func (n *Number) Region() string { return RegionOf(n.E164) }

// Display returns n as people write it internationally, "+44 20 7946 0018 x12",
// or Raw if it has no E.164 form. It is for showing only; making it takes some
// ten microseconds.
func (n *Number) Display() string {
	if n.E164 == "" {
		return n.Raw
	}
	return Display(n.E164, n.Ext)
}

func (n *Number) northAmerican() bool { return len(n.E164) > 1 && n.E164[1] == '1' }
