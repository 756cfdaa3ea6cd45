package supervise

import (
	"strings"
	"testing"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/orchestrate/record"
	"github.com/hostwright/compose/translate/declared"
	"gotest.tools/v3/assert"
)

var ours = map[string]string{declared.OwnLedger: "id"}

// asLeft is a project and a runtime that agree.
func asLeft() (*ledger.Ledger, Seen) {
	l := &ledger.Ledger{ID: "id", Project: "shop", Entries: []ledger.Entry{
		{Kind: ledger.Container, Name: "shop-web-1", Service: "web", State: ledger.Created},
		{Kind: ledger.Network, Name: "shop_default", State: ledger.Created},
		{Kind: ledger.Volume, Name: "shop_data", State: ledger.Prepared},
		{Kind: ledger.Image, Name: "shop-web:latest", Service: "web", State: ledger.Created, Digest: "d1"},
	}}
	return l, Seen{
		Snapshot: adapter.Snapshot{
			Containers: []adapter.Container{{ID: "shop-web-1", State: adapter.StateRunning, Labels: ours, Image: "shop-web:latest", Digest: "d1"}},
			Networks:   []adapter.Network{{Name: "shop_default", Labels: ours}},
			Volumes:    []adapter.Volume{{Name: "shop_data", Labels: ours}},
			Images:     []adapter.Image{{Reference: "shop-web:latest", Digest: "d1"}},
		},
		Runs: map[string]Run{"shop-web-1": {Status: record.Status{Run: 1, Recording: true}}},
	}
}

func TestDrift(t *testing.T) {
	ended := func(x *record.Exit, byUser bool) func(*ledger.Ledger, *Seen) {
		return func(_ *ledger.Ledger, s *Seen) {
			s.Snapshot.Containers[0].State = adapter.StateStopped
			s.Runs["shop-web-1"] = Run{Status: record.Status{Run: 1, Exit: x}, ByUser: byUser}
		}
	}
	for _, c := range []struct {
		name   string
		change func(*ledger.Ledger, *Seen)
		want   string // "kind name", separated by commas
	}{
		{"nothing", func(*ledger.Ledger, *Seen) {}, ""},
		{"a container is gone", func(_ *ledger.Ledger, s *Seen) { s.Snapshot.Containers = []adapter.Container{} }, "gone shop-web-1"},
		{"a container is another", func(_ *ledger.Ledger, s *Seen) { s.Snapshot.Containers[0].Labels = nil }, "foreign shop-web-1"},
		{"ended by itself", ended(&record.Exit{Known: true, Code: 3}, false), ""},
		{"killed from outside", ended(&record.Exit{Known: true, Code: 137, Signal: 9}, false), "stopped shop-web-1"},
		{"killed by the user", ended(&record.Exit{Known: true, Code: 137, Signal: 9}, true), ""},
		{"ended unknown", ended(&record.Exit{}, false), "stopped shop-web-1"},
		{"ended with its recorder", ended(nil, false), "stopped shop-web-1"},
		{"a start that failed", ended(&record.Exit{StartFailed: true}, false), ""},
		{"never started", func(_ *ledger.Ledger, s *Seen) {
			s.Snapshot.Containers[0].State, s.Runs = adapter.StateStopped, nil
		}, ""},
		{"started from outside", func(_ *ledger.Ledger, s *Seen) { s.Runs = nil }, "started shop-web-1"},
		{"a network is gone", func(_ *ledger.Ledger, s *Seen) { s.Snapshot.Networks = []adapter.Network{} }, "gone shop_default"},
		{"networks were not asked for", func(_ *ledger.Ledger, s *Seen) { s.Snapshot.Networks = nil }, ""},
		{"a volume is another", func(_ *ledger.Ledger, s *Seen) { s.Snapshot.Volumes[0].Labels = nil }, "foreign shop_data"},
		{"a volume that is a folder", func(l *ledger.Ledger, s *Seen) {
			l.Entries[2].VolumeKind, s.Snapshot.Volumes = ledger.Folder, []adapter.Volume{}
		}, ""},
		{"a tag has moved", func(_ *ledger.Ledger, s *Seen) { s.Snapshot.Images[0].Digest = "d2" }, "tag moved shop-web-1,tag moved shop-web:latest"},
		{"an operation is under way", func(l *ledger.Ledger, s *Seen) {
			for i := range l.Entries {
				l.Entries[i].State = ledger.Removing
			}
			s.Snapshot = adapter.Snapshot{Containers: []adapter.Container{}, Networks: []adapter.Network{}, Volumes: []adapter.Volume{}, Images: []adapter.Image{}}
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, s := asLeft()
			c.change(l, &s)
			var got []string
			for _, d := range Drift(l, s) {
				got = append(got, string(d.Kind)+" "+d.Resource.Name)
				assert.Assert(t, d.Message != "" && d.Hint != "" && d.Resource.Kind != "")
			}
			assert.Equal(t, strings.Join(got, ","), c.want)
		})
	}
}
