"""What a posting does not say outright: which postings are the same opening, its occupation, what it asks for.

Belongs here: reading of titles and texts of postings, in packages of their own that know no file layout (`deduplicate`,
`occupation`, `requirements`), and what runs them over the raw postings (`enrich`). Does not belong here: export layouts
(`extractors.job_postings`), counting and screening (SQL).
"""
