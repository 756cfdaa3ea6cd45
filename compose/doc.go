// Package compose finds and loads compose files as Docker Compose does, on compose-go: discovery, override files,
// several files, standard input, include, extends, .env, interpolation, profiles, the COMPOSE_* variables, the project
// name, and the choice of services. Nothing in it knows a runtime or Hostwright's own model.
//
// Beside compose-go's project it keeps where everything stands in the files (Project.Position), and the merged model as
// the files set it, before compose-go adds what they leave out (Project.Attributes). What compose-go logs becomes
// findings; what stops it becomes an *Error with a place and a hint.
//
// Start reading at Load.
package compose
