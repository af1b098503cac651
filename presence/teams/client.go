package teams

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// MaxIDs is how many people one request to Graph can ask for.
// Source: learn.microsoft.com/graph/api/cloudcommunications-getpresencesbyuserid.
const MaxIDs = 650

const (
	askTime      = 10 * time.Second
	maxBodyBytes = 4 << 20 // of an answer: 650 people with status messages
	tokenMargin  = 2 * time.Minute
)

// A Client asks Microsoft in the name of an App. Its methods are safe for
// concurrent use.
type Client struct {
	app  App
	http *http.Client
}

// NewClient returns a client of an app that was checked. transport carries its
// requests; nil is the network, by way of HTTPS_PROXY if that is set.
func NewClient(app App, transport http.RoundTripper) *Client {
	if transport == nil {
		transport = &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: maxUnderway, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true}
	}
	return &Client{app: app, http: &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// A Token is what the app may show to Graph for one Microsoft tenant.
type Token struct {
	text    string
	expires time.Time
	roles   []string
}

// readsPresence tells whether the token is good for what is asked with it.
func (t Token) readsPresence() bool {
	return slices.Contains(t.roles, "Presence.Read.All") || slices.Contains(t.roles, "Presence.ReadWrite.All")
}

// fresh tells whether the token outlives the next requests.
func (t Token) fresh(now time.Time) bool {
	return t.text != "" && now.Add(tokenMargin).Before(t.expires)
}

// Token gets a token for a Microsoft tenant that is good for reading presence,
// or a *Fault.
func (c *Client) Token(ctx context.Context, microsoftTenant string) (Token, error) {
	got, err := c.ask(ctx, microsoftTenant, url.Values{}, c.app.Cloud.Graph+"/.default")
	if err != nil {
		return Token{}, tokenFault(err, time.Now())
	}
	t := Token{text: got.AccessToken, expires: got.Expiry, roles: rolesOf(got.AccessToken)}
	if t.expires.IsZero() {
		t.expires = time.Now().Add(tokenMargin) // asked for anew each time
	}
	if !t.readsPresence() {
		return Token{}, missingPermission()
	}
	return t, nil
}

// ask asks the token endpoint of a Microsoft tenant, with the app's own
// credentials and further parameters.
func (c *Client) ask(ctx context.Context, microsoftTenant string, params url.Values, scopes ...string) (*oauth2.Token, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	cfg := clientcredentials.Config{
		ClientID: c.app.ClientID, ClientSecret: c.app.ClientSecret, AuthStyle: oauth2.AuthStyleInParams, Scopes: scopes,
		TokenURL: c.app.Cloud.Login + "/" + microsoftTenant + "/oauth2/v2.0/token",
	}
	proof, err := c.app.proof(cfg.TokenURL)
	if err != nil {
		return nil, err
	}
	maps.Copy(params, proof)
	cfg.EndpointParams = params
	return cfg.Token(context.WithValue(ctx, oauth2.HTTPClient, c.http))
}

// rolesOf reads the roles in a token without verifying it: it came from the
// token endpoint itself, and what it says is Graph's to judge in the end.
func rolesOf(token string) []string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil
	}
	var claims struct {
		Roles []string `json:"roles"`
	}
	if json.Unmarshal(payload, &claims) != nil {
		return nil
	}
	return claims.Roles
}

// Presences asks for up to MaxIDs people by their object ids. Who is not in
// the answer is not known to Graph. It returns a *Fault.
func (c *Client) Presences(ctx context.Context, t Token, ids []string) ([]Presence, error) {
	body, err := json.Marshal(map[string][]string{"ids": ids})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.app.Cloud.Graph+"/v1.0/communications/getPresencesByUserId", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+t.text)
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, unreachable(err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was read as far as it is wanted
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxBodyBytes))
	if resp.StatusCode != http.StatusOK {
		return nil, statusFault(resp.StatusCode, resp.Header, time.Now())
	}
	if err != nil {
		return nil, unreachable(err)
	}
	return readPresences(text)
}

// readPresences reads an answer of Graph. A person whom it describes in another
// way than its documentation says is left out, which makes the person unknown
// and does not keep back the others.
func readPresences(text []byte) ([]Presence, error) {
	var answer struct {
		Value []json.RawMessage `json:"value"`
	}
	if json.Unmarshal(text, &answer) != nil || answer.Value == nil {
		return nil, oddAnswer()
	}
	list := make([]Presence, 0, len(answer.Value))
	for _, one := range answer.Value {
		var p Presence
		if json.Unmarshal(one, &p) == nil {
			list = append(list, p)
		}
	}
	return list, nil
}
