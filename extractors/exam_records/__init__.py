"""Files with students in them: from districts, vendors and auditors to encrypted raw tables.

    register      the agreements, read from the policy seeds
    agreements    may this file be loaded under its agreement? pure
    columns       which column of a file feeds which of ours; unknown, missing and denied columns by name
    layouts       the layouts that are known, and those that are not and why
    intake, sftp  a file arrives: into encryption as a stream, plain nowhere
    reading       bytes in memory -> cells; limits on what a file may be
    cells         whole columns of cells -> types, with reasons
    students, exams, vendors, verdicts   one module per kind of file
    landing       archive -> parse -> gate -> accept; what the build reads

Belongs here: everything that sees a person before the build does. Nothing here writes a cell of a file to a log, a
message or a report: only columns, row numbers and reasons (K10). Does not belong here: keys and ciphers
(`warehouse.vault`), matching people (`person_linkage`), what a raw table must satisfy (`expectations`).
"""
