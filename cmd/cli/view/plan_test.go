package view

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/translate/declared"
)

// aPlan has an action of every kind.
var aPlan = plan.Plan{
	Project: "app", Goal: plan.Goal{Verb: plan.Up}, Hash: "5e1f", Memory: someMemory, Findings: someFindings[:2],
	Incomplete: []string{"images"},
	Unchanged:  []plan.Resource{{Kind: plan.ContainerResource, Name: "app-cache-1"}},
	Steps: []plan.Step{
		{ID: 1, Action: plan.PullImage{Reference: "postgres:15", Services: []string{"db", "migrate"}}, Reasons: []plan.Reason{{Cause: plan.CauseMissing}}},
		{ID: 2, Action: plan.BuildImage{Reference: "app-web", Service: "web"}, Reasons: []plan.Reason{{Cause: plan.CauseBuild}}},
		{ID: 3, Action: plan.CreateNetwork{Name: "app_default"}, Reasons: []plan.Reason{{Cause: plan.CauseMissing}}},
		{ID: 4, Action: plan.CreateVolume{Name: "app_data"}, Reasons: []plan.Reason{{Cause: plan.CauseMissing}}},
		{ID: 5, Action: plan.PrepareVolume{Name: "app_data", Image: "docker.io/library/postgres:15", Target: "/var/lib/postgresql/data"}, Needs: []int{1, 4}, Reasons: []plan.Reason{{Cause: plan.CauseNewVolume}}},
		{ID: 6, Action: plan.CreateContainer{ID: "app-db-1", Service: "db", Number: 1}, Needs: []int{3, 5}, Reasons: []plan.Reason{{Cause: plan.CauseMissing}}},
		{ID: 7, Action: plan.StartContainer{ID: "app-db-1", Service: "db", Number: 1}, Needs: []int{6}, Reasons: []plan.Reason{{Cause: plan.CauseMissing}}},
		{ID: 8, Action: plan.StopContainer{ID: "app-web-1", Grace: 10 * time.Second}, Group: "recreate app-web-1", Reasons: webReasons, Destroys: []string{"the root file system of app-web-1"}},
		{ID: 9, Action: plan.DeleteContainer{ID: "app-web-1"}, Needs: []int{8}, Group: "recreate app-web-1", Reasons: webReasons, Destroys: []string{"the root file system of app-web-1"}},
		{ID: 10, Action: plan.CreateContainer{ID: "app-web-1", Service: "web", Number: 1}, Needs: []int{2, 9}, Group: "recreate app-web-1", Reasons: webReasons},
		{ID: 11, Action: plan.Await{Service: "db", Condition: declared.Healthy, IDs: []string{"app-db-1"}, For: []string{"web", "api"}, Timeout: time.Minute}, Needs: []int{7}},
		{ID: 12, Action: plan.Await{Service: "seed", Condition: declared.Completed, IDs: []string{"app-seed-1"}, For: []string{"web"}}, Optional: true},
		{ID: 13, Action: plan.StartContainer{ID: "app-web-1", Service: "web", Number: 1}, Needs: []int{10, 11}, Group: "recreate app-web-1", Reasons: webReasons},
		{ID: 14, Action: plan.StartContainer{ID: "app-job-1", Service: "job", Number: 1}, Reasons: []plan.Reason{{Cause: plan.CauseStopped}}},
		{ID: 15, Action: plan.StopContainer{ID: "app-old-1"}, Reasons: []plan.Reason{{Cause: plan.CauseOrphan}}},
		{ID: 16, Action: plan.DeleteContainer{ID: "app-old-1"}, Needs: []int{15}, Reasons: []plan.Reason{{Cause: plan.CauseOrphan}}, Destroys: []string{"the root file system of app-old-1"}},
		{ID: 17, Action: plan.DeleteVolume{Name: "app_old"}, Reasons: []plan.Reason{{Cause: plan.CauseGoal}}, Destroys: []string{"the data of volume app_old"}},
		{ID: 18, Action: plan.DeleteNetwork{Name: "app_back"}, Reasons: []plan.Reason{{Cause: plan.CauseGoal}}},
		{ID: 19, Action: plan.DeleteImage{Reference: "app-old"}, Reasons: []plan.Reason{{Cause: plan.CauseGoal}}},
		{ID: 20, Action: plan.Await{Service: "web", Condition: declared.Started, IDs: []string{"app-web-1"}}, Needs: []int{13}},
		{ID: 21, Action: plan.PushImage{Reference: "registry.example.com/api:1", Service: "api"}, Reasons: []plan.Reason{{Cause: plan.CauseGoal}}},
		{ID: 22, Action: plan.KillContainer{ID: "app-stuck-1", Signal: "SIGKILL"}, Reasons: []plan.Reason{{Cause: plan.CauseGoal}}},
		{ID: 23, Action: plan.StopContainer{ID: "app-hooked-1", Service: "hooked", Hooks: 1}, Group: "restart app-hooked-1", Reasons: []plan.Reason{{Cause: plan.CauseForced}}},
		{ID: 24, Action: plan.StartContainer{ID: "app-hooked-1", Service: "hooked", Number: 1, Hooks: 2}, Group: "restart app-hooked-1"},
	},
}

var webReasons = []plan.Reason{
	{Cause: plan.CauseChanged, Field: "environment.TOKEN", From: "hmac:00", To: "hmac:01"},
	{Cause: plan.CauseChanged, Field: "command[0]", From: "serve", To: "serve\x1b[2J"},
	{Cause: plan.CauseChanged, Field: "ports[0].first", To: "8080"},
	{Cause: plan.CauseImage, From: "sha256:aa", To: "sha256:bb"},
}

func TestPlan(t *testing.T) {
	for name, colours := range map[string]Colours{"plan.golden": false, "plan-colour.golden": true} {
		var b bytes.Buffer
		assert.NilError(t, Plan(&b, aPlan, colours))
		golden.Assert(t, b.String(), name)
	}
}

func TestPlanThatIsEmptyOrRefused(t *testing.T) {
	var b bytes.Buffer
	assert.NilError(t, Plan(&b, plan.Plan{Project: "app", Goal: plan.Goal{Verb: plan.Down}, Hash: "00"}, false))
	assert.Equal(t, b.String(), "app down: nothing to do\n\nHash 00\n")
	b.Reset()
	assert.NilError(t, Plan(&b, plan.Plan{Project: "app", Goal: plan.Goal{Verb: plan.Up}, Findings: someFindings[2:3], Hash: "00"}, false))
	assert.Equal(t, strings.SplitN(b.String(), "\n", 2)[0], "app up: refused, nothing would be changed")
}

// Every kind of action and every cause has words of its own.
func TestPlanWordsForEveryKind(t *testing.T) {
	shown := make(map[plan.ActionKind]bool)
	for _, s := range aPlan.Steps {
		shown[s.Action.Kind()] = true
	}
	for _, k := range plan.Kinds {
		assert.Assert(t, shown[k], "the plan of these tests lacks %s", k)
		if k != plan.KindAwait {
			assert.Assert(t, verbOf([]plan.ActionKind{k}) != string(k), "no verb for %s", k)
		}
	}
}

func TestPlanJSONIsThePlan(t *testing.T) {
	var b bytes.Buffer
	assert.NilError(t, PlanJSON(&b, aPlan))
	assert.Assert(t, json.Valid(b.Bytes()))
	var back plan.Plan
	assert.NilError(t, json.Unmarshal(b.Bytes(), &back))
	assert.Assert(t, reflect.DeepEqual(back.Steps, aPlan.Steps))
}
