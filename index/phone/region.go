package phone

import "github.com/nyaruka/phonenumbers"

// ValidRegion reports whether region is the ISO 3166 code, in capital letters,
// of a region with a numbering plan: "GB", but not "UK" or "001".
func ValidRegion(region string) bool {
	return len(region) == 2 && phonenumbers.GetCountryCodeForRegion(region) != 0
}

// CallingCode returns the country calling code with which digits begin, "44"
// of "442079460018", or the empty string if none is assigned that they begin
// with.
func CallingCode(digits string) string { return digits[:callingCodeLen(digits)] }
