package client

import (
	"context"
	"net/http"
)

// SetPresence says how reachable a contact is, in Graph's words:
// SetPresence(ctx, id, "busy", "inACall").
func (c *Client) SetPresence(ctx context.Context, id, availability, activity string) error {
	_, err := c.send(ctx, request{
		method: http.MethodPut, path: []string{"v1", "presence", id},
		body: map[string]string{"availability": availability, "activity": activity},
	})
	return err
}

// A Call is a call of an agent at one moment.
type Call struct {
	CallID string `json:"callId"`
	State  string `json:"state"` // "ringing", "connected" or "ended"
	From   string `json:"from"`
	To     string `json:"to"`
	Agent  string `json:"agent"`
}

// PostCall reports a call; the server matches the caller and tells the agent.
func (c *Client) PostCall(ctx context.Context, call Call) error {
	_, err := c.send(ctx, request{method: http.MethodPost, path: []string{"v1", "calls"}, body: call})
	return err
}
