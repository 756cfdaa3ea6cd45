package compose

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
	"go.yaml.in/yaml/v4"

	"github.com/hostwright/compose/translate/finding"
)

// maxVisits bounds the walk over a file's nodes, so that aliases of aliases cost no more than a large file.
const maxVisits = 250_000

// source is one file while it is read.
type source struct {
	*index
	file string // as positions show it
	dir  string // where its relative paths start
}

// add reads one file into the index. It fails on YAML that cannot be parsed.
func (x *index) add(file, dir string, content []byte) error {
	s := &source{index: x, file: shown(file), dir: dir}
	x.seen[file] = true
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	for {
		var document yaml.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return syntaxError(s.file, err)
		}
		if len(document.Content) > 0 {
			s.root(document.Content[0])
		}
	}
}

// shown gives the name that positions have for a file.
func shown(file string) string {
	if file == "-" {
		return "stdin"
	}
	return file
}

func (s *source) root(node *yaml.Node) {
	if include := value(node, "include"); include != nil {
		s.includes(include)
	}
	s.walk(node, "", 0)
}

// includes reads the files of an include section first, since the including file wins. What cannot be read is left to
// the loader, which says so.
func (s *source) includes(list *yaml.Node) {
	for _, entry := range list.Content {
		paths := []*yaml.Node{entry}
		if entry.Kind == yaml.MappingNode {
			path := value(entry, "path")
			if path == nil {
				continue
			}
			paths = []*yaml.Node{path}
			if path.Kind == yaml.SequenceNode {
				paths = path.Content
			}
		}
		for _, p := range paths {
			s.other(p.Value, func(o *source, n *yaml.Node) { o.root(n) })
		}
	}
}

// other reads another file once, beside this one.
func (s *source) other(path string, use func(*source, *yaml.Node)) {
	if !filepath.IsAbs(path) {
		path = filepath.Join(s.dir, path)
	}
	if s.seen[path] {
		return
	}
	s.seen[path] = true
	content, err := os.ReadFile(path)
	if err != nil {
		return
	}
	var document yaml.Node
	if yaml.Unmarshal(content, &document) != nil || len(document.Content) == 0 {
		return
	}
	use(&source{index: s.index, file: path, dir: filepath.Dir(path)}, document.Content[0])
}

func (s *source) walk(node *yaml.Node, path string, depth int) {
	if s.visits++; s.visits > maxVisits || depth > 100 {
		return
	}
	switch node.Kind {
	case yaml.AliasNode:
		s.walk(node.Alias, path, depth+1)
	case yaml.MappingNode:
		s.mapping(node, path, depth)
	case yaml.SequenceNode:
		s.sequence(node, path, depth)
	case yaml.ScalarNode:
		if namesFileOrPort(path) {
			s.text[path] = text{node.Value, s.dir}
		}
	}
}

// namesFileOrPort tells which scalars are kept to find an entry again by what it says.
func namesFileOrPort(path string) bool {
	for _, part := range []string{".env_file", ".label_file", ".file", "include", ".ports["} {
		if strings.Contains(path, part) {
			return true
		}
	}
	return false
}

func (s *source) mapping(node *yaml.Node, path string, depth int) {
	if merged := value(node, "<<"); merged != nil {
		s.merge(merged, path, depth)
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, val := node.Content[i], node.Content[i+1]
		if key.Value == "<<" {
			continue
		}
		p := join(path, key.Value)
		if path == "services" {
			s.extends(node, val, p, depth)
		}
		s.at[p] = s.place(key)
		s.walk(val, p, depth+1)
	}
}

// merge reads the mappings of a "<<" key, which what stands beside it replaces.
func (s *source) merge(node *yaml.Node, path string, depth int) {
	if node.Kind == yaml.SequenceNode {
		for i := len(node.Content) - 1; i >= 0; i-- {
			s.walk(node.Content[i], path, depth+1)
		}
		return
	}
	s.walk(node, path, depth+1)
}

// extends reads the service that another one extends first, under the name of the extending one.
func (s *source) extends(services, service *yaml.Node, path string, depth int) {
	extends := value(service, "extends")
	if extends == nil || depth > 20 {
		return
	}
	base, file := extends.Value, ""
	if extends.Kind == yaml.MappingNode {
		if n := value(extends, "service"); n != nil {
			base = n.Value
		}
		if n := value(extends, "file"); n != nil {
			file = n.Value
		}
	}
	read := func(o *source, services *yaml.Node) {
		if b := value(services, base); b != nil && b != service {
			o.extends(services, b, path, depth+5)
			o.walk(b, path, depth+1)
		}
	}
	if file == "" {
		read(s, services)
		return
	}
	// The same file may be the base of several services: it is read for each of them.
	delete(s.seen, filepath.Join(s.dir, file))
	s.other(file, func(o *source, root *yaml.Node) {
		if services := value(root, "services"); services != nil {
			read(o, services)
		}
	})
}

// replaced are lists that a later file replaces instead of appending to (compose-go, override/merge.go).
func replaced(path string) bool {
	for _, end := range []string{".command", ".entrypoint", ".healthcheck.test"} {
		if strings.HasSuffix(path, end) {
			return true
		}
	}
	return false
}

func (s *source) sequence(node *yaml.Node, path string, depth int) {
	if replaced(path) || node.Tag == "!override" {
		s.length[path] = 0
	}
	for _, item := range node.Content {
		for range entries(path, item) {
			p := fmt.Sprintf("%s[%d]", path, s.length[path])
			s.length[path]++
			s.at[p] = s.place(item)
			s.walk(item, p, depth+1)
		}
		if item.Kind != yaml.ScalarNode || len(item.Value) > 200 {
			continue
		}
		s.at[join(path, item.Value)] = s.place(item)
		if cut := strings.IndexAny(item.Value, "=:"); cut > 0 {
			s.at[join(path, strings.TrimSpace(item.Value[:cut]))] = s.place(item)
		}
	}
}

// entries gives how many entries the loader makes of one item: a range of ports becomes several.
func entries(path string, item *yaml.Node) int {
	if strings.HasSuffix(path, ".ports") && item.Kind == yaml.ScalarNode {
		if ports, err := types.ParsePortConfig(item.Value); err == nil {
			return len(ports)
		}
	}
	return 1
}

func (s *source) place(node *yaml.Node) finding.Position {
	return finding.Position{File: s.file, Line: node.Line, Column: node.Column}
}

// value gives what a mapping has under key, nil when it is no mapping or has none.
func value(node *yaml.Node, key string) *yaml.Node {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	if node.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == key {
			return node.Content[i+1]
		}
	}
	return nil
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
