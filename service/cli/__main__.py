"""`python -m service.cli`: the command in a process that `payrank serve` starts."""

if __name__ == "__main__":  # workers import this module as well, under another name, and need nothing of it
    from service.cli.command import main

    main()
