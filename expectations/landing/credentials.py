"""Landing gates of what is said about credentials elsewhere: states' lists, registries, programmes, CIP to SOC."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from expectations.checks import SOC_CODE, STATE_POSTAL, in_set, matches, raw_contract, worded
from expectations.conditions import wording
from expectations.suite import ENGINEER, LANDING, STATE, Check, Gate, GateContext

if TYPE_CHECKING:
    import pandas as pd

CIP_CODE = r"^\d{2}\.\d{4}$"
ACTIONS = ("accredited", "approved", "recognized", "regulated")


def days_in_order(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """L5: a credential leaves the list after it came onto it."""
    import pandas as pd

    first, last = pd.to_datetime(frame["effective_from"]), pd.to_datetime(frame["effective_to"])
    return wording(frame, [((last < first).fillna(False), "effective_to is before effective_from")])


def _list(context: GateContext) -> list[Check]:
    return [
        matches("state_postal", STATE_POSTAL, says="state_postal is two capital letters."),
        matches(
            "soc_code", SOC_CODE, says="An occupation code is two digits, a hyphen, four digits.", requirement="X3"
        ),
        worded(
            "days_in_order",
            ("effective_from", "effective_to"),
            days_in_order,
            says="A credential leaves the list after it came onto it.",
            remedy="Correct the effective dates.",
            requirement="L5",
        ),
    ]


def _registry(context: GateContext) -> list[Check]:
    return [
        matches(
            "ctid",
            r"^ce-[0-9a-fA-F-]{36}$",
            says="A CTID is ce- and a UUID.",
            remedy="The record is not from the registry: leave it out.",
            requirement="Q5",
        )
    ]


def _alignments(context: GateContext) -> list[Check]:
    return [in_set("framework", ("occupation", "program", "industry"), owner=ENGINEER)]


def _actions(context: GateContext) -> list[Check]:
    return [in_set("action", ACTIONS, owner=ENGINEER, requirement="Q5")]


def _finder(context: GateContext) -> list[Check]:
    return []


def _pairs(context: GateContext) -> list[Check]:
    return [
        matches("cip_code", CIP_CODE, says="A CIP code is NN.NNNN.", remedy="A spreadsheet dropped a leading zero."),
        matches("soc_code", SOC_CODE, says="A SOC code is NN-NNNN.", requirement="X3"),
    ]


def _programs(context: GateContext) -> list[Check]:
    return [
        matches("state_postal", STATE_POSTAL, says="state_postal is two capital letters."),
        matches("cip_code", CIP_CODE, says="A CIP code is NN.NNNN.", remedy="A spreadsheet dropped a leading zero."),
    ]


def _gate(
    table: str, key: tuple[str, ...], checks: Callable[[GateContext], list[Check]], owner: str, **by_type: str
) -> Gate:
    columns, required = raw_contract(**by_type)
    ids = tuple(dict.fromkeys(("row_number", *key)))
    return Gate(LANDING, table, "credentials", owner, ids, key, columns, required, checks)


GATES = (
    _gate(
        "credential_list__credentials",
        ("state_postal", "row_number"),
        _list,
        STATE,
        string=(
            "state_postal! list_name source_code credential_name! issuer_name issuer_code credential_type soc_code "
            "tier audience url dirt"
        ),
        date="effective_from effective_to deleted_on",
        bool="is_stepping_stone is_deleted!",
        float64="training_hours postsecondary_credits",
    ),
    _gate(
        "credential_registry__credentials",
        ("ctid",),
        _registry,
        ENGINEER,
        string="ctid! ctdl_type! credential_name! owner_name status url updated_at",
    ),
    _gate(
        "credential_registry__alignments",
        ("ctid", "framework", "row_number"),
        _alignments,
        ENGINEER,
        string="ctid! framework! code code_name",
    ),
    _gate(
        "credential_registry__quality_actions",
        ("ctid", "action", "agent_name"),
        _actions,
        ENGINEER,
        string="ctid! action! agent_name!",
    ),
    _gate(
        "certification_finder__certifications",
        ("certification_id",),
        _finder,
        ENGINEER,
        string=("certification_id! certification_name! organization_name acronym certification_type url accreditors"),
        bool="is_in_demand!",
    ),
    _gate(
        "cip_soc_crosswalk__pairs",
        ("cip_code", "soc_code"),
        _pairs,
        ENGINEER,
        string="cip_code cip_title soc_code soc_title",
    ),
    _gate(
        "training_programs__programs",
        ("state_postal", "program_id"),
        _programs,
        STATE,
        string=(
            "state_postal! program_id! program_name! provider_name course_code cip_code credential_name licence_name "
            "county_name"
        ),
        bool="leads_to_credential has_flag_conflict!",
        float64="tuition_usd training_hours",
    ),
)
