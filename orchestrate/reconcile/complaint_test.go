package reconcile

import (
	"testing"

	"gotest.tools/v3/assert"
)

func TestNamesUnresolved(t *testing.T) {
	for line, want := range map[string]bool{
		"curl: (6) Could not resolve host: example.com":                    true,
		"wget: bad address 'example.com'":                                  true,
		"Error: getaddrinfo EAI_AGAIN api.example.com":                     true,
		"socket.gaierror: [Errno -3] Temporary failure in name resolution": true,
		"dial tcp: lookup api.example.com on 10.0.0.1:53: no such host":    true,
		`psql: error: could not translate host name "db" to address`:       true,
		"connection refused":                         false,
		"GET /bad HTTP/1.1 address 10.0.0.1 200":     false,
		"listening on 0.0.0.0:80, names are cached.": false,
	} {
		assert.Equal(t, namesUnresolved(line), want, line)
	}
}
