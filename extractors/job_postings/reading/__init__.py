"""From the bytes of one file to records: one module per container, all with the same face (`base.Reader`)."""
