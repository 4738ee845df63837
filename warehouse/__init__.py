"""Where the warehouse lives and how it is handed over. No Dagster, no network."""
