package people

import "strings"

// A country is a region with a numbering plan that sample numbers come from.
type country struct {
	region    string
	code      string // country calling code
	trunk     string // dialled before a national number: "0"; empty for none
	idd       string // dialled before a country code
	share     int    // weight among all countries
	languages []string
	direct    []block // fixed lines
	mobile    []block
	// The same for Company.Spread: whole plans instead of sample ranges.
	wideDirect, wideMobile []block
}

// A block is the numbers of some area codes: each area followed by local, in
// which every x is any digit.
type block struct {
	areas []string
	local string
	// unlisted blocks are kept for fiction by the regulator but are not in
	// libphonenumber's metadata: only with the country code do they parse.
	unlisted bool
}

// size is how many numbers the block has.
func (b block) size() int {
	n := len(b.areas)
	for range strings.Count(b.local, "x") {
		n *= 10
	}
	return n
}

func capacity(blocks []block) int {
	n := 0
	for _, b := range blocks {
		n += b.size()
	}
	return n
}

// A number is one public number. national has blanks between its groups, the
// first behind the area code: "20 7946 0018".
type number struct {
	country  *country
	national string
	unlisted bool
}

// e164 returns the number in E.164: "+442079460018".
func (n number) e164() string { return "+" + n.country.code + digits(n.national) }

func digits(s string) string { return strings.ReplaceAll(s, " ", "") }

// nth returns number i of the blocks, counting from 0 and round again.
func (c *country) nth(blocks []block, i int) number {
	i %= capacity(blocks)
	for _, b := range blocks {
		if i < b.size() {
			return number{country: c, national: b.nth(i), unlisted: b.unlisted}
		}
		i -= b.size()
	}
	return number{country: c}
}

func (b block) nth(i int) string {
	area := b.areas[i%len(b.areas)]
	i /= len(b.areas)
	text := []byte(area + " " + b.local)
	for at := len(text) - 1; at > len(area); at-- {
		if text[at] == 'x' {
			text[at] = byte('0' + i%10)
			i /= 10
		}
	}
	return string(text)
}

// scatter is prime to every capacity, so that neighbours in a company do not
// have neighbouring numbers and yet no two have the same before all are used.
const scatter = 1_000_003

// directLine returns the line of a slot; a person has the slots 2·ordinal and
// 2·ordinal+1. Its last digit is not 0, which switchboards have.
func (c *country) directLine(slot int, spread bool) number {
	blocks := c.direct
	if spread {
		blocks = c.wideDirect
	}
	tens := capacity(blocks) / 10
	return c.ending(blocks, slot*scatter%(tens*9)/9, 1+slot*scatter%(tens*9)%9)
}

// switchboard returns the main number of a site.
func (c *country) switchboard(site int, spread bool) number {
	blocks := c.direct
	if spread {
		blocks = c.wideDirect
	}
	return c.ending(blocks, site*scatter%(capacity(blocks)/10), 0)
}

// ending returns the number among the tenth part number tens whose last digit
// is last.
func (c *country) ending(blocks []block, tens, last int) number {
	for _, b := range blocks {
		if part := b.size() / 10; tens >= part {
			tens -= part
			continue
		}
		areas := len(b.areas)
		return number{country: c, national: b.nth(tens/areas*10*areas + last*areas + tens%areas), unlisted: b.unlisted}
	}
	return number{country: c}
}

// mobileNumber returns the mobile number of an ordinal.
func (c *country) mobileNumber(ordinal int, spread bool) number {
	blocks := c.mobile
	if spread {
		blocks = c.wideMobile
	}
	return c.nth(blocks, ordinal*scatter%capacity(blocks))
}
