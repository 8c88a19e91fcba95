-- Everything in it, without the room that removed rows left.
copy from database written_before to written_anew
