package doctor

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// names asks the resolver of each network on which a container of ours runs. It is the gateway, which is this host; any
// answer will do, "no such name" included.
func names(ctx context.Context, s *sight) []Result {
	if s.listError != nil {
		return one(Skipped, unlisted, "")
	}
	gateways := map[netip.Addr]string{}
	for i := range s.containers {
		if a := s.containers[i].Addresses; len(a) > 0 && a[0].Gateway.IsValid() {
			gateways[a[0].Gateway] = a[0].Network
		}
	}
	if len(gateways) == 0 {
		return one(Skipped, "no container of Hostwright's runs", "")
	}
	var dead []string
	for gateway, network := range gateways {
		if err := askResolver(ctx, s, gateway); err != nil {
			dead = append(dead, fmt.Sprintf("%s of network %s", gateway, network))
		}
	}
	if len(dead) > 0 {
		slices.Sort(dead)
		return one(Failed, "names outside are not resolved in containers: nothing answers at "+strings.Join(dead, ", "), DeadResolverHint)
	}
	return one(OK, fmt.Sprintf("the resolvers of %d networks answer", len(gateways)), "")
}

// DeadResolverHint is what to do about containers in which no name outside resolves (apple/container, issues 402, 1256,
// 1693).
const DeadResolverHint = "services still find each other; for names outside: end what else listens on port 53 of this Mac (`sudo lsof -i :53`), " +
	"restart the services (`container system stop`, `container system start`), or give services a resolver with `dns:`"

// askResolver sends one question twice and waits for any answer.
func askResolver(ctx context.Context, s *sight, gateway netip.Addr) error {
	question, err := (&dnsmessage.Message{
		Header: dnsmessage.Header{ID: 1, RecursionDesired: true},
		Questions: []dnsmessage.Question{
			{Name: dnsmessage.MustNewName("example.com."), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET},
		},
	}).Pack()
	if err != nil {
		return err
	}
	for range 2 { // the first packet may be lost
		if err = exchange(ctx, s, net.JoinHostPort(gateway.String(), "53"), question); err == nil {
			return nil
		}
	}
	return err
}

func exchange(ctx context.Context, s *sight, address string, question []byte) error {
	conn, err := s.Dial(ctx, "udp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Now()) })
	defer stop()
	if err := conn.SetDeadline(time.Now().Add(s.Patience)); err != nil {
		return err
	}
	if _, err := conn.Write(question); err != nil {
		return err
	}
	_, err = conn.Read(make([]byte, 512))
	return err
}
