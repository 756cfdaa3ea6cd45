package e2e

import (
	"fmt"
	"io"
	"net/http"
)

// get gives the body of a URL that answers with 200.
func get(client *http.Client, url string) (string, error) {
	r, err := client.Get(url)
	if err != nil {
		return "", err
	}
	defer r.Body.Close()
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return "", err
	}
	if r.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s answered %s", url, r.Status)
	}
	return string(body), nil
}
