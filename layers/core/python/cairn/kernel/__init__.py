"""What everything else may use: errors, settings, metrics, logs, ids, tenants. It imports nothing of Cairn."""
