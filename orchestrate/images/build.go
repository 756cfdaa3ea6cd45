package images

import (
	"context"
	"fmt"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/translate/declared"
)

func (m *maker) build(ctx context.Context, b plan.BuildImage) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s, err := m.service(b.Service)
	if err != nil {
		return err
	}
	m.report(b.Reference, orchestrate.Working, "Building", "")
	r, done, err := withoutState(BuildRequest(m.Project, s, b.Reference), m.Project.Dir)
	if err != nil {
		return fmt.Errorf("build %s: %w", b.Reference, err)
	}
	defer done()
	r.Log = m.BuildLog
	err = m.Adapter.BuildImage(ctx, r)
	switch {
	case err == nil:
		m.report(b.Reference, orchestrate.Done, "Built", "")
		return nil
	case ctx.Err() != nil:
		m.report(b.Reference, orchestrate.Warned, "Interrupted", "")
		return ctx.Err()
	}
	failure := buildError(b, err)
	m.report(b.Reference, orchestrate.Failed, "Error", failure.Message)
	return failure
}

// BuildRequest gives what the runtime is asked to build for a service, without the log. The image carries Docker
// Compose's labels, below those of the file.
func BuildRequest(p *declared.Project, s *declared.Service, reference string) adapter.BuildRequest {
	b := s.Build
	if b == nil {
		b = &declared.Build{Context: p.Dir}
	}
	r := adapter.BuildRequest{
		Context: b.Context, Dockerfile: b.Dockerfile, Inline: b.Inline, Target: b.Target,
		Platforms: b.Platforms, NoCache: b.NoCache, Pull: b.Pull, SSH: b.SSH,
		Tags: []string{reference},
		Labels: map[string]string{
			declared.LabelProject: p.Name,
			declared.LabelService: s.Name,
		},
	}
	for _, tag := range b.Tags {
		if tag != reference {
			r.Tags = append(r.Tags, tag)
		}
	}
	if len(r.Platforms) == 0 && s.Platform != "" {
		r.Platforms = []string{s.Platform}
	}
	for _, a := range b.Args {
		r.Args = append(r.Args, adapter.EnvVar{Key: a.Key, Value: a.Value})
	}
	for _, l := range b.Labels {
		r.Labels[l.Key] = l.Value
	}
	for _, secret := range b.Secrets {
		r.Secrets = append(r.Secrets, adapter.BuildSecret{ID: secret.ID, File: secret.File, Value: secret.Value.Reveal()})
	}
	return r
}
