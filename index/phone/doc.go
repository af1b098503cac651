// Package phone reads telephone numbers, the ones that contacts have and the
// ones that callers show, and decides which contact a caller is.
//
// It owns four things: cleaning up what a PBX or a SIP trunk sends as the
// caller (Clean), reading a stored number in the region of its directory
// (Parse), the keys under which an index holds a number (Number.Keys,
// Number.Digits), and the ladder that tries one reading of a caller after the
// other until some contact has it (Match). It is the only package that calls
// libphonenumber.
//
// It refuses to guess. A rung of the ladder with more than one person answers
// StatusAmbiguous; numbers with different country codes never match, nor do
// different extensions; a short string of digits is an extension and never a
// number with a country code put in front.
//
// The index calls it: Parse and Keys when a contact is written, Clean and Match
// when somebody asks who is calling, SearchDigits while somebody types. Nothing
// here does I/O, starts a goroutine or keeps state, and every function is safe
// for concurrent use. No input makes it panic, and the time it takes does not
// grow with the input beyond MaxCallerBytes.
package phone
