-- What an add said about its memories stands on its turns too, and is taken from them when the last memory goes.
GRANT UPDATE (metadata, categories) ON cairn.turns TO cairn_app;
