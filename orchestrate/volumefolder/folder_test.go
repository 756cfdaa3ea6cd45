package volumefolder

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/ledger/statedir"
)

const id = "00112233445566778899aabbccddeeff"

func marker(volume string) Marker {
	return Marker{Ledger: id, Project: "shop", Volume: volume, Key: "data"}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	assert.NilError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	assert.NilError(t, os.WriteFile(path, []byte(text), 0o600))
}

func TestMakeIsRepeatedOverItsOwnWork(t *testing.T) {
	state := statedir.Dir(t.TempDir())
	defer syscall.Umask(syscall.Umask(0o077)) // the folder is for every user of a container all the same
	assert.NilError(t, Make(state, marker("shop_data")))
	path := Path(state, id, "shop_data")
	write(t, filepath.Join(path, "kept"), "x")
	assert.NilError(t, os.Chmod(path, 0o777)) // as the image has it
	assert.NilError(t, Make(state, marker("shop_data")))
	info, err := os.Stat(path)
	assert.NilError(t, err)
	assert.Equal(t, info.Mode().Perm(), os.FileMode(0o777))
	_, err = os.Stat(filepath.Join(path, "kept"))
	assert.NilError(t, err)

	assert.NilError(t, Make(state, marker("shop_new")))
	info, err = os.Stat(Path(state, id, "shop_new"))
	assert.NilError(t, err)
	assert.Equal(t, info.Mode().Perm(), os.FileMode(0o755))
	above, err := os.Stat(filepath.Dir(path))
	assert.NilError(t, err)
	assert.Equal(t, above.Mode().Perm(), os.FileMode(0o700))
}

func TestMakeGoesOnWhereACrashCutItOff(t *testing.T) {
	for name, left := range map[string][]string{
		"the folder alone": nil, "a marker that was being written": {".volume.json.123"}, "the marker, without data": {"volume.json"},
	} {
		t.Run(name, func(t *testing.T) {
			state := statedir.Dir(t.TempDir())
			dir := filepath.Join(state.Volumes(), id, "shop_data")
			assert.NilError(t, os.MkdirAll(dir, 0o700))
			for _, file := range left {
				text := ""
				if file == markerName {
					text = `{"version":1,"ledger":"` + id + `","volume":"shop_data"}`
				}
				write(t, filepath.Join(dir, file), text)
			}
			assert.NilError(t, Make(state, marker("shop_data")))
			found, err := List(state, id)
			assert.NilError(t, err)
			want := marker("shop_data")
			want.Version = 1
			assert.DeepEqual(t, found, []Folder{{Volume: "shop_data", Path: Path(state, id, "shop_data"), Marker: want}})
		})
	}
}

func TestMakeAndRemoveLeaveWhatIsNotOurs(t *testing.T) {
	for name, text := range map[string]string{
		"no marker": "", "damaged": "{", "another ledger's": `{"ledger":"other","volume":"shop_data"}`,
		"another volume's": `{"ledger":"` + id + `","volume":"shop_other"}`,
	} {
		t.Run(name, func(t *testing.T) {
			state := statedir.Dir(t.TempDir())
			dir := filepath.Join(state.Volumes(), id, "shop_data")
			write(t, filepath.Join(dir, dataName, "precious"), "x")
			if text != "" {
				write(t, filepath.Join(dir, markerName), text)
			}
			assert.Assert(t, errors.Is(Make(state, marker("shop_data")), ErrForeign))
			assert.Assert(t, errors.Is(Remove(state, id, "shop_data"), ErrForeign))
			_, err := os.Stat(filepath.Join(dir, dataName, "precious"))
			assert.NilError(t, err)
		})
	}
}

