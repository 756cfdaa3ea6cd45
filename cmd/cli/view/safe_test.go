package view

import (
	"testing"
	"unicode"
	"unicode/utf8"

	"gotest.tools/v3/assert"
	"pgregory.net/rapid"
)

func TestSafe(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain text is left alone", "web-1 größe ✔", "web-1 größe ✔"},
		{"colours are shown, not done", "\x1b[31mred\x1b[0m", `\x1b[31mred\x1b[0m`},
		{"the C1 form of the escape too", "\u009b31m", `\x9b31m`},
		{"a bell", "ding\a", `ding\x07`},
		{"line ends become blanks", "a\nb\r\nc", "a b c"},
		{"a lone carriage return would overwrite the line", "good\rbad", `good\x0dbad`},
		{"text that turns direction", "a\u202eb", `a\u202eb`},
		{"bytes that are no UTF-8", "a\xffb", `a\xffb`},
		{"a tab would break a table", "a\tb", "a b"},
	} {
		t.Run(c.name, func(t *testing.T) { assert.Equal(t, Safe(c.in), c.want) })
	}
}

func TestSafeLeavesNothingThatMovesTheCursor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := Safe(string(rapid.SliceOf(rapid.Byte()).Draw(t, "text")))
		if !utf8.ValidString(text) {
			t.Fatalf("not UTF-8: %q", text)
		}
		for _, r := range text {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
				t.Fatalf("%q holds %U", text, r)
			}
		}
		if again := Safe(text); again != text {
			t.Fatalf("not stable: %q, then %q", text, again)
		}
	})
}

func TestSafeLinesKeepsLineEnds(t *testing.T) {
	assert.Equal(t, SafeLines("one\r\ntwo\x1b[2J\n"), "one\ntwo\\x1b[2J")
}
