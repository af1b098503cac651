// Package idpsim is an identity provider seen from the outside: it holds
// people and groups of its own and provisions them over SCIM 2.0 into whatever
// answers at a base URL, with the requests that Microsoft Entra ID (in both of
// its PATCH dialects) and Okta really send, and with their demands on the
// answers.
//
// It owns the wire forms of those vendors: which request comes first, how a
// filter is written, what a PATCH looks like, when a group is pushed, how long
// to wait after 429. It refuses to know the server: it imports nothing of it,
// shares no types with it, and believes only what came over HTTP. What a vendor
// would complain of (an attribute that does not come back as sent, a
// ListResponse with a string for a number, HTML) is a Violation or an error
// here.
//
// The tests of the SCIM service, the benchmarks and the demonstration call it.
// A Provider has no goroutine of its own: Cycle and Verify start at most
// Config.Concurrency of them and return when the last has ended.
package idpsim
