"""Weights become decisions: link, ask, or leave. Never on weak evidence.

Belongs here: what has to hold besides the weight, the margin, statuses and their reasons. Does not belong here: how a
pair is weighed. An exam row is linked to a person, however many rows the person has; the runner-up is another person.

What a weight alone does not see, because twins, brothers and sisters share surname, home and sometimes birth date:

* another first name and no SSN in common: a person looks, whatever the weight;
* no birth date that agrees at least in part, and no SSN in common: the same;
* another student almost as good (the margin): the same;
* the SSN of one student with the name and birth date of another: the same.
"""

# ruff: noqa: S608 (relations are checked by `safety.check_relation`; all other SQL is ours, and no value is in it)
from __future__ import annotations

from extractors.person_linkage.comparisons import COMPARISONS, labels
from extractors.person_linkage.model import Thresholds
from extractors.person_linkage.rules import RULES
from extractors.person_linkage.scoring import GAMMAS

STATUSES = ("auto", "review", "verdict_accept", "verdict_reject", "unlinked")
_OTHER = {c["output_column_name"]: 0 for c in COMPARISONS}
SAME_SSN = f"coalesce(gamma_ssn = {max(labels(COMPARISONS[-1]))}, false)"
OTHER_FIRST_NAME = f"(gamma_first_name = {_OTHER['first_name']} and not {SAME_SSN})"
NO_BIRTH_DATE = f"(gamma_birth_date <= {_OTHER['birth_date']} and not {SAME_SSN})"


def ranked_sql(weighed: str, students: str) -> str:
    """Candidates per exam row, the best first, one row per person: exam_row, person, weight, gammas, place."""
    gammas = ", ".join(GAMMAS)
    return f"""
        with one_per_person as (
            select exam_row, person, weight, {gammas}
            from {weighed}
            join {students} on row_id = student_row
            qualify row_number() over (partition by exam_row, person order by weight desc, ({gammas}) desc) = 1
        )
        select *, row_number() over (partition by exam_row order by weight desc, person) as place from one_per_person
    """


def _by_rule(told: list[str]) -> str:
    """SQL that gives each rule's name, or words."""
    return "case decided.rule_number " + " ".join(f"when {n} then '{text}'" for n, text in enumerate(told)) + " end"


def link_sql(t: Thresholds, version: str) -> str:
    """The table `link` out of exam, agreement, decided, contradicted, ranked and settled of the current database."""
    rule_name, rule_words = (_by_rule([getattr(rule, told) for rule in RULES]) for told in ("name", "words"))
    return f"""
        with best as (
            select a.*, b.weight as runner_up_weight, a.weight - b.weight as margin
            from ranked as a
            left join ranked as b on b.exam_row = a.exam_row and b.place = 2
            where a.place = 1
        ),
        judged as (
            select exam.person as exam_key, agreement.agreement_id,
                best.person as candidate, best.weight, best.margin, best.runner_up_weight,
                decided.person as ruled, {rule_name} as rule_name, {rule_words} as rule_words,
                settled.accepted, coalesce(settled.is_disputed, false) as is_disputed,
                coalesce(settled.has_rejected, false) as has_rejected, settled.weight as accepted_weight,
                best.weight >= {t.auto_weight} as is_heavy, best.weight >= {t.review_weight} as is_worth_asking,
                coalesce(best.margin >= {t.auto_margin}, true) as is_clear,
                contradicted.exam_row is not null as is_contradicted,
                {OTHER_FIRST_NAME} as is_other_first_name, {NO_BIRTH_DATE} as is_without_birth_date
            from exam
            join agreement on agreement.exam_key = exam.person
            left join best on best.exam_row = exam.row_id
            left join decided on decided.exam_row = exam.row_id
            left join contradicted on contradicted.exam_row = exam.row_id
            left join settled on settled.exam_key = exam.person
        ),
        named as (
            select *,
                case
                    when is_disputed then 'review'
                    when accepted is not null then 'verdict_accept'
                    when ruled is not null then 'auto'
                    when is_contradicted then 'review'
                    when is_heavy and is_clear and not is_other_first_name and not is_without_birth_date then 'auto'
                    when is_worth_asking then 'review'
                    when has_rejected then 'verdict_reject'
                    else 'unlinked'
                end as status
            from judged
        )
        select exam_key, agreement_id,
            case status
                when 'verdict_accept' then accepted
                when 'auto' then coalesce(ruled, candidate)
            end as student_token,
            case when status = 'review' then coalesce(candidate, ruled) end as candidate_token,
            status,
            case
                when status in ('verdict_accept', 'verdict_reject') then 'verdict'
                when status = 'auto' and ruled is not null then rule_name
                else 'model'
            end as method,
            case when status = 'verdict_accept' then accepted_weight else weight end as weight,
            case when status <> 'verdict_accept' then margin end as margin,
            case when status <> 'verdict_accept' then runner_up_weight end as runner_up_weight,
            '{version}' as model_version,
            case
                when is_disputed then 'reviewers disagree'
                when status = 'verdict_accept' then 'accepted by review'
                when status = 'auto' and ruled is not null then rule_words
                when status = 'auto' then 'weight and margin over their thresholds'
                when status = 'verdict_reject' then 'rejected by review, and no one else fits'
                when status = 'unlinked' and candidate is null then 'no student is alike'
                when status = 'unlinked' then 'the best student is too unlike'
                when is_contradicted then 'the SSN of one student, the name and birth date of another'
                when not is_clear then 'two students fit almost equally'
                when is_other_first_name then 'another first name: could be a twin, brother or sister'
                when is_without_birth_date then 'neither birth date nor SSN agrees'
                else 'weight under the threshold of a link'
            end as reason
        from named
    """
