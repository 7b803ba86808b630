"""`python -m service.cli`: the command in a process that `payrank serve` starts."""

from service.cli.command import main

if __name__ == "__main__":
    main()
