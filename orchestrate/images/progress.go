package images

import (
	"bytes"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// amount is how far a transfer is, in bytes.
type amount struct{ current, total int64 }

// progressLine reads the runtime's plain progress (Apple container 1.0.0 and later, at most a line a second):
//
//	[1/2] Fetching image 12% (3 of 14 blobs, 4.5/37.1 MB, 2.3 MB/s) [4s]
//	[1/2] Fetching image 1% (1 of 14 blobs, 512 KB/37,1 MB) [1s]
//
// Units are decimal and written once where they are equal; numbers are as the user's language has them.
var progressLine = regexp.MustCompile(`\((?:[^()]*, )?(Zero|[\d.,]+)(?: ([kKMGT]?B|bytes))?/([\d.,]+) ([kKMGT]?B|bytes)(?:, [^()]*)?\)`)

func parseProgress(line string) (amount, bool) {
	found := progressLine.FindStringSubmatch(line)
	if found == nil {
		return amount{}, false
	}
	unit := found[2]
	if unit == "" {
		unit = found[4]
	}
	current, ok := size(found[1], unit)
	total, fine := size(found[3], found[4])
	return amount{min(current, total), total}, ok && fine && total > 0
}

var units = map[string]float64{"bytes": 1, "B": 1, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}

func size(number, unit string) (int64, bool) {
	if number == "Zero" {
		return 0, true
	}
	n, err := strconv.ParseFloat(strings.Replace(number, ",", ".", 1), 64)
	if err != nil || n*units[unit] > math.MaxInt64/200 { // a percentage of it is still a number
		return 0, false
	}
	return int64(n * units[unit]), true
}

// progressWriter calls each with every amount that a runtime's progress tells.
type progressWriter struct {
	each func(amount)
	rest []byte
}

// maxLine bounds what is kept of a line that does not end (bytes).
const maxLine = 4096

func (w *progressWriter) Write(b []byte) (int, error) {
	w.rest = append(w.rest, b...)
	for {
		line, after, ended := bytes.Cut(w.rest, []byte("\n"))
		if !ended {
			if len(w.rest) > maxLine {
				w.rest = nil
			}
			return len(b), nil
		}
		if a, ok := parseProgress(string(line)); ok {
			w.each(a)
		}
		w.rest = append([]byte(nil), after...)
	}
}
