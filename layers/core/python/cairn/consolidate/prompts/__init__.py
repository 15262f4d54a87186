"""The questions that consolidation puts to a model, one file each: its version, its answer, how it is rendered."""
