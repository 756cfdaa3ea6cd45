package main

import (
	"fmt"
	"os"
	"strings"
)

// word is a word of a command line: pieces side by side, some of them quoted so that nothing in them is expanded.
type word []piece

type piece struct {
	text   string
	quoted bool
}

// splitWords cuts a line at blanks outside of quotes.
func splitWords(line string) ([]word, error) {
	var words []word
	var current word
	var text strings.Builder
	quote, open := byte(0), false // open: a word is under way, be it empty
	flush := func(quoted bool) {
		if text.Len() > 0 {
			current = append(current, piece{text.String(), quoted})
			text.Reset()
		}
	}
	for i := range len(line) {
		c := line[i]
		switch {
		case quote != 0 && c == quote:
			flush(quote == '\'')
			quote = 0
		case quote != 0:
			text.WriteByte(c)
		case c == '\'' || c == '"':
			flush(false)
			quote, open = c, true
		case c == ' ' || c == '\t':
			flush(false)
			if open {
				words, current, open = append(words, current), nil, false
			}
		default:
			text.WriteByte(c)
			open = true
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("a quote %c is not closed", quote)
	}
	flush(false)
	if open {
		words = append(words, current)
	}
	return words, nil
}

// literal gives a word without expansion.
func (w word) literal() string {
	var b strings.Builder
	for _, p := range w {
		b.WriteString(p.text)
	}
	return b.String()
}

// expand gives words with their variables; one that is not set is an error.
func expand(words []word, variable func(string) (string, bool)) ([]string, error) {
	var out []string
	var missing error
	for _, w := range words {
		var b strings.Builder
		for _, p := range w {
			if p.quoted {
				b.WriteString(p.text)
				continue
			}
			b.WriteString(os.Expand(p.text, func(name string) string {
				value, ok := variable(name)
				if !ok && missing == nil {
					missing = fmt.Errorf("variable %s is not set", name)
				}
				return value
			}))
		}
		out = append(out, b.String())
	}
	return out, missing
}
