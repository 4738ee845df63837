"""Job postings of the sample state: a generator at any scale with its truth, and the three exports of the sample.

    from extractors.sample.postings.bulk import batches            # postings in bulk, month by month
    from extractors.sample.postings.export import write_benchmark_export

What belongs here: what the ads say (`wording`, `titles`), which openings there are (`jobs` in bulk, `design` for the
sample), their copies (`copies`), how rows become text and cells (`render`), the sources' layouts (`layouts`, `files`,
`export`) and what must come out (`truth`). What does not: anything that reads postings. Arrow and NumPy are imported by
the modules, not here, so that importing the package costs nothing.
"""
