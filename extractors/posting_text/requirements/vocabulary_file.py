"""A vocabulary on disk: building one takes seconds, loading it a tenth of one.

The file is a sum over everything after it, then a zip of arrays (numpy's own, no pickles). Its name is the caller's and
tells of which lexicon and code it is. A file that is not whole is no file: it is built and written again.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import fields
from operator import attrgetter
from pathlib import Path
from typing import Any, overload

from extractors import atomic
from extractors.posting_text.requirements.lexicon import Credential, Form
from extractors.posting_text.requirements.matcher import PhraseMatcher
from extractors.posting_text.requirements.vocabulary import Meanings, Vocabulary

# few values, many forms
_SHARED = tuple(f.name for f in fields(Form) if f.name != "text")
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

    columns: dict[str, Any] = {"form_text": [form.text for form in vocabulary.forms]}
    arrays: dict[str, Any] = vocabulary.matcher.state()
    for name in _SHARED:
        values = list(map(attrgetter(name), vocabulary.forms))
        number = {value: at for at, value in enumerate(dict.fromkeys(values))}
        arrays[f"form_{name}"] = np.fromiter(map(number.__getitem__, values), np.int32, len(values))
        columns[name] = list(number)
    words = {
        **columns,
        "credentials": [list(vars(credential).values()) for credential in vocabulary.credentials],
        "others": vocabulary.meaning.others,
        "families": vocabulary.families,
        "family_of": list(vocabulary.family_of.items()),
        "ad_words_in": list(vocabulary.ad_words_in.items()),
    }
    stream = io.BytesIO()
    np.savez(stream, **arrays, words=np.frombuffer(json.dumps(words).encode(), np.uint8))
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
    with np.load(io.BytesIO(content), allow_pickle=False) as file_arrays:
        arrays = {name: file_arrays[name] for name in file_arrays.files}
    words = json.loads(arrays.pop("words").tobytes())
    shared = {name: ([_plain(v) for v in words[name]], arrays.pop(f"form_{name}")) for name in _SHARED}
    matcher = PhraseMatcher.of_state(arrays)
    forms = _Forms(words["form_text"], shared)
    return Vocabulary(
        tuple(Credential(*row) for row in words["credentials"]),
        matcher,
        Meanings(matcher, len(forms), [(what, _plain(data)) for what, data in words["others"]]),
        forms,
        {family: {k: tuple(v) for k, v in members.items()} for family, members in words["families"].items()},
        dict(words["family_of"]),
        {index: tuple(found) for index, found in words["ad_words_in"]},
    )


class _Forms(Sequence[Form]):
    """Forms that are made when they are asked for: of a hundred thousand a process meets some hundreds."""

    def __init__(self, texts: list[str], shared: dict[str, tuple[list[Any], Any]]) -> None:
        self._texts = texts
        self._shared = shared

    def __len__(self) -> int:
        return len(self._texts)

    @overload
    def __getitem__(self, index: int) -> Form: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Form]: ...
    def __getitem__(self, index: int | slice) -> Form | Sequence[Form]:
        if isinstance(index, slice):
            return [self[at] for at in range(len(self))[index]]
        shared = {name: values[numbers[index]] for name, (values, numbers) in self._shared.items()}
        return Form(self._texts[index], **shared)


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
