package declared

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"unique"
)

// Redacted is what stands for a sensitive value wherever one would be printed.
const Redacted = "<redacted>"

// Sensitive is a string that may be a secret. However it is printed, logged or encoded it shows as Redacted; only
// Reveal gives the value. JSON carries no value either: messages that must carry one use Reveals and Restore.
//
// Two are == when their values are equal. The value is held by a handle: package fmt prints unexported fields of foreign
// structs without asking their methods, and must find no text there.
type Sensitive struct{ value unique.Handle[string] }

// NewSensitive wraps a value.
func NewSensitive(v string) Sensitive {
	if v == "" {
		return Sensitive{}
	}
	return Sensitive{value: unique.Make(v)}
}

// Reveal gives the value. Call it only where the value leaves for the container it is meant for.
func (s Sensitive) Reveal() string {
	if s == (Sensitive{}) {
		return ""
	}
	return s.value.Value()
}

// Equal tells whether the values are equal.
func (s Sensitive) Equal(other Sensitive) bool { return s == other }

// Format prints Redacted for every verb and flag.
func (s Sensitive) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Redacted) }

// MarshalJSON encodes the value as Redacted.
func (s Sensitive) MarshalJSON() ([]byte, error) { return json.Marshal(Redacted) }

// UnmarshalJSON accepts any string and leaves the value empty when it is Redacted: Restore fills it.
func (s *Sensitive) UnmarshalJSON(b []byte) error {
	var v string
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	if v == Redacted {
		v = ""
	}
	*s = NewSensitive(v)
	return nil
}

// Reveals gives the values of every Sensitive inside v, in the order in which Restore takes them back. It is the
// side table that travels beside the JSON form of v where the values must arrive.
func Reveals(v any) []string {
	var out []string
	walkSensitive(reflect.ValueOf(v), func(s *Sensitive) { out = append(out, s.Reveal()) })
	return out
}

// Restore puts the values that Reveals gave back into the decoded copy behind the pointer v. It fails when the
// number of values is not the number of Sensitive fields, which means that the two sides disagree about the type.
func Restore(v any, values []string) error {
	n := 0
	walkSensitive(reflect.ValueOf(v), func(s *Sensitive) {
		if n < len(values) {
			*s = NewSensitive(values[n])
		}
		n++
	})
	if n != len(values) {
		return fmt.Errorf("restore sensitive values: %d values for %d fields", len(values), n)
	}
	return nil
}

var sensitiveType = reflect.TypeOf(Sensitive{})

// walkSensitive visits fields in declaration order. Sensitive must not be a map's value: maps have no order.
func walkSensitive(v reflect.Value, visit func(*Sensitive)) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			walkSensitive(v.Elem(), visit)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			walkSensitive(v.Index(i), visit)
		}
	case reflect.Struct:
		if v.Type() == sensitiveType {
			if v.CanAddr() {
				visit(v.Addr().Interface().(*Sensitive))
				return
			}
			s := v.Interface().(Sensitive)
			visit(&s)
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				walkSensitive(v.Field(i), visit)
			}
		}
	}
}
