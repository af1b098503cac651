package main

import (
	"cmp"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/ringdex/ringdex/presence/teams"
)

// microsoftFlags are the settings of the operator's app registration with
// Microsoft.
type microsoftFlags struct {
	clientID     string
	clientSecret string
	cloud        string
	login        string
	graph        string
	publisher    string
}

func (f *microsoftFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.clientID, "microsoft-client-id", "", "`ID` of your app registration with Microsoft; without one there is no presence of Teams")
	flags.StringVar(&f.clientSecret, "microsoft-client-secret", "", "its client `SECRET`, or @FILE; better RINGDEX_MICROSOFT_CLIENT_SECRET")
	flags.StringVar(&f.cloud, "microsoft-cloud", "global", "`CLOUD` it is registered in: global, usgov or dod")
	flags.StringVar(&f.login, "microsoft-login-url", "", "`URL` that signs people in, instead of the cloud's")
	flags.StringVar(&f.graph, "microsoft-graph-url", "", "`URL` of Graph, instead of the cloud's")
	flags.StringVar(&f.publisher, "microsoft-publisher-id", "", "`ID` of the application that sends Graph's notifications, where it is not that of the global cloud")
}

// app returns the app registration; the zero App if there is none.
func (f *microsoftFlags) app() (teams.App, error) {
	if f.clientID == "" && f.clientSecret == "" {
		return teams.App{}, nil
	}
	secret, err := readSecret("--microsoft-client-secret", f.clientSecret)
	if err != nil {
		return teams.App{}, err
	}
	cloud, err := teams.NamedCloud(f.cloud)
	if err != nil {
		return teams.App{}, fmt.Errorf("--microsoft-cloud: the Microsoft app %w", err)
	}
	app := teams.App{
		ClientID: f.clientID, ClientSecret: secret,
		Cloud: teams.Cloud{Login: cmp.Or(f.login, cloud.Login), Graph: cmp.Or(f.graph, cloud.Graph)}, Publisher: f.publisher,
	}
	if err := app.Check(); err != nil {
		return teams.App{}, fmt.Errorf("the Microsoft app %w", err)
	}
	return app, nil
}
