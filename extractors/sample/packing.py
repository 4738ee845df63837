"""Byte-identical zip files and workbooks, written fast: fixed timestamps, fixed order, no wall clock.

Workbooks are written as the XML that Excel reads, without a library: an OEWS workbook of the sample takes
milliseconds and comes out with the same bytes each time.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape

FIXED_TIME = (1980, 1, 1, 0, 0, 0)
Cell = str | int | float | None
Row = Sequence[Cell]

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PKG = "http://schemas.openxmlformats.org/package/2006"


def zip_bytes(members: Iterable[tuple[str, bytes]], level: int = 6) -> bytes:
    """A zip of (name, content) in the given order with fixed timestamps and permissions."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name, FIXED_TIME)
            info.compress_type, info.external_attr, info.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
            archive.writestr(info, content, compresslevel=level)
    return buffer.getvalue()


def csv_bytes(rows: Iterable[Row], *, quote_all: bool = False, crlf: bool = False, bom: bool = False) -> bytes:
    """A comma-separated file in UTF-8. None is an empty cell."""
    return delimited_bytes(rows, ",", quote_all=quote_all, crlf=crlf, bom=bom)


def delimited_bytes(
    rows: Iterable[Row], delimiter: str, *, quote_all: bool = False, crlf: bool = False, bom: bool = False
) -> bytes:
    """A delimited text file in UTF-8; `bom` puts a byte-order mark before it, `crlf` ends lines as Windows does."""
    buffer = io.StringIO()
    end = "\r\n" if crlf else "\n"
    if quote_all:
        writer = csv.writer(buffer, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator=end)
    elif delimiter == ",":
        writer = csv.writer(buffer, delimiter=delimiter, lineterminator=end)
    else:  # tab-separated text of O*NET has no quotes
        writer = csv.writer(buffer, delimiter=delimiter, quoting=csv.QUOTE_NONE, quotechar=None, lineterminator=end)
    writer.writerows(rows)
    return buffer.getvalue().encode("utf-8-sig" if bom else "utf-8")


def xlsx_bytes(sheets: Sequence[tuple[str, Iterable[Row]]], title: str) -> bytes:
    """A workbook of (sheet name, rows). Text cells are shared strings; `title` becomes the document's title."""
    strings: dict[str, int] = {}
    bodies = [(f"xl/worksheets/sheet{n}.xml", _sheet_xml(rows, strings)) for n, (_, rows) in enumerate(sheets, start=1)]
    names = [name for name, _ in sheets]
    members = [
        ("[Content_Types].xml", _content_types(len(names))),
        ("_rels/.rels", _package_relations()),
        ("docProps/core.xml", _core_properties(title)),
        ("xl/workbook.xml", _workbook_xml(names)),
        ("xl/_rels/workbook.xml.rels", _workbook_relations(len(names))),
        ("xl/styles.xml", _STYLES),
        ("xl/sharedStrings.xml", _shared_strings(strings)),
        *bodies,
    ]
    return zip_bytes((name, body.encode("utf-8")) for name, body in members)


def column_letters(count: int) -> list[str]:
    """A, B, ... Z, AA, ... for `count` columns."""
    letters = []
    for number in range(1, count + 1):
        name = ""
        while number:
            number, rest = divmod(number - 1, 26)
            name = chr(65 + rest) + name
        letters.append(name)
    return letters


def _sheet_xml(rows: Iterable[Row], strings: dict[str, int]) -> str:
    table = [list(row) for row in rows]
    width = max((len(row) for row in table), default=1)
    letters = column_letters(width)
    extent = f"A1:{letters[-1] if letters else 'A'}{max(len(table), 1)}"
    out = [f'{_HEAD}<worksheet xmlns="{_MAIN}"><dimension ref="{extent}"/><sheetData>']
    for number, row in enumerate(table, start=1):
        cells = []
        for letter, value in zip(letters, row, strict=False):
            if value is None:
                continue
            if isinstance(value, str):
                index = strings.setdefault(value, len(strings))
                cells.append(f'<c r="{letter}{number}" t="s"><v>{index}</v></c>')
            else:
                cells.append(f'<c r="{letter}{number}"><v>{value!r}</v></c>')
        out.append(f'<row r="{number}">{"".join(cells)}</row>')
    out.append("</sheetData></worksheet>")
    return "".join(out)


def _shared_strings(strings: dict[str, int]) -> str:
    items = "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in strings)
    return f'{_HEAD}<sst xmlns="{_MAIN}" count="{len(strings)}" uniqueCount="{len(strings)}">{items}</sst>'


def _workbook_xml(names: Sequence[str]) -> str:
    sheets = "".join(
        f'<sheet name="{escape(name, {chr(34): "&quot;"})}" sheetId="{n}" r:id="rId{n}"/>'
        for n, name in enumerate(names, start=1)
    )
    return f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets>{sheets}</sheets></workbook>'


def _workbook_relations(count: int) -> str:
    items = "".join(
        f'<Relationship Id="rId{n}" Type="{_REL}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, count + 1)
    )
    items += f'<Relationship Id="rId{count + 1}" Type="{_REL}/styles" Target="styles.xml"/>'
    items += f'<Relationship Id="rId{count + 2}" Type="{_REL}/sharedStrings" Target="sharedStrings.xml"/>'
    return f'{_HEAD}<Relationships xmlns="{_PKG}/relationships">{items}</Relationships>'


def _package_relations() -> str:
    core = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"
    return (
        f'{_HEAD}<Relationships xmlns="{_PKG}/relationships">'
        f'<Relationship Id="rId1" Type="{_REL}/officeDocument" Target="xl/workbook.xml"/>'
        f'<Relationship Id="rId2" Type="{core}" Target="docProps/core.xml"/></Relationships>'
    )


def _core_properties(title: str) -> str:
    return (
        f'{_HEAD}<cp:coreProperties xmlns:cp="{_PKG}/metadata/core-properties" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{escape(title)}</dc:title></cp:coreProperties>'
    )


def _content_types(count: int) -> str:
    office = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = [
        ("/xl/workbook.xml", f"{office}.sheet.main+xml"),
        ("/xl/styles.xml", f"{office}.styles+xml"),
        ("/xl/sharedStrings.xml", f"{office}.sharedStrings+xml"),
        ("/docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml"),
        *((f"/xl/worksheets/sheet{n}.xml", f"{office}.worksheet+xml") for n in range(1, count + 1)),
    ]
    overrides = "".join(f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in parts)
    return (
        f'{_HEAD}<Types xmlns="{_PKG}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )


_STYLES = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
