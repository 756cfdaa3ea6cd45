package images

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

const helper = `#!/bin/sh
read -r server || true
case "$server" in
https://index.docker.io/v1/) echo '{"ServerURL":"x","Username":"hub","Secret":"from helper"}' ;;
token.example.com) echo '{"Username":"<token>","Secret":"t"}' ;;
broken.example.com) echo nonsense ;;
locked.example.com) echo 'keychain is locked' >&2; exit 1 ;;
*) echo 'credentials not found in native keychain'; exit 1 ;;
esac
`

func TestDockerCredentials(t *testing.T) {
	bin := t.TempDir()
	assert.NilError(t, os.WriteFile(filepath.Join(bin, "docker-credential-test"), []byte(helper), 0o755))
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	for _, c := range []struct{ name, config, host, want string }{
		{"a plain login", `{"auths":{"127.0.0.1:5001":{"auth":"bGFiOmxhYi1wYXNzd29yZA=="}}}`, "127.0.0.1:5001", "lab lab-password file"},
		{"a password with colons", `{"auths":{"r.example.com":{"auth":"bWU6YTpiOmM="}}}`, "r.example.com", "me a:b:c file"},
		{"under an address", `{"auths":{"https://r.example.com/v1/":{"auth":"bWU6cHc="}}}`, "r.example.com", "me pw file"},
		{"Docker Hub", `{"auths":{"https://index.docker.io/v1/":{"auth":"bWU6cHc="}}}`, "docker.io", "me pw file"},
		{"of another registry", `{"auths":{"other.example.com":{"auth":"bWU6cHc="}}}`, "r.example.com", "none"},
		{"no logins", `{}`, "r.example.com", "none"},
		{"no file", ``, "r.example.com", "none"},
		{"a token is no password", `{"auths":{"r.example.com":{"auth":"bWU6cHc=","identitytoken":"t"}}}`, "r.example.com", "none"},
		{"not base64", `{"auths":{"r.example.com":{"auth":"s3cret!"}}}`, "r.example.com", "error: the login of r.example.com"},
		{"not JSON", `{"s3cret`, "r.example.com", "error: is not valid JSON"},
		{"a helper for all", `{"credsStore":"test","auths":{"https://index.docker.io/v1/":{}}}`, "docker.io", "hub from helper docker-credential-test"},
		{"a helper that has none, and the file has", `{"credsStore":"test","auths":{"r.example.com":{"auth":"bWU6cHc="}}}`, "r.example.com", "me pw file"},
		{"a helper for one", `{"credHelpers":{"token.example.com":"test"}}`, "token.example.com", "none"},
		{"a helper that talks nonsense", `{"credHelpers":{"broken.example.com":"test"}}`, "broken.example.com", "error: did not answer with JSON"},
		{"a helper that fails", `{"credHelpers":{"locked.example.com":"test"}}`, "locked.example.com", "error: docker-credential-test"},
		{"a helper that is not there", `{"credHelpers":{"r.example.com":"absent"}}`, "r.example.com", "error: docker-credential-absent"},
		{"a helper with a path for a name", `{"credHelpers":{"r.example.com":"../x"}}`, "r.example.com", "error: no name of a credential helper"},
	} {
		t.Run(c.name, func(t *testing.T) {
			home := t.TempDir()
			file := filepath.Join(home, ".docker", "config.json")
			assert.NilError(t, os.Mkdir(filepath.Dir(file), 0o700))
			if c.config != "" {
				assert.NilError(t, os.WriteFile(file, []byte(c.config), 0o600))
			}
			for _, vars := range []map[string]string{{"HOME": home}, {"HOME": "/nowhere", "DOCKER_CONFIG": filepath.Dir(file)}} {
				found, ok, err := DockerCredentials(func(name string) (string, bool) { v, ok := vars[name]; return v, ok })(t.Context(), c.host)
				got := "none"
				switch {
				case err != nil:
					got = "error: " + err.Error()
					assert.Assert(t, !strings.Contains(got, "s3cret"), got)
				case ok:
					got = strings.Replace(fmt.Sprintf("%s %s %s", found.User, found.Password, found.Source), file, "file", 1)
				}
				if want, isError := strings.CutPrefix(c.want, "error: "); isError {
					assert.Assert(t, err != nil && strings.Contains(err.Error(), want), got)
				} else {
					assert.Equal(t, got, c.want)
				}
			}
		})
	}
}

func TestACredentialNeverPrintsItsPassword(t *testing.T) {
	c := Credential{User: "me", Password: "s3cret", Source: "file"}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		assert.Equal(t, fmt.Sprintf(format, c), "me (from file)")
	}
}
