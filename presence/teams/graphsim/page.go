package graphsim

import (
	"cmp"
	"html/template"
	"net/http"
	"slices"
	"strings"
)

// pages are what a person sees of the double.
//
//nolint:gochecknoglobals // read-only templates
var pages = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{.Title}}</title>
<style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:30rem;margin:4rem auto;padding:0 1rem}button{display:block;width:100%;font:inherit;text-align:left;padding:.6rem 1rem;margin:.5rem 0}small{opacity:.75}</style>
<p><small>Simulated Microsoft sign-in. Nothing leaves this machine.</small></p>
<h1>{{.Title}}</h1>
{{with .Text}}<p>{{.}}</p>{{end}}
{{if .Buttons}}<form method="post">{{range .Buttons}}<button name="account" value="{{.Value}}">{{.Label}}</button>{{end}}</form>{{end}}
`))

type page struct {
	Title   string
	Text    string
	Buttons []button
}

type button struct{ Value, Label string }

func (s *Sim) show(w http.ResponseWriter, status int, p page) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = pages.Execute(w, p) // the client is gone
}

func (s *Sim) errorPage(w http.ResponseWriter, text string) {
	s.show(w, http.StatusBadRequest, page{Title: "Sorry, but we're having trouble signing you in.", Text: text})
}

// authorizePage asks who signs in.
func (s *Sim) authorizePage(w http.ResponseWriter, r *http.Request) {
	if wrong := s.checkClient(r.URL.Query()); wrong != "" {
		s.errorPage(w, wrong)
		return
	}
	at, text := r.PathValue("tenant"), ""
	if asksPresence(r.URL.Query().Get("scope")) {
		text = s.cfg.AppName + " asks to be told of presence in the name of who signs in."
	}
	list := s.buttons(func(t *tenant, _ Account) bool { return signsIn(at, t.ID) })
	s.show(w, http.StatusOK, page{Title: "Pick an account", Text: text, Buttons: append(list, button{"", "Cancel"})})
}

// consentPage asks an administrator of the tenant to accept.
func (s *Sim) consentPage(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("tenant")
	if wrong := s.checkConsent(id, r.URL.Query()); wrong != "" {
		s.errorPage(w, wrong)
		return
	}
	list := s.buttons(func(t *tenant, a Account) bool { return t.ID == id && a.isAdmin() })
	for i := range list {
		list[i].Label = "Accept as " + list[i].Label
	}
	s.show(w, http.StatusOK, page{
		Title: "Permissions requested", Text: s.cfg.AppName + " asks to read presence information of all users in your organisation (" + readPermission + ").",
		Buttons: append(list, button{"", "Cancel"}),
	})
}

// buttons lists accounts in a fixed order.
func (s *Sim) buttons(want func(*tenant, Account) bool) []button {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []button
	for _, t := range s.tenants {
		for _, a := range t.Accounts {
			if !want(t, a) {
				continue
			}
			label := a.Name + ", " + t.Name
			if a.isAdmin() {
				label += " (administrator)"
			}
			list = append(list, button{a.ID, label})
		}
	}
	slices.SortFunc(list, func(a, b button) int {
		return cmp.Or(strings.Compare(a.Label, b.Label), strings.Compare(a.Value, b.Value))
	})
	return list
}
