package main

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/ringdex/ringdex/presence/teams"
)

// microsoftFlags are the settings of the operator's app registration with
// Microsoft.
type microsoftFlags struct {
	clientID     string
	clientSecret string
	certificate  string
	cloud        string
	login        string
	graph        string
	publisher    string
	more         []string // see readApp
}

func (f *microsoftFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.clientID, "microsoft-client-id", "", "`ID` of your app registration with Microsoft; without one there is no presence of Teams")
	flags.StringVar(&f.clientSecret, "microsoft-client-secret", "", "its client `SECRET`, or @FILE; better RINGDEX_MICROSOFT_CLIENT_SECRET")
	flags.StringVar(&f.certificate, "microsoft-certificate", "", "PEM `FILE` with a certificate and its RSA key, instead of a client secret")
	flags.StringVar(&f.cloud, "microsoft-cloud", "global", "`CLOUD` it is registered in: global, usgov or dod")
	flags.StringVar(&f.login, "microsoft-login-url", "", "`URL` that signs people in, instead of the cloud's")
	flags.StringVar(&f.graph, "microsoft-graph-url", "", "`URL` of Graph, instead of the cloud's")
	flags.StringVar(&f.publisher, "microsoft-publisher-id", "", "`ID` of the application that sends Graph's notifications, where it is not that of the global cloud")
	flags.StringArrayVar(&f.more, "microsoft-app", nil, "a further `APP` registration: name=gov,client-id=ID,client-secret=@FILE,cloud=usgov; may be given several times")
}

// apps returns further app registrations by their names.
func (f *microsoftFlags) apps() (map[string]teams.App, error) {
	apps := map[string]teams.App{}
	for _, text := range f.more {
		name, one, err := readApp(text)
		if err != nil {
			return nil, fmt.Errorf("--microsoft-app: %w", err)
		}
		if _, twice := apps[name]; twice || name == "" {
			return nil, errors.New("--microsoft-app: each needs a name of its own")
		}
		app, err := one.app()
		if err == nil && app == (teams.App{}) {
			err = teams.ErrNoApp
		}
		if err != nil {
			return nil, fmt.Errorf("--microsoft-app %s: %w", name, err)
		}
		apps[name] = app
	}
	return apps, nil
}

// readApp reads an app registration with the settings that the flags without a
// name have: "name=gov,client-id=…,client-secret=@FILE,cloud=usgov". Its errors
// name keys and never a value.
func readApp(text string) (name string, f microsoftFlags, err error) {
	f.cloud = "global"
	fields := map[string]*string{
		"name": &name, "client-id": &f.clientID, "client-secret": &f.clientSecret, "certificate": &f.certificate, "cloud": &f.cloud,
		"login-url": &f.login, "graph-url": &f.graph, "publisher-id": &f.publisher,
	}
	for pair := range strings.SplitSeq(text, ",") {
		key, value, ok := strings.Cut(pair, "=")
		field := fields[strings.TrimSpace(key)]
		if !ok || field == nil {
			return "", f, errors.New("must look like name=gov,client-id=ID,client-secret=@FILE,cloud=usgov; further keys are certificate, login-url, graph-url and publisher-id")
		}
		*field = strings.TrimSpace(value)
	}
	return name, f, nil
}

// app returns the app registration; the zero App if there is none.
func (f *microsoftFlags) app() (teams.App, error) {
	if f.clientID == "" && f.clientSecret == "" && f.certificate == "" {
		return teams.App{}, nil
	}
	secret, err := readSecret("--microsoft-client-secret", f.clientSecret)
	if err != nil {
		return teams.App{}, err
	}
	certificate, err := f.readCertificate()
	if err != nil {
		return teams.App{}, err
	}
	cloud, err := teams.NamedCloud(f.cloud)
	if err != nil {
		return teams.App{}, fmt.Errorf("--microsoft-cloud: the Microsoft app %w", err)
	}
	app := teams.App{
		ClientID: f.clientID, ClientSecret: secret, Certificate: certificate,
		Cloud: teams.Cloud{Login: cmp.Or(f.login, cloud.Login), Graph: cmp.Or(f.graph, cloud.Graph)}, Publisher: f.publisher,
	}
	if err := app.Check(); err != nil {
		return teams.App{}, fmt.Errorf("the Microsoft app %w", err)
	}
	return app, nil
}

// maxCertificateBytes bounds a file with a certificate, its chain and its key.
const maxCertificateBytes = 64 << 10

// readCertificate reads the certificate that is set; nil if none is.
func (f *microsoftFlags) readCertificate() (*teams.Certificate, error) {
	if f.certificate == "" {
		return nil, nil
	}
	text, err := readSmallFile(strings.TrimPrefix(f.certificate, "@"), maxCertificateBytes)
	if err != nil {
		return nil, fmt.Errorf("--microsoft-certificate: %w", err)
	}
	c, err := teams.ReadCertificate(text)
	if err != nil {
		return nil, fmt.Errorf("--microsoft-certificate: the file %w", err)
	}
	return c, nil
}
