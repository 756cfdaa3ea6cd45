// Package orchestrate is what a command says to the orchestrator and what it hears back: the Client interface, its
// requests, results, events and errors. All of them are data with a JSON form, so that the same client works inside
// the process and over hostwrightd's socket. The package does nothing itself; orchestrate/daemon holds the clients.
package orchestrate
