"""The assets, checks and jobs, one module per door of the house. What joins them is `orchestration.build`."""
