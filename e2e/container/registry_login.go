//go:build linux

package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/docker/docker/api/types/registry"
)

// keychainFile holds the logins of the pretend Mac, where the real one has the user's keychain. Only this user can read it.
const keychainFile = "keychain.json"

// registryLogin is what `registry login` keeps for one host.
type registryLogin struct {
	Username string    `json:"username"`
	Password string    `json:"password"`
	Created  swiftDate `json:"created"`
	Modified swiftDate `json:"modified"`
}

// readLogins gives the logins by host.
func (c *call) readLogins() (map[string]registryLogin, error) {
	logins := map[string]registryLogin{}
	data, err := os.ReadFile(c.store.path(keychainFile))
	if errors.Is(err, fs.ErrNotExist) {
		return logins, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read keychain: %w", err)
	}
	if err := json.Unmarshal(data, &logins); err != nil {
		return nil, fmt.Errorf("read keychain: %w", err)
	}
	return logins, nil
}

func (c *call) findLogin(host string) (*registryLogin, error) {
	logins, err := c.readLogins()
	if err != nil {
		return nil, err
	}
	login, found := logins[host]
	if !found {
		return nil, nil
	}
	return &login, nil
}

// changeLogins replaces the keychain under the root's lock.
func (c *call) changeLogins(change func(map[string]registryLogin)) error {
	return c.store.update(func(*transaction) error {
		logins, err := c.readLogins()
		if err != nil {
			return err
		}
		change(logins)
		data, err := json.Marshal(logins)
		if err != nil {
			return fmt.Errorf("write keychain: %w", err)
		}
		return writeByRename(c.store.path(keychainFile), data)
	})
}

// engineAuth is the login in the form that the engine's pull wants; "" without one.
func (l *registryLogin) engineAuth(host string) (string, error) {
	if l == nil {
		return "", nil
	}
	data, err := json.Marshal(registry.AuthConfig{Username: l.Username, Password: l.Password, ServerAddress: host})
	if err != nil {
		return "", fmt.Errorf("write credentials: %w", err)
	}
	return base64.URLEncoding.EncodeToString(data), nil
}
