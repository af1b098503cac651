package teams

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ringdex/ringdex/presence/teams/notice"
)

// How long requests about subscriptions may take: Graph calls both addresses
// before it answers a creation, ten seconds each, and renewals are known to
// take up to a minute.
const (
	subscribeTime = 45 * time.Second
	renewTime     = 30 * time.Second
)

// The answers about subscriptions that are no fault.
var (
	errTaken = errors.New("the account has a subscription already")
	errGone  = errors.New("there is no such subscription")
)

// A subscription is what Graph was asked to tell.
type subscription struct {
	id          string
	clientState string // a secret that Graph repeats in each notification
	ids         map[string]bool
	made        time.Time
	expires     time.Time
}

// subscriptionBody is a subscription as Graph reads and writes it.
// Source: learn.microsoft.com/graph/api/resources/subscription.
type subscriptionBody struct {
	ID            string    `json:"id,omitempty"`
	ChangeType    string    `json:"changeType,omitempty"`
	URL           string    `json:"notificationUrl,omitempty"`
	LifecycleURL  string    `json:"lifecycleNotificationUrl,omitempty"`
	Resource      string    `json:"resource,omitempty"`
	Expires       time.Time `json:"expirationDateTime,omitzero"`
	Rich          bool      `json:"includeResourceData,omitempty"`
	Certificate   string    `json:"encryptionCertificate,omitempty"`
	CertificateID string    `json:"encryptionCertificateId,omitempty"`
	ClientState   string    `json:"clientState,omitempty"`
}

// resourceOf is how Graph is asked for the presence of people.
func resourceOf(ids []string) string {
	return "/communications/presences?$filter=id in ('" + strings.Join(ids, "','") + "')"
}

// subscribe asks to be told of up to MaxIDs people. It waits while Graph calls
// this very server. It returns errTaken or a *Fault.
func (c *Client) subscribe(ctx context.Context, t Token, address Addresses, ids []string, clientState string, key *notice.Key, until time.Time) (*subscription, error) {
	in := subscriptionBody{
		ChangeType: "updated", URL: address.Notifications, LifecycleURL: address.Lifecycle, Resource: resourceOf(ids), Expires: until.UTC(), Rich: true,
		Certificate: key.Certificate, CertificateID: key.ID, ClientState: clientState,
	}
	var out subscriptionBody
	if err := c.graph(ctx, t, http.MethodPost, "/subscriptions", subscribeTime, in, &out); err != nil {
		return nil, err
	}
	if out.ID == "" || out.Expires.IsZero() {
		return nil, oddAnswer()
	}
	s := &subscription{id: out.ID, clientState: clientState, ids: make(map[string]bool, len(ids)), made: time.Now(), expires: out.Expires}
	for _, id := range ids {
		s.ids[id] = true
	}
	return s, nil
}

// renew asks Graph to go on, with contents sealed for key, and returns until
// when it will. It returns errGone or a *Fault.
func (c *Client) renew(ctx context.Context, t Token, id string, key *notice.Key, until time.Time) (time.Time, error) {
	in := subscriptionBody{Expires: until.UTC(), Certificate: key.Certificate, CertificateID: key.ID}
	var out subscriptionBody
	err := c.graph(ctx, t, http.MethodPatch, "/subscriptions/"+url.PathEscape(id), renewTime, in, &out)
	return out.Expires, err
}

// reauthorize tells Graph that the account may still be told. It returns
// errGone or a *Fault.
func (c *Client) reauthorize(ctx context.Context, t Token, id string) error {
	return c.graph(ctx, t, http.MethodPost, "/subscriptions/"+url.PathEscape(id)+"/reauthorize", renewTime, nil, nil)
}

// unsubscribe ends a subscription, also one that is gone already.
func (c *Client) unsubscribe(ctx context.Context, t Token, id string) error {
	if err := c.graph(ctx, t, http.MethodDelete, "/subscriptions/"+url.PathEscape(id), askTime, nil, nil); !errors.Is(err, errGone) {
		return err
	}
	return nil
}

// subscriptions lists the ids of the account's subscriptions to presence.
func (c *Client) subscriptions(ctx context.Context, t Token) ([]string, error) {
	var out struct {
		Value []subscriptionBody `json:"value"`
	}
	if err := c.graph(ctx, t, http.MethodGet, "/subscriptions", askTime, nil, &out); err != nil {
		return nil, err
	}
	var ids []string
	for _, s := range out.Value {
		if strings.HasPrefix(strings.TrimPrefix(s.Resource, "/"), "communications/presences") {
			ids = append(ids, s.ID)
		}
	}
	return ids, nil
}

// graph makes a request to Graph. in is sent and out read unless they are nil.
func (c *Client) graph(ctx context.Context, t Token, method, path string, within time.Duration, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.app.Cloud.Graph+"/v1.0"+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+t.text)
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return unreachable(err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was read as far as it is wanted
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxBodyBytes))
	switch {
	case resp.StatusCode >= 300:
		return subscriptionError(resp, text)
	case err != nil:
		return unreachable(err)
	case out != nil && json.Unmarshal(text, out) != nil:
		return oddAnswer()
	}
	return nil
}

// subscriptionError is the error of an answer that is no success.
func subscriptionError(resp *http.Response, text []byte) error {
	switch resp.StatusCode {
	case http.StatusConflict:
		return errTaken
	case http.StatusNotFound:
		return errGone
	case http.StatusForbidden:
		f := noDelegation()
		f.RequestID = requestID(resp.Header)
		return f
	}
	f := statusFault(resp.StatusCode, resp.Header, time.Now())
	var body struct {
		Error struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	if resp.StatusCode == http.StatusBadRequest && json.Unmarshal(text, &body) == nil &&
		(body.Error.Code == "ValidationError" || strings.Contains(body.Error.Message, "validation request")) {
		f.Detail = "Microsoft could not confirm the address for notifications. The public URL must reach this server from the internet within ten seconds."
	}
	return f
}

func oddAnswer() *Fault {
	return &Fault{State: Degraded, Detail: "Microsoft's answer was cut short or is not what its documentation says."}
}
