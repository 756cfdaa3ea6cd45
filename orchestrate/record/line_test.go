package record

import (
	"bytes"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	"pgregory.net/rapid"
)

func TestRecordForm(t *testing.T) {
	at := time.Date(2026, 8, 2, 10, 11, 12, 5000, time.FixedZone("", 3600))
	got := string(appendRecord(nil, at, Stderr, true, []byte("héllo\r")))
	assert.Equal(t, got, "2026-08-02T09:11:12.000005000Z stderr P héllo\r\n")
}

func TestRecordsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := Line{
			Time:    time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "s"), rapid.Int64Range(0, 1e9-1).Draw(t, "ns")).UTC(),
			Stream:  rapid.SampledFrom([]Stream{Stdout, Stderr, Note, runMark}).Draw(t, "stream"),
			Partial: rapid.Bool().Draw(t, "partial"),
			Text:    bytes.ReplaceAll(rapid.SliceOf(rapid.Byte()).Draw(t, "text"), []byte{'\n'}, []byte{' '}),
		}
		raw := appendRecord(nil, want.Time, want.Stream, want.Partial, want.Text)
		if bytes.IndexByte(raw, '\n') != len(raw)-1 {
			t.Fatalf("a record is one line: %q", raw)
		}
		got, err := parseRecord(raw[:len(raw)-1])
		if err != nil {
			t.Fatal(err)
		}
		if !got.Time.Equal(want.Time) || got.Stream != want.Stream || got.Partial != want.Partial || !bytes.Equal(got.Text, want.Text) {
			t.Fatalf("%+v came back as %+v", want, got)
		}
	})
}

func FuzzParseRecord(f *testing.F) {
	f.Add([]byte("2026-08-02T09:11:12.000005000Z stdout F text"))
	f.Add([]byte("2026-08-02T09:11:12.000005000Z note P "))
	f.Add([]byte("2026-08-02T09:11:12.000005000Z run F 7"))
	f.Add([]byte("2026-08-02T09:11:12.000005000Z stdout X text"))
	f.Add([]byte("2026-13-02T09:11:12.000005000Z stdout F text"))
	f.Add([]byte(""))
	f.Fuzz(func(t *testing.T, raw []byte) {
		l, err := parseRecord(raw)
		if err != nil {
			return
		}
		if again := appendRecord(nil, l.Time, l.Stream, l.Partial, l.Text); !bytes.Equal(again[:len(again)-1], raw) {
			t.Fatalf("%q is written as %q", raw, again)
		}
	})
}
