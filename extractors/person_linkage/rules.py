"""The exact rules, which come before any weight: what a records officer would sign without a second look.

Belongs here: the rules with their names, strongest first. Does not belong here: weights. A rule decides only where all
rules together point to one student, and no SSN to another; else the model and then a person have their say. No rule
accepts another first name, so that no twin is taken for the other by rule.
"""

# ruff: noqa: S608 (relations are checked by `safety.check_relation`; all other SQL is ours, and no value is in it)
from __future__ import annotations

from dataclasses import dataclass

_FIRST = "(e.first = s.first or list_has_any(e.nicks, s.nicks))"
_LAST = "(e.last = s.last or list_has_any(e.last_parts, s.last_parts))"
_MIDDLE = "coalesce(e.middle[1] = s.middle[1], true)"


@dataclass(frozen=True)
class Rule:
    """A rule: its name in `method`, what is equal (`on`, found by hashing), what else must hold, and in words."""

    name: str
    on: str
    where: str
    words: str


RULES = (
    Rule(
        "ssn_and_name",
        "e.ssn = s.ssn",
        f"{_FIRST} and ({_LAST} or e.born = s.born)",
        "same SSN, same first name or its nickname, and same surname (or a part of it) or same birth date",
    ),
    Rule(
        "name_birth_zip",
        "e.last = s.last and e.first = s.first and e.born = s.born and e.zip = s.zip",
        _MIDDLE,
        "same first name, surname, birth date and ZIP",
    ),
    Rule(
        "name_birth",
        "e.last = s.last and e.first = s.first and e.born = s.born",
        _MIDDLE,
        "same first name, surname and birth date, which no other student shares",
    ),
    Rule(
        "nickname_birth_zip",
        "e.last = s.last and e.born = s.born and e.zip = s.zip",
        f"list_has_any(e.nicks, s.nicks) and {_MIDDLE}",
        "nickname, same surname, birth date and ZIP",
    ),
    Rule(
        "surname_part_birth_zip",
        "e.first = s.first and e.born = s.born and e.zip = s.zip",
        f"list_has_any(e.last_parts, s.last_parts) and {_MIDDLE}",
        "same first name, birth date and ZIP, one part of a double surname",
    ),
)


SSN_ALONE = len(RULES)
"""Number of what is no rule: the SSN is this student's. It links nobody and can speak against a rule."""
_BY_SSN = f"(0, {SSN_ALONE})"


def hits_sql(exams: str, students: str) -> str:
    """What every rule finds, and whose the SSN is: rule_number, exam_row, person."""
    found = [(rule.on, rule.where) for rule in RULES] + [("e.ssn = s.ssn", "true")]
    return " union all ".join(
        f"select {number} as rule_number, e.row_id as exam_row, s.person from {exams} as e "
        f"join {students} as s on {on} where {where}"
        for number, (on, where) in enumerate(found)
    )


def decided_sql(hits: str) -> str:
    """Exam rows for which all that was found is one student: exam_row, rule_number (the strongest), person."""
    return (
        f"select exam_row, min(rule_number) as rule_number, min(person) as person from {hits} "
        f"group by exam_row having count(distinct person) = 1 and min(rule_number) < {SSN_ALONE}"
    )


def contradicted_sql(hits: str) -> str:
    """Exam rows with the SSN of one student and the name and birth date of another: exam_row. Where the SSN chooses
    between two whose names both fit, it does not contradict."""
    return f"""
        select distinct named.exam_row
        from {hits} as named
        join {hits} as numbered on numbered.exam_row = named.exam_row and numbered.person <> named.person
        anti join (from {hits} where rule_number in {_BY_SSN}) as own
            on own.exam_row = named.exam_row and own.person = named.person
        anti join (from {hits} where rule_number not in {_BY_SSN}) as fits
            on fits.exam_row = numbered.exam_row and fits.person = numbered.person
        where named.rule_number not in {_BY_SSN} and numbered.rule_number in {_BY_SSN}
    """
