package ledger

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sort"
)

const (
	idBytes  = 16
	keyBytes = 32
)

// New makes an empty ledger for a project; dir is absolute. ID and key come from random, which is crypto/rand.Reader
// but for tests.
func New(project, dir string, random io.Reader) (*Ledger, error) {
	id, key := make([]byte, idBytes), make([]byte, keyBytes)
	for _, b := range [][]byte{id, key} {
		if _, err := io.ReadFull(random, b); err != nil {
			return nil, fmt.Errorf("make ledger for %s: %w", project, err)
		}
	}
	l := &Ledger{Version: SchemaVersion, ID: hex.EncodeToString(id), Project: project, Dir: dir, Key: key}
	return l, l.validate()
}

// Encode gives the ledger's file, readable by people, entries in order.
func Encode(l *Ledger) ([]byte, error) {
	if err := l.validate(); err != nil {
		return nil, fmt.Errorf("encode ledger: %w", err)
	}
	return encodeJSON(l)
}

func encodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Decode reads a ledger's file. The version is looked at first, so that a newer file is told from a damaged one; the
// rest is read strictly. A refusal is a *Problem, whose Path is path.
func Decode(path string, data []byte) (*Ledger, error) {
	l := &Ledger{}
	if err := decodeVersioned(path, data, l); err != nil {
		return nil, err
	}
	if err := l.settle(); err != nil {
		return nil, damaged(path, err.Error())
	}
	return l, nil
}

func decodeVersioned(path string, data []byte, into any) error {
	var head struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return damaged(path, err.Error())
	}
	switch {
	case head.Version < 1:
		return damaged(path, "it has no schema version")
	case head.Version > SchemaVersion:
		return &Problem{Kind: Newer, Path: path,
			Detail: fmt.Sprintf("its schema is %d, this program knows %d", head.Version, SchemaVersion),
			Hint:   "use the newer version for this project"}
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return damaged(path, err.Error())
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return damaged(path, "something follows the end of the ledger")
	}
	return nil
}

// settle checks a decoded ledger and puts its entries in order.
func (l *Ledger) settle() error {
	sort.SliceStable(l.Entries, func(i, j int) bool { return l.Entries[i].before(&l.Entries[j]) })
	return l.validate()
}

func (e *Entry) before(o *Entry) bool {
	if e.Kind != o.Kind {
		return e.Kind < o.Kind
	}
	return e.Name < o.Name
}

func (l *Ledger) validate() error {
	if l == nil {
		return errors.New("there is no ledger in it")
	}
	if b, err := hex.DecodeString(l.ID); err != nil || len(b) != idBytes {
		return errors.New("id is not 32 hexadecimal digits")
	}
	if len(l.Key) != keyBytes {
		return fmt.Errorf("key has %d bytes instead of %d", len(l.Key), keyBytes)
	}
	if err := validProject(l.Project); err != nil {
		return err
	}
	if !filepath.IsAbs(l.Dir) {
		return fmt.Errorf("directory %q is not absolute", l.Dir)
	}
	for i := range l.Entries {
		e := &l.Entries[i]
		if err := e.validate(); err != nil {
			return err
		}
		if i > 0 && !l.Entries[i-1].before(e) {
			return fmt.Errorf("%s %q is listed twice or out of order", e.Kind, e.Name)
		}
	}
	return nil
}

func (e *Entry) validate() error {
	switch e.Kind {
	case Container, Network, Volume, Image:
	default:
		return fmt.Errorf("entry %q has the unknown kind %q", e.Name, e.Kind)
	}
	switch e.State {
	case Creating, Created, Prepared, Removing:
	default:
		return fmt.Errorf("%s %q has the unknown state %q", e.Kind, e.Name, e.State)
	}
	if e.Name == "" {
		return fmt.Errorf("a %s has no name", e.Kind)
	}
	return nil
}

// validProject guards the paths that are made of a project's name. The full rule, Docker Compose's, is the loader's.
func validProject(name string) error {
	if name == "" || name == "." || name == ".." || filepath.Base(name) != name {
		return fmt.Errorf("project name %q cannot name a folder", name)
	}
	return nil
}
