package declared

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"text/template"

	"gotest.tools/v3/assert"
	"pgregory.net/rapid"
)

const planted = "planted-5ecret"

func TestSensitiveNeverPrints(t *testing.T) {
	s := NewSensitive(planted)
	type hidden struct{ s Sensitive } // fmt cannot call methods of an unexported field
	type shown struct {
		S *Sensitive
		M map[string]Sensitive
	}
	for name, v := range map[string]any{
		"value": s, "pointer": &s, "slice": []Sensitive{s}, "map": map[string]Sensitive{"k": s}, "unexported": hidden{s}, "pointer to unexported": &hidden{s},
		"nested": shown{&s, map[string]Sensitive{"k": s}}, "variable": EnvVar{Key: "A", Value: s}, "service": Service{Environment: []EnvVar{{Key: "A", Value: s}}},
		"project":   &Project{Staged: []StagedFile{{Key: "secrets/a", Content: s}}, Services: []Service{{Build: &Build{Secrets: []BuildSecret{{ID: "a", Value: s}}}}}},
		"flattened": Flatten(Service{Environment: []EnvVar{{Key: "A", Value: s}}}, testKey),
		"error":     fmt.Errorf("with %v: %w", s, errors.New(fmt.Sprint(s))),
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%10s", "%-5.2v", "%T %v"} {
			args := []any{v}
			if strings.Count(verb, "%") == 2 {
				args = append(args, v)
			}
			text := fmt.Sprintf(verb, args...)
			assert.Check(t, !strings.Contains(text, planted), "%s with %s: %s", name, verb, text)
			assert.Check(t, !strings.Contains(strings.ToLower(text), fmt.Sprintf("%x", planted)), "%s with %s", name, verb)
		}
		var log, page bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
		assert.NilError(t, template.Must(template.New("").Parse("{{.}}")).Execute(&page, v))
		text, err := json.Marshal(v)
		assert.NilError(t, err)
		assert.Check(t, !strings.Contains(log.String()+page.String()+string(text), planted), "%s: %s %s %s", name, log.String(), page.String(), text)
	}
	assert.Equal(t, fmt.Sprint(s), Redacted)
	assert.Equal(t, s.Reveal(), planted)
}

func TestSensitiveCompares(t *testing.T) {
	a, same, b := NewSensitive("a"), NewSensitive(strings.Clone("a")), NewSensitive("b")
	assert.Assert(t, a == same && a.Equal(same))
	assert.Assert(t, a != b && !a.Equal(b))
	assert.Assert(t, NewSensitive("") == Sensitive{})
	assert.Equal(t, Sensitive{}.Reveal(), "")
	assert.DeepEqual(t, EnvVar{Key: "A", Value: NewSensitive("1")}, EnvVar{Key: "A", Value: NewSensitive("1")})
}

func TestRevealsAndRestoreAreARoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := Project{Name: "p", Services: rapid.SliceOfN(services(), 0, 3).Draw(t, "services")}
		for _, content := range rapid.SliceOfN(rapid.StringN(0, 4, -1), 0, 3).Draw(t, "staged") {
			before.Staged = append(before.Staged, StagedFile{Key: "k", Content: NewSensitive(content)})
		}
		text, err := json.Marshal(&before)
		if err != nil {
			t.Fatal(err)
		}
		values := Reveals(&before)
		var after Project
		if err := json.Unmarshal(text, &after); err != nil {
			t.Fatal(err)
		}
		if err := Restore(&after, values); err != nil {
			t.Fatal(err)
		}
		if again := Reveals(after); !reflect.DeepEqual(again, values) && len(values) > 0 {
			t.Fatalf("%q became %q", values, again)
		}
		if err := Restore(&after, append(values, "one too many")); err == nil {
			t.Fatal("a wrong number of values was taken")
		}
	})
}

func TestLooksSensitive(t *testing.T) {
	for _, key := range []string{"PASSWORD", "POSTGRES_PASSWORD", "PGPASSWORD", "API_KEY", "apikey", "AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "githubtoken",
		"MYSQL_PWD", "JWT_SECRET", "APP_KEY", "SECRET_KEY_BASE", "SENTRY_DSN", "db.password", "private-key", "COOKIE_SALT", "MYAPPSECRET", "REDIS_AUTH"} {
		assert.Check(t, LooksSensitive(key), key)
	}
	for _, key := range []string{"", "HOME", "PATH", "POSTGRES_DB", "POSTGRES_PASSWORD_FILE", "KEYBOARD", "MONKEY", "AUTHOR", "TOKENIZERS", "PASSENGERS", "SECRET_PATH", "COMPASS", "DATABASE_HOST"} {
		assert.Check(t, !LooksSensitive(key), key)
	}
}

func TestHoldsCredential(t *testing.T) {
	for _, value := range []string{"postgres://app:pw@db/app", "redis://:pw@cache:6379", "amqp://u:p%40@q", "https://user:to:ken@host/x", "http://a:%zz@b"} {
		assert.Check(t, HoldsCredential(value), value)
	}
	for _, value := range []string{"", "plain", "http://db:5432/x", "postgres://app@db/app", "a@b", "://x:y@z", "http://host/path?mail=a@b"} {
		assert.Check(t, !HoldsCredential(value), value)
	}
}
