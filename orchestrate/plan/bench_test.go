package plan

import (
	"fmt"
	"testing"

	"github.com/hostwright/compose/translate/declared"
)

// thousand is a project of 1,000 services, each with a few neighbours, a volume, ports and an environment.
func thousand() declared.Project {
	p := project()
	for i := range 1000 {
		s := service(fmt.Sprintf("s%03d", i), "nginx")
		for k := range 10 {
			s.Environment = append(s.Environment, env(fmt.Sprintf("KEY_%d", k), fmt.Sprintf("value of %d", i))...)
		}
		for _, d := range []int{i - 1, i / 2, i / 3} {
			if d >= 0 && d < i {
				s.DependsOn = append(s.DependsOn, declared.Dependency{Service: fmt.Sprintf("s%03d", d), Condition: declared.Started, Required: true})
			}
		}
		s.Ports = []declared.Port{fixed("", uint16(2000+i), 80), {Target: 81, Protocol: "tcp"}}
		key := fmt.Sprintf("v%03d", i)
		mount(key, "/data", false)(&s)
		p.Volumes = append(p.Volumes, declared.Volume{Key: key, Name: "shop_" + key})
		p.Services = append(p.Services, s)
	}
	return p
}

func benchmarkMake(b *testing.B, before bool, change func(*declared.Project)) {
	s := newSimulator(b)
	for i := range 3000 {
		s.free = append(s.free, uint16(20000+i))
	}
	s.addImage("nginx", "x")
	p := thousand()
	if before {
		s.do(p, up)
	}
	if change != nil {
		change(&p)
	}
	in := s.inputs(p, up)
	for b.Loop() {
		plan, err := Make(in)
		if err != nil || plan.Refused() {
			b.Fatal(err, plan.Findings)
		}
	}
}

// BenchmarkMake1000Services plans the first up of 1,000 services; the project wants it under 100 ms.
func BenchmarkMake1000Services(b *testing.B) { benchmarkMake(b, false, nil) }

// BenchmarkMake1000ServicesNoOp plans an up that has nothing to do.
func BenchmarkMake1000ServicesNoOp(b *testing.B) { benchmarkMake(b, true, nil) }

// BenchmarkMake1000ServicesRecreate plans an up after every service has changed.
func BenchmarkMake1000ServicesRecreate(b *testing.B) {
	benchmarkMake(b, true, func(p *declared.Project) {
		for i := range p.Services {
			p.Services[i].User = "1"
		}
	})
}
