package plan

import (
	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/translate/declared"
)

// Kinds lists every kind of action. Whoever handles actions has a test that walks it.
var Kinds = []ActionKind{
	KindPullImage, KindBuildImage, KindPushImage, KindDeleteImage, KindCreateNetwork, KindDeleteNetwork, KindCreateVolume,
	KindPrepareVolume, KindDeleteVolume, KindCreateContainer, KindStartContainer, KindStopContainer,
	KindKillContainer, KindDeleteContainer, KindAwait,
}

// HelperName derives the name of the one-off container that prepares a volume.
func HelperName(volume string) string { return declared.Fit(volume + "-prepare") }

// Kind gives the kind.
func (PullImage) Kind() ActionKind { return KindPullImage }

// Resource names the image.
func (a PullImage) Resource() Resource { return Resource{ImageResource, a.Reference} }

// Kind gives the kind.
func (BuildImage) Kind() ActionKind { return KindBuildImage }

// Resource names the image.
func (a BuildImage) Resource() Resource { return Resource{ImageResource, a.Reference} }

// Kind gives the kind.
func (PushImage) Kind() ActionKind { return KindPushImage }

// Resource names the image.
func (a PushImage) Resource() Resource { return Resource{ImageResource, a.Reference} }

// Kind gives the kind.
func (DeleteImage) Kind() ActionKind { return KindDeleteImage }

// Resource names the image as people do, without the registry and library that everything has.
func (a DeleteImage) Resource() Resource { return Resource{ImageResource, familiar(a.Reference)} }

func familiar(reference string) string {
	if r, err := adapter.ParseReference(reference); err == nil {
		return r.Familiar()
	}
	return reference
}

// Kind gives the kind.
func (CreateNetwork) Kind() ActionKind { return KindCreateNetwork }

// Resource names the network.
func (a CreateNetwork) Resource() Resource { return Resource{NetworkResource, a.Name} }

// Kind gives the kind.
func (DeleteNetwork) Kind() ActionKind { return KindDeleteNetwork }

// Resource names the network.
func (a DeleteNetwork) Resource() Resource { return Resource{NetworkResource, a.Name} }

// Kind gives the kind.
func (CreateVolume) Kind() ActionKind { return KindCreateVolume }

// Resource names the volume.
func (a CreateVolume) Resource() Resource { return Resource{VolumeResource, a.Name} }

// Kind gives the kind.
func (PrepareVolume) Kind() ActionKind { return KindPrepareVolume }

// Resource names the volume.
func (a PrepareVolume) Resource() Resource { return Resource{VolumeResource, a.Name} }

// Kind gives the kind.
func (DeleteVolume) Kind() ActionKind { return KindDeleteVolume }

// Resource names the volume.
func (a DeleteVolume) Resource() Resource { return Resource{VolumeResource, a.Name} }

// Kind gives the kind.
func (CreateContainer) Kind() ActionKind { return KindCreateContainer }

// Resource names the container.
func (a CreateContainer) Resource() Resource { return Resource{ContainerResource, a.ID} }

// Kind gives the kind.
func (StartContainer) Kind() ActionKind { return KindStartContainer }

// Resource names the container.
func (a StartContainer) Resource() Resource { return Resource{ContainerResource, a.ID} }

// Kind gives the kind.
func (StopContainer) Kind() ActionKind { return KindStopContainer }

// Resource names the container.
func (a StopContainer) Resource() Resource { return Resource{ContainerResource, a.ID} }

// Kind gives the kind.
func (KillContainer) Kind() ActionKind { return KindKillContainer }

// Resource names the container.
func (a KillContainer) Resource() Resource { return Resource{ContainerResource, a.ID} }

// Kind gives the kind.
func (DeleteContainer) Kind() ActionKind { return KindDeleteContainer }

// Resource names the container.
func (a DeleteContainer) Resource() Resource { return Resource{ContainerResource, a.ID} }

// Kind gives the kind.
func (Await) Kind() ActionKind { return KindAwait }

// Resource names the first of the containers; a service whose replicas are awaited has one at least.
func (a Await) Resource() Resource {
	if len(a.IDs) == 0 {
		return Resource{ContainerResource, a.Service}
	}
	return Resource{ContainerResource, a.IDs[0]}
}
