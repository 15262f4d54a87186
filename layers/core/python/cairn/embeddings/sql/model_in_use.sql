-- The embedding model of a database. These functions see to the rights.

-- name: of
-- The model, where one is known.
SELECT model, dimensions FROM cairn.embedding_model

-- name: use
-- Makes a model that of the database, if it has none; gives the one it has.
SELECT model, dimensions FROM cairn.use_embedding_model(%(model)s, %(dimensions)s)

-- name: state
-- The model, and the one that is to follow it.
SELECT model, dimensions, other_model, other_dimensions FROM cairn.embedding_model

-- name: begin
-- Begins to embed with another model; gives the one that another run embeds with.
SELECT cairn.begin_reembedding(%(model)s, %(dimensions)s) AS other

-- name: exchange
-- Makes the other model that of the database, if all is embedded.
SELECT cairn.exchange_embeddings(%(model)s) AS exchanged

-- name: hold
-- Keeps the model from being exchanged before the transaction ends. An exchange waits for it, and it for an exchange:
-- what is read after it stays so until the transaction ends.
SELECT pg_advisory_xact_lock_shared(hashtextextended('cairn.embedding_model', 0))

-- name: end
-- Ends embedding with another model.
SELECT cairn.end_reembedding()
