package support

import (
	"fmt"
	"strings"
)

// is makes a predicate for values that print as one of words.
func is(words ...string) func(any) bool {
	return func(value any) bool {
		text := fmt.Sprint(value)
		for _, w := range words {
			if text == w {
				return true
			}
		}
		return false
	}
}

// begins makes a predicate for strings with one of the prefixes.
func begins(prefixes ...string) func(any) bool {
	return func(value any) bool {
		text, ok := value.(string)
		for _, p := range prefixes {
			if ok && strings.HasPrefix(text, p) {
				return true
			}
		}
		return false
	}
}

// only makes a predicate for lists all of whose entries hold.
func only(holds func(any) bool) func(any) bool {
	return func(value any) bool {
		list, ok := value.([]any)
		for _, e := range list {
			ok = ok && holds(e)
		}
		return ok
	}
}
