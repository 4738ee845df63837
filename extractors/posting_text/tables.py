"""The contract of what reading the postings yields: tables that the build sees beside the raw ones, without any text.

They lie in the raw zone, are made anew from it at any time (`enrich.py`), and carry no words of a posting but the form
of a credential's name that was found, or the name itself where the lexicon lacks it. `posting_key` joins them to
`job_postings__postings`.
"""

from __future__ import annotations

from extractors.model import RawTable
from extractors.model import column as _c

_POSTING = _c("posting_key", "int64", "Posting: 64-bit hash of feed and the feed's posting id", required=True)

MENTION = RawTable(
    "posting_text",
    "mention",
    "Credentials named in postings: posting x mention, with what the text asks of the candidate (J10)",
    (
        _POSTING,
        _c(
            "credential_code", "string", "Credential of the lexicon, or STATE:code of a state's own list", required=True
        ),
        _c("requirement", "string", "required | preferred | after_hire | named | mention", required=True),
        _c("or_group", "int64", "Same number inside one posting: alternatives, any of which will do"),
        _c("form", "string", "Form of the name that was found"),
        _c("cue", "string", "Rule that decided the requirement"),
        _c("section", "string", "Section of the posting: title, requirements, preferred, duties, benefits, source …"),
        _c("span_start", "int64", "First character of the mention in the cleaned text"),
        _c("span_end", "int64", "Character after its last"),
        _c("sentence_hash", "int64", "Deciding sentence, kept in the raw zone for review"),
    ),
    ("posting_key", "credential_code", "span_start"),
)
UNLISTED = RawTable(
    "posting_text",
    "unlisted",
    "Credentials asked for in postings that the lexicon has no row for, by name: posting x mention (J10)",
    (
        _POSTING,
        _c(
            "credential_name",
            "string",
            "Name as read: lower case, without articles, 60 characters at most",
            required=True,
        ),
        _c("requirement", "string", "required | preferred | after_hire", required=True),
        _c("sentence_hash", "int64", "Deciding sentence, kept in the raw zone for review"),
    ),
    ("posting_key", "credential_name", "sentence_hash"),
)
REQUIREMENT = RawTable(
    "posting_text",
    "requirement",
    "Education, experience and skills that postings ask for: posting x kind x value (J10)",
    (
        _POSTING,
        _c("kind", "string", "education | experience | skill", required=True),
        _c("requirement", "string", "required | preferred | unspecified", required=True),
        _c("value", "string", "Education level, or name of the skill"),
        _c("years", "float64", "Years of experience, the least that is asked"),
        _c("sentence_hash", "int64", "Deciding sentence, kept in the raw zone for review"),
    ),
    ("posting_key", "kind", "requirement", "value"),
)
OCCUPATION = RawTable(
    "posting_text",
    "occupation",
    "The occupation coder's answers: one row per posting, the three best SOC 2018 codes with calibrated scores (J7)",
    (
        _POSTING,
        _c("coder", "string", "Coder that answered", required=True),
        _c("basis", "string", "title | title_text: what it read", required=True),
        _c("title_key", "int64", "Hash of the normalised title, for review by title", required=True),
        _c("soc_code_1", "string", "Best code"),
        _c("score_1", "float64", "Calibrated probability that it is right, 0-1"),
        _c("soc_code_2", "string", "Second code"),
        _c("score_2", "float64", "Its score"),
        _c("soc_code_3", "string", "Third code"),
        _c("score_3", "float64", "Its score"),
    ),
    ("posting_key",),
)
GROUPING = RawTable(
    "posting_text",
    "grouping",
    "Which postings are the same opening: one row per posting (J4)",
    (
        _POSTING,
        _c("dup_group", "int64", "Group of postings of one opening", required=True),
        _c("is_canonical", "bool", "True for the posting that speaks for its group", required=True),
        _c("match_kind", "string", "none | exact | near: how it was joined to its group", required=True),
        _c("similarity", "float64", "Estimated similarity of its strongest link, 0-1"),
        _c("flag", "string", "other_town | other_requisition: same text, but not merged"),
        _c("flag_key", "int64", "Posting that the flag points at"),
    ),
    ("posting_key",),
)

ENRICHED_TABLES: dict[str, RawTable] = {t.full_name: t for t in (MENTION, UNLISTED, REQUIREMENT, OCCUPATION, GROUPING)}
