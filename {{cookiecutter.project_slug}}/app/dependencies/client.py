"""The client's address."""

from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import Annotated

from fastapi import Depends, Request


async def get_client_address(request: Request) -> str:
    """Return the client's IP address; of IPv6 the network, since one client has all of a /64.

    Behind a proxy it is the proxy's, unless uvicorn knows whom to believe: see docs/deploying.md.
    """
    host = request.client.host if request.client is not None else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), 64), strict=False))


ClientAddress = Annotated[str, Depends(get_client_address)]
