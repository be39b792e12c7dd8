"""Which addresses are of the public internet."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

_NAT64 = IPv6Network("64:ff9b::/96")
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NOT_PUBLIC = (
    ip_network("192.0.0.0/24"),  # IETF protocol assignments, RFC 6890
    ip_network("2002::/16"),  # 6to4 carries any IPv4 address, and is given up: RFC 7526
)


def why_not_public(address: str) -> str | None:
    """What kind of address this is, when it is none of the public internet; None when it is.

    `address` is an IPv4 or IPv6 address as `socket` writes it, with or without a scope. IPv4 inside IPv6 (mapped, or
    behind the well-known NAT64 prefix of RFC 6052) is judged as the IPv4 address that it reaches.
    """
    ip = _reached(ip_address(address))
    # is_global calls multicast, site-local, 6to4 and parts of 192.0.0.0/24 global (CPython 3.11).
    if any(ip in network for network in _NOT_PUBLIC):
        return "a reserved address"
    if ip.is_multicast:
        return "a multicast address"
    if ip.is_loopback:
        return "a loopback address"
    if ip.is_link_local:
        return "a link-local address"
    if not ip.is_global:
        return "a private address"
    # IANA has given out only 2000::/3 as global unicast so far (RFC 4291, section 2.4).
    return None if ip.version == 4 or ip in _GLOBAL_UNICAST else "a reserved address"


def _reached(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(ip, IPv4Address):
        return ip
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip
