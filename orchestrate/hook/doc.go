// Package hook runs the commands of post_start and pre_stop in a container, one after the other, and words their
// failure as Docker Compose does. When they run is decided elsewhere: by the plan, and by "run" for a container that it
// attends. Start reading at Run.
package hook
