"""The client's address."""

import os
from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import Annotated

from fastapi import Depends, Request

LOOPBACK = "127.0.0.1"


async def get_client_address(request: Request) -> str:
    """Return the client's IP address; of IPv6 the network, since one client has all of a /64.

    Behind a proxy it is the proxy's, unless FORWARDED_ALLOW_IPS in the environment names that; see
    docs/deploying.md.
    """
    host = request.client.host if request.client is not None else ""
    # uvicorn believes every program on this machine if that is not set, which `python -m app` does.
    if "FORWARDED_ALLOW_IPS" not in os.environ and _is_said_to_be(request, host):
        host = LOOPBACK
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), 64), strict=False))


def _is_said_to_be(request: Request, host: str) -> bool:
    return any(host in value for value in request.headers.getlist("X-Forwarded-For"))


ClientAddress = Annotated[str, Depends(get_client_address)]
