package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// standinState is the part of the stand-in's state file that is looked at. The file is read, instead of asking the
// command, because it knows which of the engine's containers is which of ours.
type standinState struct {
	Containers map[string]struct {
		DockerID      string
		Configuration struct {
			Labels   map[string]string
			Networks []struct{ Network string }
		}
	}
	Networks map[string]struct {
		DockerName    string
		Configuration struct {
			Mode   string
			Labels map[string]string
		}
	}
	Volumes map[string]struct {
		Configuration struct{ Labels map[string]string }
	}
}

func readStandin(mac string) (standinState, error) {
	var s standinState
	data, err := os.ReadFile(filepath.Join(mac, "state.json"))
	if os.IsNotExist(err) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(data, &s); err != nil {
		return s, fmt.Errorf("the stand-in's state: %w", err)
	}
	return s, nil
}

// standinThings gives what ours has made in a pretend Mac: everything that is labelled with a project.
func standinThings(mac string) (things, error) {
	t := things{networkNames: map[string]string{}}
	s, err := readStandin(mac)
	if err != nil {
		return t, err
	}
	for name, c := range s.Containers {
		if c.Configuration.Labels[labelProject] != "" {
			t.Containers = append(t.Containers, thing{Name: name, ID: c.DockerID, Labels: c.Configuration.Labels})
		}
	}
	for name, n := range s.Networks {
		t.networkNames[n.DockerName] = name
		if n.Configuration.Labels[labelProject] != "" {
			t.Networks = append(t.Networks, thing{
				Name: name, Labels: n.Configuration.Labels, Detail: networkDetail(n.Configuration.Mode != "nat"),
			})
		}
	}
	for name, v := range s.Volumes {
		labels := v.Configuration.Labels
		switch {
		case labels[labelProject] == "":
		case labels[labelPrefix+"volume"] == "":
			t.anonymous++
		default:
			t.Volumes = append(t.Volumes, thing{Name: name, Labels: labels})
		}
	}
	return t, nil
}

// has says whether something of that name exists in the pretend Mac.
func (s standinState) has(kind, name string) bool {
	var ok bool
	switch kind {
	case "network":
		_, ok = s.Networks[name]
	case "volume":
		_, ok = s.Volumes[name]
	case "container":
		_, ok = s.Containers[name]
	}
	return ok
}
