"""Who may do what in the restricted zone: `restricted/roles.yml` (P17, K11).

Three roles: a **steward** may do everything; a **district_reviewer** sees rows of the districts that stand beside the
name, and no others; an **analyst** sees rates and no identity. The file's modes are the fence (nobody else reads the
master key); roles keep honest people to their own rows and put a name into the access log.

    users:
      records_office: {role: steward, may_act_for: true}
      a_reviewer: {role: district_reviewer, districts: ["0100001"]}

A user is the operating system's, or, on a shared service account that `may_act_for` others, the name in
CURRENCY_VAULT_USER. Not here: what a command does with the districts of its user.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from typing import Any

from warehouse.failures import PermanentFailure, WarehouseFailure
from warehouse.paths import DataRoot
from warehouse.vault.private import require_private, write_private

USER_VARIABLE = "CURRENCY_VAULT_USER"
STEWARD, REVIEWER, ANALYST = "steward", "district_reviewer", "analyst"

#: What a role may do; `rates` is open to all three.
_REVIEW = frozenset({"review", "audit", "sign_off", "export", "rates"})
_ALL = _REVIEW | {"land", "link", "read_identities", "keys", "destroy", "log", "roles"}
PERMISSIONS: dict[str, frozenset[str]] = {STEWARD: _ALL, REVIEWER: _REVIEW, ANALYST: frozenset({"rates"})}


@dataclass(frozen=True)
class Who:
    """The person at work: name, role, and for a reviewer the districts."""

    user: str
    os_user: str
    role: str
    districts: frozenset[str] = frozenset()

    def sees(self, district: str) -> bool:
        """May this person see rows of a district (its LEA id)?"""
        return self.role == STEWARD or (self.role == REVIEWER and district in self.districts)

    def may(self, action: str) -> bool:
        """Does the role allow an action? Raises ValueError for an action that no role knows."""
        if action not in _ALL:
            raise ValueError(f"{action!r} is none of {sorted(_ALL)}")
        return action in PERMISSIONS[self.role]


def os_user() -> str:
    """The user of this process, by name; by number where the system knows none."""
    try:
        import pwd

        return pwd.getpwuid(os.geteuid()).pw_name
    except (ImportError, KeyError):
        return str(os.geteuid()) if hasattr(os, "geteuid") else os.environ.get("USERNAME", "unknown")


def whoami(root: DataRoot) -> Who:
    """The person at work and the role.

    Raises:
        PermanentFailure: no roles file, a damaged one, one that others may write, or a user who is not in it.
    """
    users = _users(root)
    system = os_user()
    acting = os.environ.get(USER_VARIABLE, "").strip() or system
    if acting != system and not users.get(system, {}).get("may_act_for"):
        raise PermanentFailure(
            f"{system!r} may not act for {acting!r}",
            where=f"environment variable {USER_VARIABLE}",
            expected=f"`may_act_for: true` beside {system} in {root.roles_file}",
            remedy=f"unset {USER_VARIABLE}, or let a steward write it there",
        )
    if acting not in users:
        raise PermanentFailure(
            f"{acting!r} has no role in the restricted zone",
            where=str(root.roles_file),
            expected="an entry under `users`",
            remedy=f"let a steward run: currency vault roles set {acting} ROLE",
        )
    entry = users[acting]
    return Who(acting, system, entry["role"], frozenset(entry["districts"]))


def require(root: DataRoot, action: str) -> Who:
    """The person at work, if the role allows the action; a refusal is written into the access log.

    Raises:
        PermanentFailure: not allowed, or as `whoami`.
    """
    who = whoami(root)
    if who.may(action):
        return who
    from warehouse.vault.access_log import record

    with contextlib.suppress(WarehouseFailure, OSError):  # the refusal stands, whatever becomes of its line
        record(root, "require", subject=f"action/{action}", outcome="refused", who=who)
    allowed = sorted(role for role, actions in PERMISSIONS.items() if action in actions)
    raise PermanentFailure(
        f"{who.user!r} is {who.role} and may not {action.replace('_', ' ')}",
        where=str(root.roles_file),
        expected=f"one of: {', '.join(allowed)}",
        remedy="ask a steward to do it, or to change the role: currency vault roles set",
    )


def load_roles(root: DataRoot) -> dict[str, dict[str, Any]]:
    """All users: role, districts (sorted), may_act_for."""
    return _users(root)


def set_role(root: DataRoot, user: str, role: str | None, districts: list[str], *, may_act_for: bool = False) -> None:
    """Write one user's entry; `role` None removes it.

    Raises:
        PermanentFailure: an unknown role, a reviewer without districts, or nobody left who is a steward.
    """
    users = _users(root) if root.roles_file.exists() else {}
    if role is None:
        users.pop(user, None)
    else:
        users[user] = _entry(user, {"role": role, "districts": districts, "may_act_for": may_act_for}, root)
    if not any(entry["role"] == STEWARD for entry in users.values()):
        raise PermanentFailure(
            "nobody would be a steward",
            where=str(root.roles_file),
            expected="one steward at least",
            remedy="name another steward first",
        )
    _write(root, users)


def write_default(root: DataRoot) -> None:
    """For a new vault: who made it is its steward. An existing file stays."""
    if not root.roles_file.exists():
        _write(root, {os_user(): {"role": STEWARD, "districts": [], "may_act_for": True}})


def _write(root: DataRoot, users: dict[str, dict[str, Any]]) -> None:
    import yaml

    said = "# Who may do what in the restricted zone: `currency vault roles`, docs/runbooks/keys.md\n"
    write_private(root.roles_file, (said + yaml.safe_dump({"users": users}, sort_keys=True)).encode())


def _users(root: DataRoot) -> dict[str, dict[str, Any]]:
    import yaml

    path = root.roles_file
    if not path.exists():
        raise PermanentFailure(
            "nobody has a role in the restricted zone yet",
            where=str(path),
            expected="the file that `currency vault init` writes",
            remedy="currency vault init",
        )
    require_private(path, what="the roles file")
    try:
        users = yaml.safe_load(path.read_text(encoding="utf-8"))["users"]
        return {str(user): _entry(str(user), entry, root) for user, entry in users.items()}
    except (yaml.YAMLError, KeyError, TypeError, AttributeError, UnicodeDecodeError):
        raise PermanentFailure(
            "the roles file cannot be read",
            where=str(path),
            expected="`users:` with a role for each, as docs/runbooks/keys.md shows",
            remedy="mend it by hand, or let a steward write it anew: currency vault roles set",
        ) from None


def _entry(user: str, entry: dict[str, Any], root: DataRoot) -> dict[str, Any]:
    role, districts = entry["role"], [str(d) for d in entry.get("districts") or []]
    if role not in PERMISSIONS or (role == REVIEWER) != bool(districts):
        raise PermanentFailure(
            f"{user!r} has the role {role!r} and {len(districts)} districts",
            where=str(root.roles_file),
            expected=f"one of {', '.join(PERMISSIONS)}; districts for a {REVIEWER}, and for nobody else",
            remedy="currency vault roles set USER ROLE [--district LEA_ID ...]",
        )
    return {"role": role, "districts": sorted(districts), "may_act_for": bool(entry.get("may_act_for"))}
