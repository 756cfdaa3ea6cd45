package compose

// nearest gives the name that differs from word in the fewest letters, "" when none is close.
func nearest(word string, names []string) string {
	best, distance := "", 1+len(word)/3
	for _, n := range names {
		if d := edits(word, n); d < distance || d == distance && n < best {
			best, distance = n, d
		}
	}
	return best
}

// edits counts the letters to insert, delete or replace to get from a to b (Levenshtein distance).
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
