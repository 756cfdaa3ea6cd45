package translate

import (
	"fmt"
	"regexp"

	"github.com/hostwright/compose/translate/declared"
)

// The runtime's rules for names (Apple container 1.2.0 and later). Fit makes derived names keep them; names that a
// file gives must keep them themselves.
var (
	containerName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]+$`)
	resourceName  = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$`)
)

// maxReplicasNamed bounds how many replicas' names are compared with others.
const maxReplicasNamed = 100

// fit gives the name that a network or volume of ours gets, with a finding where it is not the one asked for.
func (t *translator) fit(path, name string) string {
	fitted := declared.Fit(name)
	if fitted != name {
		t.note(path, "", "it is called %s instead of %s: names are lower case and have at most %d characters", fitted, name, declared.MaxName)
	}
	if !resourceName.MatchString(fitted) {
		t.refuse(path+".name", "use letters, digits, and inside the name also . _ -", "the runtime does not take the name %q", name)
	}
	return fitted
}

// names checks the names of containers, networks and volumes: their form, and that no two things want the same one.
func (t *translator) names() {
	containers := map[string]string{}
	for i := range t.to.Services {
		s := &t.to.Services[i]
		t.containerName(s)
		for n := 1; n <= min(max(s.Scale, 1), maxReplicasNamed); n++ {
			name := declared.ContainerName(t.from.Name, s, n)
			if other, taken := containers[name]; taken {
				t.refuse("services."+s.Name, "rename one of them", "containers of %s and %s would both be called %s", other, s.Name, name)
				break
			}
			containers[name] = s.Name
		}
	}
	taken := map[string]string{}
	for _, n := range t.to.Networks {
		t.unique(taken, "networks."+n.Key, n.Name, n.External)
	}
	clear(taken)
	for _, v := range t.to.Volumes {
		t.unique(taken, "volumes."+v.Key, v.Name, v.External)
	}
}

func (t *translator) unique(taken map[string]string, path, name string, external bool) {
	if other, ok := taken[name]; ok && !external {
		t.refuse(path, "give one of them another name:", "%s and %s would both be called %s", other, path, name)
	}
	if _, ok := taken[name]; !ok {
		taken[name] = path
	}
}

// containerName says what becomes of a service's container names.
func (t *translator) containerName(s *declared.Service) {
	path := "services." + s.Name + ".container_name"
	if fixed := s.ContainerName; fixed != "" {
		if len(fixed) < 2 || len(fixed) > declared.MaxName || !containerName.MatchString(fixed) {
			t.refuse(path, "choose another name, or leave it out",
				"%q is no container name for the runtime: it must have 2 to %d characters, begin with a letter or digit, and go on with letters, digits and _ . -",
				fixed, declared.MaxName)
		}
		return
	}
	asked := fmt.Sprintf("%s-%s-1", t.from.Name, s.Name)
	if name := declared.ContainerName(t.from.Name, s, 1); name != asked {
		t.note("services."+s.Name, "", "its containers are called %s instead of %s: names are lower case and have at most %d characters", name, asked, declared.MaxName)
	}
}
