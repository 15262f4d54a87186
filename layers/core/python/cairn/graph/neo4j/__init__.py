"""The GraphStore on Neo4j, or on any Bolt server that speaks plain Cypher; nothing of APOC, full text or vectors."""
