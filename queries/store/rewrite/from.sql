-- The store that is written anew.
attach $path as written_before (read_only)
