"""The graph: a projection of what memories say of entities, and memories over time."""
