"""What the fetchers of several sources share: the host in force, one download, what an answer's failure means.

Does not belong here: retries, pacing, User-Agent, the failure taxonomy (`extractors.http`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from extractors.failures import PermanentFailure
from extractors.model import DatasetSpec, FetchedFile


class Response(Protocol):
    """The part of `extractors.http.HttpResponse` that the fetchers read."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def url(self) -> str: ...
    @property
    def content(self) -> bytes | None: ...
    @property
    def body_path(self) -> Path | None: ...
    @property
    def not_modified(self) -> bool: ...


class Client(Protocol):
    """The part of `extractors.http.HttpClient` that the fetchers use."""

    def get(
        self,
        url: str,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> Response: ...


def host_of(spec: DatasetSpec, variable: str | None = None, default: str | None = None) -> str:
    """The service's address without a trailing slash: its environment variable, else its default."""
    name = variable or spec.env_host
    address = (os.environ.get(name) if name else None) or default or spec.default_host
    if not address:
        raise PermanentFailure(
            "no address is configured",
            where=spec.name,
            expected=f"an address in {name or 'the catalogue'}",
            remedy="import the file by hand: currency archive import",
        )
    return address.rstrip("/")


def fetched(response: Response, path: Path, params: Mapping[str, str] | None = None) -> FetchedFile:
    """The record of an answer whose body lies at `path` (written there when the client kept it in memory)."""
    if response.body_path is None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(response.content or b"")
    headers = {k.lower(): v for k, v in response.headers.items()}
    return FetchedFile(
        name=path.name,
        path=response.body_path or path,
        url=response.url,
        status=response.status,
        etag=headers.get("etag"),
        last_modified=headers.get("last-modified"),
        content_type=headers.get("content-type"),
        params=dict(params or {}),
    )


def is_not_published(failure: PermanentFailure) -> bool:
    """True when a host says that it has no such file: 404, or 200 with a web page (bls.gov)."""
    return getattr(failure, "status", None) in (200, 404)


def read_json(path: Path, where: str) -> Any:
    """A JSON body. Raises PermanentFailure when it is a web page or not JSON."""
    content = path.read_bytes()
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        head = content[:80].decode("utf-8", "replace").strip()
        raise PermanentFailure(
            f"the answer is not JSON; it begins: {head!r}",
            where=where,
            expected="a JSON body",
            remedy="the service moved or answers with a page: check the address (and its *_URL variable) in a browser",
        ) from error
