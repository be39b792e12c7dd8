"""What is wrong, as one sentence for the operator. Nothing from outside gets into it without `clean`."""

from __future__ import annotations

import errno
import os
import re
from http import HTTPStatus

import pycurl
from yarl import URL

from digest.fetching.transfers import Answer, Fault
from digest.settings import Polling
from digest.wording import one_line, without_login

_ADVICE = {
    401: "it wants a login",
    403: "it refuses us; ask the site whether programs may read the feed, or remove it",
    404: "nothing is at this address; look up the feed's new one, or remove it",
    410: "the feed is gone for good; remove it",
    429: "we ask too often; a longer polling.every helps",
}
_NO_HTTP = frozenset({8, 100, pycurl.E_UNSUPPORTED_PROTOCOL, pycurl.E_BAD_CONTENT_ENCODING, pycurl.E_RECV_ERROR})
"""8 and 100 are CURLE_WEIRD_SERVER_REPLY and CURLE_TOO_LARGE, which pycurl has no names for."""
_AROUND_REASONS = re.compile(r"^.*error:\w*:[^:]*:[^:]*:|^(?:SSL|TLS)[\w ]*: |, errno \d+$| \(\d+\)$")
"""What libcurl and OpenSSL write before and after what is wrong with TLS."""
_BROKEN = re.compile(r"\b(?:Recv|Send) failure: ")
_IN_PLAIN_WORDS = {
    "certificate has expired": "it has expired",
    "certificate is not yet valid": "it is not valid yet; is our clock right?",
    "matches target": "it is for other hosts",
    "unable to get local issuer certificate": "nobody known here vouches for it, or a part of it is missing",
    "protocol version": "it offers no version of TLS that is safe today",
    "unsupported protocol": "it offers no version of TLS that is safe today",
    "wrong version number": "what answers there speaks no TLS",
    "packet length too long": "what answers there speaks no TLS",
    "handshake failure": "it accepts no encryption that we offer",
    "unrecognized name": "it does not know that name",
    "unexpected eof": "it broke off",
    "SSL_ERROR_SYSCALL": "it broke off",
    " failure: ": "it broke off",
}
"""What libcurl and OpenSSL write of TLS."""


def of_fault(fault: Fault, url: URL, status: int | None, polling: Polling) -> str:  # noqa: PLR0911 - one for each kind
    """Of a transfer from this address that failed after this status had come."""
    host = clean(url.host or "")
    match fault.code:
        case pycurl.E_OPERATION_TIMEDOUT:
            what = "sent only a part of its answer" if status == 200 else "did not answer"
            what = f"the DNS did not find {host}" if fault.nameless else f"{host} {what}"
            return f"timed out: {what} within {polling.timeout.total_seconds():g} s (polling.timeout)"
        case pycurl.E_COULDNT_RESOLVE_HOST:
            more = clean(fault.said).removeprefix(f"Could not resolve host: {host}").strip()
            return f"the name {host} does not resolve{f' ({more})' if more else ''}; check the address and the DNS"
        case pycurl.E_COULDNT_CONNECT:
            return _not_reached(fault, host, url.port)
        case pycurl.E_PEER_FAILED_VERIFICATION:
            return f"the TLS certificate of {host} is not to be trusted: {_reason(fault)}"
        case pycurl.E_SSL_CONNECT_ERROR:
            return f"no TLS connection with {host}: {_reason(fault)}"
        case pycurl.E_SSL_CACERT_BADFILE:
            return f"no TLS connection with {host}: {_reason(fault)}; check SSL_CERT_FILE and SSL_CERT_DIR"
        case pycurl.E_GOT_NOTHING:
            return f"{host} closed the connection without an answer"
        case pycurl.E_FILESIZE_EXCEEDED:
            return too_large(url, polling.max_bytes)
        case pycurl.E_PARTIAL_FILE:
            return cut_off(url)
    return _broken(fault, host)


def _not_reached(fault: Fault, host: str, port: int | None) -> str:
    if fault.refused:
        found = " and ".join(fault.refused)
        return f"{host} is not polled: {found}; polling.private_addresses: true allows private addresses"
    if fault.errno == errno.ECONNREFUSED:
        return f"{host} refuses connections on port {port}"
    return f"{host} cannot be reached: {os.strerror(fault.errno) if fault.errno else clean(fault.said)}"


def _reason(fault: Fault) -> str:
    said = clean(fault.said)
    plain = next((plain for told, plain in _IN_PLAIN_WORDS.items() if told in said), None)
    return plain or _AROUND_REASONS.sub("", said)


def _broken(fault: Fault, host: str) -> str:
    said = clean(fault.said)
    if told := _BROKEN.search(said):
        return f"the connection to {host} broke: {said[told.end() :]}"
    if "SSL" in said:
        return f"the connection to {host} broke: {_reason(fault)}"
    if fault.code in _NO_HTTP:
        return f"{host} does not speak proper HTTP: {said or 'its headers are too long'}"
    return f"{host} could not be read: {said} (libcurl {fault.code})"


def of_status(answer: Answer, url: URL) -> str:
    """Of an answer that is no feed."""
    status, host = answer.status or 0, clean(url.host or "")
    if status == 304:
        return f"{host} answered 304 Not Modified, though we asked for the whole feed"
    advice = "a fault on its side, perhaps a passing one" if status >= 500 else _ADVICE.get(status, "expected 200 OK")
    wait = clean(answer.headers.get("retry-after", ""))
    asks = f"; it asks to wait (Retry-After: {wait})" if wait else ""
    return f"{host} answered {_status(answer)}: {advice}{asks}"


def of_reply(answer: Answer, url: URL) -> str:
    """Of an answer that refuses a form, with its first line."""
    said = clean(answer.body.decode(errors="replace").strip().partition("\n")[0])
    return f"{clean(url.host or '')} answered {_status(answer)}" + (f": {said}" if said else "")


def _status(answer: Answer) -> str:
    try:
        phrase = HTTPStatus(answer.status or 0).phrase
    except ValueError:
        phrase = clean(b" ".join(answer.status_line.split()[2:]).decode(errors="replace"))
    return f"{answer.status} {phrase}".strip()


def too_large(url: URL, limit: int) -> str:
    return f"what {clean(url.host or '')} sends is larger than {limit:,} bytes (polling.max_bytes)"


def cut_off(url: URL) -> str:
    return f"{clean(url.host or '')} broke off in the middle of the body"


def not_so_packed(url: URL) -> str:
    return f"{clean(url.host or '')} sent a body that is not what its Content-Encoding says"


def shown(url: URL) -> str:
    return clean(str(url))


def clean(text: str) -> str:
    """One short line of printable characters, without the login that an address may hold."""
    line = without_login(one_line(text))
    return line if len(line) <= 200 else line[:199] + "…"
