"""`python -m vigil` is the same as `vigil`."""

from vigil.cli import main

if __name__ == "__main__":
    main()
