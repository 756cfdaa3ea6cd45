package daemon

import (
	"fmt"
	"net/http"

	"github.com/hostwright/compose/orchestrate"
)

// route is one request that hostwrightd answers.
type route struct {
	method, path string
	serve        func(*server, http.ResponseWriter, *http.Request)
}

// routes is all that the socket offers.
var routes = []route{
	{http.MethodGet, "/status", (*server).status},
	{http.MethodPost, "/look", (*server).look},
	{http.MethodGet, "/follow", (*server).follow},
	{http.MethodPost, "/stop", (*server).stop},
}

// handler checks what all requests have in common, and routes.
func (s *server) handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range routes {
		mux.HandleFunc(r.method+" /"+APIVersion+r.path, func(w http.ResponseWriter, q *http.Request) { r.serve(s, w, q) })
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, q *http.Request) {
		writeError(w, http.StatusNotFound, fmt.Errorf("hostwrightd %s has no %s %s", s.o.Version, q.Method, q.URL.Path))
	})
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		w.Header().Set(versionHeader, s.o.Version)
		if q.Host != apiHost || q.Header.Get("Origin") != "" {
			writeError(w, http.StatusForbidden, fmt.Errorf("this socket is for hostwright alone"))
			return
		}
		q.Body = http.MaxBytesReader(w, q.Body, maxBody)
		mux.ServeHTTP(w, q)
	})
}

func (s *server) status(w http.ResponseWriter, _ *http.Request) {
	projects, away := s.supervisor.Status()
	out := Status{Version: s.o.Version, Executable: s.o.Executable, Build: s.build, PID: s.o.PID, Since: s.since, Runtime: "running", Followers: s.supervisor.Followers(), Projects: projects}
	if away {
		out.Runtime = "away"
	}
	writeJSON(w, http.StatusOK, out)
}

// look makes hostwrightd look at the index and the runtime soon. It does not wait for it.
func (s *server) look(w http.ResponseWriter, _ *http.Request) {
	if !s.supervisor.Ask() {
		writeError(w, http.StatusServiceUnavailable, &orchestrate.Error{Code: orchestrate.CodeInternal, Message: "hostwrightd is leaving"})
		return
	}
	writeJSON(w, http.StatusOK, struct{}{})
}

// follow makes hostwrightd look more often for as long as the connection stays.
func (s *server) follow(w http.ResponseWriter, q *http.Request) {
	defer s.supervisor.Follow()()
	w.WriteHeader(http.StatusOK)
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
	select {
	case <-q.Context().Done():
	case <-s.leaving:
	}
}

func (s *server) stop(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, struct{}{})
	s.cancel()
}
