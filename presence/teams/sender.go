package teams

import (
	"context"
	"net/http"

	"github.com/coreos/go-oidc/v3/oidc"
)

// globalPublisher is the application that sends Graph's notifications in the
// global cloud. Source: learn.microsoft.com/graph/change-notifications-with-resource-data.
const globalPublisher = "0bf30f3b-4a52-48df-9a82-234910c4a086"

// senders tell by the tokens of a delivery of which Microsoft tenants Graph
// itself sent it.
type senders struct {
	app       App
	publisher string
	verifier  *oidc.IDTokenVerifier
}

func newSenders(c *Client) *senders {
	fetch := &http.Client{Transport: c.http.Transport, CheckRedirect: c.http.CheckRedirect, Timeout: askTime}
	keys := oidc.NewRemoteKeySet(oidc.ClientContext(context.Background(), fetch), c.app.Cloud.Login+"/common/discovery/v2.0/keys")
	s := &senders{
		app: c.app, publisher: c.app.Publisher,
		// Each Microsoft tenant is an issuer of its own: see tenant.
		verifier: oidc.NewVerifier("", keys, &oidc.Config{ClientID: c.app.ClientID, SkipIssuerCheck: true}),
	}
	if s.publisher == "" {
		s.publisher = globalPublisher
	}
	return s
}

// tenants returns the Microsoft tenants that tokens speak for. A token that is
// not in order speaks for none.
func (s *senders) tenants(ctx context.Context, tokens []string) map[string]bool {
	of := map[string]bool{}
	for _, text := range tokens {
		if tenant, ok := s.tenant(ctx, text); ok {
			of[tenant] = true
		}
	}
	return of
}

// tenant returns the Microsoft tenant of one token: signed by Microsoft, for
// this app, not ended, and issued to the application that sends notifications.
// Both versions of tokens are known.
func (s *senders) tenant(ctx context.Context, text string) (string, bool) {
	token, err := s.verifier.Verify(ctx, text)
	if err != nil {
		return "", false
	}
	var says struct {
		Tenant  string `json:"tid"`
		AppID   string `json:"appid"` // version 1.0
		Party   string `json:"azp"`   // version 2.0
		Version string `json:"ver"`
	}
	if token.Claims(&says) != nil {
		return "", false
	}
	issuer, app := "https://sts.windows.net/"+says.Tenant+"/", says.AppID
	if says.Version == "2.0" {
		issuer, app = s.app.Cloud.Login+"/"+says.Tenant+"/v2.0", says.Party
	}
	tenant, ok := NormalID(says.Tenant)
	return tenant, ok && token.Issuer == issuer && app == s.publisher
}
