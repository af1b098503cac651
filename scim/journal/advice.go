package journal

import "net/http"

// Advice returns in plain words what an administrator can do about a failure, or
// "" if there is nothing to do.
func (e *Event) Advice() string {
	if e.Outcome() != Failed {
		return ""
	}
	if e.Status == http.StatusBadRequest {
		return adviceByType[e.ScimType]
	}
	if e.Status == http.StatusNotFound && (!e.counts() || e.Resource == "") {
		return ""
	}
	return adviceByStatus[e.Status]
}

//nolint:gochecknoglobals // read-only table
var adviceByType = map[string]string{
	"invalidFilter": "Check the attribute by which the provider matches people: it asks for something that cannot be asked for.",
	"invalidPath":   "Correct the name of the target attribute in the provider's attribute mapping.",
	"invalidSyntax": "The provider sends a body that is not SCIM's. If it is the provider's own, its vendor must correct it.",
	"invalidValue":  "Correct what the provider maps to this attribute: a value is missing there, or of the wrong type.",
	"mutability":    "Take this attribute out of the provider's mapping: it cannot be written.",
	"noTarget":      "The directory's policy noTarget decides whether this is refused: \"create\" accepts it.",
	"tooMany":       "Send fewer at once.",
	"uniqueness":    "Another resource has this name already; the provider should find and match it instead of making a second one.",
	"sensitive":     "Ask with POST and .search instead of GET.",
}

//nolint:gochecknoglobals // read-only table
var adviceByStatus = map[int]string{
	http.StatusForbidden:             "A policy of the directory does not allow this; \"ringdex directory show\" explains each.",
	http.StatusNotFound:              "The provider remembers a resource that is not here. Restart its provisioning, so that it looks everybody up again.",
	http.StatusMethodNotAllowed:      "The provider uses a part of SCIM that is not offered here.",
	http.StatusConflict:              "Another resource has this name already; the provider should find and match it instead of making a second one.",
	http.StatusPreconditionFailed:    "It was changed meanwhile; the provider reads it again and repeats the change.",
	http.StatusRequestEntityTooLarge: "Send fewer members or operations at once.",
	http.StatusTooManyRequests:       "The provider sends more than its token may; it repeats this later.",
	http.StatusInternalServerError:   "This is our fault; the server's log says more.",
	http.StatusNotImplemented:        "The provider uses a part of SCIM that is not offered here.",
	http.StatusServiceUnavailable:    "The server could not take this in time; the provider repeats it.",
	http.StatusInsufficientStorage:   "The server's disk is nearly full. Make room; the provider repeats this.",
}
