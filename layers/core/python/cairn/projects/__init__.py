"""Projects: their settings, and what they spend on models."""
