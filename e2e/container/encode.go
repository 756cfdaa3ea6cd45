//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"time"
	"unicode/utf8"
)

// swiftDate is a date as Swift's .iso8601 strategy writes it: UTC, whole seconds.
type swiftDate struct{ time.Time }

// MarshalJSON writes "2026-08-07T22:17:54Z".
func (d swiftDate) MarshalJSON() ([]byte, error) {
	return []byte(`"` + d.UTC().Format("2006-01-02T15:04:05Z") + `"`), nil
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (d *swiftDate) UnmarshalJSON(data []byte) error {
	parsed, err := time.Parse(`"2006-01-02T15:04:05Z"`, string(data))
	if err != nil {
		return fmt.Errorf("read date: %w", err)
	}
	d.Time = parsed
	return nil
}

// dateNow is the current time in whole seconds.
func dateNow() swiftDate { return swiftDate{time.Now().UTC().Truncate(time.Second)} }

// encoder writes JSON as Swift's JSONEncoder does in the runtime (reference 3.0): keys in byte order, non-ASCII raw,
// slashes escaped up to 1.3.1, and in the pretty form two blanks of indent and " : " after a key.
type encoder struct {
	pretty        bool
	escapeSlashes bool
	out           bytes.Buffer
}

// encodeJSON gives v as Swift would write it, without a final newline.
func encodeJSON(v any, pretty, escapeSlashes bool) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var tree any
	if err := decoder.Decode(&tree); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	e := &encoder{pretty: pretty, escapeSlashes: escapeSlashes}
	e.value(tree, 0)
	return e.out.Bytes(), nil
}

func (e *encoder) value(v any, depth int) {
	switch v := v.(type) {
	case nil:
		e.out.WriteString("null")
	case bool:
		fmt.Fprintf(&e.out, "%t", v)
	case json.Number:
		e.out.WriteString(v.String())
	case string:
		e.text(v)
	case []any:
		e.list('[', ']', len(v), depth, func(i int) { e.value(v[i], depth+1) })
	case map[string]any:
		keys := make([]string, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
		sort.Strings(keys)
		e.list('{', '}', len(keys), depth, func(i int) {
			e.text(keys[i])
			if e.pretty {
				e.out.WriteString(" : ")
			} else {
				e.out.WriteByte(':')
			}
			e.value(v[keys[i]], depth+1)
		})
	}
}

// list writes brackets around n items. Foundation leaves an empty line in an empty pretty collection.
func (e *encoder) list(open, shut byte, n, depth int, item func(int)) {
	e.out.WriteByte(open)
	for i := range n {
		if i > 0 {
			e.out.WriteByte(',')
		}
		e.newline(depth + 1)
		item(i)
	}
	if n == 0 && e.pretty {
		e.out.WriteByte('\n')
	}
	e.newline(depth)
	e.out.WriteByte(shut)
}

func (e *encoder) newline(depth int) {
	if e.pretty {
		e.out.WriteByte('\n')
		e.out.WriteString(strings.Repeat("  ", depth))
	}
}

func (e *encoder) text(s string) {
	e.out.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			e.out.WriteByte('\\')
			e.out.WriteRune(r)
		case r == '/' && e.escapeSlashes:
			e.out.WriteString(`\/`)
		case r == '\n':
			e.out.WriteString(`\n`)
		case r == '\r':
			e.out.WriteString(`\r`)
		case r == '\t':
			e.out.WriteString(`\t`)
		case r == '\b':
			e.out.WriteString(`\b`)
		case r == '\f':
			e.out.WriteString(`\f`)
		case r < 0x20:
			fmt.Fprintf(&e.out, `\u%04x`, r)
		case r == utf8.RuneError:
			e.out.WriteRune(utf8.RuneError)
		default:
			e.out.WriteRune(r)
		}
	}
	e.out.WriteByte('"')
}
