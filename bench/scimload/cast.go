package scimload

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/ringdex/ringdex/scim/idpsim/people"
)

const (
	userURN       = "urn:ietf:params:scim:schemas:core:2.0:User"
	enterpriseURN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	groupURN      = "urn:ietf:params:scim:schemas:core:2.0:Group"
	adscimURN     = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
	patchURN      = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
)

// home is the region of most people, and of the directory.
const home = "GB"

// castSeed decides everybody, so that runs of different days are about the
// same people.
const castSeed = 20_260_103

// A cast is everybody who is provisioned, made before anything is measured.
type cast struct {
	users  []user
	groups []group
}

// A user is one person, as the identity provider knows them. id is set when
// they are created, by whoever creates them; the rest is fixed.
type user struct {
	body       []byte // of the request that creates them
	userName   string
	externalID string
	mail       string // empty for a few
	number     string // E.164; empty if a lookup would not find them
	id         string
}

// newCast makes n people.
func newCast(n int) (*cast, error) {
	c := &cast{users: make([]user, n)}
	company := people.Company{Seed: castSeed, Home: home, Spread: true}
	for i := range c.users {
		p := company.Person(i)
		body, err := json.Marshal(entraUser(&p))
		if err != nil {
			return nil, err
		}
		c.users[i] = user{body: body, userName: p.UserPrincipalName, externalID: p.ID, mail: p.Mail, number: ownNumber(&p)}
	}
	return c, nil
}

// ownNumber returns a number that leads to a person: not that of a switchboard
// with an extension behind it. It is empty if there is none, and for people who
// have left.
func ownNumber(p *people.Person) string {
	i := slices.IndexFunc(p.Phones, func(ph people.Phone) bool {
		return ph.E164 != "" && ph.Ext == "" && (ph.Region == "" || ph.Region == home)
	})
	if i < 0 || !p.Active {
		return ""
	}
	return p.Phones[i].E164
}

// What Entra ID sends when it creates a user with its default mapping, in its
// order. Strings that are empty are not sent.
type (
	entraBody struct {
		Schemas     []string       `json:"schemas"`
		ExternalID  string         `json:"externalId"`
		UserName    string         `json:"userName"`
		Active      bool           `json:"active"`
		DisplayName string         `json:"displayName,omitempty"`
		Emails      []entraValue   `json:"emails,omitempty"`
		Meta        entraMeta      `json:"meta"`
		Name        entraName      `json:"name"`
		Title       string         `json:"title,omitempty"`
		Language    string         `json:"preferredLanguage"`
		Addresses   []entraAddress `json:"addresses"`
		Phones      []entraValue   `json:"phoneNumbers"` // null if there are none
		Roles       []entraValue   `json:"roles"`        // always an empty list
		Enterprise  entraWork      `json:"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"`
	}
	entraValue struct {
		Primary bool   `json:"primary,omitempty"`
		Type    string `json:"type"`
		Value   string `json:"value"`
	}
	entraMeta struct {
		ResourceType string `json:"resourceType"`
	}
	entraName struct {
		Formatted string `json:"formatted,omitempty"`
		Family    string `json:"familyName,omitempty"`
		Given     string `json:"givenName,omitempty"`
	}
	entraAddress struct {
		Type      string `json:"type"`
		Formatted string `json:"formatted"`
		Street    string `json:"streetAddress"`
		Locality  string `json:"locality"`
		Postal    string `json:"postalCode"`
		Country   string `json:"country"`
	}
	entraWork struct {
		Employee   string `json:"employeeNumber,omitempty"`
		Company    string `json:"organization,omitempty"`
		Department string `json:"department,omitempty"`
	}
)

func entraUser(p *people.Person) entraBody {
	street, postal := fmt.Sprintf("%d Example Street", 1+p.Ordinal%199), fmt.Sprintf("EX%d %dAA", p.Ordinal%90, p.Ordinal%9)
	b := entraBody{
		Schemas: []string{userURN, enterpriseURN}, ExternalID: p.ID, UserName: p.UserPrincipalName, Active: p.Active,
		DisplayName: p.DisplayName, Meta: entraMeta{"User"}, Name: entraName{p.GivenName + " " + p.FamilyName, p.FamilyName, p.GivenName},
		Title: p.JobTitle, Language: "en-" + home, Roles: []entraValue{},
		Addresses:  []entraAddress{{"work", street + ", Sampleton " + postal, street, "Sampleton", postal, p.Country}},
		Enterprise: entraWork{p.EmployeeID, p.CompanyName, p.Department},
	}
	if p.Mail != "" {
		b.Emails = []entraValue{{Primary: true, Type: "work", Value: p.Mail}}
	}
	for _, ph := range p.Phones {
		b.Phones = append(b.Phones, entraValue{Type: ph.Type, Value: ph.Value})
	}
	return b
}
