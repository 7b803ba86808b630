"""Host names and addresses: those of the machine itself, and domain names."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Whether a host name or address is that of the machine itself, without a lookup.

    >>> [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "app.localhost", "127.0.0.1.example", "10.0.0.1")]
    [True, True, True, True, False, False]
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.removesuffix(".") == "localhost" or host.removesuffix(".").endswith(".localhost")


def is_domain_name(host: str) -> bool:
    """Whether a host is a domain name, which its owner can point to any machine; not an address, nor a name without a dot.

    >>> [is_domain_name(host) for host in ("evil.example", "127.0.0.1", "::1", "payrank", "localhost.", "app.localhost")]
    [True, False, False, False, False, False]
    """
    try:
        ip_address(host)
    except ValueError:
        return "." in host.removesuffix(".") and not is_loopback(host)
    return False
