"""Links: made absolute for readers, and reduced to a key for "the same article".

`absolute` gives what a reader may follow: http or https, printable ASCII, no credentials. `canonical` gives a key:
two links with one key lead to one article. It errs on the side of two keys: only what cannot choose an article is
dropped.

1. Scheme: http and https are one. Host: lower case, without its default port, without a leading `www.`, `m.`,
   `mobile.` or `amp.` (the same path under such a host is the same article).
2. Path: percent-encoding in one spelling, no trailing slash, no `;jsessionid=…`. AMP paths stay: `/amp` may be a
   section.
3. Parameters: those below are dropped, the others stay in their order and as written. (No library's list: courlan's
   patterns drop `cid`, `eid`, `uid` and `keyword`, too, by which sites choose articles, and two articles under one
   key would be one story, of which only one is told.)
4. The fragment is dropped, but for `#!`, which old single-page sites use as a path.
5. A link that then has neither path, parameters nor `#!` is a home page, and no key.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, quote, unquote_plus, urljoin, urlsplit


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


MAX_LENGTH = 2_000
"""Longer links are refused: mail programs cut them, and none that long was seen in real feeds."""

TRACKING_PREFIXES = tuple(sorted(_words("utm_ at_ pk_ mtm_ hsa_ ns_ itm_ mc_ oly_ vero_ wt_ wt. stm_")))
"""Of parameter names, in lower case: campaign tags of Google, the BBC, Matomo, HubSpot, comScore, Mailchimp, ..."""

TRACKING_NAMES = _words(
    """
    __s __twitter_impression _ga _gl _hsenc _hsmi _openstat aff_id affid amp awc clickid cmp cmpid cmpid1 cvid dclid
    dicbo dm_i ecid ef_id emc epik fb_action_ids fb_action_types fb_ref fb_source fbclid feedname feedtype ftag ftcamp
    gaa_at gaa_n gaa_sig gaa_ts gad_campaignid gad_source gbraid gclid gclsrc guccounter guce_referrer
    guce_referrer_sig icid icmp igsh igshid intcid intcmp irclickid irgwc jsessionid maca mbid mibextid mkt_tok
    ml_subscriber ml_subscriber_hash msclkid ncid ocid partnerid phpsessid rss s_campaign s_cid s_kwcid sc_campaign
    sc_channel sc_content sc_country sc_geo sc_medium sc_outcome sfmc_id sfns smid smtyp soc_src soc_trk sr_share spm
    srnd srsltid taid tblci trk trkcampaign ttclid twclid wbraid wickedid wprss wpsrc xtor yclid ysclid zanpid
    """
)
"""Parameter names, in lower case, that tell who a reader is or where he came from and never which article he gets."""

REFERRER_NAMES = _words("from origin outputtype ref refer referer referrer source src via")
"""Names that track on some sites and choose content on others: dropped only with a value of the next list."""

REFERRER_VALUES = _words(
    """
    amp app atom email facebook fb feed feedburner flipboard google googlenews hp home homepage instagram linkedin
    mail mobile newsletter newsrss reddit rss rss2 rssfeed share social t.co telegram twitter whatsapp x yahoo
    """
)

SITE_NAMES = {
    "nytimes.com": frozenset(
        {"campaign_id", "instance_id", "nl", "partner", "ref", "regi_id", "rss", "segment_id", "te", "user_id"}
    ),
    "theguardian.com": frozenset({"ref"}),
    "washingtonpost.com": frozenset({"tid", "hpid"}),
    "bloomberg.com": frozenset({"in_source", "leadsource", "sref"}),
    "forbes.com": frozenset({"sh"}),
    "ft.com": frozenset({"sharetype", "segmentid"}),
    "spiegel.de": frozenset({"ref"}),
    "medium.com": frozenset({"source"}),
    "reddit.com": frozenset({"ref", "ref_source", "share_id"}),
    "youtube.com": frozenset({"feature", "si", "ab_channel", "pp"}),
    "youtu.be": frozenset({"feature", "si"}),
    "news.google.com": frozenset({"oc", "hl", "gl", "ceid"}),
}
"""By host (and all below it): names that are tracking there, whatever the value."""

_ALIAS_LABELS = frozenset({"www", "m", "mobile", "amp"})
_DEFAULT_PORTS = frozenset({80, 443})
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?|\[[0-9a-f:.]+\]")
_UNPRINTABLE = re.compile(
    r"[\x00-\x20\x7f-\xa0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ud800-\udfff]+"
)
_SESSION = re.compile(r";jsessionid=[^/;]*", re.IGNORECASE)
_ESCAPE = re.compile(r"%[0-9a-fA-F]{2}")
_KEPT_AS_WRITTEN = "!#$%&'()*+,/:;=?@[]~"
_ORDINARY = re.compile(
    r"https?://[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*"
    r"(?:/[a-zA-Z0-9!$&'()*+,/:=@~._-]*(?:\?[a-zA-Z0-9!$&'()*+,/:=@~._-]+)?)?"
)
"""Whole links, nearly all there are, that are in their final form as they stand."""
_INCOMPLETE = re.compile(r"https?://(?=https?://)|(?=www\.[a-z0-9-]+(?:\.[a-z0-9-]+)+/)", re.IGNORECASE)
"""What a scheme stands before twice, or not at all. No relative path looks like that."""
_PLAIN = re.compile(r"[a-zA-Z0-9!#$&'()*+,/:;=?@\[\]~._-]*")


def ascii_host(host: str) -> str | None:
    """In lower case and ASCII (IDNA); None when no server can have that name."""
    try:
        name = host.lower() if host.isascii() else _in_ascii(host).lower()
    except UnicodeError:
        return None
    name = name.rstrip(".")
    return name if _HOST.fullmatch(name) and ".." not in name else None


def _in_ascii(host: str) -> str:
    """As browsers and our own fetching do (UTS 46, non-transitional): `straße` is not `strasse`, another's name.

    Names that IDNA 2008 has no form for, of emoji say, have that of 2003. Raises UnicodeError.
    """
    import idna  # for a link in a thousand

    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        return host.encode("idna").decode("ascii")


def _printable(text: str) -> str:
    """Percent-encodes what is not ASCII and what would end a link in a mail; existing escapes get capital digits."""
    if _PLAIN.fullmatch(text):
        return text
    return _ESCAPE.sub(lambda escape: escape.group().upper(), quote(text, safe=_KEPT_AS_WRITTEN))


def absolute(raw: str, base: str = "") -> str | None:
    """The link that a reader may follow, or None.

    None for any scheme but http and https, for a link without a host or with credentials (`user@host` is how phishing
    looks), and for one longer than `MAX_LENGTH`. White space and control characters around it are cut off, inside it
    they are percent-encoded (spaces) or dropped (the others), as browsers do.
    """
    if len(raw) <= MAX_LENGTH and _ORDINARY.fullmatch(raw):
        return raw
    written = _UNPRINTABLE.sub(lambda run: "%20" * run.group().count(" "), raw.strip()[: 2 * MAX_LENGTH])
    if not written:
        return None
    if found := _INCOMPLETE.match(written):
        written = written[found.end() :] if found.end() else f"https://{written}"
    try:
        parts = urlsplit(urljoin(base, written))
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or "@" in parts.netloc or not parts.hostname:
        return None
    host = ascii_host(f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname)
    if host is None:
        return None
    netloc = host if port is None else f"{host}:{port}"
    link = SplitResult(parts.scheme, netloc, *(_printable(part) for part in parts[2:])).geturl()
    return link if len(link) <= MAX_LENGTH else None


def _is_tracking(parameter: str, site_names: frozenset[str]) -> bool:
    name, _, value = parameter.partition("=")
    name = unquote_plus(name).lower()
    return (
        not name
        or name in TRACKING_NAMES
        or name in site_names
        or name.startswith(TRACKING_PREFIXES)
        or (name in REFERRER_NAMES and unquote_plus(value).lower() in REFERRER_VALUES)
    )


def _names_of_site(host: str) -> frozenset[str]:
    labels = host.split(".")
    below = (SITE_NAMES.get(".".join(labels[start:])) for start in range(len(labels) - 1))
    return next((names for names in below if names), frozenset())


def _without_alias(host: str) -> str:
    first, _, rest = host.partition(".")
    return _without_alias(rest) if first in _ALIAS_LABELS and "." in rest else host


def canonical(link: str) -> str | None:
    """The key of an absolute link as described at the top; None for a home page and for what `absolute` refuses.

    The key is a link in form, always https, but it is for comparing: it need not lead anywhere.
    """
    checked = absolute(link)
    if checked is None:
        return None
    parts = urlsplit(checked)
    host = parts.hostname or ""
    kept = [one for one in parts.query.split("&") if not _is_tracking(one, _names_of_site(host))]
    path = _SESSION.sub("", parts.path).rstrip("/")
    fragment = parts.fragment if parts.fragment.startswith("!") else ""
    if not (path or kept or fragment):
        return None
    name = f"[{host}]" if ":" in host else _without_alias(host)
    port = "" if parts.port is None or parts.port in _DEFAULT_PORTS else f":{parts.port}"
    return SplitResult("https", name + port, path, "&".join(kept), fragment).geturl()