func TestRemoveTakesEverythingAndNothingElse(t *testing.T) {
	state := statedir.Dir(t.TempDir())
	outside := filepath.Join(t.TempDir(), "outside")
	write(t, filepath.Join(outside, "precious"), "x")
	for _, v := range []string{"shop_data", "shop_other"} {
		assert.NilError(t, Make(state, marker(v)))
	}
	data := Path(state, id, "shop_data")
	write(t, filepath.Join(data, "deep", "file"), "x")
	assert.NilError(t, os.Symlink(outside, filepath.Join(data, "link")))
	assert.NilError(t, os.Chmod(filepath.Join(data, "deep"), 0o500)) // not writable, as a module cache
	write(t, filepath.Join(state.Volumes(), id, removing+"shop_data", "rest"), "of an earlier removal")

	assert.NilError(t, Remove(state, id, "shop_data"))
	assert.NilError(t, Remove(state, id, "shop_data")) // it is gone
	_, err := os.Stat(filepath.Join(outside, "precious"))
	assert.NilError(t, err)
	left, err := os.ReadDir(filepath.Join(state.Volumes(), id))
	assert.NilError(t, err)
	assert.Equal(t, len(left), 1)
	assert.Equal(t, left[0].Name(), "shop_other")

	assert.NilError(t, Remove(state, id, "shop_other"))
	_, err = os.Stat(filepath.Join(state.Volumes(), id))
	assert.Assert(t, errors.Is(err, os.ErrNotExist), "the ledger's folder goes with its last volume")
	assert.NilError(t, Remove(state, id, "shop_other"))
}

func TestRemoveDoesNotFollowALink(t *testing.T) {
	state := statedir.Dir(t.TempDir())
	outside := t.TempDir()
	write(t, filepath.Join(outside, markerName), `{"ledger":"`+id+`","volume":"shop_data"}`)
	write(t, filepath.Join(outside, dataName, "precious"), "x")
	assert.NilError(t, os.MkdirAll(filepath.Join(state.Volumes(), id), 0o700))
	assert.NilError(t, os.Symlink(outside, filepath.Join(state.Volumes(), id, "shop_data")))
	assert.Assert(t, errors.Is(Remove(state, id, "shop_data"), ErrForeign))
	_, err := os.Stat(filepath.Join(outside, dataName, "precious"))
	assert.NilError(t, err)
}

func TestSweepRemovesWhatARemovalLeft(t *testing.T) {
	state := statedir.Dir(t.TempDir())
	assert.NilError(t, Sweep(state, id))
	write(t, filepath.Join(state.Volumes(), id, removing+"shop_data", dataName, "x"), "x")
	assert.NilError(t, Make(state, marker("shop_other")))
	assert.NilError(t, Sweep(state, id))
	left, err := os.ReadDir(filepath.Join(state.Volumes(), id))
	assert.NilError(t, err)
	assert.Equal(t, len(left), 1)
	assert.Equal(t, left[0].Name(), "shop_other")
}

func TestNamesThatLeadElsewhere(t *testing.T) {
	state := statedir.Dir(t.TempDir())
	for _, name := range []string{"", ".", "..", "../x", "a/b", `a\b`, ".removing-x", "/x"} {
		assert.ErrorContains(t, Make(state, marker(name)), "cannot be the name of a folder")
		assert.ErrorContains(t, Remove(state, id, name), "cannot be the name of a folder")
		assert.ErrorContains(t, Remove(state, name, "x"), "cannot be the name of a folder")
	}
}

func TestOfProject(t *testing.T) {
	state := statedir.Dir(t.TempDir())
	none, err := OfProject(state, "shop")
	assert.NilError(t, err)
	assert.Equal(t, len(none), 0)
	assert.NilError(t, Make(state, marker("shop_data")))
	assert.NilError(t, Make(state, Marker{Ledger: "ffff", Project: "blog", Volume: "blog_data"}))
	// A marker that names another ledger than the one in whose place it is proves nothing.
	write(t, filepath.Join(state.Volumes(), "eeee", "shop_x", markerName), `{"ledger":"`+id+`","project":"shop","volume":"shop_x"}`)
	found, err := OfProject(state, "shop")
	assert.NilError(t, err)
	assert.Equal(t, len(found), 1)
	assert.Equal(t, found[0].Volume, "shop_data")
}
