"""Host names and addresses: which are of the machine itself, and which a web site can have."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Whether a host name or address is that of the machine itself.

    >>> [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "app.localhost", "127.0.0.1.example", "10.0.0.1")]
    [True, True, True, True, False, False]
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.removesuffix(".") == "localhost" or host.removesuffix(".").endswith(".localhost")


def is_name_of_a_site(host: str) -> bool:
    """Whether somebody can register a host name and let it point to any machine: not an address, nor without a dot.

    >>> [is_name_of_a_site(host) for host in ("evil.example", "127.0.0.1", "::1", "payrank", "localhost.", "app.localhost")]
    [True, False, False, False, False, False]
    """
    try:
        ip_address(host)
    except ValueError:
        return "." in host.removesuffix(".") and not is_loopback(host)
    return False
