package server

import (
	"bytes"
	"errors"
	"html/template"
	"net/http"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/presence/teams"
	"github.com/ringdex/ringdex/scim/directory"
)

// consentPage is what an administrator sees who comes back from Microsoft.
//
//nolint:gochecknoglobals // read-only template
var consentPage = template.Must(template.New("consent").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{.Title}} - Ringdex</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:4rem auto;padding:0 1rem}@media(prefers-color-scheme:dark){body{background:#111;color:#eee}}</style>
<main><h1>{{.Title}}</h1><p>{{.Text}}</p></main>
`))

// consentEnd is how a consent ended, for people.
type consentEnd struct {
	status      int
	Title, Text string
}

const beginAgain = " Begin again from your directory's settings."

// endOf is the table from the error of a consent to what is shown.
func (s *Server) endOf(err error) consentEnd {
	refused := func(text string) consentEnd {
		return consentEnd{http.StatusForbidden, "Presence is not connected", text}
	}
	if f, ok := errors.AsType[*teams.Fault](err); ok {
		return consentEnd{http.StatusBadGateway, "Presence is not connected", f.Detail + beginAgain}
	}
	switch {
	case err == nil:
		return consentEnd{http.StatusOK, "Presence is connected", "Ringdex may now read the presence of your organisation. You can close this window."}
	case errors.Is(err, teams.ErrState):
		return refused("This sign-in is not known here, was used already, or took longer than ten minutes." + beginAgain)
	case errors.Is(err, teams.ErrRefused):
		return refused("Access was not allowed, and nothing was changed. You can close this window.")
	case errors.Is(err, teams.ErrSignIn):
		return refused("Microsoft did not confirm who signed in." + beginAgain)
	case errors.Is(err, teams.ErrPersonal):
		return refused("That was a personal account. Sign in with an administrator's account of your organisation." + beginAgain)
	case errors.Is(err, teams.ErrNotAdmin):
		return refused("Microsoft does not say that you are an administrator of your organisation. If you are, the application lacks groupMembershipClaims set to DirectoryRole, which is for the operator of this server to set." + beginAgain)
	case errors.Is(err, teams.ErrOtherTenant):
		return refused("Another organisation consented than the one you signed in for. Nothing was changed." + beginAgain)
	case errors.Is(err, directory.ErrUnauthenticated), errors.Is(err, directory.ErrNotFound):
		return refused("The directory, or the key with which this was begun, is gone.")
	}
	p := problemOf(err, s.log)
	return consentEnd{p.Status, "Presence is not connected", p.Detail + beginAgain}
}

// showConsent answers a browser with the end of a consent.
func (s *Server) showConsent(r *fasthttp.RequestCtx, err error) error {
	return showEnd(r, s.endOf(err))
}

// showAccount answers a browser with the end of an account's sign-in.
func (s *Server) showAccount(r *fasthttp.RequestCtx, err error) error {
	if err == nil {
		return showEnd(r, consentEnd{http.StatusOK, "The account is signed in", "Microsoft now tells of changes of presence in the name of this account. You can close this window."})
	}
	end := s.endOf(err)
	end.Title = "The account is not signed in"
	switch {
	case errors.Is(err, teams.ErrOtherTenant):
		end.Text = "The account is of another organisation than the one that the directory is connected with. Nothing was changed." + beginAgain
	case errors.Is(err, teams.ErrRefused):
		end.Text = "The sign-in was not completed, or the application lacks the delegated permission Presence.Read.All. Nothing was changed." + beginAgain
	}
	return showEnd(r, end)
}

func showEnd(r *fasthttp.RequestCtx, end consentEnd) error {
	var page bytes.Buffer
	if err := consentPage.Execute(&page, end); err != nil {
		return err
	}
	h := &r.Response.Header
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	r.SetStatusCode(end.status)
	r.SetContentType("text/html; charset=utf-8")
	r.SetBody(page.Bytes())
	return nil
}
