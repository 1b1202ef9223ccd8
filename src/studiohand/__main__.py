"""Run the command line with ``python -m studiohand``."""

from studiohand.cli.main import main

if __name__ == "__main__":
    main()
