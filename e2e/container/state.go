//go:build linux

package main

import "time"

// state is one pretend Mac: everything the runtime would know, and how it maps to Docker objects.
type state struct {
	Containers map[string]*containerRecord `json:"containers"`
	Networks   map[string]*networkRecord   `json:"networks"`
	Volumes    map[string]*volumeRecord    `json:"volumes"`
	Images     map[string]*imageRecord     `json:"images"`
	// NextNetwork numbers the Docker names of networks: Docker's default route follows the name that sorts first.
	NextNetwork int `json:"nextNetwork"`
}

// containerRecord is a container: its configuration, its Docker container, and its last start.
type containerRecord struct {
	Configuration containerConfiguration `json:"configuration"`
	DockerID      string                 `json:"dockerID"`
	// Folder holds the files mounted at /etc/hosts and /etc/resolv.conf; it is named as the Docker container is.
	Folder     string `json:"folder"`
	AutoRemove bool   `json:"autoRemove"`
	// StartedDate survives the exit and is lost when the services restart.
	StartedDate *swiftDate `json:"startedDate,omitempty"`
	Run         *run       `json:"run,omitempty"`
	// DerivedImage is the Docker image without VOLUME and HEALTHCHECK that was made for this container, if one was needed.
	DerivedImage string `json:"derivedImage,omitempty"`
	// Created is when it was made, to the nanosecond.
	Created time.Time `json:"created"`
	// Agent is the version of the guest agent: of the runtime that made the container (observed, section 3.5).
	Agent runtimeVersion `json:"agent"`
	// Shares are the folders that the container gets by way of a share, with the troubles of virtiofs.
	Shares []share `json:"shares,omitempty"`
	// Orphaned marks a container whose VM outlived a crash of the apiserver: shown stopped, and only delete ends it (5.2).
	Orphaned bool `json:"orphaned,omitempty"`
}

// run is one start of a container.
type run struct {
	// Pending is written before the Docker start and cleared after it; a call killed in between leaves it set.
	Pending bool `json:"pending"`
	// Since is just before the Docker start: the log begins here.
	Since       time.Time    `json:"since"`
	Attachments []attachment `json:"attachments"`
	Relay       *processID   `json:"relay,omitempty"`
}

// networkRecord is a network and its Docker network.
type networkRecord struct {
	Configuration networkConfiguration `json:"configuration"`
	Status        networkStatus        `json:"status"`
	DockerName    string               `json:"dockerName"`
	DockerID      string               `json:"dockerID"`
	// Renewing is the subnet that the network is about to get instead of its own.
	Renewing string `json:"renewing,omitempty"`
	// LastHost is the host part that was handed out last; the allocator rotates over 2 to 253 (reference 5.6).
	LastHost int `json:"lastHost"`
}

// volumeRecord is a volume and its Docker volume.
type volumeRecord struct {
	Configuration volumeConfiguration `json:"configuration"`
	DockerName    string              `json:"dockerName"`
}

// normalise makes the maps of a state that was read or is new.
func (s *state) normalise() {
	if s.Containers == nil {
		s.Containers = map[string]*containerRecord{}
	}
	if s.Networks == nil {
		s.Networks = map[string]*networkRecord{}
	}
	if s.Volumes == nil {
		s.Volumes = map[string]*volumeRecord{}
	}
	if s.Images == nil {
		s.Images = map[string]*imageRecord{}
	}
}

// containerUsing gives the first container, running or not, for which refers is true.
func (s *state) containerUsing(refers func(*containerConfiguration) bool) (string, bool) {
	for id, record := range s.Containers {
		if refers(&record.Configuration) {
			return id, true
		}
	}
	return "", false
}
