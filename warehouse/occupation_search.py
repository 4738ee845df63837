"""From what a person types (a code, a title) to a line of the projections. Pure functions, no database.

A code finds its line, else the smallest line that contains it. A title finds the line or component with that title,
else the only one that has all its words, else the one that is clearly nearest. What is not clear is not guessed:
`OccupationNotFound` names the candidates.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from warehouse.failures import PermanentFailure

_CODE = re.compile(r"(\d{2})-?(\d{4})(\.\d{2})?")
_WORD = re.compile(r"[a-z0-9]+")
_SMALL = frozenset({"and", "or", "of", "the", "a", "an", "in", "for", "to", "all", "other", "except", "soc", "2018"})
_SHOWN = 8
_NEAR, _CLEARLY = 0.62, 0.08


@dataclass(frozen=True)
class Line:
    """A line of the projections. `components`: SOC code -> title (may be empty), of what it consists of."""

    code: str
    title: str
    components: Mapping[str, str]


@dataclass(frozen=True)
class Found:
    """The line that is meant, and how the query was read where that is not plain."""

    line: Line
    note: str = ""


class OccupationNotFound(PermanentFailure):
    """No line, or more than one, fits; `candidates` are (code, title), nearest first."""

    def __init__(self, found: str, candidates: Sequence[tuple[str, str]], *, where: str, remedy: str) -> None:
        self.candidates = tuple(candidates)
        listed = "\n    ".join(f"{code}  {title}" for code, title in candidates)
        super().__init__(
            found, where=where, expected=f"for instance\n    {listed}" if listed else "an occupation", remedy=remedy
        )


def find(query: str, lines: Sequence[Line], elsewhere: Callable[[str], str]) -> Found:
    """The line that `query` means.

    Args:
        elsewhere: what the release knows of a code that none of `lines` has, as a clause.

    Raises:
        OccupationNotFound: none fits, or several do.
    """
    code = _CODE.fullmatch(query.strip())
    return _by_code(code, lines, elsewhere) if code else _by_title(query.strip(), lines)


def _by_code(match: re.Match[str], lines: Sequence[Line], elsewhere: Callable[[str], str]) -> Found:
    code = f"{match[1]}-{match[2]}"
    note = f"{match[0]} is an O*NET-SOC code; lists are made by SOC code {code}" if match[3] else ""
    for line in lines:
        if line.code == code:
            return Found(line, note)
    containing = sorted(
        (line for line in lines if code in line.components), key=lambda line: (len(line.components), line.code)
    )
    if containing:
        line = containing[0]
        named = f"{code} {line.components[code]}".strip()
        return Found(
            line, "; ".join(filter(None, [note, f"{named} is published {_inside(line)}: {line.code} {line.title}"]))
        )
    near = sorted(lines, key=lambda line: _distance(code, line.code))[:_SHOWN]
    raise OccupationNotFound(
        elsewhere(code),
        [(line.code, line.title) for line in near],
        where=code,
        remedy="ask for one of these, or for its title",
    )


def _inside(line: Line) -> str:
    if len(line.components) == 1:
        return "under another code"
    return f"inside a line of {len(line.components)} occupations"


def _distance(code: str, other: str) -> tuple[int, int]:
    """Codes of one broad group first, then minor, then major; then by number."""
    shared = next((n for n in (6, 5, 4, 2) if code[:n] == other[:n]), 0)
    return -shared, abs(int(code.replace("-", "")) - int(other.replace("-", "")))


def _by_title(query: str, lines: Sequence[Line]) -> Found:
    wanted = _words(query)
    if not wanted:
        raise OccupationNotFound("no occupation was named", [], where=repr(query), remedy="give a code or a title")
    titles = [(line, line.code, line.title) for line in lines]
    titles += [
        (line, code, title)
        for line in lines
        for code, title in line.components.items()
        if title and len(line.components) > 1
    ]
    exact = [entry for entry in titles if _words(entry[2]) == wanted]
    if _one_line(exact):
        return _found(exact[0], query, plain=True)
    holding = [entry for entry in titles if all(_has(word, _words(entry[2])) for word in wanted)]
    if _one_line(holding):
        return _found(holding[0], query)
    scored = sorted(
        ((_score(wanted, _words(title)), (line, code, title)) for line, code, title in (holding or titles)),
        key=lambda pair: (-pair[0], pair[1][1]),
    )
    best, entry = scored[0] if scored else (0.0, None)
    runner_up = next((score for score, other in scored if entry and other[0].code != entry[0].code), 0.0)
    if entry is not None and not holding and best >= _NEAR and best - runner_up >= _CLEARLY:
        return _found(entry, query)
    candidates = list(dict.fromkeys((line.code, line.title) for _, (line, _, _) in scored))[:_SHOWN]
    count = len({line.code for line, _, _ in holding})
    raise OccupationNotFound(
        f"{count} occupations have these words" if count else "no occupation has this title",
        candidates,
        where=repr(query),
        remedy="ask for one of these by its code",
    )


def _one_line(entries: Sequence[tuple[Line, str, str]]) -> bool:
    return len({line.code for line, _, _ in entries}) == 1


def _found(entry: tuple[Line, str, str], query: str, *, plain: bool = False) -> Found:
    line, code, title = entry
    if code != line.code:
        return Found(
            line,
            f"{code} {title} is published {_inside(line)}: {line.code} {line.title}",
        )
    return Found(line, "" if plain else f"{query!r} was read as {line.title} ({line.code})")


def _words(text: str) -> tuple[str, ...]:
    """Significant words in small letters, plural endings off: "Registered Nurses" and "registered nurse" are one."""
    words = _WORD.findall(text.casefold().replace("'", ""))
    return tuple(_stem(word) for word in words if word not in _SMALL) or tuple(words)


def _stem(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _has(word: str, words: Sequence[str]) -> bool:
    """True for the word itself or, from four letters on, one that it begins."""
    return any(other == word or (len(word) >= 4 and other.startswith(word)) for other in words)


def _score(wanted: Sequence[str], words: Sequence[str]) -> float:
    """0 to 1: letters in order, whole words shared, extra words in the title counting against it."""
    matcher = SequenceMatcher(None, " ".join(sorted(wanted)), " ".join(sorted(words)), autojunk=False)
    if matcher.real_quick_ratio() < 0.4:
        return 0.0
    shared = sum(_has(word, words) for word in wanted) / max(len(wanted), 1)
    return 0.7 * matcher.ratio() + 0.3 * shared
