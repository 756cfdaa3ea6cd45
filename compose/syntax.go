package compose

import (
	"errors"
	"fmt"
	"reflect"
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

// yamlMark reads the words and the place out of an error of go.yaml.in/yaml v4.0.0-rc.4. The types of its syntax errors
// are internal and their text has wrong lines (a ParserError passed by value counts them from 0), so the fields are
// read by reflection.
func yamlMark(err error) (message string, line, column int) {
	for e := err; e != nil; e = errors.Unwrap(e) {
		v := reflect.ValueOf(e)
		byValue := v.Kind() == reflect.Struct
		v = reflect.Indirect(v)
		if v.Kind() != reflect.Struct || !v.FieldByName("Mark").IsValid() || !v.FieldByName("Message").IsValid() {
			continue
		}
		mark := v.FieldByName("Mark")
		line, column = int(mark.FieldByName("Line").Int()), int(mark.FieldByName("Column").Int())
		if byValue {
			column++
			if v.Type().Name() == "ParserError" {
				line++
			}
		}
		message = v.FieldByName("Message").String()
		if context := v.FieldByName("ContextMessage").String(); context != "" {
			message += " " + context
		}
		return message, line, column
	}
	return constructMark(err)
}

var (
	markedLine = regexp.MustCompile(`line (\d+): `)
	lineBreaks = regexp.MustCompile(`\s*\n\s*`)
)

// constructMark reads an error about well-formed YAML that makes no sense, such as a key given twice. The innermost
// line is the right one.
func constructMark(err error) (message string, line, column int) {
	message = strings.TrimPrefix(err.Error(), "yaml: ")
	var load *yaml.LoadErrors
	if errors.As(err, &load) && len(load.Errors) > 0 {
		message, line, column = load.Errors[0].Err.Error(), load.Errors[0].Line, load.Errors[0].Column
	}
	if all := markedLine.FindAllStringSubmatchIndex(message, -1); all != nil {
		last := all[len(all)-1]
		line, _ = strconv.Atoi(message[last[2]:last[3]])
		column = 0
		message = message[last[1]:]
	}
	return lineBreaks.ReplaceAllString(message, " "), line, column
}

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
