package teams

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"golang.org/x/oauth2"
)

// Codes of Microsoft's token endpoint. Source: learn.microsoft.com/entra/
// identity-platform/reference-error-codes.
const (
	codeNotConsented      = 65001   // nobody consented
	codeNoTenant          = 90002   // no such tenant
	codeAppNotFound       = 700016  // the application is not in the tenant
	codeNoPrincipal       = 7000229 // its service principal was deleted
	codeAppDisabled       = 7000112
	codeWrongSecret       = 7000215
	codeExpiredSecret     = 7000222
	codeBadAssertion      = 700027 // signed with a certificate that is not registered, or ended
	codeOldAssertion      = 700024 // the clock here is wrong
	codeRevokedSecret     = 7005003
	codeRevokedAssertion  = 7005004
	codeRevocationBlocked = 7005006
)

// revokedCodes say that the customer took the access back, or never gave it.
func revokedCodes() []int {
	return []int{codeNotConsented, codeNoTenant, codeAppNotFound, codeNoPrincipal, codeAppDisabled}
}

func credentialCodes() []int {
	return []int{codeWrongSecret, codeExpiredSecret, codeBadAssertion, codeOldAssertion, codeRevokedSecret, codeRevokedAssertion, codeRevocationBlocked}
}

const (
	minRetryAfter = time.Second
	maxRetryAfter = time.Hour
)

// retryAfter reads the header Retry-After, in seconds or as a date; 0 if there
// is none that makes sense.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	if text == "" {
		return 0
	}
	var d time.Duration
	if seconds, err := strconv.Atoi(text); err == nil {
		d = time.Duration(min(max(seconds, 0), int(maxRetryAfter/time.Second))) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		d = at.Sub(now)
	} else {
		return 0
	}
	return min(max(d, minRetryAfter), maxRetryAfter)
}

// unreachable is the fault of a request that got no answer.
func unreachable(err error) *Fault {
	if errors.Is(err, context.DeadlineExceeded) {
		return &Fault{State: Degraded, Detail: "Microsoft did not answer in time."}
	}
	return &Fault{State: Degraded, Detail: "Microsoft could not be reached."}
}

// tokenFault turns an error of the token endpoint into a fault.
func tokenFault(err error, now time.Time) *Fault {
	e, ok := errors.AsType[*oauth2.RetrieveError](err)
	if !ok || e.Response == nil {
		return unreachable(err)
	}
	codes := codesOf(e)
	switch status := e.Response.StatusCode; {
	case has(codes, revokedCodes()):
		return &Fault{State: AccessRevoked, Detail: "The Microsoft tenant no longer has the application (" + aadsts(codes) + "). An administrator there must allow it again."}
	case has(codes, credentialCodes()):
		return &Fault{State: CredentialProblem, Detail: "Microsoft refuses the secret, or the certificate, of the application (" + aadsts(codes) + "). The operator must renew it."}
	case status == http.StatusTooManyRequests || status >= 500:
		return statusFault(status, e.Response.Header, now)
	default:
		return &Fault{State: CredentialProblem, Detail: "Microsoft refuses to give the application a token (" + cmp.Or(aadsts(codes), strconv.Itoa(status)) + ")."}
	}
}

// codesOf returns Microsoft's codes in an answer of the token endpoint; without
// any the status decides.
func codesOf(e *oauth2.RetrieveError) []int {
	var body struct {
		Codes []int `json:"error_codes"`
	}
	if json.Unmarshal(e.Body, &body) != nil {
		return nil
	}
	return body.Codes
}

func has(codes, of []int) bool {
	return slices.ContainsFunc(codes, func(c int) bool { return slices.Contains(of, c) })
}

// aadsts names the first code as Microsoft's pages do: "AADSTS700016".
func aadsts(codes []int) string {
	if len(codes) == 0 {
		return ""
	}
	return "AADSTS" + strconv.Itoa(codes[0])
}

// requestID returns the id that Graph gave a request.
func requestID(h http.Header) string {
	if id, ok := NormalID(h.Get("request-id")); ok {
		return id
	}
	return ""
}

// statusFault is the fault of an answer that is no success.
func statusFault(status int, h http.Header, now time.Time) *Fault {
	f := faultOfStatus(status)
	f.RequestID = requestID(h)
	if status == http.StatusTooManyRequests || status >= 500 {
		f.RetryAfter = retryAfter(h, now)
	}
	return f
}

func faultOfStatus(status int) *Fault {
	switch status {
	case http.StatusUnauthorized:
		return &Fault{State: AccessRevoked, Detail: "Microsoft refuses a token that it has just issued."}
	case http.StatusForbidden:
		return missingPermission()
	case http.StatusTooManyRequests:
		return &Fault{State: Degraded, Detail: "Microsoft asks for fewer requests."}
	}
	return &Fault{State: Degraded, Detail: "Microsoft answered with status " + strconv.Itoa(status) + "."}
}

func missingPermission() *Fault {
	return &Fault{State: PermissionMissing, Detail: "The application lacks the permission Presence.Read.All in the Microsoft tenant. An administrator there must consent to it."}
}
