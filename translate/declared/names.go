package declared

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// MaxName is the longest name of a container and of a network that the runtime takes (Apple container 1.2.0 and
// later, rules of container and network names).
const MaxName = 63

// ContainerName derives the name of replica number of a service: "project-service-1" ("project_service_1" for a service
// with OldNames), the fixed name when the service has one. It is the only place where such a name is made.
func ContainerName(project string, s *Service, number int) string {
	if s.ContainerName != "" {
		return s.ContainerName
	}
	return Fit(strings.Join([]string{project, s.Name, strconv.Itoa(number)}, separator(s.OldNames)))
}

// OneOffName derives the name of a one-off container; slug is random hex.
func OneOffName(project, service, slug string) string {
	return Fit(fmt.Sprintf("%s-%s-run-%s", project, service, slug))
}

// ResourceName derives the name of a network or named volume: "project_key".
func ResourceName(project, key string) string { return Fit(project + "_" + key) }

// AnonymousVolumeName derives the name of the volume that a container has at target without naming one, so that a
// recreated container finds it again.
func AnonymousVolumeName(container, target string) string {
	sum := sha256.Sum256([]byte(target))
	return Fit(container + "_anon_" + hex.EncodeToString(sum[:4]))
}

// separator stands between the parts of a name; Docker Compose's first version had another one, which --compatibility
// brings back.
func separator(old bool) string {
	if old {
		return "_"
	}
	return "-"
}

// ImageName derives the name of the image of a service that is only built. old is as Service.OldNames.
func ImageName(project, service string, old bool) string {
	return strings.ToLower(project + separator(old) + service)
}

// IsImageName tells whether an image has the name that ImageName derives, in either form.
func IsImageName(project, service, image string) bool {
	return image == ImageName(project, service, false) || image == ImageName(project, service, true)
}

// Fit makes a name one that the runtime takes: lower case, and shortened with a hash of the whole where it is longer
// than MaxName. Names that fit come back unchanged.
func Fit(name string) string {
	low := strings.ToLower(name)
	if len(low) <= MaxName {
		return low
	}
	sum := sha256.Sum256([]byte(name))
	tail := "-" + hex.EncodeToString(sum[:5])
	return strings.TrimRight(low[:MaxName-len(tail)], "-_.") + tail
}
