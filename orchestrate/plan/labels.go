package plan

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/translate/declared"
	"github.com/hostwright/compose/translate/finding"
)

// composeVersion is the version of Docker Compose whose behaviour this is, for the label that its tools read.
const composeVersion = "5.6.0"

// containerLabels gives all labels of a container: the file's, Docker Compose's and ours, the later ones winning.
func (p *planner) containerLabels(r *replica) map[string]string {
	s := r.service
	number := strconv.Itoa(r.number)
	labels := map[string]string{}
	for _, l := range s.Labels {
		labels[l.Key] = l.Value
	}
	add := map[string]string{
		declared.LabelProject:     p.plan.Project,
		declared.LabelService:     s.Name,
		declared.LabelNumber:      number,
		declared.LabelOneOff:      "False",
		declared.LabelConfigHash:  r.hash,
		declared.LabelImageDigest: p.images[s.Name].digest,
		declared.LabelDependsOn:   dependsOnLabel(s),
		declared.LabelWorkingDir:  p.in.Project.Dir,
		declared.LabelConfigFiles: strings.Join(p.in.Project.Files, ","),
		declared.LabelEnvFiles:    strings.Join(p.in.Project.EnvFiles, ","),
		declared.LabelVersion:     composeVersion,
		declared.OwnProject:       p.plan.Project,
		declared.OwnService:       s.Name,
		declared.OwnNumber:        number,
		declared.OwnOneOff:        "false",
		declared.OwnLedger:        p.world.id,
		declared.OwnHash:          r.hash,
		declared.OwnRuntime:       p.runtimeVersion(),
	}
	for k, v := range add {
		if v != "" || k == declared.LabelDependsOn {
			labels[k] = v
		}
	}
	r.oneOff.label(labels)
	p.dropUnstorable(labels, "services."+s.Name)
	return labels
}

// runtimeVersion is the version that creates the container.
func (p *planner) runtimeVersion() string {
	v := cmp.Or(p.in.Runtime.Server, p.in.Runtime.Client)
	if v == "" {
		p.unknown(unknownRuntime)
	}
	return v
}

// warnOfMixedVersions says that the services are not of their command's version, where that was asked for.
func (p *planner) warnOfMixedVersions() {
	if r := p.in.Runtime; r.Mixed() {
		p.find(finding.Warning, "", fmt.Sprintf("the runtime's command is %s and its services are still %s: new commands may fail, and containers that are created now keep the old guest agent", r.Client, r.Server), adapter.MixedHint)
	}
}

// dropUnstorable leaves out what the runtime cannot keep on a container: a value with "=" (Apple container, label
// parser, all versions so far). One note a service and label says so.
func (p *planner) dropUnstorable(labels map[string]string, path string) {
	if p.in.Capabilities.LabelValueEquals {
		return
	}
	for _, k := range sortedKeys(labels) {
		if strings.Contains(labels[k], "=") {
			delete(labels, k)
			p.find(finding.Note, path, fmt.Sprintf("label %s is left out: the runtime cannot store a label value with \"=\" on a container", k), "")
		}
	}
}

// dependsOnLabel is Docker Compose's form: name:condition:restart, by name.
func dependsOnLabel(s *declared.Service) string {
	byName := map[string]declared.Dependency{}
	for _, d := range s.DependsOn {
		byName[d.Service] = d
	}
	var out []string
	for _, name := range sortedKeys(byName) {
		d := byName[name]
		out = append(out, fmt.Sprintf("%s:%s:%t", name, d.Condition, d.Restart))
	}
	return strings.Join(out, ",")
}

// networkKeyRule is what the runtime takes as the key of a network's label: lower-case words with inner dashes, joined
// by dots, and by slashes in the second half (Apple container, ResourceLabels).
var networkKeyRule = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*(/[a-z0-9]([a-z0-9-]*[a-z0-9])?([./][a-z0-9]([a-z0-9-]*[a-z0-9])?)*)?$`)

const (
	maxNetworkLabelKey = 128
	maxNetworkLabel    = 4096 // key=value
)

func (p *planner) networkLabels(n *declared.Network, fields declared.Fields) map[string]string {
	labels := map[string]string{}
	for _, l := range n.Labels {
		if len(l.Key) > maxNetworkLabelKey || len(l.Key)+1+len(l.Value) > maxNetworkLabel || !networkKeyRule.MatchString(l.Key) {
			p.find(finding.Note, "networks."+n.Key, fmt.Sprintf("label %s is left out: the runtime takes keys of lower-case letters, digits, dashes and dots on a network", l.Key), "")
			continue
		}
		labels[l.Key] = l.Value
	}
	return p.resourceLabels(labels, declared.LabelNetwork, n.Key, fields.Hash())
}

func (p *planner) volumeLabels(use *volumeUse) map[string]string {
	labels := map[string]string{}
	for _, l := range use.labels {
		labels[l.Key] = l.Value
	}
	if use.owner == nil {
		return p.resourceLabels(labels, declared.LabelVolume, use.key, use.fields.Hash())
	}
	labels[declared.LabelProject] = p.plan.Project
	labels[declared.OwnProject] = p.plan.Project
	labels[declared.OwnLedger] = p.world.id
	labels[declared.OwnService] = use.owner.service.Name
	labels[declared.OwnNumber] = strconv.Itoa(use.owner.number)
	labels[declared.OwnTarget] = use.target
	return labels
}

func (p *planner) resourceLabels(labels map[string]string, keyLabel, key, hash string) map[string]string {
	labels[declared.LabelProject] = p.plan.Project
	labels[keyLabel] = key
	labels[declared.LabelVersion] = composeVersion
	labels[declared.LabelConfigHash] = hash
	labels[declared.OwnProject] = p.plan.Project
	labels[declared.OwnLedger] = p.world.id
	labels[declared.OwnHash] = hash
	labels[declared.OwnKey] = key
	return labels
}
