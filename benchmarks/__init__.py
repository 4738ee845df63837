"""One runnable script per figure that we claim. `python -m benchmarks.run` measures all of them."""
