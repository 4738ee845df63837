"""A vocabulary on disk: building one takes seconds, loading it a tenth of one.

The file is a sum over everything after it, then a zip of arrays (numpy's own, no pickles). Its name is the caller's and
tells of which lexicon and code it is. A file that is not whole is no file: it is built and written again.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

from extractors import atomic
from extractors.posting_text.requirements.lexicon import Form
from extractors.posting_text.requirements.matcher import PhraseMatcher
from extractors.posting_text.requirements.vocabulary import Vocabulary

_LISTS = ("needs", "excludes")
_SUM = hashlib.sha256().digest_size


def kept(file: Path, build: Callable[[], Vocabulary]) -> Vocabulary:
    """The vocabulary of this file; where there is none, or a damaged one, a new one is built and kept."""
    found = load(file)
    if found is None:
        found = build()
        save(found, file)
    return found


def save(vocabulary: Vocabulary, file: Path) -> None:
    """Write it, in one step."""
    import numpy as np

    arrays, groups = vocabulary.matcher.state()
    lists: dict[tuple[str, ...], int] = {}  # thousands of forms share a few lists of words
    forms = [
        [lists.setdefault(v, len(lists)) if name in _LISTS else v for name, v in vars(form).items()]
        for form in vocabulary.forms
    ]
    words = {
        "groups": groups,
        "meaning": vocabulary.meaning,
        "lists": list(lists),
        "columns": [f.name for f in fields(Form)],
        "forms": forms,
        "families": vocabulary.families,
        "family_of": list(vocabulary.family_of.items()),
        "ad_words_in": list(vocabulary.ad_words_in.items()),
    }
    stream = io.BytesIO()
    content: dict[str, Any] = {**arrays, "words": np.frombuffer(json.dumps(words).encode(), np.uint8)}
    np.savez(stream, **content)
    atomic.write_bytes(file, hashlib.sha256(stream.getbuffer()).digest() + stream.getvalue())


def is_whole(file: Path) -> bool:
    """Whether there is such a file, as it was written."""
    return _content(file) is not None


def _content(file: Path) -> memoryview | None:
    try:
        content = memoryview(file.read_bytes())
    except FileNotFoundError:
        return None
    whole = len(content) > _SUM and hashlib.sha256(content[_SUM:]).digest() == content[:_SUM]
    return content[_SUM:] if whole else None


def load(file: Path) -> Vocabulary | None:
    """Read it; None where there is no such file, or it is damaged."""
    import numpy as np

    content = _content(file)
    if content is None:
        return None
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        words = json.loads(arrays["words"].tobytes())
        matcher = PhraseMatcher.of_state({n: arrays[n] for n in arrays.files if n != "words"}, words["groups"])
    lists = [tuple(found) for found in words["lists"]]
    shared = [name in _LISTS for name in words["columns"]]
    return Vocabulary(
        matcher,
        tuple(tuple((what, _plain(data)) for what, data in group) for group in words["meaning"]),
        tuple(
            Form(*(lists[v] if is_list else v for v, is_list in zip(form, shared, strict=True)))
            for form in words["forms"]
        ),
        {family: {k: tuple(v) for k, v in members.items()} for family, members in words["families"].items()},
        dict(words["family_of"]),
        {index: tuple(found) for index, found in words["ad_words_in"]},
    )


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
