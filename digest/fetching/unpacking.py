"""Bodies as they were before a server packed them: gzip, deflate, brotli, zstandard (RFC 9110, section 8.4).

The libraries are loaded when a body needs them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import Any

CODINGS = "gzip, deflate, br, zstd"
"""What can be unpacked, as `Accept-Encoding` lists it."""
_CODINGS_OF_ONE_BODY = 3
"""More are none that a server means."""
_GZIP, _UNTOLD, _MEMBERS = b"\x1f\x8b", 2, 16
"""How gzip begins; how often it is taken off without a header; how many gzip files may follow each other."""
_ZSTD_WINDOW = 23
"""Bits: 8 MB is the most that a server may ask of a client (RFC 9659)."""


def unpacked(body: bytes, coding: str, limit: int) -> bytes:
    """The body without what `Content-Encoding` tells of, and without gzip that nothing tells of, as of files and of
    servers that pack twice.

    Of what is larger than `limit` bytes it gives little more than those, and holds no more in memory. Codings that
    nobody knows count as none ("utf-8", "none"). Raises ValueError when the body is not so packed, and EOFError when
    it is only a part of what was.
    """
    told = [each for name in coding.lower().split(",") if (each := _UNPACK.get(name.strip()))]
    for unpack in reversed(told[:_CODINGS_OF_ONE_BODY]):
        if body:
            body = unpack(body, limit)
    return _without_untold(body, limit)


def _without_untold(body: bytes, limit: int) -> bytes:
    for _ in range(_UNTOLD):
        if not body.startswith(_GZIP) or len(body) > limit:
            break
        try:
            body = _gunzip(body, limit)
        except (ValueError, EOFError):  # it only begins like that
            break
    return body


def _gunzip(body: bytes, limit: int) -> bytes:
    whole = b""
    for _ in range(_MEMBERS):
        unpacker = _zlib().decompressobj(wbits=31)
        whole += _inflated(unpacker, body, limit - len(whole))
        body = unpacker.unused_data
        if len(whole) > limit or not body.startswith(_GZIP):
            break
    return whole


def _inflate(body: bytes, limit: int) -> bytes:
    # Some servers leave out the frame that deflate has in HTTP (RFC 1950, section 2.2).
    framed = body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0
    return _inflated(_zlib().decompressobj(wbits=15 if framed else -15), body, limit)


def _inflated(unpacker: Any, body: bytes, limit: int) -> bytes:
    try:
        found: bytes = unpacker.decompress(body, limit + 1)
    except _zlib().error as error:
        raise ValueError(str(error)) from error
    if len(found) <= limit and not unpacker.eof:
        raise EOFError
    return found


@cache
def _zlib() -> ModuleType:
    """That of ISA-L with the extra `speed`: half the CPU."""
    try:
        from isal import isal_zlib
    except ImportError:
        import zlib

        return zlib
    module: ModuleType = isal_zlib
    return module


def _unbrotli(body: bytes, limit: int) -> bytes:
    import brotli  # type: ignore[import-untyped]  # ships no types

    unpacker = brotli.Decompressor()
    try:
        found: bytes = unpacker.process(body, output_buffer_limit=limit + 1)
    except brotli.error as error:
        raise ValueError(str(error)) from error
    if len(found) <= limit and not unpacker.is_finished():
        raise EOFError
    return found


def _unzstd(body: bytes, limit: int) -> bytes:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd

    unpacker = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW})
    try:
        found = unpacker.decompress(body, limit + 1)
    except zstd.ZstdError as error:
        raise ValueError(str(error)) from error
    if len(found) <= limit and not unpacker.eof:
        raise EOFError
    return found


_UNPACK: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
