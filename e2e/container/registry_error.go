//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
)

// statusError is an answer that is not the wanted one, with the runtime's text.
type statusError struct {
	url       string
	status    int
	reason    string
	host      string
	anonymous bool
}

func (r *registryClient) statusError(path string, status int, reason string) error {
	return &statusError{url: r.shown + path, status: status, reason: reason, host: r.host, anonymous: r.login == nil}
}

// Error is the text of the runtime's client; pull and push add whether there were credentials at all.
func (e *statusError) Error() string {
	return fmt.Sprintf("HTTP request to %s failed with response: %d %s. Reason: %s", e.url, e.status, http.StatusText(e.status), e.reason)
}

// withCredentialHint is what pull and push make of a refusal when there was nothing to log in with.
func withCredentialHint(err error) error {
	var refused *statusError
	if !errors.As(err, &refused) {
		return err
	}
	if refused.anonymous && (refused.status == http.StatusUnauthorized || refused.status == http.StatusForbidden) {
		return fail(codeInternalError, "%s, no credentials found for host %s", refused, refused.host)
	}
	return fail(codeUnknown, "%s", refused)
}

// errorBody is the registry's own JSON error, compacted; "Unknown" when it sent none.
func errorBody(body io.Reader) string {
	var answer struct {
		Errors []struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"errors"`
	}
	if json.NewDecoder(io.LimitReader(body, 1<<20)).Decode(&answer) != nil || len(answer.Errors) == 0 {
		return "Unknown"
	}
	data, err := json.Marshal(answer)
	if err != nil {
		return "Unknown"
	}
	return string(data)
}

// connectionError gives the texts of the runtime's HTTP client. The one for a refused connection was observed; the one for a
// server that speaks no TLS was not.
func (r *registryClient) connectionError(err error) error {
	var apple *appleError
	var noHost *net.DNSError
	switch {
	case errors.As(err, &apple):
		return apple
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &noHost):
		host, _, splitErr := net.SplitHostPort(r.host)
		if splitErr != nil {
			host = r.host
		}
		return fail(codeInternalError, "failed to resolve either repository hostname %s", host)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fail(codeUnknown, "POSIXErrorCode(rawValue: 61): Connection refused")
	case strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return fail(codeUnknown, "-9836: bad protocol version")
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return fail(codeUnknown, "%s", err)
}

// drain reads a short rest of the body, so that the connection can be used again.
func drain(response *http.Response) {
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10))
	_ = response.Body.Close()
}
