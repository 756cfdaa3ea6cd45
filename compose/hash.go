package compose

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
)

// hashedKeys is the order in which Docker Compose hashes the attributes of a service, which it froze in v5.6 so that
// hashes stay when compose-go moves its fields (docker/compose v5.6, pkg/compose/hash.go). Attributes that are not in it
// come after these, sorted.
var hashedKeys = strings.Fields(`
	profiles annotations attach build develop blkio_config cap_add cap_drop cgroup_parent cgroup cpu_count cpu_percent
	cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpus cpuset cpu_shares command configs container_name
	credential_spec depends_on deploy device_cgroup_rules devices dns dns_opt dns_search dockerfile domainname
	entrypoint provider environment env_file expose extends external_links extra_hosts group_add gpus hostname
	healthcheck image init ipc isolation labels label_file links logging log_driver log_opt mem_limit mem_reservation
	memswap_limit mem_swappiness mac_address models net network_mode networks oom_kill_disable oom_score_adj pid
	pids_limit platform ports privileged pull_policy read_only restart runtime scale secrets security_opt shm_size
	stdin_open stop_grace_period stop_signal storage_opt sysctls tmpfs tty ulimits use_api_socket user userns_mode uts
	volume_driver volumes volumes_from working_dir pre_start post_start pre_stop pull_refresh_after
`)

// ServiceHash is Docker Compose's hash of a service as it is loaded, the value of "config --hash" and of its label
// com.docker.compose.config-hash: SHA-256 in hex over the JSON of all attributes but for those about building, pulling,
// the number of replicas, dependencies and profiles. Hostwright decides by hashes of its own.
func ServiceHash(s types.ServiceConfig) (string, error) {
	s.Build, s.PullPolicy, s.Scale, s.DependsOn, s.Profiles = nil, "", nil, nil, nil
	if s.Deploy != nil {
		deploy := *s.Deploy
		deploy.Replicas = nil
		s.Deploy = &deploy
	}
	text, err := json.Marshal(s)
	if err != nil {
		return "", fmt.Errorf("hash service %s: %w", s.Name, err)
	}
	var attributes map[string]json.RawMessage
	if err := json.Unmarshal(text, &attributes); err != nil {
		return "", fmt.Errorf("hash service %s: %w", s.Name, err)
	}
	sum := sha256.Sum256(ordered(attributes, hashedKeys))
	return hex.EncodeToString(sum[:]), nil
}

// ordered writes a JSON object with some keys first, in their order, and the others after them, sorted.
func ordered(attributes map[string]json.RawMessage, first []string) []byte {
	var out bytes.Buffer
	write := func(key string) {
		if out.Len() > 0 {
			out.WriteByte(',')
		}
		fmt.Fprintf(&out, "%q:%s", key, attributes[key])
	}
	for _, key := range first {
		if _, ok := attributes[key]; ok {
			write(key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(attributes)) {
		if !slices.Contains(first, key) {
			write(key)
		}
	}
	return []byte("{" + out.String() + "}")
}
