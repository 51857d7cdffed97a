//! Which addresses a webhook may reach: public ones only, judged on the resolved address, not on the text of the URL.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// True for private, loopback, link-local, shared, documentation, multicast and other special addresses.
#[must_use]
pub fn is_internal(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => internal_v4(v4),
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or_else(|| internal_v6(v6), internal_v4),
    }
}

fn internal_v4(ip: Ipv4Addr) -> bool {
    let [a, b, ..] = ip.octets();
    ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_unspecified()
        || ip.is_multicast()
        || ip.is_broadcast()
        || ip.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 198 && (b == 18 || b == 19))
        || (a == 192 && b == 0)
}

fn internal_v6(ip: Ipv6Addr) -> bool {
    let [first, second, middle @ .., _, _] = ip.segments();
    // Translated, tunnelled and old compatible forms carry an address of version 4.
    let embeds_v4 = first == 0x64 || first == 0x2002 || (first == 0x2001 && second == 0);
    let compatible = first == 0 && second == 0 && middle == [0; 4];
    ip.is_loopback()
        || ip.is_unspecified()
        || ip.is_multicast()
        || (first & 0xfe00) == 0xfc00
        || (first & 0xff80) == 0xfe80
        || (first == 0x2001 && second == 0xdb8)
        || embeds_v4
        || compatible
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inside_addresses_are_found_in_every_disguise() {
        for inside in [
            "127.0.0.1",
            "10.1.2.3",
            "169.254.169.254",
            "192.168.0.1",
            "100.64.0.1",
            "::1",
            "fe80::1",
            "fd00::1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "2001:0:7f00:1::",
            "fec0::1",
            "0.0.0.0",
        ] {
            assert!(is_internal(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["93.184.216.34", "2606:2800:220:1::1"] {
            assert!(!is_internal(outside.parse().unwrap()), "{outside}");
        }
    }
}
