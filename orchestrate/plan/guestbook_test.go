package plan

import (
	"slices"
	"time"

	"github.com/hostwright/compose/translate/declared"
)

// guestbook is a web service that is built, a cache, a database with a volume, and a migration that the web waits for.
func guestbook() declared.Project {
	return declared.Project{
		Name: "shop", Dir: "/shop", Files: []string{"/shop/compose.yaml"},
		Networks: []declared.Network{{Key: "default", Name: "shop_default"}},
		Volumes:  []declared.Volume{{Key: "data", Name: "shop_data"}},
		Services: []declared.Service{
			service("cache", "redis:7"),
			with(service("db", "postgres:15"), func(s *declared.Service) {
				s.Environment = env("POSTGRES_PASSWORD", "s3cret", "POSTGRES_DB", "app")
				s.Mounts = []declared.Mount{{Kind: declared.MountVolume, Source: "data", Target: "/var/lib/postgresql/data"}}
				s.Healthcheck = &declared.Healthcheck{Test: []string{"CMD-SHELL", "pg_isready"}, Interval: time.Second}
			}),
			with(service("migrate", "shop-migrate"), func(s *declared.Service) {
				s.Build = &declared.Build{Context: "/shop/web"}
				s.Command = []string{"migrate"}
				s.DependsOn = []declared.Dependency{{Service: "db", Condition: declared.Healthy, Required: true}}
			}),
			with(service("web", "shop-web"), func(s *declared.Service) {
				s.Build = &declared.Build{Context: "/shop/web"}
				s.Environment = env("GREETING", "hello")
				s.Ports = []declared.Port{{Target: 80, Protocol: "tcp", First: 8080, Last: 8080}}
				s.DependsOn = []declared.Dependency{
					{Service: "cache", Condition: declared.Started, Required: true},
					{Service: "migrate", Condition: declared.Completed, Required: true},
				}
			}),
		},
	}
}

func service(name, image string) declared.Service {
	return declared.Service{Name: name, Image: image, Scale: 1, Networks: []declared.Attachment{{Network: "default"}}}
}

func with(s declared.Service, change func(*declared.Service)) declared.Service {
	change(&s)
	return s
}

func env(kv ...string) []declared.EnvVar {
	var out []declared.EnvVar
	for i := 0; i < len(kv); i += 2 {
		out = append(out, declared.EnvVar{Key: kv[i], Value: declared.NewSensitive(kv[i+1])})
	}
	slices.SortFunc(out, func(a, b declared.EnvVar) int { return compareText(a.Key, b.Key) })
	return out
}

// project is one of the given services on a default network.
func project(services ...declared.Service) declared.Project {
	slices.SortFunc(services, func(a, b declared.Service) int { return compareText(a.Name, b.Name) })
	return declared.Project{Name: "shop", Dir: "/shop", Files: []string{"/shop/compose.yaml"}, Services: services,
		Networks: []declared.Network{{Key: "default", Name: "shop_default"}}}
}

// changed gives a copy of a project with one service changed.
func changed(p declared.Project, name string, change func(*declared.Service)) declared.Project {
	p.Services = slices.Clone(p.Services)
	s, ok := p.Service(name)
	if !ok {
		panic("no service " + name)
	}
	change(s)
	return p
}

// less gives a copy of a project without a service.
func less(p declared.Project, name string) declared.Project {
	p.Services = slices.DeleteFunc(slices.Clone(p.Services), func(s declared.Service) bool { return s.Name == name })
	return p
}

func mount(key, target string, readOnly bool) func(*declared.Service) {
	return func(s *declared.Service) {
		s.Mounts = append(s.Mounts, declared.Mount{Kind: declared.MountVolume, Source: key, Target: target, ReadOnly: readOnly})
	}
}

func after(service string, c declared.Condition) func(*declared.Service) {
	return func(s *declared.Service) {
		s.DependsOn = append(s.DependsOn, declared.Dependency{Service: service, Condition: c, Required: true})
	}
}
