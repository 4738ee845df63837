"""What feeds the fields from Markdown with TOML front matter, where no column map says otherwise.

Front matter has no standard: these are the names of Hugo's own (`date`, `publishDate`, `expiryDate`) and plain words.
A job board with other names needs a column map.
"""

from __future__ import annotations

from extractors.job_postings.fields import REQUIRED, Rule

_SOURCES = {
    "posting_id": "id|slug|path",
    "title": "title",
    "employer": "organization|company|employer",
    "location_text": "location",
    "posted_date": "date|publishDate|posted|sort_date|created_at",
    "expired_date": "expiryDate|closing_date|expires",
    "salary_text": "salary|compensation",
    "employment_type": "job_type|employment_type|type",
    "url": "link|url",
    "description": "body",
}
RULES = tuple(Rule(t, tuple(s.split("|")), (), t in REQUIRED) for t, s in _SOURCES.items())
