package plan

import (
	"encoding/json"
	"fmt"
	"reflect"
)

// stepBody is a Step without its action, and so without the methods that would call themselves.
type stepBody struct {
	ID       int             `json:"id"`
	Kind     ActionKind      `json:"kind"`
	Action   json.RawMessage `json:"action,omitempty"`
	Needs    []int           `json:"needs,omitempty"`
	Reasons  []Reason        `json:"reasons,omitempty"`
	Destroys []string        `json:"destroys,omitempty"`
	Group    string          `json:"group,omitempty"`
	Optional bool            `json:"optional,omitempty"`
}

// MarshalJSON encodes the step with the kind of its action beside it.
func (s Step) MarshalJSON() ([]byte, error) {
	if s.Action == nil {
		return nil, fmt.Errorf("encode step %d: it has no action", s.ID)
	}
	action, err := json.Marshal(s.Action)
	if err != nil {
		return nil, fmt.Errorf("encode step %d: %w", s.ID, err)
	}
	b := s.body()
	b.Action = action
	return json.Marshal(b)
}

func (s Step) body() stepBody {
	return stepBody{ID: s.ID, Kind: s.Action.Kind(), Needs: s.Needs, Reasons: s.Reasons, Destroys: s.Destroys, Group: s.Group, Optional: s.Optional}
}

// UnmarshalJSON decodes a step; an action of an unknown kind is an error.
func (s *Step) UnmarshalJSON(data []byte) error {
	var b stepBody
	if err := json.Unmarshal(data, &b); err != nil {
		return fmt.Errorf("decode step: %w", err)
	}
	a, err := decodeAction(b.Kind, b.Action)
	if err != nil {
		return fmt.Errorf("decode step %d: %w", b.ID, err)
	}
	*s = Step{ID: b.ID, Action: a, Needs: b.Needs, Reasons: b.Reasons, Destroys: b.Destroys, Group: b.Group, Optional: b.Optional}
	return nil
}

// prototypes has one value of each concrete type, by kind.
var prototypes = map[ActionKind]Action{
	KindPullImage: PullImage{}, KindBuildImage: BuildImage{}, KindPushImage: PushImage{}, KindDeleteImage: DeleteImage{},
	KindCreateNetwork: CreateNetwork{}, KindDeleteNetwork: DeleteNetwork{},
	KindCreateVolume: CreateVolume{}, KindPrepareVolume: PrepareVolume{}, KindDeleteVolume: DeleteVolume{},
	KindCreateContainer: CreateContainer{}, KindStartContainer: StartContainer{},
	KindStopContainer: StopContainer{}, KindKillContainer: KillContainer{}, KindDeleteContainer: DeleteContainer{},
	KindAwait: Await{},
}

func decodeAction(kind ActionKind, data []byte) (Action, error) {
	p, ok := prototypes[kind]
	if !ok {
		return nil, fmt.Errorf("action of unknown kind %q", kind)
	}
	v := reflect.New(reflect.TypeOf(p))
	if err := json.Unmarshal(data, v.Interface()); err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	return v.Elem().Interface().(Action), nil
}
