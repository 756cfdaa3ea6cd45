package ledger

import (
	"testing"

	"github.com/hostwright/compose/translate/declared"
	"gotest.tools/v3/assert"
)

func labels(project, id string, more ...string) map[string]string {
	m := map[string]string{declared.OwnProject: project, declared.OwnLedger: id}
	for i := 0; i < len(more); i += 2 {
		m[more[i]] = more[i+1]
	}
	return m
}

func names(entries []Entry) []string {
	var out []string
	for _, e := range entries {
		out = append(out, string(e.Kind)+" "+e.Name)
	}
	return out
}

func TestProposeTakesByLabelsOnly(t *testing.T) {
	found := []Labelled{
		{Kind: Volume, Name: "shop_data", Labels: labels("shop", "aa", declared.OwnKey, "data")},
		{Kind: Volume, Name: "shop_files", Folder: true, Labels: labels("shop", "aa", declared.OwnKey, "files")},
		{Kind: Container, Name: "shop-web-2", Digest: "sha256:1", Labels: labels("shop", "aa", declared.OwnService, "web",
			declared.OwnNumber, "2", declared.OwnHash, "h", declared.LabelWorkingDir, "/old")},
		{Kind: Container, Name: "shop-web-3"},
		{Kind: Container, Name: "shop-web-4", Labels: map[string]string{declared.LabelProject: "shop"}},
		{Kind: Container, Name: "blog-web-1", Labels: labels("blog", "aa")},
		{Kind: Network, Name: "shop_default", Labels: labels("shop", "bb", declared.OwnKey, "default")},
		{Kind: Image, Name: "shop-web", Labels: labels("shop", "aa")},
	}
	got := Propose("shop", nil, found)
	assert.Equal(t, len(got), 2)
	assert.Equal(t, got[0].ID, "aa")
	assert.DeepEqual(t, got[0].Dirs, []string{"/old"})
	assert.Equal(t, got[0].Unknown, 3)
	assert.DeepEqual(t, got[0].Entries, []Entry{
		{Kind: Container, Name: "shop-web-2", Service: "web", Number: 2, State: Created, Hash: "h", Digest: "sha256:1"},
		{Kind: Volume, Name: "shop_data", Key: "data", State: Prepared, VolumeKind: Disk},
		{Kind: Volume, Name: "shop_files", Key: "files", State: Prepared, VolumeKind: Folder},
	})
	assert.Equal(t, got[1].ID, "bb")
	assert.DeepEqual(t, names(got[1].Entries), []string{"network shop_default"})
}

func TestProposeKeepsWhatAKnownLedgerTells(t *testing.T) {
	known := v1()
	found := []Labelled{
		{Kind: Container, Name: "shop-web-1", Labels: labels("shop", known.ID, declared.OwnService, "web")},
		{Kind: Container, Name: "shop-new-1", Labels: labels("shop", known.ID, declared.OwnService, "new")},
		{Kind: Volume, Name: "shop_data"}, // of this name, without labels: not ours
	}
	got := Propose("shop", known, found)
	assert.Equal(t, len(got), 1)
	assert.DeepEqual(t, names(got[0].Entries), []string{"container shop-new-1", "container shop-web-1",
		"image docker.io/library/shop-web:latest"})
	assert.Equal(t, got[0].Entries[1].Hash, "c1", "fields and ports come from the ledger")
	assert.Equal(t, got[0].Unknown, 1)
	assert.DeepEqual(t, names(got[0].Gone), []string{"container shop-web-run-0a1b", "network shop_default",
		"volume shop-web-1_anon_2c26b46b", "volume shop_data"})
}
