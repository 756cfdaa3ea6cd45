package view

import (
	"bytes"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/translate/finding"
)

var someFindings = finding.List{
	{Severity: finding.Note, Path: "services.web.logging", Message: "has no effect"},
	{Severity: finding.Warning, Path: "services.web.cpus", Position: finding.Position{File: "compose.yaml", Line: 4}, Message: "0.5 CPUs are rounded up to 1", Hint: "ask for whole CPUs"},
	{Severity: finding.Error, Path: "services.web.privileged", Position: finding.Position{File: "compose.yaml", Line: 5, Column: 3}, Message: "there are no privileged containers", Hint: "remove it"},
	{Severity: finding.Warning, Path: "services.db.mem_limit", Message: "raised to 200MiB"},
	{Severity: finding.Warning, Path: "services.api.mem_limit", Message: "raised to 200MiB"},
	{Severity: finding.Warning, Message: "the runtime said \x1b[2Jthis"},
}

func TestFindings(t *testing.T) {
	var b bytes.Buffer
	assert.NilError(t, Findings(&b, someFindings, true, false))
	golden.Assert(t, b.String(), "findings.golden")
}

func TestFindingsWithoutNotesInColour(t *testing.T) {
	var b bytes.Buffer
	assert.NilError(t, Findings(&b, someFindings, false, true))
	golden.Assert(t, b.String(), "findings-colour.golden")
}

func TestFindingsJSON(t *testing.T) {
	var b bytes.Buffer
	assert.NilError(t, FindingsJSON(&b, someFindings[:2], true))
	assert.Equal(t, b.String(), `{"severity":"warning","path":"services.web.cpus","position":{"file":"compose.yaml","line":4},"message":"0.5 CPUs are rounded up to 1","hint":"ask for whole CPUs"}
{"severity":"note","path":"services.web.logging","message":"has no effect"}
`)
}

var someMemory = plan.Memory{
	Rows: []plan.MemoryRow{
		{Service: "db", Replicas: 1, Limit: 512 << 20, Overhead: 128 << 20, Floor: 21 << 20, Source: "mem_limit"},
		{Service: "web", Replicas: 2, Limit: 1 << 30, Overhead: 128 << 20, Floor: 21 << 20, Source: "runtime default"},
	},
	Ceiling: 640<<20 + 2*(1<<30+128<<20), Floor: 63 << 20, Host: 16 << 30,
}

func TestMemory(t *testing.T) {
	var b bytes.Buffer
	assert.NilError(t, Memory(&b, someMemory))
	golden.Assert(t, b.String(), "memory.golden")
}

func TestMemoryLineOfNothingIsEmpty(t *testing.T) {
	assert.Equal(t, MemoryLine(plan.Memory{Host: 1 << 30}), "")
}

func TestMemoryLineWithoutHost(t *testing.T) {
	m := someMemory
	m.Host, m.Rows = 0, m.Rows[:1]
	assert.Equal(t, MemoryLine(m), "memory: 1 VM, idle about 63MiB, at most 2.9GiB")
}

func TestSize(t *testing.T) {
	for in, want := range map[int64]string{0: "0B", 512 << 20: "512MiB", 1152 << 20: "1.1GiB", 21_000_000: "20MiB", 16 << 30: "16GiB"} {
		assert.Equal(t, size(in), want)
	}
}

func TestProblem(t *testing.T) {
	p := Problem{
		What: "no such service: \x1b[1mx", Where: finding.Position{File: "compose.yaml", Line: 3},
		Hint: "services: db, web", Findings: someFindings[2:3],
	}
	var b bytes.Buffer
	assert.NilError(t, p.Render(&b, false))
	assert.Equal(t, b.String(), `error: compose.yaml:5:3: services.web.privileged: there are no privileged containers (remove it)
compose.yaml:3: no such service: \x1b[1mx
hint: services: db, web
`)
	b.Reset()
	assert.NilError(t, Problem{What: "it broke"}.RenderJSON(&b))
	assert.Equal(t, b.String(), `{"error":true,"message":"it broke"}`+"\n")
}
