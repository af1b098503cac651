package dialplan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ringdex/ringdex/index/phone"
)

// Limits of a site.
const (
	maxAreaCode    = 6
	maxExtension   = 8
	maxAccessCodes = 16
	maxAccessCode  = 8
	maxDIDs        = 10_000
	minSuffix      = 9
	maxSuffix      = 15
)

// A Site is one place's number plan: how numbers are written there that come
// without a country.
//
//	{"id":"newark","region":"US","areaCode":"201","extensionLength":4,"accessCodes":["9"],"dids":["+12015550100"]}
type Site struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	// Region is the ISO 3166 code in which numbers are read: "US". Empty leaves
	// it to the directories.
	Region string `json:"region"`
	// AreaCode completes local numbers, with or without trunk prefix: "201",
	// "030". Empty if they are not dialled.
	AreaCode string `json:"areaCode"`
	// ExtensionLength is the most digits of an internal number; 0 if there is
	// none.
	ExtensionLength int `json:"extensionLength"`
	// AccessCodes are what is dialled for an outside line: "9", "0,", "L0#".
	AccessCodes []string `json:"accessCodes"`
	// DIDs are the site's own public numbers, in E.164.
	// A call to one of them is read as the site reads numbers.
	DIDs []string `json:"dids"`
	// SuffixDigits lets callers match by so many last digits, 9 to 15, if only
	// one contact has them; 0 is never.
	SuffixDigits int `json:"suffixDigits,omitempty"`
}

// DecodeSite reads a stored site.
func DecodeSite(value []byte) (Site, error) {
	var s Site
	err := decode(value, &s)
	return s, err
}

// Context returns how callers are read at the site. Its slices are s's own.
func (s *Site) Context() phone.Context {
	return phone.Context{
		Region: s.Region, AreaCode: s.AreaCode, ExtensionLength: s.ExtensionLength, AccessCodes: s.AccessCodes, SuffixDigits: s.SuffixDigits,
	}
}

// normalise checks s and writes what it holds in one way: the region in
// capitals, DIDs without separators.
func (s *Site) normalise() error {
	s.Region = strings.ToUpper(strings.TrimSpace(s.Region))
	if s.AccessCodes == nil {
		s.AccessCodes = []string{}
	}
	for _, check := range []func() error{s.checkPlan, s.checkAccessCodes, s.normaliseDIDs} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (s *Site) checkPlan() error {
	if err := checkID(s.ID); err != nil {
		return err
	}
	if err := checkLabel("name", s.Name); err != nil {
		return err
	}
	switch {
	case s.Region != "" && !phone.ValidRegion(s.Region):
		return &FieldError{"region", "is not an ISO 3166 region with a numbering plan, such as GB"}
	case s.AreaCode != "" && (!isDigits(s.AreaCode) || len(s.AreaCode) > maxAreaCode):
		return &FieldError{"areaCode", fmt.Sprintf("must be 1 to %d digits, such as 201 or 030", maxAreaCode)}
	case s.AreaCode != "" && s.Region == "":
		return &FieldError{"areaCode", "needs a region: area codes are a country's"}
	case s.ExtensionLength < 0 || s.ExtensionLength > maxExtension:
		return &FieldError{"extensionLength", fmt.Sprintf("must be a number of digits from 0 to %d", maxExtension)}
	case s.SuffixDigits != 0 && (s.SuffixDigits < minSuffix || s.SuffixDigits > maxSuffix):
		return &FieldError{"suffixDigits", fmt.Sprintf("must be 0 or a number of digits from %d to %d: fewer find the wrong person too often", minSuffix, maxSuffix)}
	}
	return nil
}

func (s *Site) checkAccessCodes() error {
	if len(s.AccessCodes) > maxAccessCodes {
		return &FieldError{"accessCodes", fmt.Sprintf("has %d elements; %d are allowed", len(s.AccessCodes), maxAccessCodes)}
	}
	for i, code := range s.AccessCodes {
		field := fmt.Sprintf("accessCodes[%d]", i)
		if code == "" || len(code) > maxAccessCode || strings.ContainsFunc(code, notDialled) {
			return &FieldError{field, fmt.Sprintf("must be 1 to %d characters out of digits, letters, '*', '#' and ',', such as 9 or 0,", maxAccessCode)}
		}
		if slices.Contains(s.AccessCodes[:i], code) {
			return &FieldError{field, "stands there twice"}
		}
	}
	return nil
}

func notDialled(r rune) bool {
	return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '*' && r != '#' && r != ','
}

func (s *Site) normaliseDIDs() error {
	if len(s.DIDs) > maxDIDs {
		return &FieldError{"dids", fmt.Sprintf("has %d elements; %d are allowed", len(s.DIDs), maxDIDs)}
	}
	list := make([]string, 0, len(s.DIDs))
	seen := make(map[string]bool, len(s.DIDs))
	for i, raw := range s.DIDs {
		field := fmt.Sprintf("dids[%d]", i)
		n := phone.Parse(raw, "")
		switch {
		case n.Class != phone.ClassE164 || n.Ext != "" || !strings.Contains(raw, "+"):
			return &FieldError{field, "must be a number in E.164, such as +12015550100"}
		case seen[n.E164]:
			return &FieldError{field, "stands there twice"}
		}
		seen[n.E164] = true
		list = append(list, n.E164)
	}
	s.DIDs = list
	return nil
}
