"""Job-postings exports -> the posting contract of `extractors.raw_tables_postings` (J3), as a stream.

    container (csv, jsonl, json, xlsx, parquet, markdown)      how the bytes are cut into records   `reading/`
      -> layout (lightcast, nlx, schema_org, ..., column map)  which source column feeds what       `layouts`
      -> engine                                                typing, cleaning, masking by column  `engine`
      -> stream                                                repeats, months, profile, Parquet    `stream`

Belongs here: everything between a vendor's file and the raw Parquet. Does not belong here: what the text says
(`extractors.posting_text`), the archive (`extractors.ingest`), gates.

Memory is bounded whatever the size of the file, but for 16 bytes per posting that remember its id and content.
Nothing heavier than the standard library is imported before a function needs it.
"""
