package teams

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// An Account is somebody of a Microsoft tenant who signed in for a directory,
// so that Graph tells of changes: it does that only in a person's name, and of
// 650 people at most for each. Usually it is an account that was made for this
// and belongs to nobody.
//
// RefreshToken is a secret. It is shown to Microsoft's token endpoint only,
// where it is worth nothing without the client secret of the app, or the key of
// its certificate, and it is neither logged nor part of any answer.
type Account struct {
	Tenant          string // of Ringdex
	Directory       string
	MicrosoftTenant string // a GUID
	ObjectID        string // a GUID
	RefreshToken    string
	At              time.Time // when it signed in; a later one is news, also of the same account
}

// errNoOffline is the detail of a sign-in that ends with its first token.
const errNoOffline = "Microsoft gave no lasting sign-in. The app registration needs the delegated permission offline_access."

// accountSignIn is how accounts of a Microsoft tenant sign in.
func (c *Client) accountSignIn(microsoftTenant, redirectURL string) *oauth2.Config {
	base := c.app.Cloud.Login + "/" + microsoftTenant + "/oauth2/v2.0"
	return &oauth2.Config{
		ClientID: c.app.ClientID, ClientSecret: c.app.ClientSecret, RedirectURL: redirectURL,
		Scopes:   []string{oidc.ScopeOpenID, "profile", oidc.ScopeOfflineAccess, c.app.Cloud.Graph + "/Presence.Read.All"},
		Endpoint: oauth2.Endpoint{AuthURL: base + "/authorize", TokenURL: base + "/token", AuthStyle: oauth2.AuthStyleInParams},
	}
}

// BeginAccount returns the address at which somebody of a Microsoft tenant that
// has consented signs in, so that Graph tells of changes in that name. What was
// begun for the same directory before is over.
func (c *Consents) BeginAccount(r Request, microsoftTenant string) string {
	s := step{
		request: r, until: time.Now().Add(ConsentTime), verifier: oauth2.GenerateVerifier(), nonce: rand.Text(),
		microsoftTenant: microsoftTenant, account: true,
	}
	return c.cfg.Client.accountSignIn(microsoftTenant, c.cfg.RedirectURL).AuthCodeURL(c.remember(s),
		oauth2.S256ChallengeOption(s.verifier), oidc.Nonce(s.nonce), oauth2.SetAuthURLParam("prompt", "select_account"))
}

// accountSignedIn verifies who signed in. That must be somebody of the tenant
// that the directory belongs to: who began this may have sent the address to
// anybody.
func (c *Consents) accountSignedIn(ctx context.Context, s step, code string) (*Account, error) {
	token, id, err := c.exchange(ctx, c.cfg.Client.accountSignIn(s.microsoftTenant, c.cfg.RedirectURL), s, code)
	if err != nil {
		return nil, err
	}
	tenant, says, err := c.tenantOf(id)
	if err != nil {
		return nil, err
	}
	object, ok := NormalID(says.ObjectID)
	switch {
	case !ok:
		return nil, ErrSignIn
	case tenant != s.microsoftTenant:
		return nil, ErrOtherTenant
	case !mayRead(token):
		return nil, noDelegation()
	case token.RefreshToken == "":
		return nil, &Fault{State: PermissionMissing, Detail: errNoOffline}
	}
	if err := c.cfg.Allowed(s.request); err != nil {
		return nil, err
	}
	return &Account{
		Tenant: s.request.Tenant, Directory: s.request.Directory, MicrosoftTenant: tenant, ObjectID: object, RefreshToken: token.RefreshToken,
	}, nil
}

// mayRead tells whether a token was given for reading presence.
func mayRead(t *oauth2.Token) bool {
	scope, _ := t.Extra("scope").(string)
	return slices.ContainsFunc(strings.Fields(scope), func(one string) bool {
		one = one[strings.LastIndexByte(one, '/')+1:]
		return strings.EqualFold(one, "Presence.Read.All") || strings.EqualFold(one, "Presence.ReadWrite.All")
	})
}

// accountToken gets the next token of an account, and the refresh token to use
// from then on. It returns a *Fault.
func (c *Client) accountToken(ctx context.Context, microsoftTenant, refreshToken string) (t Token, next string, err error) {
	got, err := c.ask(ctx, microsoftTenant, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refreshToken}})
	if err != nil {
		return Token{}, "", accountFault(err, time.Now())
	}
	if !mayRead(got) {
		return Token{}, "", noDelegation()
	}
	t = Token{text: got.AccessToken, expires: got.Expiry}
	if t.expires.IsZero() {
		t.expires = time.Now().Add(tokenMargin)
	}
	return t, got.RefreshToken, nil
}

// accountFault turns an error of the token endpoint about an account into a
// fault: that the account must sign in again is told apart from what is wrong
// with the app.
func accountFault(err error, now time.Time) *Fault {
	e, ok := errors.AsType[*oauth2.RetrieveError](err)
	if !ok {
		return tokenFault(err, now)
	}
	codes := codesOf(e)
	switch {
	case has(codes, []int{codeNotConsented}):
		return noDelegation()
	case has(codes, revokedCodes()), has(codes, credentialCodes()):
	case slices.Contains([]string{"invalid_grant", "interaction_required", "login_required", "consent_required"}, e.ErrorCode):
		detail := "Microsoft ended the sign-in of the account"
		if name := aadsts(codes); name != "" {
			detail += " (" + name + ")"
		}
		return &Fault{State: SignInEnded, Detail: detail + ". It must sign in again."}
	}
	return tokenFault(err, now)
}

func noDelegation() *Fault {
	return &Fault{State: PermissionMissing, Detail: "The application may not be told of presence in the name of an account. Its registration needs the delegated permission Presence.Read.All, and an administrator of the Microsoft tenant must consent again."}
}
