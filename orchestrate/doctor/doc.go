// Package doctor looks for what keeps a Mac from running projects well: a runtime that is missing, down or half
// upgraded, name look-ups and published ports that go nowhere, projects whose ledger cannot be read. A check is a name
// and a function; those that need nothing of each other run side by side. It changes nothing. Start reading at Run.
package doctor
