package declared

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	"pgregory.net/rapid"
)

var testKey = []byte("key of a test")

// leaf is one field of a struct, nested ones included: how to reach it, and whether a change of it counts.
type leaf struct {
	path  string
	index []int // field numbers; slices and pointers on the way get one element
	kind  reflect.Type
	plan  bool
}

func leaves(t reflect.Type, path string, index []int, plan bool) []leaf {
	switch {
	case t == sensitiveType:
		return []leaf{{path, index, t, plan}}
	case t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer:
		return leaves(t.Elem(), path, index, plan)
	case t.Kind() != reflect.Struct:
		return []leaf{{path, index, t, plan}}
	}
	var out []leaf
	for i := range t.NumField() {
		f := t.Field(i)
		out = append(out, leaves(f.Type, path+"."+f.Name, append(append([]int{}, index...), i), plan && f.Tag.Get("plan") != "-")...)
	}
	return out
}

// set gives a value of type t whose leaf has the n-th of two values, everything else being zero.
func (l leaf) set(t reflect.Type, index []int, n int) reflect.Value {
	v := reflect.New(t).Elem()
	switch {
	case t.Kind() == reflect.Slice:
		return reflect.Append(v, l.set(t.Elem(), index, n))
	case t.Kind() == reflect.Pointer:
		p := reflect.New(t.Elem())
		p.Elem().Set(l.set(t.Elem(), index, n))
		return p
	case len(index) > 0:
		v.Field(index[0]).Set(l.set(t.Field(index[0]).Type, index[1:], n))
		return v
	}
	switch t.Kind() {
	case reflect.Bool:
		v.SetBool(n == 1)
	case reflect.String:
		v.SetString([]string{"a", "b"}[n])
	case reflect.Int, reflect.Int64:
		v.SetInt([]int64{1 << 30, 1<<30 + 1}[n]) // sizes that print the same when rounded
	case reflect.Uint16, reflect.Uint32:
		v.SetUint([]uint64{1, 2}[n])
	default:
		if t == sensitiveType {
			v.Set(reflect.ValueOf(NewSensitive([]string{"a", "b"}[n])))
			return v
		}
		panic("a field of a kind that this test does not know: " + t.String())
	}
	return v
}

func TestEveryFieldOfAServiceCountsUnlessItSaysSo(t *testing.T) {
	all := leaves(reflect.TypeOf(Service{}), "Service", nil, true)
	counted := 0
	for _, l := range all {
		one := Flatten(l.set(reflect.TypeOf(Service{}), l.index, 0).Interface(), testKey)
		two := Flatten(l.set(reflect.TypeOf(Service{}), l.index, 1).Interface(), testKey)
		assert.Check(t, (one.Hash() != two.Hash()) == l.plan, "%s: counts %v, says %v", l.path, one.Hash() != two.Hash(), l.plan)
		assert.Check(t, (len(Diff(one, two)) > 0) == l.plan, "%s", l.path)
		if l.plan {
			counted++
		}
	}
	assert.Check(t, counted > 60 && counted < len(all), "%d of %d", counted, len(all))
}

func TestFieldsTellNilFromEmpty(t *testing.T) {
	kept, cleared := Flatten(&Service{}, testKey), Flatten(&Service{Command: []string{}}, testKey)
	assert.DeepEqual(t, Diff(kept, cleared), []Change{{Path: "command", To: "[]"}})
	zero := time.Duration(0)
	assert.DeepEqual(t, Diff(kept, Flatten(&Service{StopGrace: &zero}, testKey)), []Change{{Path: "stopGrace", To: "{}"}})
	assert.DeepEqual(t, Diff(kept, Flatten(&Service{Ulimits: []Ulimit{{}}}, testKey)), []Change{{Path: "ulimits[0]", To: "{}"}})
}

func TestFieldsReadWell(t *testing.T) {
	grace := 90 * time.Second
	s := Service{
		Name: "web", Memory: 512 * MiB, ShmSize: 3<<20 + 1, StopGrace: &grace, Init: true,
		Environment: []EnvVar{{Key: "A", Value: NewSensitive("1")}, {Key: "B", Unset: true}},
		Labels:      []KeyVal{{"tier", "db"}},
		Mounts:      []Mount{{Kind: MountBind, Source: "/a", Target: "/b"}},
		Command:     []string{"sleep", "1"},
	}
	var lines []string
	for _, f := range Flatten(s, testKey) {
		lines = append(lines, f.Path+"="+f.Value)
	}
	assert.Equal(t, strings.Join(lines, "\n"), strings.Join([]string{
		"command[0]=sleep", "command[1]=1", "environment.A=" + Digest("1", testKey), "environment.B=(unset)", "init=true", "labels.tier=db",
		"memory=512MiB", "mounts[/b].kind=bind", "mounts[/b].source=/a", "mounts[/b].target=/b", "name=web", "shmSize=3145729B", "stopGrace=1m30s",
	}, "\n"))
	assert.Assert(t, !strings.Contains(Digest("1", testKey), "1=") && strings.HasPrefix(Digest("1", testKey), HMACPrefix))
	assert.Assert(t, Digest("1", testKey) != Digest("1", []byte("another key")))
}

// services generates any value of the model, whether a file could say it or not.
func services() *rapid.Generator[Service] {
	return rapid.MakeCustom[Service](rapid.MakeConfig{
		Types: map[reflect.Type]*rapid.Generator[any]{
			sensitiveType: rapid.Custom(func(t *rapid.T) any { return NewSensitive(rapid.StringN(0, 3, -1).Draw(t, "value")) }),
		},
	})
}

func TestDiffIsEmptyExactlyWhenHashesAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := services().Draw(t, "a")
		b := a
		if rapid.Bool().Draw(t, "other") {
			b = services().Draw(t, "b")
		} else if n := rapid.IntRange(-1, reflect.TypeOf(b).NumField()-1).Draw(t, "field"); n >= 0 {
			other := services().Draw(t, "with field of")
			reflect.ValueOf(&b).Elem().Field(n).Set(reflect.ValueOf(other).Field(n))
		}
		from, to := Flatten(a, testKey), Flatten(b, testKey)
		diff := Diff(from, to)
		if (len(diff) == 0) != (from.Hash() == to.Hash()) {
			t.Fatalf("diff %v, hashes %s and %s", diff, from.Hash(), to.Hash())
		}
		if len(Diff(to, from)) != len(diff) {
			t.Fatalf("the difference depends on the direction: %v", diff)
		}
		if again := Flatten(a, testKey); again.Hash() != from.Hash() {
			t.Fatalf("two hashes of one service")
		}
	})
}

func ExampleDiff() {
	before := Flatten(Service{Image: "redis:7", Memory: 512 * MiB}, testKey)
	after := Flatten(Service{Image: "redis:8", CPUs: 2}, testKey)
	for _, c := range Diff(before, after) {
		fmt.Printf("%s: %q -> %q\n", c.Path, c.From, c.To)
	}
	// Output:
	// cpus: "" -> "2"
	// image: "redis:7" -> "redis:8"
	// memory: "512MiB" -> ""
}
