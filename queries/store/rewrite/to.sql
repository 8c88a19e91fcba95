-- The file that is to hold it.
attach $path as written_anew
