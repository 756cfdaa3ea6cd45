//go:build !linux

package main

import "net/http"

// transport is the ordinary one: there is no lab but on Linux.
func (s *side) transport() http.RoundTripper { return http.DefaultTransport }
