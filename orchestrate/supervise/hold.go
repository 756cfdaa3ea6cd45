package supervise

import "sync"

// Hold makes the Supervisor stay until the returned function is called: something is under way that it is to see the end
// of. It is false when the Supervisor is leaving already. Other than with Follow, nothing is looked at more often.
func (s *Supervisor) Hold() (release func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.leaving {
		return nil, false
	}
	s.asked = s.Now()
	s.holds++
	return sync.OnceFunc(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.holds--
		s.asked = s.Now()
		s.Look()
	}), true
}
