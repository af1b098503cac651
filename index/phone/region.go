package phone

import (
	"github.com/nyaruka/phonenumbers"
)

// ValidRegion reports whether region is the ISO 3166 code, in capital letters,
// of a region with a numbering plan: "GB", but not "UK" or "001".
func ValidRegion(region string) bool {
	return len(region) == 2 && phonenumbers.GetCountryCodeForRegion(region) != 0
}
