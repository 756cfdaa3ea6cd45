package daemon

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"runtime"

	"github.com/hostwright/compose/orchestrate"
)

// route is one request that hostwrightd answers.
type route struct {
	method, path string
	serve        func(*server, http.ResponseWriter, *http.Request)
}

// routes is what the socket offers to every build.
var routes = []route{
	{http.MethodGet, "/status", (*server).status},
	{http.MethodPost, "/look", (*server).look},
	{http.MethodGet, "/follow", (*server).follow},
	{http.MethodPost, "/stop", (*server).stop},
}

// ownRoutes is what it offers to commands of its own build alone: that what they ask for means the same to both is
// certain.
var ownRoutes = append([]route{{http.MethodPost, "/operations", (*server).operate}}, questions...)

// handler checks what all requests have in common, and routes.
func (s *server) handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range routes {
		mux.HandleFunc(r.method+" /"+APIVersion+r.path, func(w http.ResponseWriter, q *http.Request) { r.serve(s, w, q) })
	}
	for _, r := range ownRoutes {
		mux.HandleFunc(r.method+" /"+APIVersion+r.path, func(w http.ResponseWriter, q *http.Request) {
			if !s.ownBuild(q.Header) {
				writeError(w, http.StatusConflict, &orchestrate.Error{Code: orchestrate.CodeDaemon, Message: "hostwrightd " + s.o.Version + " is of another build"})
				return
			}
			r.serve(s, w, q)
		})
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
		q.Body = http.MaxBytesReader(w, q.Body, bodyLimit(q.URL.Path))
		mux.ServeHTTP(w, q)
	})
}

func (s *server) status(w http.ResponseWriter, _ *http.Request) {
	projects, away := s.supervisor.Status()
	out := Status{Version: s.o.Version, Executable: s.o.Executable, Build: s.build, PID: s.o.PID, Since: s.since, Runtime: "running", Followers: s.supervisor.Followers(), Goroutines: runtime.NumGoroutine(), Projects: projects, Operations: s.underways.list()}
	if away {
		out.Runtime = "away"
	}
	writeJSON(w, http.StatusOK, out)
}

// look makes hostwrightd look at the index and the runtime soon. It does not wait for it.
func (s *server) look(w http.ResponseWriter, _ *http.Request) {
	if s.underways.leaving() || !s.supervisor.Ask() {
		writeError(w, http.StatusServiceUnavailable, s.leavingError())
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

// stop makes hostwrightd leave. Commands that it carries out may finish for a while; unless=busy makes it stay for them.
func (s *server) stop(w http.ResponseWriter, q *http.Request) {
	if !s.underways.close(q.URL.Query().Get("unless") == "busy") {
		writeError(w, http.StatusConflict, busyError(s.o.Version, s.underways.list()))
		return
	}
	writeJSON(w, http.StatusOK, struct{}{})
	go func() {
		s.underways.wait(s.ctx, cmp.Or(s.o.Finish, finishPatience))
		s.cancel()
	}()
}

// busyError says what a hostwrightd of another build does, and what to do.
func busyError(version string, under []Underway) error {
	what := "a command"
	if len(under) > 0 {
		what = fmt.Sprintf("`%s` of project %s (pid %d)", under[0].Command, under[0].Project, under[0].PID)
	}
	return &orchestrate.Error{
		Code: orchestrate.CodeDaemon, Message: fmt.Sprintf("hostwrightd %s is of another build, and busy with %s", version, what),
		Hint: "run `hostwright daemon restart` when that has finished",
	}
}

// ownBuild tells whether a command would start this very hostwrightd (Status.current).
func (s *server) ownBuild(h http.Header) bool {
	executable, err := url.PathUnescape(h.Get(executableHeader))
	if err == nil && executable == s.o.Executable {
		return h.Get(buildHeader) == s.build
	}
	return h.Get(versionHeader) == s.o.Version
}
