// Package view turns data into what a user reads: tables, JSON, progress, plans, findings, errors. Every renderer takes
// values and gives text; none asks a client, reads a file or decides what is done. Words that come from outside (a
// runtime, a registry, a compose file) pass through Safe before they reach a terminal. Start reading at Streams, then
// at the file named for what is shown.
package view
