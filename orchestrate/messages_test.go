package orchestrate

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/translate/declared"
	"gotest.tools/v3/assert"
)

// messages has one value of every type that crosses between a command and the orchestrator.
var messages = []any{
	ProjectRef{}, Request{}, Holder{}, Event{}, Container{}, Probe{}, LogsRequest{}, LogLine{}, AdoptRequest{}, Adoption{},
	RuntimeVersions{}, FollowRequest{}, Output{}, Followed{}, RunExit{}, Project{}, ContainerImage{}, Volume{},
	AwaitRequest{}, ContainerExit{}, ProjectEvent{}, EventsRequest{}, Drift{}, Error{}, plan.Plan{},
}

// filled gives a value of a type with every field set to something that is not zero, so that a lost field shows. Values
// that may be secrets differ from each other.
func filled(typ reflect.Type, secrets *int) reflect.Value {
	v := reflect.New(typ).Elem()
	switch {
	case typ == reflect.TypeOf(time.Time{}):
		v.Set(reflect.ValueOf(time.Unix(1700000000, 5).UTC()))
		return v
	case typ == reflect.TypeOf(declared.Sensitive{}):
		*secrets++
		v.Set(reflect.ValueOf(declared.NewSensitive(strings.Repeat("s3cret", *secrets))))
		return v
	case typ == reflect.TypeOf(plan.Step{}):
		return v // see everyStep
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(7)
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(7)
	case reflect.Float64:
		v.SetFloat(0.5)
	case reflect.Pointer:
		v.Set(reflect.New(typ.Elem()))
		v.Elem().Set(filled(typ.Elem(), secrets))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(typ, 2, 2))
		for i := range 2 {
			v.Index(i).Set(filled(typ.Elem(), secrets))
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(typ))
		v.SetMapIndex(filled(typ.Key(), secrets), filled(typ.Elem(), secrets))
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() && v.Field(i).Kind() != reflect.Interface {
				v.Field(i).Set(filled(typ.Field(i).Type, secrets))
			}
		}
	}
	return v
}

// everyStep gives a step for each kind of action, with all that an action can hold.
func everyStep(t *testing.T) []plan.Step {
	t.Helper()
	var steps []plan.Step
	for i, kind := range plan.Kinds {
		data, err := json.Marshal(map[string]any{"id": i + 1, "kind": kind, "action": map[string]any{}})
		assert.NilError(t, err)
		var s plan.Step
		assert.NilError(t, json.Unmarshal(data, &s))
		secrets := 0
		s.Action = filled(reflect.TypeOf(s.Action), &secrets).Interface().(plan.Action)
		assert.Equal(t, secrets, 0, "a plan holds no values that may be secrets")
		s.Needs, s.Group, s.Optional, s.Destroys = []int{i}, "g", true, []string{"all"}
		s.Reasons = []plan.Reason{{Cause: plan.CauseChanged, Field: "f", From: "a", To: "b"}}
		steps = append(steps, s)
	}
	return steps
}

// Every message is the same after its JSON form, with what may be a secret beside it and not in it.
func TestEveryMessageSurvivesJSON(t *testing.T) {
	for _, m := range messages {
		typ := reflect.TypeOf(m)
		t.Run(typ.String(), func(t *testing.T) {
			secrets := 0
			want := filled(typ, &secrets)
			if p, ok := want.Addr().Interface().(*plan.Plan); ok {
				p.Steps = everyStep(t)
			}
			data, err := json.Marshal(want.Interface())
			assert.NilError(t, err)
			assert.Assert(t, !strings.Contains(string(data), "s3cret"), "%s", data)
			values := declared.Reveals(want.Interface())
			assert.Equal(t, len(values), secrets)
			got := reflect.New(typ)
			assert.NilError(t, json.Unmarshal(data, got.Interface()))
			assert.NilError(t, declared.Restore(got.Interface(), values))
			assert.Assert(t, reflect.DeepEqual(got.Elem().Interface(), want.Interface()), "\ngot  %#v\nwant %#v", got.Elem(), want)
		})
	}
}

// A field without a name of its own on the wire would change with the Go one.
func TestEveryFieldOfAMessageHasAName(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var check func(typ reflect.Type)
	check = func(typ reflect.Type) {
		switch typ.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			check(typ.Elem())
			return
		case reflect.Struct:
		default:
			return
		}
		if seen[typ] || !strings.HasPrefix(typ.PkgPath(), "github.com/hostwright/compose/") {
			return
		}
		seen[typ] = true
		for i := range typ.NumField() {
			f := typ.Field(i)
			if !f.IsExported() {
				continue
			}
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			custom := typ == reflect.TypeOf(plan.Step{})
			assert.Check(t, custom || name != "" && (name == "-" || name[0] >= 'a' && name[0] <= 'z'), "%s.%s has no JSON name in lower camel case", typ, f.Name)
			check(f.Type)
		}
	}
	for _, m := range messages {
		check(reflect.TypeOf(m))
	}
	for _, s := range everyStep(t) {
		check(reflect.TypeOf(s.Action))
	}
	assert.Assert(t, len(seen) > 30)
}

// The list has every exported struct of the package.
func TestMessagesIsComplete(t *testing.T) {
	sources, err := filepath.Glob("*.go")
	assert.NilError(t, err)
	listed := map[string]bool{}
	for _, m := range messages {
		listed[reflect.TypeOf(m).Name()] = true
	}
	n := 0
	for _, source := range sources {
		if strings.HasSuffix(source, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), source, nil, 0)
		assert.NilError(t, err)
		ast.Inspect(file, func(node ast.Node) bool {
			spec, ok := node.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if _, isStruct := spec.Type.(*ast.StructType); isStruct && spec.Name.IsExported() {
				n++
				assert.Check(t, listed[spec.Name.Name], "%s is not among the messages", spec.Name.Name)
			}
			return true
		})
	}
	assert.Assert(t, n > 10)
}

// Errors of every code come back as themselves: found by errors.As, with their hint.
func TestErrorsSurviveJSON(t *testing.T) {
	for _, code := range []Code{CodeRefused, CodeLedger, CodeRuntime, CodeCondition, CodeProject, CodeAmbiguous, CodeDaemon, CodeInternal} {
		sent := &Error{Code: code, Message: "what", Hint: "what to do", Err: errors.New("cause that stays here")}
		data, err := json.Marshal(sent)
		assert.NilError(t, err)
		assert.Assert(t, !strings.Contains(string(data), "cause that stays here"))
		got := &Error{}
		assert.NilError(t, json.Unmarshal(data, got))
		var found *Error
		assert.Assert(t, errors.As(error(got), &found) && found.Code == code)
		assert.Equal(t, got.Error(), "what")
		assert.Equal(t, Hint(got), "what to do")
	}
}
