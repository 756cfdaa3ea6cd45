package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// hash gives the SHA-256 over goal and steps, in hex: what will be done and why. Findings, memory and what stays as it
// is are not in it.
func hash(p *Plan) (string, error) {
	h := sha256.New()
	e := json.NewEncoder(h)
	if err := e.Encode(p.Goal); err != nil {
		return "", fmt.Errorf("hash plan: %w", err)
	}
	for i := range p.Steps {
		// The action apart from the step: the same content as the step's JSON, at half the cost.
		if err := e.Encode(p.Steps[i].body()); err != nil {
			return "", fmt.Errorf("hash plan: %w", err)
		}
		if err := e.Encode(p.Steps[i].Action); err != nil {
			return "", fmt.Errorf("hash plan: %w", err)
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
