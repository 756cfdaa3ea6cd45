package daemon

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger/statedir"
	"github.com/hostwright/compose/orchestrate/plan"
)

// pulled is the content of the file that says when an image was pulled last. Images belong to the whole machine, so all
// projects read and write the same files, one an image.
type pulled struct {
	Reference string    `json:"reference"` // normalised
	Time      time.Time `json:"time"`
}

// lastPulls gives when the images of the project's services were pulled last. What is not known or cannot be read is
// left out: such an image is pulled.
func (o *observation) lastPulls() map[string]time.Time {
	out := map[string]time.Time{}
	if o.request.Project == nil {
		return out
	}
	for i := range o.request.Project.Services {
		reference, err := o.Adapter.NormaliseReference(o.request.Project.Services[i].Image)
		if err != nil {
			continue // the planner refuses it
		}
		data, err := os.ReadFile(o.State.Pull(reference))
		if err != nil {
			continue
		}
		var p pulled
		if json.Unmarshal(data, &p) == nil && p.Reference == reference {
			out[reference] = p.Time
		}
	}
	return out
}

// notePulls remembers the pulls of the plan, but for images that were built instead. A command about pulls alone may go
// on when one fails: there only what changed has certainly been pulled.
func (o *operation) notePulls(now []adapter.Image, built []string) error {
	after := adapter.Snapshot{Images: now}
	for _, s := range o.plan.Steps {
		a, ok := s.Action.(plan.PullImage)
		if !ok || slices.Contains(built, a.Reference) {
			continue
		}
		reference, err := o.Adapter.NormaliseReference(a.Reference)
		if err != nil {
			return err
		}
		image, here := after.Image(reference)
		if !here {
			continue
		}
		before, had := o.inputs.Snapshot.Image(reference)
		if o.request.Goal.Verb == plan.Pull && had && before.Digest == image.Digest {
			continue
		}
		if err := o.notePull(reference); err != nil {
			return fmt.Errorf("note the pull of %s: %w", a.Reference, err)
		}
	}
	return nil
}

func (o *operation) notePull(reference string) error {
	data, err := json.Marshal(pulled{reference, o.Now().UTC()})
	if err != nil {
		return err
	}
	path := o.State.Pull(reference)
	if err := statedir.MakePrivate(filepath.Dir(path)); err != nil {
		return err
	}
	return statedir.WriteFile(path, append(data, '\n'), 0o600)
}
