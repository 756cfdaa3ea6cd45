package adapter

import "context"

// Registries are the calls about logins at image registries. Not every runtime keeps logins: who needs them asks an
// adapter for this interface.
type Registries interface {
	// ListLogins gives the registries that the runtime has a login for, sorted by host.
	ListLogins(ctx context.Context) ([]Login, error)
	// Login checks a user's password with the registry and keeps both in the runtime's own store, in the place of a
	// login that was there; Denied when the registry refuses them.
	Login(ctx context.Context, r LoginRequest) error
	// Logout forgets a login; it is idempotent.
	Logout(ctx context.Context, host string) error
}

// Login is one login that a runtime keeps.
type Login struct {
	Host string // "registry.example.com", with a port where there is one; "docker.io" for Docker Hub
	User string
}

// LoginRequest logs a user in. Password never appears in an argument, a log or an Error.
type LoginRequest struct {
	Host     string
	User     string
	Password string
}
