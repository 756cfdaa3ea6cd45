package declared

import (
	"net/url"
	"strings"
)

// sensitiveWords are the parts of a name, between underscores, dashes or dots, that announce a credential.
var sensitiveWords = map[string]bool{
	"apikey": true, "auth": true, "cert": true, "certificate": true, "cookie": true, "credential": true,
	"credentials": true, "creds": true, "dsn": true, "hmac": true, "key": true, "keys": true, "pass": true,
	"passphrase": true, "passwd": true, "password": true, "passwords": true, "pat": true, "private": true, "pwd": true,
	"salt": true, "secret": true, "secrets": true, "sig": true, "signature": true, "token": true, "tokens": true,
}

// sensitiveEnds are the same words where names run them together, as in PGPASSWORD.
var sensitiveEnds = []string{"apikey", "passphrase", "passwd", "password", "secret", "token"}

// LooksSensitive tells whether the name of a variable announces a credential (PASSWORD, TOKEN, API_KEY, ...). The
// names of files that hold one (POSTGRES_PASSWORD_FILE) do not. It errs on the side of hiding.
func LooksSensitive(key string) bool {
	words := strings.FieldsFunc(strings.ToLower(key), func(r rune) bool { return r == '_' || r == '-' || r == '.' })
	if len(words) == 0 {
		return false
	}
	if last := words[len(words)-1]; last == "file" || last == "path" {
		return false
	}
	for _, w := range words {
		if sensitiveWords[w] {
			return true
		}
		for _, end := range sensitiveEnds {
			if strings.HasSuffix(w, end) {
				return true
			}
		}
	}
	return false
}

// HoldsCredential tells whether a value is a URL with a password in it ("postgres://app:secret@db/app"), whatever the
// name of its variable. A value that looks like such a URL and cannot be parsed counts as one.
func HoldsCredential(value string) bool {
	scheme, rest, found := strings.Cut(value, "://")
	if !found || scheme == "" || !strings.Contains(rest, "@") {
		return false
	}
	u, err := url.Parse(value)
	if err != nil {
		return true
	}
	if u.User == nil {
		return false
	}
	_, has := u.User.Password()
	return has
}
