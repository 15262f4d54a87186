"""Who may call: API keys, and what the authorizer says of them."""
