package adapter

import "strings"

// samePlatform compares os and architecture, and the variant when both name one.
func samePlatform(a, b string) bool {
	x, y := strings.SplitN(a, "/", 3), strings.SplitN(b, "/", 3)
	if len(x) < 2 || len(y) < 2 || x[0] != y[0] || x[1] != y[1] {
		return false
	}
	return len(x) < 3 || len(y) < 3 || x[2] == y[2]
}
