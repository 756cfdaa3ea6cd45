package compose

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/compose-spec/compose-go/v2/dotenv"
)

func init() { dotenv.RegisterFormat("raw", parseRawEnv) }

// parseRawEnv reads an env_file of format raw, the syntax of "docker run --env-file": no quotes, no interpolation,
// comments only at the start of a line, a bare KEY takes the caller's value or is left out.
func parseRawEnv(r io.Reader, filename string, vars map[string]string, lookup func(string) (string, bool)) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), 16<<20)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		if !utf8.ValidString(line) {
			return fmt.Errorf("%s:%d: invalid UTF-8", filename, n)
		}
		if n == 1 {
			line = strings.TrimPrefix(line, "\uFEFF")
		}
		line = strings.TrimLeft(line, " \t")
		if line == "" || line[0] == '#' {
			continue
		}
		key, value, given := strings.Cut(line, "=")
		switch {
		case key == "":
			return fmt.Errorf("%s:%d: no variable name", filename, n)
		case strings.ContainsAny(key, " \t"):
			return fmt.Errorf("%s:%d: variable %q contains whitespace", filename, n, key)
		case !given:
			if value, given = lookup(key); !given {
				continue
			}
		}
		vars[key] = value
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read %s: %w", filename, err)
	}
	return nil
}
