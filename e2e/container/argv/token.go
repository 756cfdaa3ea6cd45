package argv

import (
	"strings"
	"unicode/utf8"
)

type tokenKind int

const (
	valueToken tokenKind = iota
	optionToken
	terminatorToken
)

// whole is the sub-index of a token that stands for its complete element.
const whole = -1

// token is one element of the command line, or one letter of a pack such as "-it". A pack gives one whole token and one for
// each letter: which of them counts is decided when an option matches.
type token struct {
	kind     tokenKind
	text     string // the element; for a letter of a pack its spelling
	name     string // an option's spelling with its dashes, without the value
	value    string
	hasValue bool
	pos      int // index of the element
	sub      int // whole, or the index of the letter in its pack
}

// tokenize cuts the line. After a "--" all elements are plain values.
func tokenize(args []string) ([]token, *UsageError) {
	var out []token
	for pos, arg := range args {
		tokens, err := tokenizeOne(arg, pos)
		if err != nil {
			return nil, err
		}
		out = append(out, tokens...)
		if tokens[0].kind == terminatorToken {
			for i, rest := range args[pos+1:] {
				out = append(out, token{kind: valueToken, text: rest, pos: pos + 1 + i, sub: whole})
			}
			break
		}
	}
	return out, nil
}

func tokenizeOne(arg string, pos int) ([]token, *UsageError) {
	rest := strings.TrimLeft(arg, "-")
	dashes := len(arg) - len(rest)
	switch {
	case dashes == 0, rest == "" && dashes == 1:
		return []token{{kind: valueToken, text: arg, pos: pos, sub: whole}}, nil
	case rest == "" && dashes == 2:
		return []token{{kind: terminatorToken, text: arg, pos: pos, sub: whole}}, nil
	case dashes == 1:
		return tokenizeSingleDash(arg, rest, pos)
	case dashes == 2:
		// "--name=" is "--name": an empty value does not count here.
		name, value, _ := strings.Cut(arg, "=")
		return []token{{kind: optionToken, text: arg, name: name, value: value, hasValue: value != "", pos: pos, sub: whole}}, nil
	}
	return nil, &UsageError{Message: "Invalid option: " + arg}
}

func tokenizeSingleDash(arg, rest string, pos int) ([]token, *UsageError) {
	name, value, joined := strings.Cut(rest, "=")
	if name == "" {
		return nil, &UsageError{Message: "Invalid option: " + arg}
	}
	first := token{kind: optionToken, text: arg, name: "-" + name, value: value, hasValue: joined, pos: pos, sub: whole}
	if joined || utf8.RuneCountInString(name) == 1 {
		return []token{first}, nil
	}
	out := []token{first}
	i := 0
	for _, letter := range name {
		spelling := "-" + string(letter)
		out = append(out, token{kind: optionToken, text: spelling, name: spelling, pos: pos, sub: i})
		i++
	}
	return out, nil
}

// line is the tokenised command line and which of it has been used.
type line struct {
	tokens []token
	used   []bool
}

// use marks a token as used. A whole element takes its letters along; a letter takes the whole element, but not its siblings.
func (l *line) use(i int) {
	t := l.tokens[i]
	for j := range l.tokens {
		o := l.tokens[j]
		if o.pos == t.pos && (t.sub == whole || o.sub == whole || o.sub == t.sub) {
			l.used[j] = true
		}
	}
}

// next is the index of the first unused token, or -1.
func (l *line) next() int {
	for i := range l.tokens {
		if !l.used[i] {
			return i
		}
	}
	return -1
}

// unused are the tokens that nobody used, in order.
func (l *line) unused() []token {
	var out []token
	for i, t := range l.tokens {
		if !l.used[i] {
			out = append(out, t)
		}
	}
	return out
}
