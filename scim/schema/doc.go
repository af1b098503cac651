// Package schema knows the attributes of SCIM resources (RFC 7643) and does
// with a resource what follows from them alone.
//
// It owns the definitions of User, Group, the enterprise extension, a contact
// centre extension and the discovery documents, as data; finding an attribute
// by any name that clients use for it (Type.Resolve); bringing what a client
// posted into the one shape that is stored (Type.Conform); choosing what is
// returned (Projection); how two names are compared; and the error that all of
// SCIM's languages return. Values stay as the client sent them: a phone number
// keeps its blanks. It refuses values of the wrong JSON type and resources
// without their required attributes; what can be understood it accepts.
//
// Packages filter and patch build on it and package scim serves it. It does no
// I/O and starts no goroutine. A Set and all it holds are read-only once built
// and safe for concurrent use.
package schema
