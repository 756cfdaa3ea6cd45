package view

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Safe gives text of foreign origin in a form that cannot move the cursor, colour the screen or hide other text:
// control and format characters are written as escapes ("\x1b", "\u202e"), bytes that are no UTF-8 too, and line ends
// become blanks, so that one text stays on one line. Tabs become blanks as well, since they would break tables.
func Safe(text string) string {
	if !needsEscape(text) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case r == '\n' || r == '\t':
			b.WriteByte(' ')
		case r == '\r' && strings.HasPrefix(text[i+1:], "\n"):
		case r < 0x100 && unicode.IsControl(r):
			fmt.Fprintf(&b, `\x%02x`, r)
		case hidden(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
		i += size
	}
	return b.String()
}

// SafeLines is Safe for text whose line ends are wanted: each line by itself, trailing line ends removed.
func SafeLines(text string) string {
	lines := strings.Split(strings.TrimRight(text, "\r\n"), "\n")
	for i, line := range lines {
		lines[i] = Safe(strings.TrimSuffix(line, "\r"))
	}
	return strings.Join(lines, "\n")
}

func needsEscape(text string) bool {
	if !utf8.ValidString(text) {
		return true
	}
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || hidden(r) })
}

// hidden tells of characters that take no room or turn the direction of text: Unicode's format characters and the
// line and paragraph separators.
func hidden(r rune) bool {
	return unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029'
}
