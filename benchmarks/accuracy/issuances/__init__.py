"""How sessions come to be, one function a story; each returns the session that others may chain on."""
