"""Release gates judged while dbt still builds.

Belongs here: showing a finished mart to the judge early. Does not belong here: the gates (`gates`, `defs.checks`).

While dbt builds, the judge has nothing to do and the second core little. So each mart is shown to the judge when it is
made, and its verdict is remembered under the hash of its rows, where its gate looks first. Nothing is decided here: the
gate hashes the mart again, and one that was not shown, that moved since, or whose showing failed is judged at its gate.
"""

from __future__ import annotations

import contextlib
import contextvars
import queue
import threading
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from orchestration import gates, judge, marts

if TYPE_CHECKING:
    import pyarrow as pa

    from warehouse.paths import DataRoot

WAITING = 8
"""Marts that wait for the judge; one more is left to its gate, so that few are held in memory."""
ROWS = 200_000
"""Larger marts are left to their gate: reading them out would hold dbt up."""

_Shown = tuple[str, "pa.Table", str, dict[str, Any]]  # name, rows, their hash, context


class Ahead:
    """Marts on their way to the judge."""

    def __init__(self, root: DataRoot, manifest: Mapping[str, Any]) -> None:
        self._root = root
        nodes = [manifest["nodes"][i] for ids in marts.marts_by_domain(manifest).values() for i in ids]
        self._relations = {str(props["name"]): marts.full_name(props) for props in nodes}
        self._queue: queue.Queue[_Shown | None] = queue.Queue(WAITING + 1)

    def made(self, node: str) -> None:
        """Told of every node that dbt finished, in dbt's own thread; what goes wrong here goes no further."""
        if node in self._relations and self._queue.qsize() < WAITING:
            with contextlib.suppress(Exception):
                shown = self._read(node)
                if shown is not None:
                    self._queue.put_nowait(shown)

    def _read(self, node: str) -> _Shown | None:
        """The rows of a mart, over dbt's own database: nobody else may open the file now."""
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager

        from warehouse.connection import quote_relation

        relation = quote_relation(*self._relations[node].split(".", 1))
        handle = DuckDBConnectionManager.env().handle()
        try:
            con = handle.cursor()
            con.execute(f"select count(*) from {relation}")  # noqa: S608 - quoted names of the manifest
            if con.fetchall()[0][0] > ROWS:
                return None
            rows, table_hash, context = gates.mart_shown(con, relation)
            return node, rows(), table_hash, context
        finally:
            handle.close()

    def judge(self) -> None:
        """Judges what was shown, until None comes."""
        while (shown := self._queue.get()) is not None:
            name, table, table_hash, context = shown
            with contextlib.suppress(Exception):
                gates.release_verdict(self._root, name, lambda rows=table: rows, table_hash, context)  # type: ignore[misc]

    def end(self) -> None:
        """Nothing more comes."""
        self._queue.put(None)


@contextlib.contextmanager
def judging_ahead(root: DataRoot, manifest: Mapping[str, Any]) -> Iterator[Ahead | None]:
    """Inside the block marts may be shown to the judge at hand; None where there is none. Ends when all are judged."""
    if not judge.is_at_hand():
        yield None
        return
    ahead = Ahead(root, manifest)
    worker = threading.Thread(target=contextvars.copy_context().run, args=(ahead.judge,), daemon=True)
    worker.start()
    try:
        yield ahead
    finally:
        ahead.end()
        worker.join()
