"""A state's own list of credentials, by import: current, former and planned ones (L5, P11, I32).

The documented layout (header = column names of the raw table; only `credential_name` is needed), shortest form:

    source_code,credential_name,issuer_name,credential_type,soc_code,tier,effective_from,effective_to,audience
    X001,Certified Welder,Example Welding Board,certification,51-4121,Tier 1,2024-07-01,,HS|WF

* One row per occupation where a credential has several, and one per period where its tier changed; all with the same
  `source_code`.
* `credential_type`: certification | licence (or license) | registration | certificate | badge | card | permit.
* `audience`: HS, PS, WF, separated by `|`, `,`, `;`, `/` or blanks.
* `is_deleted` is false where it is empty or absent; `state_postal` comes from the dataset's `@XX`.
* `dirt` is always found here; a column of that name in the file is left out.

Shipped column maps: New Jersey's tables of industry credentials (`maps/new_jersey_industry_credential.csv`) and of
licences (`maps/new_jersey_license.csv`), told apart by their headers. Both tables tell the credentials by `ID` (the
state's programmes refer to it), so it is the `source_code`; `CODE` of the first is blank in two rows of five and left
out, `CODE` of the second is an occupation code. The day on which a row was made stands as its first day on the list,
since the table is the list.

Dirt, words separated by `|`. The row is kept as it is; a person decides what follows:

* `duplicate_name`: another row of the list has the same name, once case, punctuation and trademark signs are gone
  (`+` and `#` stay: A+ is not A), and is not the same credential again for another occupation or period. All rows of
  the group are marked, the deleted ones too.
* `surrounding_space`, `double_space`: blanks around the name, or several in a row inside it.
* `truncated_name`: a heuristic, see `_truncated`.
* `soft_deleted`: the state marks the row as deleted.
* `odd_code`: the occupation code has not the form NN-NNNN or NN-NNNN.NN. It is repaired where only the separators are
  wrong (`13.2072.00`), and for six bare digits where no code of the file has its hyphen. Beside hyphenated codes six
  digits may as well be a CIP code (`511605` is one), so they are left empty, as are 99-9999 (no occupation), parts of
  codes and dates made by a spreadsheet.

The very same row twice in a file counts as excluded, "repeated row".
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from extractors import schema
from extractors.model import Capture, FetchedFile, ParsedTable
from extractors.raw_tables_credentials import CREDENTIAL_LIST

MAPS = ("new_jersey_industry_credential", "new_jersey_license")
TYPES = ("certification", "licence", "registration", "certificate", "badge", "card", "permit")
AUDIENCES = ("HS", "PS", "WF")
DIRT = ("duplicate_name", "surrounding_space", "double_space", "truncated_name", "soft_deleted", "odd_code")
REPEATED_ROW = "repeated row"

_FOR_VINTAGE = ("effective_from", "modified_on", "deleted_on")  # effective_to may lie years ahead
_SOC_WITH_HYPHEN = re.compile(r"\d{2}-\d{4}(?:\.\d{2})?")
_SOC_ODD_MARKS = re.compile(r"(\d{2})\s*[.\-‐‑‒–—]\s*(\d{4})(?:\s*\.\s*\d{1,2})?")
_NO_OCCUPATION = "99-9999"
_NOTE_START = ("*", "#", "~", "note", "source", "footnote", "(", "¹", "†")
_HEADER_ROWS = 60
_LONE, _SPARE_COLUMN = "\u2060", "(lone name)"  # a word joiner: filled, and nothing that a file would hold
_LONG_NAME = 60  # name fields of fixed width end at 60 to 64 characters
_ABBREVIATIONS = frozenset({"inc", "corp", "co", "ltd", "assoc", "dept", "intl"})
_LOOSE_ENDS = frozenset(
    {"and", "or", "of", "for", "in", "on", "to", "the", "a", "an", "with", "by", "from", "at", "as"}
)


def _layouts() -> list[schema.ColumnMap]:
    targets = [*(c.name for c in CREDENTIAL_LIST.columns), "modified_on"]
    folder = schema.maps_folder()
    return [_documented(), *(schema.load_column_map(folder / f"{name}.csv", targets) for name in MAPS)]


def _documented() -> schema.ColumnMap:
    layout = schema.identity_map(CREDENTIAL_LIST, ("state_postal", "is_deleted"))
    ours = schema.MappedColumn(None, ("dirt",), "", False)
    return schema.ColumnMap(layout.name, tuple(ours if c.target == "dirt" else c for c in layout.columns))


def vintage_of(files: Sequence[FetchedFile], dataset: str = "") -> str:
    """The newest year in which a row came onto the list, was changed or was deleted."""
    del dataset
    maps = schema.maps_of(schema.own_map_among(files), CREDENTIAL_LIST, _layouts())
    years: set[str] = set()
    for file in files:
        if file.name in schema.NOT_DATA:
            continue
        part = _read(schema.read_sheets(file.path), maps)
        for target in _FOR_VINTAGE:
            years.update(y for cell in _texts(part, target) if cell for y in re.findall(r"\b(?:19|20)\d{2}\b", cell))
    if not years:
        raise schema.declare_vintage([f.name for f in files], "a column effective_from, or a declared year")
    return max(years)


def parse(capture: Capture) -> list[ParsedTable]:
    """The state's files -> `credential_list__credentials`; every row used, excluded with a reason, or quarantined."""
    postal = schema.state_of(capture)
    maps = schema.maps_of(schema.own_map(capture), CREDENTIAL_LIST, _layouts())
    parts = []
    for name in schema.data_files(capture):
        part = _read(schema.read_sheets(capture.path(name)), maps)
        _exclude_repeats(part)
        _note_dirt(part)
        parts.append(part)
    rules = schema.Rules(
        defaults={"state_postal": postal, "is_deleted": False},
        choices={"credential_type": TYPES},
        fixes={
            "state_postal": schema.own_state_only(postal),
            "credential_type": _credential_type,
            "audience": _audience,
        },
    )
    return [schema.build_table(CREDENTIAL_LIST, parts, capture, rules)]


