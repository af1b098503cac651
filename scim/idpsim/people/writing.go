package people

import (
	"math/rand/v2"
	"strings"
)

// A style is a way to write a number. The comments show 020 7946 0018 of GB.
type style int

const (
	e164          style = iota // +442079460018
	international              // +44 20 7946 0018
	trunkBrackets              // +44 (0)20 7946 0018
	areaBrackets               // +44 (20) 7946-0018
	hyphens                    // +44-20-7946-0018
	dots                       // +44.20.7946.0018
	telURI                     // tel:+44-20-7946-0018
	idd                        // 0044 20 7946 0018
	national                   // 020 7946 0018
	nationalArea               // (020) 7946 0018
	nationalDots               // 020.7946.0018
	nationalBare               // 02079460018
)

// styles holds each style as often as directories use it, first those that
// any reader understands, then, from homeStyles on, those that need the region.
//
//nolint:gochecknoglobals // read-only table
var styles = []style{
	e164, e164, e164, e164, e164, e164, international, international, international, international, trunkBrackets, areaBrackets, hyphens, dots, telURI,
	idd, national, national, national, nationalArea, nationalDots, nationalBare,
}

const homeStyles = 15

// write writes n in some way, with ext behind it if it has one. region is
// where the text must be read; it is empty if the text says its country. home
// allows ways that need the region.
func write(rng *rand.Rand, n number, ext string, home bool) (text, region string) {
	limit := len(styles)
	if !home || n.unlisted {
		limit = homeStyles
	}
	s := n.country.known(styles[rng.IntN(limit)])
	text = n.in(s)
	if s >= idd {
		region = n.country.region
	}
	if ext == "" {
		return text, region
	}
	if s == telURI {
		return text + ";ext=" + ext, region
	}
	return text + pick(rng, extensionMarks) + ext, region
}

//nolint:gochecknoglobals // read-only table
var extensionMarks = []string{" x", " ext. ", " ext ", " Ext.", "x", " extn "}

// known replaces a style that nobody in the country would use.
func (c *country) known(s style) style {
	switch {
	case s == trunkBrackets && c.trunk != "0",
		s == areaBrackets && c.trunk == "":
		return international
	case s == idd && c.idd != "00",
		s == nationalArea && c.trunk == "",
		s == nationalArea && c.trunk == "06": // "(06 1) 234 5678": the brackets hold more than an area
		return national
	}
	return s
}

// in writes n in the style s.
func (n number) in(s style) string {
	c := n.country
	plus := "+" + c.code
	area, local, _ := strings.Cut(n.national, " ")
	trunk := c.trunk
	if c.code == "1" {
		trunk = "" // known as a prefix, not written: (201) 555-0123
	}
	switch s {
	case e164:
		return n.e164()
	case international:
		return plus + " " + n.national
	case trunkBrackets:
		return plus + " (" + c.trunk + ")" + n.national
	case areaBrackets:
		return plus + " (" + area + ") " + strings.ReplaceAll(local, " ", "-")
	case hyphens:
		return plus + "-" + strings.ReplaceAll(n.national, " ", "-")
	case dots:
		return plus + "." + strings.ReplaceAll(n.national, " ", ".")
	case telURI:
		return "tel:" + plus + "-" + strings.ReplaceAll(n.national, " ", "-")
	case idd:
		return c.idd + c.code + " " + n.national
	case nationalArea:
		return "(" + trunk + area + ") " + strings.ReplaceAll(local, " ", "-")
	case nationalDots:
		return strings.ReplaceAll(trunk+n.national, " ", ".")
	case nationalBare:
		return trunk + digits(n.national)
	}
	return trunk + n.national
}
