"""`.venv/bin/python -m benchmarks --patients 10000`: load, measure, write `benchmarks/results.md`."""

from benchmarks.run import main

if __name__ == "__main__":
    main()