# ------------------------------------------------------------------------------------------------------------- reading


def _read(sheets: Sequence[schema.Sheet], maps: Sequence[schema.ColumnMap]) -> schema.Part:
    """The data rows, those with nothing but a name among them: elsewhere a lone text in a row is a footnote.

    They are marked in another column of theirs while the rows are set apart.
    """
    names = {schema.normalise(s) for m in maps for c in m.columns if c.target == "credential_name" for s in c.sources}
    spare = schema.MappedColumn(None, (_SPARE_COLUMN,), "", False)
    wider = [schema.ColumnMap(m.name, (*m.columns, spare)) for m in maps]
    part = schema.read_part([_mark_lone_names(sheet, names) for sheet in sheets], wider)
    part.cells = {t: [None if c == _LONE else c for c in cells] for t, cells in part.cells.items()}
    return part


def _mark_lone_names(sheet: schema.Sheet, names: set[str]) -> schema.Sheet:
    for index, header in enumerate(sheet.rows[:_HEADER_ROWS]):
        place = next((i for i, c in enumerate(header) if schema.normalise(c) in names), None)
        if place is None:
            continue
        width = len(header)
        other = next((i for i, c in enumerate(header) if i != place and schema.text(c)), width)
        spare = [_SPARE_COLUMN] if other == width else []
        rows = [*sheet.rows[:index], [*header, *spare]]
        for row in sheet.rows[index + 1 :]:
            cells = [*row, *([None] if spare else [])]
            if len(row) >= width and _is_lone_name(row, place):
                cells[other] = _LONE
            rows.append(cells)
        return replace(sheet, rows=rows)
    return sheet


def _is_lone_name(row: Sequence[schema.Cell], place: int) -> bool:
    if [i for i, c in enumerate(row) if schema.text(c) is not None] != [place]:
        return False
    return not (schema.text(row[place]) or "").lower().startswith(_NOTE_START)


def _texts(part: schema.Part, target: str) -> list[str | None]:
    """A column through its transform as text; None where it is empty, absent or not understood."""
    transform: Callable[[Any], Any] = part.transforms.get(target, lambda c: c)
    cells = part.cells.get(target, [None] * len(part.row_numbers))
    return [None if isinstance(c := transform(cell), schema.Bad) else schema.text(c) for cell in cells]


def _exclude_repeats(part: schema.Part) -> None:
    columns = [[schema.text(c) for c in cells] for cells in part.cells.values()]
    rows = list(zip(*columns, strict=True))
    seen: set[tuple[str | None, ...]] = set()
    first = [row not in seen and not seen.add(row) for row in rows]  # type: ignore[func-returns-value]
    part.keep(first, REPEATED_ROW)


def _credential_type(cell: schema.Cell) -> str | None:
    value = (schema.text(cell) or "").lower()
    return "licence" if value == "license" else value or None


def _audience(cell: schema.Cell) -> Any:
    words = [w.upper() for w in re.split(r"[|,;/\s]+", schema.text(cell) or "") if w]
    if set(words) - set(AUDIENCES):
        return schema.Bad(f"{schema.NOT_ALLOWED}: {', '.join(AUDIENCES)}")
    return "|".join(a for a in AUDIENCES if a in words) or None


# ---------------------------------------------------------------------------------------------------------------- dirt


