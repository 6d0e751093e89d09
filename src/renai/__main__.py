"""`python -m renai`."""

from renai.cli.main import main

main()
