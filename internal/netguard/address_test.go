package netguard

import (
	"net/netip"
	"testing"
)

func TestOnlyPublicAddressesArePublic(t *testing.T) {
	for addr, want := range map[string]bool{
		"8.8.8.8":         true,
		"1.1.1.1":         true,
		"99.255.255.255":  true, // beside 100.64/10
		"100.128.0.0":     true,
		"172.15.255.255":  true, // beside 172.16/12
		"172.32.0.0":      true,
		"198.17.255.255":  true, // beside 198.18/15
		"198.20.0.0":      true,
		"223.255.255.255": true,

		"0.0.0.0":         false,
		"0.1.2.3":         false,
		"10.0.0.1":        false,
		"100.64.0.1":      false,
		"100.127.255.255": false,
		"127.0.0.1":       false,
		"127.255.255.254": false,
		"169.254.169.254": false,
		"172.16.0.1":      false,
		"172.31.255.255":  false,
		"192.0.0.170":     false,
		"192.0.2.1":       false,
		"192.88.99.1":     false,
		"192.168.1.1":     false,
		"198.18.0.1":      false,
		"198.19.255.255":  false,
		"198.51.100.7":    false,
		"203.0.113.7":     false,
		"224.0.0.1":       false,
		"239.255.255.255": false,
		"240.0.0.1":       false,
		"255.255.255.255": false,

		"2606:4700:4700::1111": true,
		"2a00:1450:4001::8a":   true,
		"2001:200::1":          true, // beside 2001::/23
		"2003::1":              true, // beside 2002::/16
		"::ffff:8.8.8.8":       true, // dialled as 8.8.8.8

		"::":                     false,
		"::1":                    false,
		"::127.0.0.1":            false, // IPv4-compatible
		"::ffff:127.0.0.1":       false,
		"::ffff:10.0.0.1":        false,
		"::ffff:169.254.169.254": false,
		"::ffff:0:7f00:1":        false, // IPv4-translated
		"64:ff9b::7f00:1":        false, // NAT64
		"64:ff9b::808:808":       false,
		"64:ff9b:1::a00:1":       false,
		"100::1":                 false, // discard-only
		"2001::1":                false, // Teredo
		"2001:2::1":              false, // benchmarks
		"2001:10::1":             false, // ORCHID
		"2001:1ff:ffff::1":       false,
		"2001:db8::1":            false,
		"2002:7f00:1::1":         false, // 6to4 of 127.0.0.1
		"2002:808:808::1":        false,
		"3fff::1":                false,
		"4000::1":                false, // not allocated
		"5f00::1":                false, // SRv6
		"fc00::1":                false,
		"fd00:ec2::254":          false, // instance metadata
		"fe80::1":                false,
		"fe80::1%eth0":           false,
		"fec0::1":                false,
		"ff02::1":                false,
		"2606:4700::1%eth0":      false,
	} {
		if got := Public(netip.MustParseAddr(addr)); got != want {
			t.Errorf("Public(%s) = %v, want %v", addr, got, want)
		}
	}
	if Public(netip.Addr{}) {
		t.Error("the zero address is public")
	}
}
