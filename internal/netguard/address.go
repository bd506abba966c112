package netguard

import "net/netip"

// Public reports whether addr is on the public Internet: it is global unicast, and
// in no block that the IANA special-purpose address registries (RFC 6890) reserve.
// IPv4 inside IPv6 (6to4, Teredo, NAT64) is not public. A mapped address counts as
// the IPv4 address that the system would dial.
func Public(addr netip.Addr) bool {
	addr = addr.Unmap()
	if !addr.IsValid() || addr.Is6() && !globalUnicast6.Contains(addr) { // no block contains an address with a zone
		return false
	}
	for _, block := range special {
		if block.Contains(addr) {
			return false
		}
	}
	return true
}

// globalUnicast6 is what IANA has allocated for global unicast so far. Outside it
// are loopback, link-local, unique local, multicast, NAT64 (64:ff9b::/96 and
// 64:ff9b:1::/48), discard-only and the IPv4-compatible addresses.
var globalUnicast6 = netip.MustParsePrefix("2000::/3")

var special = prefixes(
	"0.0.0.0/8",         // this network
	"10.0.0.0/8",        // private
	"100.64.0.0/10",     // carrier-grade NAT
	"127.0.0.0/8",       // loopback
	"169.254.0.0/16",    // link-local, instance metadata
	"172.16.0.0/12",     // private
	"192.0.0.0/24",      // IETF protocol assignments
	"192.0.2.0/24",      // documentation
	"192.31.196.0/24",   // AS112
	"192.52.193.0/24",   // AMT
	"192.88.99.0/24",    // 6to4 relay
	"192.168.0.0/16",    // private
	"192.175.48.0/24",   // AS112
	"198.18.0.0/15",     // benchmarks
	"198.51.100.0/24",   // documentation
	"203.0.113.0/24",    // documentation
	"224.0.0.0/4",       // multicast
	"240.0.0.0/4",       // reserved, broadcast
	"2001::/23",         // IETF protocol assignments: Teredo, benchmarks, ORCHID
	"2001:db8::/32",     // documentation
	"2002::/16",         // 6to4
	"2620:4f:8000::/48", // AS112
	"3ffe::/16",         // 6bone, returned
	"3fff::/20",         // documentation
)

func prefixes(blocks ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(blocks))
	for i, block := range blocks {
		list[i] = netip.MustParsePrefix(block)
	}
	return list
}
