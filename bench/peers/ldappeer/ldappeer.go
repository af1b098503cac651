// Package ldappeer asks OpenLDAP over a socket of the file system, as desk
// phones ask a directory: telephoneNumber by equality and by its beginning,
// names by substrings. It is the sole importer of go-ldap.
package ldappeer

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"

	"github.com/go-ldap/ldap/v3"

	"github.com/ringdex/ringdex/bench/peers"
	"github.com/ringdex/ringdex/bench/peers/daemon"
)

const suffix = "ou=people,dc=example,dc=com"

// Side returns a server that starts when it is filled: slapadd, which is the
// quick way in, works on a server that stands.
func Side(ctx context.Context, against string) (peers.Side, error) {
	home, err := daemon.NewHome()
	if err != nil {
		return peers.Side{}, err
	}
	p := &peer{home: home}
	version, err := p.prepare(ctx)
	if err != nil {
		return peers.Side{}, errors.Join(err, p.Close())
	}
	kinds := []peers.Kind{peers.Exact, peers.ExactMany, peers.PrefixNumber, peers.Prefix3, peers.PrefixPair}
	return peers.Side{Name: "openldap, unix socket", Version: version, Kinds: kinds, Against: against, Peer: p}, nil
}

// A peer is a slapd and a connection to it.
type peer struct {
	home     *daemon.Home
	slapd    string
	settings string // path of slapd.conf
	daemon   *daemon.Daemon
	conn     *ldap.Conn
}

// Close implements peers.Peer.
func (p *peer) Close() error {
	var err error
	if p.conn != nil {
		err = p.conn.Close()
	}
	if p.daemon != nil {
		err = errors.Join(err, p.daemon.Stop())
	}
	return errors.Join(err, p.home.Remove())
}

// settingsText is slapd.conf. A unique number of candidates is no reason to
// give up: whatever is indexed is looked up whole.
const settingsText = `
include %[1]s/core.schema
include %[1]s/cosine.schema
include %[1]s/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile %[2]s/slapd.pid
sizelimit unlimited
database mdb
suffix "dc=example,dc=com"
directory %[3]s
maxsize 17179869184
dbnosync
index objectClass eq
index telephoneNumber eq,sub
index cn,sn,givenName eq,sub
`

func (p *peer) prepare(ctx context.Context) (version string, err error) {
	if p.slapd, err = daemon.Find("slapd", "/usr/sbin/slapd"); err != nil {
		return "", err
	}
	data, err := p.home.Mkdir("data")
	if err != nil {
		return "", err
	}
	p.settings = filepath.Join(p.home.Dir, "slapd.conf")
	text := fmt.Sprintf(settingsText, "/etc/ldap/schema", p.home.Dir, data)
	if err := os.WriteFile(p.settings, []byte(text), 0o644); err != nil {
		return "", err
	}
	out, err := p.home.Run(ctx, p.slapd, "-VV")
	if err != nil {
		return "", err
	}
	if m := regexp.MustCompile(`slapd (\d[\d.]+)`).FindStringSubmatch(out); m != nil {
		version = m[1]
	}
	return version, nil
}

// Fill implements peers.Peer.
func (p *peer) Fill(ctx context.Context, people []peers.Person) error {
	file := filepath.Join(p.home.Dir, "people.ldif")
	if err := writeLDIF(file, people); err != nil {
		return err
	}
	slapadd, err := daemon.Find("slapadd", "/usr/sbin/slapadd")
	if err != nil {
		return err
	}
	if _, err := p.home.Run(ctx, slapadd, "-q", "-f", p.settings, "-l", file); err != nil {
		return err
	}
	return p.start(ctx)
}

func (p *peer) start(ctx context.Context) (err error) {
	address := "ldapi://" + url.PathEscape(filepath.Join(p.home.Dir, "slapd.sock"))
	ready := func(context.Context) error {
		p.conn, err = ldap.DialURL("ldapi://" + filepath.Join(p.home.Dir, "slapd.sock"))
		return err
	}
	p.daemon, err = p.home.Start(ctx, syscall.SIGTERM, ready, p.slapd, "-d", "0", "-f", p.settings, "-h", address)
	return err
}

