"""HTML and entities to plain text, for the rows in which `kernels.screen` saw a tag or an entity.

Belongs here: tags, entities (escaped once or more often), Unicode composition. Does not belong here: blanks and line
breaks (`kernels.tidy`), masks.

Block elements become line breaks, list items `• `, table cells a blank, script, style and comments vanish. Only names
of HTML elements count as tags: `<your town>` and `a < b` stay. A round of unescaping may uncover tags (one source in
three escapes its HTML), so rounds follow until nothing changes.
"""

from __future__ import annotations

import html
import re
import unicodedata

_BLOCKS_WORDS = """
address article aside blockquote body br canvas caption center dd details dir div dl dt fieldset figcaption figure
footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html iframe legend li main menu nav noscript ol
optgroup option p pre section summary table tbody tfoot thead title tr ul
"""
_BLOCKS = frozenset(_BLOCKS_WORDS.split())
_INLINE_WORDS = """
a abbr acronym applet area audio b base basefont bdi bdo big button cite code col colgroup data datalist del dfn
dialog em embed font i img input ins kbd label link map mark meta meter nobr object output param picture progress q
rp rt ruby s samp script select slot small source span strike strong style sub sup svg path g template textarea time
track tt u var video wbr xml
"""
_INLINE = frozenset(_INLINE_WORDS.split())
_CELLS = frozenset(("td", "th"))
_OPENED = {"li": "\n• ", "tr": "\n"}  # break before, not after: a list is no row of paragraphs
_LAID_OUT = re.compile(r"<(?:p|br|div)(?=[\s/>])", re.IGNORECASE)
_NAMES = _BLOCKS | _INLINE | _CELLS
_TAG = re.compile(
    r"<(?:(/?)([a-zA-Z][a-zA-Z0-9]*)(?=[\s/>])(?:(?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+>|[^<>]*+>)"
    r"|/?[a-z]{1,3}:[a-zA-Z]+(?=[\s/>])[^<>]*+>"  # <o:p> of a word processor
    r"|!--(?:.*?)-->|!(?:doctype|\[)[^>]*+>|\?[a-zA-Z][^>]*+>)",
    re.IGNORECASE | re.DOTALL,
)
_UNSEEN = re.compile(r"<(script|style|template|svg)(?=[\s>])[^>]*+>.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_CUT = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)(?=[\s/]|$)[^<>]*+$")  # a text cut inside its last tag
_ENTITY = re.compile(r"&(?:amp;)*(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_AMPS = re.compile(r"&(?:amp;|#38;|#x26;){2,}")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_ROUNDS = 12
_MANY = 25  # entities from which one pass per common one is cheaper than one call per entity
# One level of the entities that make up nearly all; "&amp;" last, so that "&amp;lt;" becomes "&lt;" and not "<".
_COMMON = tuple(
    (f"&{name};", html.unescape(f"&{name};"))
    for name in (
        "lt", "gt", "nbsp", "quot", "rsquo", "lsquo", "ldquo", "rdquo", "ndash", "mdash", "bull", "middot", "apos",
        "#39", "#34", "#160", "#8217", "#8226", "#8211", "pound", "eacute", "reg", "trade", "hellip", "amp",
    )
)  # fmt: skip


def to_plain(text: str) -> tuple[str, bool]:
    """(plain text in NFC, whether tags or entities were there). Blanks and line breaks are left to `tidy`."""
    tags, entities, rare = False, False, True
    for _ in range(_ROUNDS):
        before = text
        if rare and not text.isprintable():
            text = _CONTROLS.sub("", text)
        if not text.isascii() and not unicodedata.is_normalized("NFC", text):
            text = unicodedata.normalize("NFC", text)
        if "<" in text:
            stripped = _strip(text, joined=not tags)
            tags |= stripped != text
            text = stripped
        rare = False
        if "&" in text:
            unescaped, rare = _unescaped(text)
            entities |= unescaped != text
            text = unescaped
        if text == before:
            break
    return text, tags or entities


def _unescaped(text: str) -> tuple[str, bool]:
    """(the text with one level of entities resolved, whether rare ones were among them)."""
    text = _AMPS.sub("&amp;", text) if "&amp;amp;" in text or "&#" in text else text
    if text.count("&") > _MANY:
        for entity, character in _COMMON:
            if entity in text:
                text = text.replace(entity, character)
                if "&" not in text:
                    return text, False
    resolved = _ENTITY.sub(_unescape, text)
    return resolved, resolved != text


def _unescape(match: re.Match[str]) -> str:
    return html.unescape(match.group())


def _strip(text: str, joined: bool) -> str:
    """The text without tags; what is no HTML element stays. `joined`: line breaks of laid-out source become blanks."""
    lower = text.lower()
    if "<script" in lower or "<style" in lower or "<template" in lower or "<svg" in lower:
        text = _UNSEEN.sub(" ", text)
    if joined and "<pre" not in lower and _LAID_OUT.search(text):
        text = text.replace("\r", "").replace("\n", " ")
    text = _TAG.sub(_replace, text)
    cut = text.rfind("<")
    if cut >= 0 and ">" not in text[cut:]:
        text = _CUT.sub(lambda m: "" if m.group(2).lower() in _NAMES else m.group(), text)
    return text


def _replace(match: re.Match[str]) -> str:
    name = match.group(2)
    if name is None:
        return ""
    name = name.lower()
    if name in _OPENED:
        return "" if match.group(1) else _OPENED[name]
    if name in _BLOCKS:
        return "\n"
    if name in _INLINE:
        return ""
    return " " if name in _CELLS else match.group()
