package phone

import "strings"

// unwrap takes folded text out of a name-addr and a URI (RFC 3261 section 20.10
// and 19.1, RFC 3966), fills the fields of c that come from there, and returns
// the text of the number or the user.
func (c *Caller) unwrap(s string) string {
	s = addrSpec(s)
	scheme, rest := cutScheme(s)
	switch {
	case scheme == "tel":
		return c.tel(rest)
	case scheme != "":
		return c.sip(rest)
	}
	if user, host, ok := strings.Cut(s, "@"); ok && user != "" && isHost(hostOf(host)) {
		return c.sip(s)
	}
	if strings.Contains(s, ";") && strings.Contains(s, "=") {
		return c.tel(s)
	}
	return s
}

// addrSpec returns what stands between angle brackets, or s if there are none.
// Brackets in a quoted display name do not count.
func addrSpec(s string) string {
	quoted := false
	for i := range len(s) {
		switch {
		case s[i] == '\\' && quoted:
			continue
		case s[i] == '"' && (i == 0 || s[i-1] != '\\'):
			quoted = !quoted
		case s[i] == '<' && !quoted:
			inner, _, _ := strings.Cut(s[i+1:], ">")
			return strings.TrimSpace(inner)
		}
	}
	return s
}

// cutScheme splits off "sip", "sips" or "tel", in lower case. The scheme is
// empty if there is none of them.
func cutScheme(s string) (scheme, rest string) {
	before, after, ok := strings.Cut(s, ":")
	if !ok || len(before) > len("sips") {
		return "", s
	}
	switch scheme = strings.ToLower(before); scheme {
	case "sip", "sips", "tel":
		return scheme, strings.TrimSpace(strings.TrimPrefix(after, "//"))
	}
	return "", s
}

// tel reads "+1-201-555-0123;ext=12;phone-context=…". What stands behind a ';'
// and is no parameter belongs to the number's text.
func (c *Caller) tel(s string) string {
	text, params, _ := strings.Cut(s, ";")
	text = unescape(text)
	for param := range strings.SplitSeq(params, ";") {
		if !c.param(param) && param != "" {
			text += ";" + param
		}
	}
	return strings.TrimSpace(text)
}

// sip reads "user;params:password@host:port;params?headers". Parameters of a
// telephone number can stand in either place (RFC 3261 section 19.1.6).
func (c *Caller) sip(s string) string {
	user, host, ok := strings.Cut(s, "@")
	if !ok {
		user, host = s, ""
	}
	if i := strings.IndexByte(host, '?'); i >= 0 {
		host = host[:i]
	}
	host, params, _ := strings.Cut(host, ";")
	for param := range strings.SplitSeq(params, ";") {
		c.param(param)
	}
	text := c.tel(user)
	if before, _, ok := strings.Cut(text, ":"); ok {
		text = before
	}
	if !ok {
		return text
	}
	c.User, c.Host = text, strings.ToLower(hostOf(host))
	if c.User != "" && c.Host != "" {
		c.AOR = c.User + "@" + c.Host
	}
	return text
}

// param notes the parameters that say something about the caller, and tells
// whether s was a parameter at all.
func (c *Caller) param(s string) bool {
	name, value, ok := strings.Cut(strings.TrimSpace(s), "=")
	if !ok {
		return false
	}
	switch strings.ToLower(name) {
	case "ext":
		if value = unescape(value); isDigits(value) && len(value) <= maxExt {
			c.Ext = value
		}
	case "phone-context":
		c.PhoneContext = value
	case "verstat":
		c.Attestation = value
	}
	return true
}

// hostOf returns a host without its port; brackets around an IPv6 address stay.
func hostOf(s string) string {
	s, _, _ = strings.Cut(s, ";")
	if end := strings.IndexByte(s, ']'); end >= 0 && strings.HasPrefix(s, "[") {
		return s[:end+1]
	}
	s, _, _ = strings.Cut(s, ":")
	return strings.TrimSpace(s)
}

func isHost(s string) bool { return s != "" && !strings.ContainsAny(s, " @<>\"'(),/") }

// unescape decodes percent-encoding and folds what comes out. What is not well
// formed stays as it is.
func unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			hi, lo := hexValue(s[i+1]), hexValue(s[i+2])
			if hi >= 0 && lo >= 0 {
				out = append(out, byte(hi<<4|lo))
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return fold(string(out))
}

func hexValue(b byte) int {
	switch {
	case isDigit(b):
		return int(b - '0')
	case 'a' <= b && b <= 'f':
		return int(b-'a') + 10
	case 'A' <= b && b <= 'F':
		return int(b-'A') + 10
	}
	return -1
}
