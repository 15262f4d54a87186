"""The Lambda functions; each folder is one. They never import each other."""
