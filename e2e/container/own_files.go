//go:build linux

package main

import (
	"fmt"
	"os"
	"strings"
)

// writeOwnFiles writes /etc/hosts and /etc/resolv.conf anew, in place, since they are mounted one by one (reference 5.5).
func (c *call) writeOwnFiles(record *containerRecord, attachments []attachment) error {
	hosts := "127.0.0.1 localhost\n"
	if len(attachments) > 0 {
		address, _, _ := strings.Cut(attachments[0].IPv4Address, "/")
		hosts += address + " " + hostnameOf(record.Configuration.ID) + "\n"
	}
	if err := os.WriteFile(c.ownFile(record, hostsName), []byte(hosts), 0o644); err != nil {
		return fmt.Errorf("write hosts file: %w", err)
	}
	text := resolverText(record.Configuration.DNS, attachments)
	if err := os.WriteFile(c.ownFile(record, resolverName), []byte(text), 0o644); err != nil {
		return fmt.Errorf("write resolver file: %w", err)
	}
	return nil
}

// resolverText is resolv.conf: the name servers asked for, else the gateway of the first network; empty without DNS.
func resolverText(dns *dnsConfig, attachments []attachment) string {
	if dns == nil {
		return ""
	}
	var text strings.Builder
	servers := dns.Nameservers
	if len(servers) == 0 && len(attachments) > 0 {
		servers = []string{attachments[0].IPv4Gateway}
	}
	for _, server := range servers {
		fmt.Fprintf(&text, "nameserver %s\n", server)
	}
	if dns.Domain != "" {
		fmt.Fprintf(&text, "domain %s\n", dns.Domain)
	}
	if len(dns.SearchDomains) > 0 {
		fmt.Fprintf(&text, "search %s\n", strings.Join(dns.SearchDomains, " "))
	}
	if len(dns.Options) > 0 {
		fmt.Fprintf(&text, "options %s\n", strings.Join(dns.Options, " "))
	}
	return text.String()
}
