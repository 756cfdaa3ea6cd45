package compose

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/hostwright/compose/translate/finding"
)

// syntaxError turns an error of the YAML parser into one with a place in file.
func syntaxError(file string, err error) *Error {
	message, line, column := yamlMark(err)
	at := finding.Position{File: file, Line: line, Column: column}
	if line == 0 {
		at.Column = 0
	}
	return &Error{Message: message, Position: at, Hint: syntaxHint(message), Cause: err}
}

// yamlMark reads the words and the place out of an error of go.yaml.in/yaml v4.0.0-rc.6. Of several errors about
// well-formed YAML that makes no sense (a key given twice) the first counts, and in its words the innermost line.
func yamlMark(err error) (message string, line, column int) {
	message = strings.TrimPrefix(err.Error(), "yaml: ")
	var one *yaml.LoadError
	var several *yaml.LoadErrors
	if errors.As(err, &several) && len(several.Errors) > 0 {
		one = several.Errors[0]
	}
	if one != nil || errors.As(err, &one) {
		message, line, column = one.Message, one.Mark.Line, one.Mark.Column
		if one.ContextMsg != "" {
			message += " " + one.ContextMsg
		}
	}
	if all := markedLine.FindAllStringSubmatchIndex(message, -1); all != nil {
		last := all[len(all)-1]
		line, _ = strconv.Atoi(message[last[2]:last[3]])
		column = 0
		message = message[last[1]:]
	}
	return lineBreaks.ReplaceAllString(message, " "), line, column
}

var (
	markedLine = regexp.MustCompile(`line (\d+): `)
	lineBreaks = regexp.MustCompile(`\s*\n\s*`)
)

// syntaxHint explains the parser's words that people stumble over.
func syntaxHint(message string) string {
	switch {
	case strings.Contains(message, "cannot start any token"):
		return "YAML is indented with spaces, never with tabs"
	case strings.Contains(message, "did not find expected key"):
		return "compare the indentation of this line with the lines above it"
	case strings.Contains(message, "mapping values are not allowed"):
		return "quote a value that contains \": \""
	case strings.Contains(message, "already defined"):
		return "keep one of the two"
	case strings.Contains(message, "flow mapping"), strings.Contains(message, "flow sequence"):
		return fmt.Sprintf("a %s is not closed", map[bool]string{true: "{", false: "["}[strings.Contains(message, "mapping")])
	}
	return ""
}
