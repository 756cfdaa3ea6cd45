package ledger

import (
	"bytes"
	"os"
	"testing"
	"time"

	"github.com/hostwright/compose/translate/declared"
	"gotest.tools/v3/assert"
)

// v1 is what testdata/v1.json holds. The file is kept for ever: every later program reads it.
func v1() *Ledger {
	at := time.Date(2026, 11, 24, 23, 0, 0, 0, time.UTC)
	l := &Ledger{Version: 1, ID: "00112233445566778899aabbccddeeff", Serial: 7, Project: "shop", Dir: "/home/me/shop",
		Key: bytes.Repeat([]byte{0x2a}, keyBytes)}
	l.Put(Entry{Kind: Network, Name: "shop_default", Key: "default", State: Created, Hash: "n1", Updated: at})
	l.Put(Entry{Kind: Volume, Name: "shop_data", Key: "data", State: Prepared, VolumeKind: Disk, Updated: at})
	l.Put(Entry{Kind: Volume, Name: "shop-web-1_anon_2c26b46b", Service: "web", Number: 1, Target: "/cache",
		State: Creating, VolumeKind: Disk, Updated: at})
	l.Put(Entry{Kind: Image, Name: "docker.io/library/shop-web:latest", Service: "web", State: Created,
		Digest: "sha256:abc", Updated: at})
	l.Put(Entry{Kind: Container, Name: "shop-web-1", Service: "web", Number: 1, State: Removing, Hash: "c1",
		Fields: declared.Fields{{Path: "environment.A", Value: "hmac:00"}, {Path: "image", Value: "shop-web"}},
		Digest: "sha256:abc", Updated: at,
		Ports: []Port{{Target: 80, Protocol: "tcp", HostIP: "127.0.0.1", Host: 49321}}})
	l.Put(Entry{Kind: Container, Name: "shop-web-run-0a1b", Service: "web", OneOff: true, State: Created, Updated: at})
	return l
}

func TestVersionOneIsReadForEver(t *testing.T) {
	data, err := os.ReadFile("testdata/v1.json")
	assert.NilError(t, err)
	got, err := Decode("v1.json", data)
	assert.NilError(t, err)
	assert.DeepEqual(t, got, v1())
	again, err := Encode(got)
	assert.NilError(t, err)
	assert.Equal(t, string(again), string(data), "and no -update flag ever writes it")
}

func TestNewLedgersDiffer(t *testing.T) {
	a, err := New("shop", "/shop", bytes.NewReader(bytes.Repeat([]byte{1}, 48)))
	assert.NilError(t, err)
	b, err := New("shop", "/shop", bytes.NewReader(bytes.Repeat([]byte{2}, 48)))
	assert.NilError(t, err)
	assert.Assert(t, a.ID != b.ID && !bytes.Equal(a.Key, b.Key))
	_, err = New("shop", "/shop", bytes.NewReader(make([]byte, 47)))
	assert.ErrorContains(t, err, "make ledger for shop")
	_, err = New("..", "/shop", bytes.NewReader(make([]byte, 48)))
	assert.ErrorContains(t, err, "cannot name a folder")
}

func TestEntriesAreChecked(t *testing.T) {
	for _, c := range []struct {
		name  string
		entry Entry
		want  string
	}{
		{"unknown kind", Entry{Kind: "pod", Name: "x", State: Created}, `unknown kind "pod"`},
		{"unknown state", Entry{Kind: Volume, Name: "x", State: "ready"}, `unknown state "ready"`},
		{"no name", Entry{Kind: Volume, State: Created}, "a volume has no name"},
		{"listed twice", Entry{Kind: Network, Name: "shop_default", State: Created}, "listed twice"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := v1()
			l.Entries = append(l.Entries, c.entry)
			data, err := encodeJSON(l)
			assert.NilError(t, err)
			_, err = Decode("x", data)
			assert.ErrorContains(t, err, c.want)
			_, err = Encode(l)
			assert.Assert(t, err != nil, "what would not be read is not written")
		})
	}
}

func TestEntriesInAnyOrderAreRead(t *testing.T) {
	l := v1()
	l.Entries[0], l.Entries[3] = l.Entries[3], l.Entries[0]
	data, err := encodeJSON(l)
	assert.NilError(t, err)
	got, err := Decode("x", data)
	assert.NilError(t, err)
	assert.DeepEqual(t, got, v1())
}

func FuzzDecode(f *testing.F) {
	data, err := os.ReadFile("testdata/v1.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"version":2}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := Decode("x", data)
		if err != nil {
			return
		}
		once, err := Encode(l)
		assert.NilError(t, err)
		again, err := Decode("x", once)
		assert.NilError(t, err)
		twice, err := Encode(again)
		assert.NilError(t, err)
		assert.Equal(t, string(once), string(twice))
	})
}

func FuzzDecodeIndex(f *testing.F) {
	data, err := encodeIndex(v1())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"version":1,"ledger":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := decodeIndex("x", data)
		if err != nil {
			return
		}
		once, err := encodeIndex(l)
		assert.NilError(t, err)
		again, err := decodeIndex("x", once)
		assert.NilError(t, err)
		assert.DeepEqual(t, l, again)
	})
}
