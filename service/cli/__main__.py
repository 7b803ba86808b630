"""`python -m service.cli`: the command in a process that `payrank serve` starts."""

if __name__ == "__main__":  # spawned workers import this module under another name and need nothing from it
    from service.cli.command import main

    main()