def _note_dirt(part: schema.Part) -> None:
    """Repair the occupation codes and fill the column `dirt`."""
    codes, odd = _soc_codes(_texts(part, "soc_code"))
    if "soc_code" in part.cells:
        part.cells["soc_code"] = list(codes)
        part.transforms.pop("soc_code", None)
    raw = ["" if c is None else str(c) for c in part.cells["credential_name"]]
    names = [" ".join(n.split()) for n in raw]
    found = {
        "duplicate_name": _duplicates(part, names, codes),
        "surrounding_space": [n != n.strip() for n in raw],
        "double_space": [bool(re.search(r"\s{2,}", n.strip())) for n in raw],
        "truncated_name": _truncated(names),
        "soft_deleted": [schema.to_bool(c) is True for c in _texts(part, "is_deleted")],
        "odd_code": odd,
    }
    part.cells["dirt"] = ["|".join(w for w in DIRT if found[w][i]) or None for i in range(len(raw))]
    part.headers.pop("dirt", None)
    part.transforms.pop("dirt", None)


def _soc_codes(given: Sequence[str | None]) -> tuple[list[str | None], list[bool]]:
    """(NN-NNNN or None, whether the code as given is odd) per row."""
    hyphens = any(_SOC_WITH_HYPHEN.fullmatch(c) for c in given if c)
    codes = [None if c is None else _soc_code(c, bare_digits=not hyphens) for c in given]
    odd = [
        c is not None and (not _SOC_WITH_HYPHEN.fullmatch(c) or code is None)
        for c, code in zip(given, codes, strict=True)
    ]
    return codes, odd


def _soc_code(given: str, *, bare_digits: bool) -> str | None:
    if _SOC_WITH_HYPHEN.fullmatch(given):
        code = given[:7]
    elif match := _SOC_ODD_MARKS.fullmatch(given):
        code = f"{match.group(1)}-{match.group(2)}"
    elif bare_digits and re.fullmatch(r"\d{6}(?:\.?00)?", given):
        code = f"{given[:2]}-{given[2:6]}"
    else:
        return None
    return None if code == _NO_OCCUPATION else code


def name_key(name: str) -> str:
    """A name for comparison, as dbt's `credential_name_key` begins: case, punctuation and trademark signs are gone."""
    bare = re.sub(r"[®™℠]|\((?:r|tm|sm)\)", "", name.lower())
    return re.sub(r"[^a-z0-9+#]+", " ", bare).strip()


def _duplicates(part: schema.Part, names: Sequence[str], socs: Sequence[str | None]) -> list[bool]:
    groups: dict[tuple[str | None, str], list[int]] = defaultdict(list)
    for i, (of_list, name) in enumerate(zip(_texts(part, "list_name"), names, strict=True)):
        if key := name_key(name):
            groups[of_list, key].append(i)
    codes, issuers, begins = (_texts(part, t) for t in ("source_code", "issuer_name", "effective_from"))
    doubled = [False] * len(names)
    for rows in groups.values():
        if len(rows) == 1:
            continue
        several = len({codes[i] for i in rows}) > 1
        uses = Counter((issuers[i], socs[i], begins[i]) for i in rows)
        for i in rows:
            doubled[i] = several or uses[issuers[i], socs[i], begins[i]] > 1
    return doubled


def _truncated(names: Sequence[str]) -> list[bool]:
    """Whether a name looks cut off. A heuristic, one of:

    * a bracket is opened and not closed;
    * it ends with a word or mark that cannot end a name ("and", "of", "&", "-", ",", ":", "/");
    * another name of the list goes on in the middle of its last word ("CompTIA Security" beside "CompTIA Security+");
      a plural is no such case;
    * it is as long as a field of fixed width (60 characters and more), and its last word occurs nowhere in the list but
      at the end of such names and as the beginning of longer words ("... (Adult Echocardiograp").
    """
    keys = [name_key(n) for n in names]
    goes_on = _beginnings(keys)
    at_the_end = [len(n) >= _LONG_NAME and n[-1].isalnum() for n in names]
    words = {w for key, cut in zip(keys, at_the_end, strict=True) for w in key.split()[: -1 if cut else None]}
    fragments = {w[:n] for w in words for n in range(2, len(w))} - words - _ABBREVIATIONS
    return [
        name.count("(") > name.count(")")
        or name.endswith(("&", "-", "–", ",", ":", "/", "("))
        or name.lower().rsplit(" ", 1)[-1] in _LOOSE_ENDS
        or key in goes_on
        or (cut and key.rsplit(" ", 1)[-1] in fragments)
        for name, key, cut in zip(names, keys, at_the_end, strict=True)
    ]


def _beginnings(keys: Sequence[str]) -> set[str]:
    """The keys that another key continues inside the last word."""
    present = set(keys)
    return {start for key in present for start, rest in _cuts(key) if start in present and rest not in ("s", "es")}


def _cuts(key: str) -> Iterator[tuple[str, str]]:
    """(beginning, rest of the word cut through) for every cut inside a word of letters, at least three in."""
    for word in re.finditer(r"[a-z]{3,}[a-z+#]*", key):
        for end in range(word.start() + 3, word.end()):
            if key[end - 1].isalpha():
                yield key[:end], key[end : word.end()]
