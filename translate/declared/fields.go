package declared

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Field is one leaf of a declared thing: a path such as "environment.A" or "ports[80/tcp].first", and its value as
// text. The value of a Sensitive is its HMAC, so that a change is seen and no value is kept.
type Field struct {
	Path  string `json:"path"`
	Value string `json:"value"`
}

// Fields is the flat, sorted form of a declared thing. Hashes and differences are both made of it, so that they
// cannot disagree.
type Fields []Field

// Value gives the value of a path; false for one that is not there, which is the zero value.
func (f Fields) Value(path string) (string, bool) {
	i, ok := slices.BinarySearchFunc(f, path, func(field Field, p string) int { return cmp.Compare(field.Path, p) })
	if !ok {
		return "", false
	}
	return f[i].Value, true
}

// List gives the values of a list of texts in their order, nil for one that is not there.
func (f Fields) List(path string) []string {
	var out []string
	for {
		v, ok := f.Value(fmt.Sprintf("%s[%d]", path, len(out)))
		if !ok {
			return out
		}
		out = append(out, v)
	}
}

// Flatten gives the fields of v, a struct of this package or a pointer to one, without those tagged plan:"-" and
// without zero values (a nil list and an empty one differ: the empty one is "[]"). key is the ledger's HMAC key.
func Flatten(v any, key []byte) Fields {
	var out Fields
	flatten(reflect.Indirect(reflect.ValueOf(v)), "", key, &out)
	// By value too, so that the order is one even where a path comes twice.
	slices.SortFunc(out, func(a, b Field) int { return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Value, b.Value)) })
	return out
}

// Hash gives the SHA-256 of the fields in hex.
func (f Fields) Hash() string {
	h := sha256.New()
	for _, field := range f {
		fmt.Fprintf(h, "%d:%s=%d:%s\n", len(field.Path), field.Path, len(field.Value), field.Value)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Change is one field that differs; From is "" for one that is new, To for one that is gone.
type Change struct {
	Path string `json:"path"`
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
}

// Diff gives what differs between two sorted lists of fields, by path. It is empty exactly when their hashes agree.
func Diff(from, to Fields) []Change {
	var out []Change
	i, j := 0, 0
	for i < len(from) || j < len(to) {
		switch {
		case j == len(to) || i < len(from) && from[i].Path < to[j].Path:
			out = append(out, Change{Path: from[i].Path, From: from[i].Value})
			i++
		case i == len(from) || to[j].Path < from[i].Path:
			out = append(out, Change{Path: to[j].Path, To: to[j].Value})
			j++
		default:
			if from[i].Value != to[j].Value {
				out = append(out, Change{Path: from[i].Path, From: from[i].Value, To: to[j].Value})
			}
			i++
			j++
		}
	}
	return out
}

// HMACPrefix marks a field value that stands for one that is not kept.
const HMACPrefix = "hmac:"

// Digest gives the form in which a sensitive value is compared.
func Digest(value string, key []byte) string {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(value))
	return HMACPrefix + hex.EncodeToString(m.Sum(nil)[:16])
}

func flatten(v reflect.Value, path string, key []byte, out *Fields) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			// A pointer to a zero value is set, unlike a nil one.
			if v.Elem().IsZero() {
				*out = append(*out, Field{Path: path, Value: "{}"})
				return
			}
			flatten(v.Elem(), path, key, out)
		}
	case reflect.Struct:
		if v.Type() == sensitiveType {
			*out = append(*out, Field{Path: path, Value: Digest(v.Interface().(Sensitive).Reveal(), key)})
			return
		}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() || f.Tag.Get("plan") == "-" {
				continue
			}
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			flatten(v.Field(i), join(path, name), key, out)
		}
	case reflect.Slice:
		flattenSlice(v, path, key, out)
	default:
		if b, is := v.Interface().(Bytes); is && b != 0 {
			*out = append(*out, Field{Path: path, Value: b.exact()}) // String rounds
			return
		}
		if !v.IsZero() {
			*out = append(*out, Field{Path: path, Value: fmt.Sprint(v.Interface())})
		}
	}
}

func flattenSlice(v reflect.Value, path string, key []byte, out *Fields) {
	if v.IsNil() {
		return
	}
	if v.Len() == 0 {
		*out = append(*out, Field{Path: path, Value: "[]"})
		return
	}
	for i := range v.Len() {
		e := v.Index(i)
		switch e := e.Interface().(type) {
		case EnvVar: // by key, so that a new variable does not shift the others
			value := Digest(e.Value.Reveal(), key)
			if e.Unset {
				value = "(unset)"
			}
			*out = append(*out, Field{Path: path + "." + e.Key, Value: value})
		case KeyVal:
			*out = append(*out, Field{Path: path + "." + e.Key, Value: e.Value})
		case Mount:
			// The target is always set, so a mount of zero values but for its target still leaves a field.
			flatten(v.Index(i), fmt.Sprintf("%s[%s]", path, e.Target), key, out)
		default:
			p := fmt.Sprintf("%s[%d]", path, i)
			if v.Index(i).Kind() == reflect.String {
				*out = append(*out, Field{Path: p, Value: v.Index(i).String()})
				continue
			}
			before := len(*out)
			flatten(v.Index(i), p, key, out)
			if len(*out) == before { // all zero, and yet an entry
				*out = append(*out, Field{Path: p, Value: "{}"})
			}
		}
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
