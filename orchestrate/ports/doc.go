// Package ports knows the ports of this host: which ones somebody listens on, read from the operating system's own
// table and never by a trial bind, which ones to offer where a project leaves the choice, and how a published one
// answers. It decides nothing about a project. Start reading at Listening, Candidates and Try.
package ports