func writeLDIF(path string, people []peers.Person) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	entry(w, "dc=example,dc=com", "objectClass", "dcObject", "objectClass", "organization", "dc", "example", "o", "Example")
	entry(w, suffix, "objectClass", "organizationalUnit", "ou", "people")
	for i := range people {
		p := &people[i]
		attributes := []string{"objectClass", "inetOrgPerson", "uid", p.ID, "cn", p.Name, "sn", orNone(p.Family), "givenName", orNone(p.Given)}
		for _, n := range p.Numbers {
			attributes = append(attributes, "telephoneNumber", n)
		}
		entry(w, "uid="+p.ID+","+suffix, attributes...)
	}
	return w.Flush()
}

// orNone returns what stands for a name that is empty, which LDAP does not
// allow.
func orNone(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// entry writes one entry: pairs of attribute and value. What goes wrong shows
// when w is flushed.
func entry(w *bufio.Writer, dn string, pairs ...string) {
	_, _ = w.WriteString("dn: " + dn + "\n")
	for i := 0; i < len(pairs); i += 2 {
		_, _ = w.WriteString(pairs[i] + ":: " + base64.StdEncoding.EncodeToString([]byte(pairs[i+1])) + "\n")
	}
	_, _ = w.WriteString("\n")
}

// Ask implements peers.Peer.
func (p *peer) Ask(_ context.Context, q peers.Question) ([]string, error) {
	switch q.Kind {
	case peers.Exact:
		return p.search("(telephoneNumber="+ldap.EscapeFilter(q.Text)+")", 0)
	case peers.PrefixNumber:
		return p.search("(telephoneNumber=+"+q.Text+"*)", peers.Limit)
	case peers.Prefix3:
		return p.search(nameFilter(q.Text), peers.Limit)
	case peers.PrefixPair:
		first, second, _ := strings.Cut(q.Text, " ")
		return p.search("(&"+nameFilter(first)+nameFilter(second)+")", peers.Limit)
	}
	return nil, errors.ErrUnsupported
}

func nameFilter(prefix string) string {
	prefix = ldap.EscapeFilter(prefix)
	return "(|(givenName=" + prefix + "*)(sn=" + prefix + "*))"
}

// search returns the ids that a filter finds; limit is how many at most, 0 all.
func (p *peer) search(filter string, limit int) ([]string, error) {
	r, err := p.conn.Search(ldap.NewSearchRequest(suffix, ldap.ScopeSingleLevel, ldap.NeverDerefAliases, limit, 0, false, filter, []string{"uid"}, nil))
	if err != nil && !ldap.IsErrorWithCode(err, ldap.LDAPResultSizeLimitExceeded) {
		return nil, err
	}
	ids := make([]string, 0, len(r.Entries))
	for _, e := range r.Entries {
		ids = append(ids, e.GetAttributeValue("uid"))
	}
	return ids, nil
}

// AskMany implements peers.Batcher by one filter of alternatives.
func (p *peer) AskMany(_ context.Context, numbers []string) (int, error) {
	var filter strings.Builder
	asked := map[string]bool{}
	filter.WriteString("(|")
	for _, n := range numbers {
		asked[n] = true
		filter.WriteString("(telephoneNumber=" + n + ")")
	}
	filter.WriteString(")")
	r, err := p.conn.Search(ldap.NewSearchRequest(suffix, ldap.ScopeSingleLevel, ldap.NeverDerefAliases, 0, 0, false, filter.String(), []string{"telephoneNumber"}, nil))
	if err != nil {
		return 0, err
	}
	found := map[string]bool{}
	for _, e := range r.Entries {
		for _, n := range e.GetAttributeValues("telephoneNumber") {
			if asked[n] {
				found[n] = true
			}
		}
	}
	return len(found), nil
}
