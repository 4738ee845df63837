"""dbt without the work that nobody looks at.

Belongs here: what is taken out of dbt's own overhead, each with its reason. Does not belong here: running dbt (`dbt`).

A build of the sample has 303 nodes and a second or two of SQL; the rest is dbt's. Three parts of it come to nothing:
seven thousand debug events, each written as two protobuf messages for logs that are switched off; a namespace of 530
macros, looked up one by one through five dictionaries for each of 600 contexts; the parse that is read again by the
process that builds. What dbt does with the database, and what it says of a node, is not touched.
"""

from __future__ import annotations

import contextlib
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


@cache
def take_weight_off() -> None:
    """Once in a process, before dbt runs."""
    _no_debug_events()
    _macros_by_the_dictionary()


def _no_debug_events() -> None:
    """Events below `info` are neither filled nor sent: no log is written (`--log-level none`), nobody asks for them."""
    from dbt_common.events import base_types
    from dbt_common.events.event_manager import EventManager

    unheard = (base_types.EventLevel.DEBUG, base_types.EventLevel.TEST)
    fill, send = base_types.BaseEvent.__init__, EventManager.fire_event

    def filled(self: Any, *args: Any, **kwargs: Any) -> None:
        if isinstance(self, base_types.DebugLevel):
            self.pb_msg = getattr(self.PROTO_TYPES_MODULE, type(self).__name__)()
        else:
            fill(self, *args, **kwargs)

    def sent(
        self: EventManager, e: Any, level: Any = None, node: Any = None, force_warn_or_error_handling: bool = False
    ) -> None:
        if force_warn_or_error_handling or self.loggers or (level or e.level_tag()) not in unheard:
            send(self, e, level, node, force_warn_or_error_handling)

    base_types.BaseEvent.__init__ = filled  # type: ignore[method-assign]
    EventManager.fire_event = sent  # type: ignore[method-assign]


def _macros_by_the_dictionary() -> None:
    """The macros of a context, taken over dictionary by dictionary in dbt's order of precedence."""
    from dbt.clients.jinja import MacroGenerator
    from dbt.context.configured import ConfiguredContext
    from dbt.context.macros import MacroNamespace
    from dbt.context.manifest import ManifestContext

    itemized = ManifestContext.to_dict

    def to_dict(self: Any) -> dict[str, Any]:
        if not isinstance(self.namespace, MacroNamespace):
            found: dict[str, Any] = itemized(self)
            return found
        found = ConfiguredContext.to_dict(self)
        for macros in reversed(list(self.namespace._search_order())):
            found.update(macros)
        return found

    def init(self: Any, macro: Any, context: Any = None, node: Any = None, stack: Any = None) -> None:
        self.macro, self.context, self.node, self.stack = macro, context, node, stack

    ManifestContext.to_dict = to_dict  # type: ignore[method-assign]
    MacroGenerator.__init__ = init  # type: ignore[method-assign]


def saved_manifest(target: Path) -> Any:
    """dbt's own manifest object as the last parse left it; None where it is not to be had, or another dbt wrote it.

    Whether the project is still as it was then is the caller's question.
    """
    from dbt.constants import PARTIAL_PARSE_FILE_NAME
    from dbt.contracts.graph.manifest import Manifest
    from dbt.version import __version__

    with contextlib.suppress(Exception):  # any fault of the file: dbt reads or parses it itself, and explains
        manifest = Manifest.from_msgpack((target / PARTIAL_PARSE_FILE_NAME).read_bytes())
        if manifest.metadata.dbt_version == __version__:
            manifest.build_flat_graph()
            return manifest
    return None
