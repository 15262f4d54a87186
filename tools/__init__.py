"""Programs for operators, which Lambda does not carry: the `cairn` command, and what a deployment costs."""
