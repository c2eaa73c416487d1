"""The subcommands of `apportion`: each module has `configure(subparsers)` and `run(arguments) -> int`."""
