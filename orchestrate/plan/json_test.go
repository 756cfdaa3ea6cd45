package plan

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/translate/declared"
	"gotest.tools/v3/assert"
)

// fill sets every field of a value to something that is not zero, so that a lost field shows.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(7)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("k"), reflect.ValueOf("v"))
	case reflect.Struct:
		if v.Type() == reflect.TypeOf(time.Time{}) {
			v.Set(reflect.ValueOf(time.Unix(1700000000, 0).UTC()))
			return
		}
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				fill(v.Field(i))
			}
		}
	}
}

func TestEveryKindOfActionSurvivesJSON(t *testing.T) {
	for _, kind := range Kinds {
		t.Run(string(kind), func(t *testing.T) {
			v := reflect.New(reflect.TypeOf(prototypes[kind])).Elem()
			fill(v)
			want := Step{ID: 3, Action: v.Interface().(Action), Needs: []int{1, 2}, Reasons: []Reason{{Cause: CauseChanged, Field: "f", From: "a", To: "b"}},
				Destroys: []string{"d"}, Group: "g", Optional: true}
			assert.Equal(t, want.Action.Kind(), kind)
			assert.Assert(t, want.Action.Resource().Name != "" && want.Action.Resource().Kind != "")
			data, err := json.Marshal(want)
			assert.NilError(t, err)
			var got Step
			assert.NilError(t, json.Unmarshal(data, &got))
			assert.DeepEqual(t, got, want)
		})
	}
}

// TestKindsIsComplete compares the list with the constants in the source.
func TestKindsIsComplete(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), "plan.go", nil, 0)
	assert.NilError(t, err)
	var names []string
	ast.Inspect(f, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && strings.HasPrefix(v.Names[0].Name, "Kind") {
			names = append(names, strings.Trim(v.Values[0].(*ast.BasicLit).Value, `"`))
		}
		return true
	})
	var have []string
	for _, k := range Kinds {
		have = append(have, string(k))
	}
	slices.Sort(names)
	slices.Sort(have)
	assert.DeepEqual(t, have, names)
	assert.Equal(t, len(prototypes), len(Kinds))
}

func TestUnknownActionsAreNotDecoded(t *testing.T) {
	var s Step
	assert.ErrorContains(t, json.Unmarshal([]byte(`{"id": 4, "kind": "dance", "action": {}}`), &s), `decode step 4: action of unknown kind "dance"`)
	_, err := json.Marshal(Step{ID: 5})
	assert.ErrorContains(t, err, "step 5: it has no action")
}

// FuzzInputs makes plans of whatever project, snapshot and ledger JSON can describe: no panic, edges point backwards,
// and the plan survives its own JSON.
func FuzzInputs(f *testing.F) {
	s := newSimulator(f)
	s.do(guestbook(), up)
	seed := func(p declared.Project, g Goal) {
		in := s.inputs(p, g)
		data, err := json.Marshal(fuzzed{g, in.Project, in.Snapshot, in.Ledger, in.Listening})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	seed(guestbook(), up)
	seed(changed(guestbook(), "web", func(s *declared.Service) { s.User, s.Scale = "1", 3 }), Goal{Verb: Up, RenewAnonymous: true, Wait: true})
	seed(less(guestbook(), "db"), Goal{Verb: Down, Volumes: true, Images: "all", RemoveOrphans: true})
	f.Fuzz(func(t *testing.T, data []byte) {
		var x fuzzed
		if json.Unmarshal(data, &x) != nil {
			return
		}
		for i := range x.Project.Services {
			if x.Project.Services[i].Scale > 50 {
				return // as many containers as a number can say
			}
		}
		p, err := Make(Inputs{Goal: x.Goal, Project: x.Project, HasFiles: true, Ledger: x.Ledger, NewID: testID, NewKey: testKey,
			Snapshot: x.Snapshot, Capabilities: appleCapabilities(), Normalise: normalise, Listening: x.Listening, FreePorts: []uint16{20001, 20002}})
		if err != nil {
			return
		}
		for _, step := range p.Steps {
			for _, n := range step.Needs {
				assert.Assert(t, n > 0 && n < step.ID)
			}
		}
		once, err := json.Marshal(p)
		assert.NilError(t, err)
		var back Plan
		assert.NilError(t, json.Unmarshal(once, &back))
		twice, err := json.Marshal(back)
		assert.NilError(t, err)
		assert.Equal(t, string(once), string(twice))
	})
}

type fuzzed struct {
	Goal      Goal
	Project   declared.Project
	Snapshot  adapter.Snapshot
	Ledger    *ledger.Ledger
	Listening []Listener
}
