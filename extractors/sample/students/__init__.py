"""Students of the sample state: who they are, what they learn and sit, what districts and vendors say of it.

    from extractors.sample.students.write import write_students       # files, manifest, truth.json: 6,000 in a second
    from extractors.sample.students.world import make_world           # everything the generator knows
    from extractors.sample.students.people import people, outsiders
    from extractors.sample.students.misspelt import misspelt

What belongs here: invented people at any scale (`people`), the parts their names are built of (`names`), errors of
writing with their truth (`misspelt`); schools, courses and credentials (`plan`), lives (`schooling`), what is reported
of them (`reporting`), the files (`district_files`, `vendor_files`, `lists`), what must come out (`measures`, `cells`,
`truth`), what auditors find (`verdicts`), whose data must never leak (`canaries`). What does not: anything that reads
these files.
No name is a real person's: every surname is built of invented syllables, every SSN lies in a range that is never
issued, every ZIP prefix is unassigned. Arrow and NumPy are imported by the modules, not here.
"""
