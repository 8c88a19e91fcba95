-- Makes room for all stretches anew, put together.
delete from lookups
