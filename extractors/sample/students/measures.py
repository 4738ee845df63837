"""What each population of A11 counts, in words: the definitions that stand beside every number of the truth.

Belongs here: words and units. Does not belong here: counting (`cells`).
record(s, y) is the student's record of school year y with the latest entry date. An award is the first counted pass of
a student in a credential. Counted are sittings that a district or a vendor reports; the vendor wins where they differ;
the student's own word does not count.
"""

from __future__ import annotations

# Population|unit|definition; a line that begins with blanks goes on with the one before
_DEFINITIONS = """
enrolled|students|B22: has a record of school year y
cohort_9|students|B1: first entered grade 9 in school year y-3; their last record up to y is neither transferred_out nor
  emigrated_or_died, and gives area and subgroup
cohort_9_earned|students|B1: of cohort_9, with an award dated in school year y or before
graduates|students|B2: record(s, y) says graduated
graduates_earned|students|B2, B8: of graduates, with an award dated in school year y or before
pathway_enrolled|students|B3: record(s, y) has a pathway
pathway_enrolled_earned|students|B3: of pathway_enrolled, with an award dated in school year y
cte_completers|students|B4: record(s, y) says completer
cte_completers_earned|students|B4: of cte_completers, with an award dated in school year y or before
cte_concentrators|students|B11 (5S1): record(s, y) says concentrator or completer, and graduated
cte_concentrators_earned|students|B11: of cte_concentrators, with an award dated in school year y or before
takers|students|B5: with at least one of the attempts of the level in y
takers_earned|students|B5: of takers, passed at least one of them
first_time_takers|students|B6: the first known sitting of a credential of the level lies in y
first_time_takers_earned|students|B6, K7: of first_time_takers, passed one of those first sittings
course_passers|students|B7: passed all courses that lead to a credential of the level by the end of y, the last of them
  in y
course_passers_earned|students|B7: of course_passers, with an award of such a credential dated in y or before
eligible|students|B7, B9: took in y the course in which a credential of the level is sat (capstone)
eligible_courses_passed|students|B7: of eligible, passed all courses of such a credential by the end of y
eligible_sat|students|B7: of eligible_courses_passed, sat that credential in y or before
eligible_earned|students|B7: of eligible_sat, earned that credential in y or before
eligible_not_sat|students|B9: of eligible, sat none of the credentials that they were eligible for, in y or before
course_enrolments|credentials|B10: pairs of student and credential of the level with a course of it taken in y
course_enrolments_earned|credentials|B10: awards dated in y, with or without a course: may exceed course_enrolments
earners|students|B12: with an award dated in school year y
credentials|credentials|B12: awards dated in school year y
attempts|attempts|B13: sittings in y, none of a credential that the student had already
attempts_earned|attempts|B13: of attempts, passed
"""


def _table() -> dict[str, tuple[str, str]]:
    lines = _DEFINITIONS.strip().replace("\n  ", " ").splitlines()
    return {name: (unit, words) for name, unit, words in (line.split("|") for line in lines)}


DEFINITIONS = _table()
"""Population -> unit and definition."""
EXAM_BASED = frozenset(p for p in DEFINITIONS if p.startswith(("takers", "first_time", "eligible", "attempts")))
"""Populations that a passes-only district is left out of, in its own cells and in the state's (P9)."""
