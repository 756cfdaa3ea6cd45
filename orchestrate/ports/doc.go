// Package ports knows the ports of this host: which ones somebody listens on, read from the operating system's own
// table and never by a trial bind, and which ones to offer where a project leaves the choice. It decides nothing about
// a project. Start reading at Listening and Candidates.
package ports
