package finding

import (
	"testing"

	"gotest.tools/v3/assert"
)

func TestString(t *testing.T) {
	for _, c := range []struct {
		name string
		f    Finding
		want string
	}{
		{"everything", Finding{Severity: Warning, Path: "services.web.pid", Position: Position{"compose.yaml", 3, 5}, Message: "refused", Hint: "remove it"},
			"compose.yaml:3:5: services.web.pid: refused (remove it)"},
		{"no column", Finding{Position: Position{File: "f", Line: 3}, Message: "m"}, "f:3: m"},
		{"a file only", Finding{Position: Position{File: "f", Column: 4}, Message: "m"}, "f: m"},
		{"a message only", Finding{Message: "m"}, "m"},
	} {
		t.Run(c.name, func(t *testing.T) { assert.Equal(t, c.f.String(), c.want) })
	}
}

func TestSortedAndAtLeast(t *testing.T) {
	list := List{
		{Severity: Note, Path: "b", Message: "1"}, {Severity: Error, Path: "c", Message: "2"}, {Severity: Note, Path: "a", Message: "3"},
		{Severity: Warning, Path: "a", Message: "4"}, {Severity: Note, Path: "b", Message: "1"}, {Severity: Note, Path: "b", Message: "0"},
	}
	before := append(List(nil), list...)
	var got string
	for _, f := range list.Sorted() {
		got += f.Message
	}
	assert.Equal(t, got, "24301")
	assert.DeepEqual(t, list, before)
	assert.Equal(t, len(list.AtLeast(Warning)), 2)
	assert.Equal(t, len(list.AtLeast(Note)), len(list))
	assert.Equal(t, list.AtLeast(Error)[0].Message, "2")
}
