package scim

import (
	"net/http"
	"strings"

	"github.com/ringdex/ringdex/scim/oauth"
	"github.com/ringdex/ringdex/scim/resource"
)

const configURN = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"

// isDiscovery tells whether an endpoint is one of the discovery documents (RFC
// 7644 section 4).
func isDiscovery(endpoint string) bool {
	for _, name := range []string{"ServiceProviderConfig", "Schemas", "ResourceTypes"} {
		if strings.EqualFold(endpoint, name) {
			return true
		}
	}
	return false
}

// discovery answers the discovery documents. They cannot be filtered; sorting
// and paging are ignored.
func (r *request) discovery(endpoint string, rest []string) error {
	if !r.call.reads() {
		return r.methods("GET")
	}
	if r.call.query["filter"] != "" {
		return newError(http.StatusForbidden, "", "The discovery documents cannot be filtered.")
	}
	switch strings.ToLower(endpoint) {
	case "serviceproviderconfig":
		if len(rest) > 0 {
			return errNoEndpoint()
		}
		r.send(http.StatusOK, r.providerConfig())
		return nil
	case "schemas":
		return r.schemas(rest)
	}
	return r.resourceTypes(rest)
}

func (r *request) schemas(rest []string) error {
	types := r.kinds.types
	if len(rest) > 0 {
		s := types.Schema(rest[0])
		if s == nil || len(rest) > 1 {
			return errNoResource
		}
		r.send(http.StatusOK, s.Document(r.base))
		return nil
	}
	var list []resource.Value
	for _, s := range types.Schemas() {
		list = append(list, s.Document(r.base))
	}
	r.send(http.StatusOK, listResponse(len(list), list, len(list), resource.Field{Name: "startIndex", Value: resource.OfInt(1)}))
	return nil
}

func (r *request) resourceTypes(rest []string) error {
	types := r.kinds.types
	if len(rest) > 0 {
		t := types.Type(rest[0])
		if t == nil || len(rest) > 1 {
			return errNoResource
		}
		r.send(http.StatusOK, t.Document(r.base))
		return nil
	}
	var list []resource.Value
	for _, t := range types.Types() {
		list = append(list, t.Document(r.base))
	}
	r.send(http.StatusOK, listResponse(len(list), list, len(list), resource.Field{Name: "startIndex", Value: resource.OfInt(1)}))
	return nil
}

// providerConfig returns the ServiceProviderConfig (RFC 7643 section 5). It
// promises what there is and nothing else.
func (r *request) providerConfig() resource.Value {
	str, number, yes, no := resource.OfString, resource.OfInt, resource.OfBool(true), resource.OfBool(false)
	supported := func(v resource.Value, more ...resource.Field) resource.Value {
		return resource.OfObject(append([]resource.Field{{Name: "supported", Value: v}}, more...)...)
	}
	return resource.OfObject(
		resource.Field{Name: "schemas", Value: resource.OfArray(str(configURN))},
		resource.Field{Name: "patch", Value: supported(yes)},
		resource.Field{Name: "bulk", Value: supported(yes,
			resource.Field{Name: "maxOperations", Value: number(maxOperations)}, resource.Field{Name: "maxPayloadSize", Value: number(maxBulkBytes)})},
		resource.Field{Name: "filter", Value: supported(yes, resource.Field{Name: "maxResults", Value: number(maxPage)})},
		resource.Field{Name: "changePassword", Value: supported(no)},
		resource.Field{Name: "sort", Value: supported(yes)},
		resource.Field{Name: "etag", Value: supported(yes)},
		resource.Field{Name: "pagination", Value: resource.OfObject(
			resource.Field{Name: "cursor", Value: yes},
			resource.Field{Name: "index", Value: yes},
			resource.Field{Name: "defaultPaginationMethod", Value: str("index")},
			resource.Field{Name: "defaultPageSize", Value: number(defaultPage)},
			resource.Field{Name: "maxPageSize", Value: number(maxPage)},
			resource.Field{Name: "cursorTimeout", Value: number(int(cursorTime.Seconds()))},
		)},
		resource.Field{Name: "authenticationSchemes", Value: resource.OfArray(resource.OfObject(
			resource.Field{Name: "type", Value: str("oauthbearertoken")},
			resource.Field{Name: "name", Value: str("Bearer token")},
			resource.Field{Name: "description", Value: str("The token of the directory, in the Authorization header.")},
			resource.Field{Name: "specUri", Value: str("https://www.rfc-editor.org/rfc/rfc6750")},
			resource.Field{Name: "primary", Value: yes},
		), resource.OfObject(
			resource.Field{Name: "type", Value: str("oauth2")},
			resource.Field{Name: "name", Value: str("OAuth 2.0 client credentials")},
			resource.Field{Name: "description", Value: str("An access token from " + r.service.cfg.PublicURL + oauth.TokenPath +
				", for a client secret or a JWT client assertion (RFC 7523), in the Authorization header.")},
			resource.Field{Name: "specUri", Value: str("https://www.rfc-editor.org/rfc/rfc6749")},
			resource.Field{Name: "primary", Value: no},
		))},
		resource.Field{Name: "meta", Value: resource.OfObject(
			resource.Field{Name: "resourceType", Value: str("ServiceProviderConfig")},
			resource.Field{Name: "location", Value: str(r.base + "/ServiceProviderConfig")},
		)},
	)
}
